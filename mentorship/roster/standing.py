"""What stands in the database already, in the words of the files."""

from __future__ import annotations

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.roster.known import Known, Ring, Rotation
from mentorship.timetable.models import Bell, Term


def known_of(school_id: str, rotations: tuple[Rotation, ...]) -> Known:
    """What rows may refer to where this import does not bring the kind itself."""
    people = db.session.scalars(select(Membership.code).where(Membership.school_id == school_id, Membership.active))
    bells = db.session.scalars(select(Bell).where(Bell.school_id == school_id).order_by(Bell.position)).all()
    known = Known(
        rotations=rotations,
        people=frozenset(people),
        terms=frozenset(db.session.scalars(select(Term.name).where(Term.school_id == school_id))),
    )
    known.know_bells(Ring(bell.bell_schedule, bell.period, bell.kind, bell.wave) for bell in bells)
    return known
