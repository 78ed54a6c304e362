"""Opening a cycle, and changing one: its days and people before it is published, its limits until it is closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle, Participant
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership, Profile, School
from mentorship.people.queries import active_members
from mentorship.timetable.models import LESSON_DAYS, SchoolDay

LONGEST_DAYS = 400
MOST_VISITS = 999
# A pause is no wish: it is looked up when a plan is made, and not as it stood when the cycle opened.
LEFT_OUT = {"id", "membership_id", "paused_until"}
PROFILE_FIELDS = tuple(column.key for column in Profile.__table__.columns if column.key not in LEFT_OUT)


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
    chosen = who_takes_part(school, everyone=everyone)
    if not chosen:
        raise Refused(
            "Nobody would take part: no teacher has interests, is new or offers places. "
            "Import interests, or open the cycle for everyone (on the command line with --everyone)."
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
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(f"Somebody opened a cycle named {name} a moment ago; choose another name.") from error
    audit.record("open_cycle", by=by, now=now, cycle=cycle.id)
    return cycle


def who_takes_part(school: School, *, everyone: bool) -> list[Membership]:
    """Everybody who teaches, or of them those with wishes, new teachers and mentors."""
    members = [member for member in active_members(school) if member.has_role("teacher")]
    return members if everyone else [member for member in members if _takes_part(member)]


def change_cycle(cycle: Cycle, *, name: str, starts_on: date, ends_on: date, by: str, now: datetime) -> None:
    """Another name or other days, as long as nothing of the plan is published."""
    refuse_if_published(cycle)
    name = " ".join(name.split())
    _check(cycle.school, name, starts_on, ends_on, but=cycle.id)
    cycle.name, cycle.starts_on, cycle.ends_on = name, starts_on, ends_on
    audit.record("change_cycle", by=by, now=now, cycle=cycle.id)


def set_limits(cycle: Cycle, *, most_a_day: int | None, most_at_once: int | None, by: str, now: datetime) -> None:
    """How many visits there may be in the school on one day and at once; None is no limit.

    What is planned, moved or re-planned from now on keeps to them; what stands stays.
    """
    cycle.refuse_if_closed()
    for most in (most_a_day, most_at_once):
        if most is not None and not 1 <= most <= MOST_VISITS:
            raise Refused(f"A limit is a number from 1 to {MOST_VISITS}. Leave it empty for no limit.")
    cycle.most_a_day, cycle.most_at_once = most_a_day, most_at_once
    audit.record("set_limits", by=by, now=now, cycle=cycle.id)


def set_participants(cycle: Cycle, members: Iterable[Membership], *, by: str, now: datetime) -> tuple[int, int]:
    """Who takes part from now on; how many came and how many went. A draft is made again before it is published."""
    refuse_if_published(cycle)
    wanted = {member.id: member for member in members}
    if not wanted:
        raise Refused("A cycle needs somebody who takes part. Choose at least one person.")
    standing = {one.membership_id: one for one in cycle.participants}
    going = [one for number, one in standing.items() if number not in wanted]
    coming = [member for number, member in wanted.items() if number not in standing]
    for one in going:
        cycle.participants.remove(one)
    cycle.participants += [Participant(membership=member, profile=profile_of(member)) for member in coming]
    _touch(cycle)
    audit.record("set_participants", by=by, now=now, cycle=cycle.id)
    return len(coming), len(going)


def refresh_wishes(cycle: Cycle, *, by: str, now: datetime) -> int:
    """Take everybody's wishes as they stand now; of how many people they changed."""
    refuse_if_published(cycle)
    changed = 0
    for one in cycle.participants:
        profile = profile_of(one.membership)
        if profile != one.profile:
            one.profile, changed = profile, changed + 1
    if changed:
        _touch(cycle)
    audit.record("refresh_wishes", by=by, now=now, cycle=cycle.id)
    return changed


def refuse_if_published(cycle: Cycle) -> None:
    cycle.refuse_if_closed()
    if cycle.status == "published":
        raise Refused(f"{cycle.name} is published: its people and its days no longer change.")


def _touch(cycle: Cycle) -> None:
    """A row of another table changed: the cycle's own version has to say so, or a plan in the making would not know."""
    flag_modified(cycle, "name")


def _check(school: School, name: str, starts_on: date, ends_on: date, *, but: int | None = None) -> None:
    if not name or len(name) > 120:
        raise Refused("A cycle needs a name of 1 to 120 characters.")
    if starts_on > ends_on:
        raise Refused(f"The cycle would end on {ends_on}, before it starts on {starts_on}.")
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise Refused(f"The cycle would last over {LONGEST_DAYS} days; open shorter ones, one after another.")
    taken = select(Cycle.id).where(Cycle.school_id == school.id, Cycle.name == name, Cycle.id != (but or 0))
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
