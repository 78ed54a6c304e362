"""Mail in words, and, in the demo, a mail taken apart for reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from mentorship.outbox.letters import calendar_content
from mentorship.plans.words import Look

KIND_WORDS = {
    "visit_invitation": "Invitation to a visit",
    "visit_moved": "New time for a visit",
    "visit_cancelled": "Visit cancelled",
    "video_invitation": "Invitation to a video review",
    "video_cancelled": "Video review cancelled",
    "pairing_invitation": "Invitation to a mentor pairing",
    "content_contact": "Word of a content contact",
    "walk_invitation": "Invitation to a walk",
    "walk_changed": "Walk changed",
    "walk_cancelled": "Walk called off",
    "walk_thanks": "Thanks to a host",
    "walk_summary": "Word of a walk’s summary",
    "door_closed": "Open door was closed",
    "notes_request": "Notes are wanted",
    "notes_shared": "Notes were shared",
    "interests_request": "Wishes are asked for",
    "sign_in_code": "Code to sign in",
    "password_changed": "Password was changed",
}
STATE_LOOK = {
    "waiting": Look("Waiting", "hourglass-split", "invited", "plain", "line"),
    "sending": Look("Sending", "send", "invited", "sky", "sky"),
    "sent": Look("Sent", "check-lg", "accepted", "brand", "brand"),
    "failed": Look("Could not be delivered", "exclamation-triangle-fill", "conflict", "clay", "clay"),
}
SHOWN_HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")
# RFC 5545 3.1: a line break followed by one space or tab is no line break.
_FOLD = re.compile(r"\r?\n[ \t]")


@dataclass(frozen=True)
class ReadMail:
    """One mail: its headers, its text with every web address apart, its HTML and the lines of its calendar part."""

    headers: list[tuple[str, str]]
    text: list[tuple[str, bool]]
    html: str
    calendar: list[str]


def read_mail(raw: bytes) -> ReadMail:
    """Take one of our own mails apart; what it does not have is empty."""
    mail = message_from_bytes(raw, policy=default)
    headers = [(name, str(mail[name])) for name in SHOWN_HEADERS if mail[name] is not None]
    text, html = _part(mail, "text/plain"), _part(mail, "text/html")
    calendar = (calendar_content(raw) or b"").decode("utf-8", "replace")
    lines = [line for line in _FOLD.sub("", calendar).splitlines() if line]
    return ReadMail(headers, with_addresses(text), html, lines)


def with_addresses(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a web address."""
    return [(piece, place % 2 == 1) for place, piece in enumerate(_ADDRESS.split(text)) if piece]


def _part(mail: EmailMessage, kind: str) -> str:
    for part in mail.walk():
        if part.get_content_type() == kind:
            return str(part.get_content()).replace("\r\n", "\n")
    return ""
