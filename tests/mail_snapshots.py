"""Comparing a mail with its snapshot; snapshots/README.md says how to renew one."""

from __future__ import annotations

import email
import email.policy
import os
import re
from email.message import EmailMessage
from pathlib import Path

SNAPSHOTS = Path(__file__).resolve().parent / "snapshots"
HEADERS = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress")
VARIES = (
    (re.compile(r"visits\+[a-z2-7]{26}@"), "visits+TOKEN@"),
    (re.compile(r"/(answer|form|interests)/[a-z2-7]{26}"), r"/\1/TOKEN"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"<([a-z_]+)\.[^@>]*@"), r"<\1.KEY@"),
)


def told(raw: bytes) -> str:
    """A mail as text: headers, then each part under its type."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    pieces = [f"{name}: {mail[name]}" for name in HEADERS]
    for part in mail.walk():
        if not part.is_multipart():
            content = part.get_content()
            text = content.decode() if isinstance(content, bytes) else content
            text = text.replace("\r\n ", "").replace("\r\n", "\n")
            pieces += ["", f"=== {part.get_content_type()} {part.get_param('method') or ''}".rstrip(), text.rstrip()]
    return "\n".join(pieces) + "\n"


def settled(text: str) -> str:
    """Without what differs from run to run: tokens, identities, message ids."""
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text


def compare(name: str, raw: bytes) -> None:
    """Fails where a mail no longer reads as its snapshot `<name>.txt`, and where there is none."""
    path, found = SNAPSHOTS / f"{name}.txt", settled(told(raw))
    if os.environ.get("RENEW_SNAPSHOTS"):
        path.write_text(found, encoding="utf-8")
    assert path.is_file(), f"no snapshot {path.name}; tests/snapshots/README.md says how to make it"
    assert found == path.read_text(encoding="utf-8")
