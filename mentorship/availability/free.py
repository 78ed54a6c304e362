"""Who is free when: the teachers of a school on one date, by department and period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from sqlalchemy import func, select

from mentorship.availability.planning_periods import Bell, Piece, bells_in_effect, codes_by_rotation
from mentorship.availability.queries import CalendarDate, PersonTime, calendar, sections_of, times
from mentorship.extensions import db
from mentorship.people.models import Membership, School
from mentorship.people.queries import active_members, departments_of
from mentorship.timetable.models import LESSON_DAYS, SchoolDay

NO_DEPARTMENT = "No department"
FORTNIGHT = 14


@dataclass(frozen=True)
class Period:
    """A period of the date with the times that it has there."""

    code: str
    starts: time
    ends: time


@dataclass(frozen=True)
class Free:
    """Somebody who plans in a period: the stretches, and whether they said so or the timetable lets it seem so."""

    member: Membership
    pieces: tuple[Piece, ...]

    @property
    def is_confirmed(self) -> bool:
        return all(piece.certainty == "confirmed" for piece in self.pieces)


@dataclass(frozen=True)
class Unknown:
    """Somebody whose time on the date nobody knows, and why."""

    member: Membership
    because: tuple[str, ...]


@dataclass
class FreeGrid:
    """The date's periods, the departments, and who is free; people of two departments stand in both."""

    periods: list[Period] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    teachers: int = 0
    unknown: list[Unknown] = field(default_factory=list)
    _free: dict[tuple[str, str], list[Free]] = field(default_factory=lambda: defaultdict(list))
    _everybody: dict[str, list[Free]] = field(default_factory=lambda: defaultdict(list))

    def free(self, department: str | None, period: str) -> list[Free]:
        """By family name; None is every department, each person once."""
        return self._everybody.get(period, []) if department is None else self._free.get((department, period), [])

    @property
    def fewest(self) -> int | None:
        """The smallest number of free teachers in any period, where the periods differ."""
        numbers = {len(self.free(None, period.code)) for period in self.periods}
        return min(numbers) if len(numbers) > 1 else None

    def add(self, found: Free, departments: Iterable[str], period: str) -> None:
        self._everybody[period].append(found)
        for department in departments:
            self._free[(department, period)].append(found)


def default_date(school: School, today: date) -> date | None:
    """Today if it has lessons, else the next day that has, else the last; None where no day ever had."""
    lessons = select(SchoolDay.on_date).where(SchoolDay.school_id == school.id, SchoolDay.kind.in_(LESSON_DAYS))
    dates = lessons.subquery().c.on_date
    ahead = select(func.min(dates)).where(dates >= today).scalar_subquery()
    found: date | None = db.session.scalar(select(func.coalesce(ahead, select(func.max(dates)).scalar_subquery())))
    return date.fromisoformat(found) if isinstance(found, str) else found


def two_weeks(school: School, on: date) -> list[CalendarDate]:
    """From the Monday of a date's week."""
    monday = on - timedelta(days=on.weekday())
    return calendar(school, monday, monday + timedelta(days=FORTNIGHT - 1))


def bells_of(day: CalendarDate) -> list[Bell]:
    """What rings on a date, in every rotation, by the clock."""
    if day.day is None or day.day.kind not in LESSON_DAYS:
        return []
    codes = codes_by_rotation(day.day).values()
    found = {bell for code in codes for bell in bells_in_effect(day.day.bells, code)}
    return sorted(found, key=lambda bell: (bell.starts, bell.ends, bell.period, bell.wave or ""))


def free_grid(school: School, day: CalendarDate) -> FreeGrid:
    """Everybody who teaches at the school now, on one date."""
    members = [member for member in active_members(school) if member.has_role("teacher")]
    grid = FreeGrid(teachers=len(members))
    departments = {member.id: departments_of(member, school) or [NO_DEPARTMENT] for member in members}
    found = times(school, members, [day], sections_of(school))
    grid.periods = _periods(day, found)
    for each in found:
        _add(grid, each, departments[each.member.id], day.on)
    named = {name for names in departments.values() for name in names}
    grid.departments = sorted(named, key=lambda name: (name == NO_DEPARTMENT, name.casefold()))
    return grid


def _add(grid: FreeGrid, each: PersonTime, departments: Sequence[str], on: date) -> None:
    pieces_by_period: dict[str, list[Piece]] = defaultdict(list)
    for piece in each.days[on].planning:
        pieces_by_period[piece.period].append(piece)
    for period, pieces in pieces_by_period.items():
        grid.add(Free(each.member, tuple(pieces)), departments, period)
    if each.unknown_because:
        grid.unknown.append(Unknown(each.member, tuple(each.unknown_because)))


def _periods(day: CalendarDate, found: Iterable[PersonTime]) -> list[Period]:
    """Periods of classes, and others that somebody declared as planning; by the clock."""
    declared = {piece.period for each in found for piece in each.days[day.on].planning}
    first: dict[str, Period] = {}
    for bell in bells_of(day):
        if (bell.kind == "class" or bell.period in declared) and not bell.wave:
            first.setdefault(bell.period, Period(bell.period, bell.starts, bell.ends))
    return list(first.values())
