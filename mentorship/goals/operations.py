"""What becomes of a goal. Nothing here leaves a line in the audit log, which would say that there is one."""

from __future__ import annotations

from datetime import date, datetime

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.feedback.sheets import Sheet


def mark_goal(sheet: Sheet, *, is_done: bool, now: datetime) -> None:
    """Say that a goal is done for now, or that it goes on."""
    _amend(sheet, now, state="done" if is_done else "open")


def look_again_on(sheet: Sheet, on: date | None, *, today: date, now: datetime) -> None:
    """Move the day to look at a goal again. Raises `Refused` for a day that has passed."""
    if on is None or on < today:
        raise Refused("Choose today or a later day to look again.")
    _amend(sheet, now, follow_up_on=on.isoformat())


def _amend(sheet: Sheet, now: datetime, **changes: str) -> None:
    entry = sheet.entry
    if entry is None or entry.is_draft or entry.instrument != "goal":
        raise Refused("This goal is still a draft: save it first.")
    entry.amend(**changes)
    entry.saved_at = now
    db.session.flush()
