"""What a coach has locked in a draft: the next problem takes it as fixed, so that a new proposal keeps it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select

from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.plans.models import Pairing, Plan, Visit


def locked_pairs(cycle: Cycle, mentors: Collection[str], mentees: Collection[str]) -> list[list[str]]:
    """Rows [new teacher, mentor] that are locked, by codes. Raises `Refused` for a pair that can no longer stand."""
    found: list[list[str]] = []
    for row in db.session.scalars(select(Pairing).join(Plan).where(*_draft_of(cycle), Pairing.locked)):
        if row.mentee.code not in mentees or row.mentor.code not in mentors:
            raise Refused(
                f"{row.mentee.person.name} and {row.mentor.person.name} are locked, but one of them no longer takes "
                "part in mentoring. Unlock them first."
            )
        found.append([row.mentee.code, row.mentor.code])
    return sorted(found)


def locked_visits(cycle: Cycle, lessons: Collection[str]) -> list[list[str]]:
    """Rows [visitor, lesson] that are locked. Raises `Refused` for a lesson that can no longer be visited."""
    found: list[list[str]] = []
    for row in db.session.scalars(select(Visit).join(Plan).where(*_draft_of(cycle), Visit.locked)):
        if row.lesson not in lessons:
            on = f"{row.on_date:%a, %b} {row.on_date.day}" if row.on_date else "its date"
            raise Refused(
                f"The visit of {row.visitor.person.name} with {row.host.person.name} on {on} is locked, but it can no "
                "longer take place there. Unlock it or move it first."
            )
        found.append([row.visitor.code, row.lesson])
    return sorted(found)


def count_of_locked(plan: Plan) -> int:
    """How many visits of a draft are locked."""
    return db.session.scalar(select(func.count()).where(Visit.plan_id == plan.id, Visit.locked)) or 0


def _draft_of(cycle: Cycle) -> tuple[ColumnElement[bool], ...]:
    return Plan.cycle_id == cycle.id, Plan.status == "draft"
