"""A letter and its final bytes (RFC 5322, RFC 6047): one person, one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.policy import SMTP

from flask_mail import Mail, Message

mail = Mail()


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
        if self.calendar is not None:
            part = MIMEBase("text", "calendar", charset="UTF-8", method=self.calendar.method, component="VEVENT")
            part.set_payload(self.calendar.content)
            encode_base64(part)
            parts: list[MIMEBase] = message.get_payload()  # type: ignore[assignment]
            alternative = parts[0]
            alternative.attach(part)
        return message


def final_bytes(letter: Letter, now: datetime) -> bytes:
    """The MIME bytes that are stored, sent and never made again; answers go to the letter's own address."""
    mail = _Mail(
        subject=_one_line(letter.subject),
        recipients=[(_one_line(letter.to_name), letter.to_address)],
        sender=(_one_line(letter.from_name), letter.reply_to),
        reply_to=letter.reply_to,
        body=letter.text,
        html=letter.html,
        date=now.timestamp(),
        charset="utf-8",
        extra_headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"},
    )
    mail.msgId = f"<{letter.message_id}>"
    mail.calendar = letter.calendar
    return mail._message().as_bytes(policy=SMTP)


def _one_line(text: str) -> str:
    """Header text without control characters: a name from a file can never become a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
