"""Whether a round can be planned: who would take part, what is known of them, and what stands in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mentorship.availability.queries import calendar, unknown_on
from mentorship.outbox.letters import can_be_mailed
from mentorship.people.models import Membership, School
from mentorship.timetable.models import LESSON_DAYS

NOTICE_DAYS, USUAL_DAYS, LOOK_AHEAD = 3, 15, timedelta(days=200)


@dataclass(frozen=True)
class Readiness:
    """What a coach looks at before opening a cycle; `unknown` says why for each person whose time is not known."""

    members: tuple[Membership, ...]
    days_by_cycle_day: dict[str, int]
    unknown: tuple[tuple[Membership, tuple[str, ...]], ...]
    without_address: tuple[Membership, ...]
    with_wishes: int
    open_to_visits: int
    new_teachers: int
    places: int
    warnings: tuple[str, ...]

    @property
    def school_days(self) -> int:
        return sum(self.days_by_cycle_day.values())

    @property
    def known(self) -> int:
        return len(self.members) - len(self.unknown)


def readiness(
    school: School,
    members: Iterable[Membership],
    starts_on: date,
    ends_on: date,
    *,
    with_pairings: bool,
    with_walkthroughs: bool,
) -> Readiness:
    """In a handful of statements, however many people. A member's profile is to be loaded already."""
    chosen = tuple(members)
    days = Counter(
        each.cycle_day or "no cycle day"
        for each in calendar(school, starts_on, ends_on)
        if each.filed is not None and each.filed.kind in LESSON_DAYS
    )
    unknown = unknown_on(school, chosen, starts_on, ends_on)
    found = Readiness(
        members=chosen,
        days_by_cycle_day=dict(sorted(days.items())),
        unknown=tuple((member, tuple(unknown[member.id])) for member in chosen if member.id in unknown),
        without_address=tuple(member for member in chosen if not can_be_mailed(member.person.email)),
        with_wishes=sum(member.profile is not None for member in chosen),
        open_to_visits=sum(member.profile is not None and member.profile.open_to_visits for member in chosen),
        new_teachers=sum(member.is_new_teacher for member in chosen),
        places=sum(member.mentor_places for member in chosen if not member.is_new_teacher),
        warnings=(),
    )
    return Readiness(**{**vars(found), "warnings": tuple(_warnings(found, with_pairings, with_walkthroughs))})


def _warnings(found: Readiness, with_pairings: bool, with_walkthroughs: bool) -> Iterable[str]:
    if not found.school_days:
        yield "There is no school day between these dates. Choose others, or import the calendar."
    if not found.members:
        yield "Nobody would take part. Choose everyone who teaches, or ask people for their wishes."
    if with_pairings and found.members:
        if not found.new_teachers:
            yield "Nobody is marked as a new teacher, so there is nobody to find a mentor for."
        elif found.places < found.new_teachers:
            yield f"{found.new_teachers} new teachers, and mentors offer {found.places} places: somebody stays without."
    if with_walkthroughs and found.members and not found.open_to_visits:
        yield "Nobody is open to visits yet. Ask people for their wishes before you plan."


def usual_dates(school: School, today: date) -> tuple[date, date]:
    """The next stretch of school days that still gives notice; three weeks from today where none is on file."""
    ahead = [
        each.on
        for each in calendar(school, today, today + LOOK_AHEAD)
        if each.filed is not None and each.filed.kind in LESSON_DAYS
    ]
    stretch = ahead[NOTICE_DAYS : NOTICE_DAYS + USUAL_DAYS]
    return (stretch[0], stretch[-1]) if stretch else (today + timedelta(days=7), today + timedelta(days=28))


def usual_name(starts_on: date, taken: Sequence[str]) -> str:
    """November cycle, or November cycle 2 where the school has one already."""
    name = f"{starts_on:%B} cycle"
    numbers = range(2, len(taken) + 3)
    return next((each for each in (name, *(f"{name} {number}" for number in numbers)) if each not in taken), name)
