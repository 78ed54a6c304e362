"""What stands in the database already, in the words of the files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.roster.known import Known, Ring, Rotation
from mentorship.roster.readers.school_days import DayRow
from mentorship.timetable.models import Bell, SchoolDay, Term


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


def standing_days(school_id: str, given: Mapping[date, DayRow], rotations: tuple[Rotation, ...]) -> dict[date, DayRow]:
    """Dates that stand between the given ones and are not among them."""
    if not given:
        return {}
    between = SchoolDay.on_date.between(min(given), max(given))
    days = db.session.scalars(select(SchoolDay).where(SchoolDay.school_id == school_id, between))
    days_by_rotation = {rotation.name: rotation.cycle_days for rotation in rotations}
    return {day.on_date: _day_row(day, days_by_rotation) for day in days if day.on_date not in given}


def _day_row(day: SchoolDay, days_by_rotation: Mapping[str, tuple[str, ...]]) -> DayRow:
    codes = day.cycle_day_by_rotation if day.pinned_cycle_day else {}
    # The school may have renamed its cycle days meanwhile.
    pins = {name: code for name, code in codes.items() if code and code in days_by_rotation.get(name, ())}
    return DayRow(0, day.on_date, day.kind, pins, day.waits, day.bell_schedule, day.note)
