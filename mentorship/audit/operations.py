"""Writing the audit log, in the transaction of what it tells, and verifying its chain."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from mentorship.audit.models import AuditEntry
from mentorship.extensions import canonical_json, db

BEGINNING = "0" * 64
CHAIN_LOCK = 7_205_759


def record(action: str, *, by: str, now: datetime, **ids: Any) -> None:
    """Append one line. `by` is a person's id or the name of a command; `ids` never hold text that somebody wrote."""
    if db.session.get_bind().dialect.name == "postgresql":
        # Two writers would otherwise chain onto the same last line; the lock ends with the transaction.
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    last = db.session.execute(select(AuditEntry.id, AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)).first()
    number, previous = (last.id + 1, last.digest) if last else (1, BEGINNING)
    entry = AuditEntry(id=number, at=now, by=by, action=action, ids=ids, previous_digest=previous)
    entry.digest = _digest(entry)
    db.session.add(entry)
    db.session.flush()


def first_broken_line() -> int | None:
    """The id of the first line that does not follow from the one before it, or None where the chain holds."""
    try:
        return _first_unchained()
    except (ValueError, TypeError):
        # A column holds what is no time or no JSON, so that the line cannot even be read.
        return _first_unreadable()


def _first_unchained() -> int | None:
    previous, number = BEGINNING, 1
    query = select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500, populate_existing=True)
    for entry in db.session.scalars(query):
        if (entry.id, entry.previous_digest, entry.digest) != (number, previous, _digest(entry)):
            return entry.id
        previous, number = entry.digest, number + 1
    return None


def _first_unreadable() -> int | None:
    for number in db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all():
        try:
            db.session.execute(select(AuditEntry.at, AuditEntry.ids).where(AuditEntry.id == number)).one()
        except (ValueError, TypeError):
            return number
    return None


def _digest(entry: AuditEntry) -> str:
    at = entry.at.astimezone(UTC).isoformat()
    line = canonical_json([entry.id, entry.previous_digest, at, entry.by, entry.action, entry.ids])
    return hashlib.sha256(line.encode()).hexdigest()
