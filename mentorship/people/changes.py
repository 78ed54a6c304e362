"""A page that somebody else has changed meanwhile: who changed it, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mentorship.audit.models import AuditEntry
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Person

LOOKED_THROUGH = 200


def refuse_stale(version: int, seen: str | int | None, *, now: datetime, **ids: int) -> None:
    """Raises `Refused`, naming who changed the row last, where its version is not the one that the page showed.

    `ids` name the row as the audit log does, such as `visit=5`. A page that shows no version is not stale.
    """
    if seen in (None, "") or str(seen) == str(version):
        return
    raise Refused(f"{_last_change(now, ids)} Here is the new version.")


def _last_change(now: datetime, ids: dict[str, int]) -> str:
    lines = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(LOOKED_THROUGH)).all()
    line = next((line for line in lines if any(line.ids.get(name) == number for name, number in ids.items())), None)
    if line is None:
        return "This was changed a moment ago."
    person = db.session.get(Person, int(line.by)) if line.by.isdecimal() else None
    minutes = int((now - line.at).total_seconds() // 60)
    when = "a moment ago" if minutes < 1 else "a minute ago" if minutes == 1 else f"{minutes} minutes ago"
    return f"{person.name if person else 'Somebody'} changed this {when if minutes < 90 else 'earlier'}."
