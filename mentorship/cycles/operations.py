"""Opening a cycle."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle, Participant
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership, Profile, School
from mentorship.people.queries import active_members
from mentorship.timetable.models import LESSON_DAYS, SchoolDay

LONGEST_DAYS = 400
PROFILE_FIELDS = tuple(column.key for column in Profile.__table__.columns if column.key not in {"id", "membership_id"})


def open_cycle(
    school: School,
    name: str,
    *,
    starts_on: date,
    ends_on: date,
    everyone: bool,
    with_pairings: bool,
    with_walkthroughs: bool,
    by: str,
    now: datetime,
) -> Cycle:
    """Open a cycle with its participants: everybody who teaches, or those with wishes, new teachers and mentors."""
    name = " ".join(name.split())
    _check(school, name, starts_on, ends_on)
    members = [member for member in active_members(school) if member.has_role("teacher")]
    chosen = members if everyone else [member for member in members if _takes_part(member)]
    if not chosen:
        raise Refused(
            "Nobody would take part: no teacher has interests, is new or offers places. "
            "Import interests, or open the cycle with --everyone."
        )
    cycle = Cycle(
        school_id=school.id,
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        with_pairings=with_pairings,
        with_walkthroughs=with_walkthroughs,
        opened_at=now,
        participants=[Participant(membership=member, profile=profile_of(member)) for member in chosen],
    )
    db.session.add(cycle)
    db.session.flush()
    audit.record("open_cycle", by=by, now=now, cycle=cycle.id)
    return cycle


def _check(school: School, name: str, starts_on: date, ends_on: date) -> None:
    if not name or len(name) > 120:
        raise Refused("A cycle needs a name of 1 to 120 characters.")
    if starts_on > ends_on:
        raise Refused(f"The cycle would end on {ends_on}, before it starts on {starts_on}.")
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise Refused(f"The cycle would last over {LONGEST_DAYS} days; open shorter ones, one after another.")
    taken = select(Cycle.id).where(Cycle.school_id == school.id, Cycle.name == name)
    if db.session.scalar(taken) is not None:
        raise Refused(f"{school.name} has a cycle named {name} already; choose another name.")
    days = select(func.count()).where(
        SchoolDay.school_id == school.id,
        SchoolDay.kind.in_(LESSON_DAYS),
        SchoolDay.on_date.between(starts_on, ends_on),
    )
    if not db.session.scalar(days):
        raise Refused(f"There is no school day from {starts_on} to {ends_on} in the calendar of {school.name}.")


def _takes_part(member: Membership) -> bool:
    return member.profile is not None or member.is_new_teacher or member.mentor_places > 0


def profile_of(member: Membership) -> dict[str, Any]:
    """The wishes, offers and caps as they stand; whoever never answered wishes nothing, and nobody visits them."""
    if member.profile is not None:
        return {field: getattr(member.profile, field) for field in PROFILE_FIELDS}
    blank: dict[str, Any] = {field: [] for field in PROFILE_FIELDS if field.startswith(("wants", "shows", "gives"))}
    caps = {"visits_a_week": 1, "hosts_at_most": 0, "hosts_a_week": 1, "visits_required": 0, "visits_wanted": 0}
    return {**blank, **caps, "open_to_visits": False, "video_host": False, "video_visit": False}
