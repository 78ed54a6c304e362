"""Answers as people give them: a calendar's REPLY or COUNTER by mail (RFC 5546 3.2, RFC 6047), or a mail's link."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

TIMES = ("DTSTART", "DTEND")
LINK = re.compile(r"/answer/([a-z2-7]+)")
UNFOLD = ("\r\n ", "\r\n\t")


def reply_to(
    invitation: bytes, partstat: str, now: datetime, *, instead: tuple[datetime, datetime] | None = None
) -> bytes | None:
    """The mail that answers an invitation; None where the mail asks nothing of a calendar.

    `instead` asks for another time, from and to, aware: the answer is a COUNTER then.
    """
    mail = email.message_from_bytes(invitation, policy=email.policy.default)
    part = next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
    if part is None or part.get_param("method") != "REQUEST":
        return None
    lines = _lines(part.get_content())
    attendee = _value(next(line for line in lines if line.startswith("ATTENDEE")))
    organizer = _value(next(line for line in lines if line.startswith("ORGANIZER")))
    kept = [line for line in lines if line.startswith(("UID:", "SEQUENCE:", "SUMMARY"))]
    if instead is None:
        kept += [line for line in lines if line.startswith(("DTSTART;", "DTEND;"))]
    else:
        kept += [f"{name}:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for name, at in zip(TIMES, instead, strict=True)]
    method = "REPLY" if instead is None else "COUNTER"
    body = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Demo calendar//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        *kept,
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:mailto:{organizer}",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return _mail(attendee, organizer, partstat, method, "\r\n".join(body))


def link_in(invitation: bytes) -> str | None:
    """The token of the answer page that a mail links to; None where it links to none."""
    mail = email.message_from_bytes(invitation, policy=email.policy.default)
    text = mail.get_body(("plain",))
    found = LINK.search(text.get_content()) if text is not None else None
    return found[1] if found else None


def _mail(attendee: str, organizer: str, partstat: str, method: str, calendar: str) -> bytes:
    answer = EmailMessage(policy=email.policy.SMTP)
    answer["From"], answer["To"], answer["Subject"] = attendee, organizer, f"{partstat.capitalize()}: peer visit"
    answer.set_content(f"{attendee}: {partstat.lower()}")
    answer.add_alternative(calendar.encode(), maintype="text", subtype="calendar", params={"method": method})
    return answer.as_bytes()


def _lines(content: str | bytes) -> list[str]:
    text = content.decode() if isinstance(content, bytes) else content
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    for fold in UNFOLD:
        text = text.replace(fold, "")
    return [line for line in text.split("\r\n") if line]


def _value(line: str) -> str:
    return line.rpartition("mailto:")[2]
