"""Raw messages from files, applied as the intake would."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.replies.operations import apply_or_quarantine, store_message
from mentorship.replies.reading import ReadMessage, read_message_in_child

READERS = 2


def ingest_files(
    files: Sequence[Path], *, mail_from: str, recipient: str | None, dry_run: bool, now: datetime
) -> list[dict[str, Any]]:
    """One line a file with what was done; each message is a transaction of its own."""
    contents = [_read(path) for path in files]
    with ThreadPoolExecutor(max_workers=READERS) as readers:
        found = readers.map(read_message_in_child, contents)
        return [
            _ingest(path, raw, read, mail_from, recipient, dry_run, now)
            for path, raw, read in zip(files, contents, found, strict=True)
        ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read; check the name and that it is a file.") from error


def _ingest(
    path: Path, raw: bytes, read: ReadMessage, mail_from: str, recipient: str | None, dry_run: bool, now: datetime
) -> dict[str, Any]:
    line: dict[str, Any] = {"file": path.name, "uid": None, "attendee": None, "partstat": None}
    message = store_message(raw, recipient=recipient, now=now)
    if message is None:
        db.session.rollback()
        return {**line, "outcome": "duplicate", "reason": "The very same message came before; nothing was changed."}
    apply_or_quarantine(message, read, mail_from=mail_from, now=now)
    line |= {"outcome": message.outcome, "reason": message.reason, "uid": message.uid}
    line |= {"attendee": message.attendee, "partstat": message.partstat}
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    return line
