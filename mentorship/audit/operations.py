"""Writing the audit log, in the transaction of what it tells, and verifying its chain."""

from __future__ import annotations

import hashlib
from datetime import datetime
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
    last = db.session.scalars(select(AuditEntry.digest).order_by(AuditEntry.id.desc()).limit(1)).first() or BEGINNING
    entry = AuditEntry(at=now, by=by, action=action, ids=ids, previous_digest=last)
    entry.digest = _digest(entry)
    db.session.add(entry)
    db.session.flush()


def first_broken_line() -> int | None:
    """The id of the first line that does not follow from the one before it, or None where the chain holds."""
    previous = BEGINNING
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=500)):
        if entry.previous_digest != previous or entry.digest != _digest(entry):
            return entry.id
        previous = entry.digest
    return None


def _digest(entry: AuditEntry) -> str:
    line = canonical_json([entry.previous_digest, entry.at.isoformat(), entry.by, entry.action, entry.ids])
    return hashlib.sha256(line.encode()).hexdigest()
