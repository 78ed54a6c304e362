"""A letter and its final bytes (RFC 5322, RFC 6047): one person, one message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.policy import compat32

from flask_mail import Mail, Message

mail = Mail()
LONGEST_LINE = 900
_SIGN = r'[^\x00- "(),:;<>@\[\\\]\x7f-\U0010ffff]'
_PLAIN_ADDRESS = re.compile(f"{_SIGN}+@{_SIGN}+")
# Not `policy.SMTP`: it unpacks encoded names to fold them anew and forgets their quotation marks, so that “Lee, Pat”
# would become two addresses and a name with an address in it the recipient.
AS_WRITTEN = compat32.clone(linesep="\r\n")


@dataclass(frozen=True)
class CalendarPart:
    """The `text/calendar` part of a letter, byte for byte as the calendar room wrote it."""

    content: bytes
    method: str
    uid: str
    sequence: int


@dataclass(frozen=True)
class Letter:
    """What one person is to read. `message_id` comes without its angle brackets; addresses are plain."""

    kind: str
    person_id: int | None
    to_name: str
    to_address: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    calendar: CalendarPart | None = None


class _Mail(Message):  # type: ignore[misc, unused-ignore]
    """Flask-Mail knows no calendar part with a method: it is appended to the alternative, last and base64."""

    calendar: CalendarPart | None = None

    def _message(self) -> MIMEBase:
        message = super()._message()
        parts: list[MIMEBase] = message.get_payload()  # type: ignore[assignment]
        alternative = parts[0]
        texts: list[MIMEBase] = alternative.get_payload()  # type: ignore[assignment]
        for text in texts:
            _make_plain_ascii(text)
        if self.calendar is not None:
            part = MIMEBase("text", "calendar", charset="UTF-8", method=self.calendar.method, component="VEVENT")
            part.set_payload(self.calendar.content)
            encode_base64(part)
            alternative.attach(part)
        return message


def _make_plain_ascii(text: MIMEBase) -> None:
    """A relay may break what is not ASCII, and refuse a line of over 998 octets (RFC 5322 2.1.1)."""
    payload = str(text.get_payload())
    if not payload.isascii() or max(map(len, payload.splitlines()), default=0) > LONGEST_LINE:
        del text["Content-Transfer-Encoding"]
        encode_base64(text)


def final_bytes(letter: Letter, now: datetime) -> bytes:
    """The MIME bytes that are stored, sent and never made again; answers go to the letter's own address."""
    mail = _Mail(
        subject=one_line(letter.subject),
        recipients=[(one_line(letter.to_name), letter.to_address)],
        sender=f"{_quoted(one_line(letter.from_name))} <{letter.reply_to}>",
        reply_to=letter.reply_to,
        body=letter.text,
        html=letter.html,
        date=now.timestamp(),
        charset="utf-8",
        extra_headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"},
    )
    mail.msgId = f"<{letter.message_id}>"
    mail.calendar = letter.calendar
    return mail._message().as_bytes(policy=AS_WRITTEN)


def can_be_mailed(address: str | None) -> bool:
    """Whether an address can stand in a header, in a calendar and in RCPT alike: plain ASCII, no quoting."""
    return address is not None and _PLAIN_ADDRESS.fullmatch(address) is not None


def calendar_content(content: bytes) -> bytes | None:
    """The calendar part of a stored message, byte for byte; None where it has none."""
    for part in message_from_bytes(content).walk():
        found = part.get_payload(decode=True) if part.get_content_type() == "text/calendar" else None
        if isinstance(found, bytes):
            return found
    return None


def _quoted(name: str) -> str:
    """As RFC 5322 3.2.4 quotes it: Flask-Mail reads a sender as it stands in a header."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def one_line(text: str) -> str:
    """Header text without control characters: a name from a file can never become a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
