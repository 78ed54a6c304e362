"""What stands in the database already, in the words of the files."""

from __future__ import annotations

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.roster.known import Known, Rotation
from mentorship.timetable.models import Bell, Term


def known_of(school_id: str, rotations: tuple[Rotation, ...]) -> Known:
    """What rows may refer to where this import does not bring the kind itself."""
    people = db.session.scalars(select(Membership.code).where(Membership.school_id == school_id, Membership.active))
    bells = db.session.scalars(select(Bell).where(Bell.school_id == school_id).order_by(Bell.position)).all()
    return Known(
        rotations=rotations,
        people=frozenset(people),
        periods=tuple(dict.fromkeys(bell.period for bell in bells)),
        waves=frozenset(bell.wave for bell in bells if bell.wave),
        bell_schedules=tuple(dict.fromkeys(bell.bell_schedule for bell in bells)),
        terms=frozenset(db.session.scalars(select(Term.name).where(Term.school_id == school_id))),
    )
