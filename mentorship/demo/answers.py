"""Answers as a calendar would mail them: an iTIP REPLY to the address of the invitation (RFC 5546 3.2.3, RFC 6047)."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage

UNFOLD = ("\r\n ", "\r\n\t")


def reply_to(invitation: bytes, partstat: str, now: datetime) -> bytes | None:
    """The mail that answers an invitation; None where the mail asks nothing of a calendar."""
    mail = email.message_from_bytes(invitation, policy=email.policy.default)
    part = next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
    if part is None or part.get_param("method") != "REQUEST":
        return None
    lines = _lines(part.get_content())
    attendee = _value(next(line for line in lines if line.startswith("ATTENDEE")))
    organizer = _value(next(line for line in lines if line.startswith("ORGANIZER")))
    kept = [line for line in lines if line.startswith(("UID:", "SEQUENCE:", "DTSTART", "DTEND", "SUMMARY"))]
    body = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Demo calendar//EN",
        "METHOD:REPLY",
        "BEGIN:VEVENT",
        *kept,
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:mailto:{organizer}",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return _mail(attendee, organizer, partstat, "\r\n".join(body))


def _mail(attendee: str, organizer: str, partstat: str, calendar: str) -> bytes:
    answer = EmailMessage(policy=email.policy.SMTP)
    answer["From"], answer["To"], answer["Subject"] = attendee, organizer, f"{partstat.capitalize()}: peer visit"
    answer.set_content(f"{attendee}: {partstat.lower()}")
    answer.add_alternative(calendar.encode(), maintype="text", subtype="calendar", params={"method": "REPLY"})
    return answer.as_bytes()


def _lines(content: str | bytes) -> list[str]:
    text = content.decode() if isinstance(content, bytes) else content
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    for fold in UNFOLD:
        text = text.replace(fold, "")
    return [line for line in text.split("\r\n") if line]


def _value(line: str) -> str:
    return line.rpartition("mailto:")[2]
