"""When people plan and when they teach, for any number of people and dates in the same handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorship.availability import planning_periods as pure
from mentorship.availability.models import Block, DeclaredPlanning
from mentorship.extensions import db
from mentorship.people.models import Membership, School
from mentorship.timetable.models import Bell, SchoolDay, Section, Term

NEVER_NAMED = "no section names this person and no planning is declared"
OUTSIDE = "outside the school year"


@dataclass(frozen=True)
class CalendarDate:
    """One date of a school's calendar; `day` is None outside the school year."""

    on: date
    day: pure.Day | None
    filed: SchoolDay | None

    @property
    def cycle_day(self) -> str:
        """The code of the date, of both rotations where the school has two."""
        codes = self.filed.cycle_day_by_rotation.values() if self.filed else ()
        return " / ".join(code for code in codes if code)


@dataclass(frozen=True)
class Gap:
    """Why a person's time is unknown, and from when to when (None is open)."""

    because: str
    starts_on: date | None = None
    ends_on: date | None = None

    def holds_on(self, on: date) -> bool:
        return (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on <= self.ends_on)


@dataclass(frozen=True)
class PersonTime:
    """One person's dates, what is unknown about them, and the spans in which nobody may visit them."""

    member: Membership
    gaps: tuple[Gap, ...]
    days: Mapping[date, pure.PersonDay]
    closed: tuple[pure.Block, ...]

    @property
    def unknown_because(self) -> list[str]:
        reasons = (gap.because for gap in self.gaps if any(gap.holds_on(on) for on in self.days))
        return list(dict.fromkeys(reasons))


def calendar(school: School, starts_on: date, ends_on: date) -> list[CalendarDate]:
    """Every date from the first to the last, both included."""
    bells_by_schedule: dict[str, list[pure.Bell]] = defaultdict(list)
    for bell in db.session.scalars(select(Bell).where(Bell.school_id == school.id).order_by(Bell.position)):
        bells_by_schedule[bell.bell_schedule].append(
            pure.Bell(bell.period, bell.kind, bell.starts, bell.ends, bell.cycle_day or None, bell.wave or None)
        )
    filed_by_date = {
        day.on_date: day
        for day in db.session.scalars(
            select(SchoolDay).where(SchoolDay.school_id == school.id, SchoolDay.on_date.between(starts_on, ends_on))
        )
    }
    dates: list[CalendarDate] = []
    for offset in range((ends_on - starts_on).days + 1):
        on = starts_on + timedelta(days=offset)
        filed = filed_by_date.get(on)
        day = None
        if filed is not None:
            bells = tuple(bells_by_schedule[filed.bell_schedule])
            day = pure.Day(on, filed.kind, filed.cycle_day_by_rotation, bells)
        dates.append(CalendarDate(on, day, filed))
    return dates


def sections_of(school: School) -> dict[str, Section]:
    """The school's standing sections by code, with meetings and teachers."""
    query = (
        select(Section)
        .where(Section.school_id == school.id, Section.active)
        .options(selectinload(Section.meetings), selectinload(Section.teachers))
    )
    return {section.code: section for section in db.session.scalars(query)}


def times(
    school: School, members: Sequence[Membership], dates: Sequence[CalendarDate], sections: Mapping[str, Section]
) -> list[PersonTime]:
    """The time of each member, in the order given."""
    terms = {term.name: term for term in db.session.scalars(select(Term).where(Term.school_id == school.id))}
    ids = [member.id for member in members]
    blocks = _by_member(db.session.scalars(select(Block).where(Block.membership_id.in_(ids)).order_by(Block.id)))
    declared = _by_member(db.session.scalars(select(DeclaredPlanning).where(DeclaredPlanning.membership_id.in_(ids))))
    taught: dict[int, list[Section]] = defaultdict(list)
    for section in sections.values():
        for teacher in section.teachers:
            taught[teacher.membership_id].append(section)
    return [
        _person_time(member, taught[member.id], terms, blocks[member.id], declared[member.id], dates)
        for member in members
    ]


def _by_member(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.membership_id].append(row)
    return grouped


def _person_time(
    member: Membership,
    sections: Sequence[Section],
    terms: Mapping[str, Term],
    blocks: Sequence[Block],
    declared: Sequence[DeclaredPlanning],
    dates: Sequence[CalendarDate],
) -> PersonTime:
    gaps = _gaps(sections, terms, bool(declared))
    pure_blocks = tuple(_pure_block(block) for block in blocks)
    schedule = pure.Schedule(
        meetings=tuple(meeting for section in sections for meeting in _meetings(section, terms)),
        blocks=tuple(block for block in pure_blocks if block.kind != "closed"),
        declared=tuple(pure.Declaration(row.period, row.cycle_day or None) for row in declared),
        works_from=member.works_from,
        works_to=member.works_to,
        unknown_because=(),
    )
    days: dict[date, pure.PersonDay] = {}
    for each in dates:
        if each.day is None:
            days[each.on] = pure.PersonDay()
            continue
        because = tuple(gap.because for gap in gaps if gap.holds_on(each.on))
        days[each.on] = pure.person_day(replace(schedule, unknown_because=because), each.day)
    return PersonTime(member, gaps, days, tuple(block for block in pure_blocks if block.kind == "closed"))


def _gaps(sections: Sequence[Section], terms: Mapping[str, Term], declares: bool) -> tuple[Gap, ...]:
    """A section that cannot be read makes its teachers unknown for its whole term."""
    if not sections and not declares:
        return (Gap(NEVER_NAMED),)
    return tuple(Gap(_why_unreadable(section), *_span(section, terms)) for section in sections if not section.meetings)


def _why_unreadable(section: Section) -> str:
    if section.unreadable_because:
        return f"{section.course} ({section.code}): {section.unreadable_because}"
    return f"{section.course} ({section.code}) has no expression"


def _span(section: Section, terms: Mapping[str, Term]) -> tuple[date | None, date | None]:
    term = terms.get(section.term)
    return (term.starts_on, term.ends_on) if term else (None, None)


def _meetings(section: Section, terms: Mapping[str, Term]) -> Iterable[pure.Meeting]:
    starts_on, ends_on = _span(section, terms)
    for meeting in section.meetings:
        yield pure.Meeting(
            section.code, meeting.period, meeting.cycle_day, starts_on, ends_on, section.wave or None, meeting.rotation
        )


def _pure_block(block: Block) -> pure.Block:
    return pure.Block(
        block.kind,
        block.cycle_day or None,
        block.weekday,
        block.on_date,
        block.period or None,
        block.starts,
        block.ends,
    )
