"""When people plan and when they teach, for any number of people and dates in the same handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, inspect, literal, null, select, union_all
from sqlalchemy.orm import joinedload

from mentorship.availability import planning_periods as pure
from mentorship.availability.models import Block, DeclaredPlanning
from mentorship.extensions import db
from mentorship.people.models import Membership, Profile, School
from mentorship.timetable.models import Bell, SchoolDay, Section, SectionTeacher, Term

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

    def touches(self, first: date, last: date) -> bool:
        """Whether it holds on any day from the first to the last."""
        return (self.starts_on is None or self.starts_on <= last) and (self.ends_on is None or first <= self.ends_on)


@dataclass(frozen=True)
class PersonTime:
    """One person's dates, what is unknown about them, and the spans in which nobody may visit them."""

    member: Membership
    gaps: tuple[Gap, ...]
    days: Mapping[date, pure.PersonDay]
    closed: tuple[pure.Block, ...]
    paused_until: date | None = None

    def is_paused_on(self, on: date) -> bool:
        """Whether the person takes no part in visits on that date, by their own wish: they neither visit nor host."""
        return self.paused_until is not None and on < self.paused_until

    @property
    def unknown_because(self) -> list[str]:
        reasons = (gap.because for gap in self.gaps if any(gap.holds_on(on) for on in self.days))
        return list(dict.fromkeys(reasons))


def calendar(school: School, starts_on: date, ends_on: date) -> list[CalendarDate]:
    """Every date from the first to the last, both included."""
    rung = and_(Bell.school_id == SchoolDay.school_id, Bell.bell_schedule == SchoolDay.bell_schedule)
    query = select(SchoolDay, Bell).outerjoin(Bell, rung).order_by(SchoolDay.on_date, Bell.position)
    found = query.where(SchoolDay.school_id == school.id, SchoolDay.on_date.between(starts_on, ends_on))
    filed_by_date: dict[date, SchoolDay] = {}
    bells_by_schedule: dict[str, dict[int, pure.Bell]] = defaultdict(dict)
    for school_day, bell in db.session.execute(found):
        filed_by_date[school_day.on_date] = school_day
        bells = bells_by_schedule[school_day.bell_schedule]
        if bell is not None and bell.id not in bells:
            bells[bell.id] = pure.Bell(
                bell.period, bell.kind, bell.starts, bell.ends, bell.cycle_day or None, bell.wave or None
            )
    dates: list[CalendarDate] = []
    for offset in range((ends_on - starts_on).days + 1):
        on = starts_on + timedelta(days=offset)
        filed = filed_by_date.get(on)
        day = None
        if filed is not None:
            rung_then = tuple(bells_by_schedule[filed.bell_schedule].values())
            day = pure.Day(on, filed.kind, filed.cycle_day_by_rotation, rung_then)
        dates.append(CalendarDate(on, day, filed))
    return dates


def sections_of(school: School) -> dict[str, Section]:
    """The school's standing sections by code, with meetings and teachers."""
    query = select(Section).where(Section.school_id == school.id, Section.active)
    return _with_parts(query)


def sections_taught_by(*members: Membership) -> dict[str, Section]:
    """The standing sections that any of these people teaches or co-teaches, by code."""
    ids = [member.id for member in members]
    taught = select(SectionTeacher.section_id).where(SectionTeacher.membership_id.in_(ids))
    return _with_parts(select(Section).where(Section.id.in_(taught), Section.active))


def _with_parts(query: Select[Section]) -> dict[str, Section]:
    # Joined: a section has few meetings and fewer teachers, and this stays one statement at any size of school.
    found = query.options(joinedload(Section.meetings), joinedload(Section.teachers))
    return {section.code: section for section in db.session.scalars(found).unique()}


def unknown_on(
    school: School, members: Iterable[Membership], on: date, until: date | None = None
) -> dict[int, list[str]]:
    """Why the time of a person is unknown on a date (or a day up to `until`), by membership; the others are known.

    The same as `PersonTime.unknown_because`, for everybody and without their meetings.
    """
    terms = {term.name: term for term in db.session.scalars(select(Term).where(Term.school_id == school.id))}
    ids = [member.id for member in members]
    query = select(Section, SectionTeacher.membership_id, Section.meetings.any())
    taught = query.join(Section.teachers).where(Section.school_id == school.id, Section.active)
    named: set[int] = set()
    gaps_by_member: dict[int, list[Gap]] = defaultdict(list)
    for section, member_id, meets in db.session.execute(taught.order_by(Section.id)):
        named.add(member_id)
        if not meets:
            gaps_by_member[member_id].append(Gap(_why_unreadable(section), *_span(section, terms)))
    declared = select(DeclaredPlanning.membership_id).where(DeclaredPlanning.membership_id.in_(ids))
    named |= set(db.session.scalars(declared))
    for member_id in set(ids) - named:
        gaps_by_member[member_id].append(Gap(NEVER_NAMED))
    found = {
        member_id: list(dict.fromkeys(gap.because for gap in gaps if gap.touches(on, until or on)))
        for member_id, gaps in gaps_by_member.items()
    }
    return {member_id: reasons for member_id, reasons in found.items() if reasons}


def times(
    school: School,
    members: Sequence[Membership],
    dates: Sequence[CalendarDate],
    sections: Mapping[str, Section],
    terms: Mapping[str, Term] | None = None,
) -> list[PersonTime]:
    """The time of each member, in the order given; `terms` by name, where they are at hand."""
    if terms is None:
        terms = {term.name: term for term in db.session.scalars(select(Term).where(Term.school_id == school.id))}
    blocks, declared = _blocks_and_declared([member.id for member in members])
    pauses = _pauses(members)
    taught: dict[int, list[Section]] = defaultdict(list)
    for section in sections.values():
        for teacher in section.teachers:
            taught[teacher.membership_id].append(section)
    return [
        _person_time(
            member, taught[member.id], terms, blocks[member.id], declared[member.id], dates, pauses.get(member.id)
        )
        for member in members
    ]


def _pauses(members: Iterable[Membership]) -> dict[int, date | None]:
    """Until when people pause, in one statement for those whose profile is not at hand."""
    missing = {member.id for member in members if "profile" in inspect(member).unloaded}
    query = select(Profile.membership_id, Profile.paused_until).where(Profile.membership_id.in_(missing))
    found = {row.membership_id: row.paused_until for row in db.session.execute(query)} if missing else {}
    at_hand = {member.id: member.profile for member in members if member.id not in missing}
    return found | {id_: profile.paused_until for id_, profile in at_hand.items() if profile is not None}


def _blocks_and_declared(ids: Sequence[int]) -> tuple[dict[int, list[Any]], dict[int, list[Any]]]:
    """Rows of blocks and of declared planning, by membership, in one statement."""
    blocks = select(
        literal(1).label("is_block"),
        Block.id,
        Block.membership_id,
        Block.kind,
        Block.cycle_day,
        Block.weekday,
        Block.on_date,
        Block.period,
        Block.starts,
        Block.ends,
    ).where(Block.membership_id.in_(ids))
    said = DeclaredPlanning
    declared = select(
        literal(0),
        said.id,
        said.membership_id,
        literal(""),
        said.cycle_day,
        null(),
        null(),
        said.period,
        null(),
        null(),
    ).where(said.membership_id.in_(ids))
    rows: list[Any] = sorted(db.session.execute(union_all(blocks, declared)), key=lambda row: row.id)
    return _by_member(row for row in rows if row.is_block), _by_member(row for row in rows if not row.is_block)


def _by_member(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.membership_id].append(row)
    return grouped


def _person_time(
    member: Membership,
    sections: Sequence[Section],
    terms: Mapping[str, Term],
    blocks: Sequence[Any],
    declared: Sequence[Any],
    dates: Sequence[CalendarDate],
    paused_until: date | None,
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
    alike: dict[tuple[Any, ...], pure.PersonDay] = {}
    for each in dates:
        if each.day is None or each.filed is None:
            days[each.on] = pure.PersonDay()
            continue
        because = tuple(gap.because for gap in gaps if gap.holds_on(each.on))
        shape = (each.filed.bell_schedule, because, *_what_counts(schedule, each.day))
        if shape not in alike:
            alike[shape] = pure.person_day(replace(schedule, unknown_because=because), each.day)
        days[each.on] = alike[shape]
    closed = [block for block in pure_blocks if block.kind == "closed"]
    # Nobody visits a person who pauses.
    paused = [each.on for each in dates if paused_until is not None and each.on < paused_until]
    closed += [pure.Block("closed", None, None, on, None, None, None) for on in paused]
    return PersonTime(member, gaps, days, tuple(closed), paused_until)


def _what_counts(schedule: pure.Schedule, day: pure.Day) -> tuple[Any, ...]:
    """All of a date but its bells that a person's time on it depends on: dates alike in it are worked out once."""
    spans = dict.fromkeys((meeting.starts_on, meeting.ends_on) for meeting in schedule.meetings)
    standing = tuple((first or date.min) <= day.on <= (last or date.max) for first, last in spans)
    weekday = day.on.weekday() if any(block.weekday is not None for block in schedule.blocks) else None
    on = day.on if any(block.on == day.on for block in schedule.blocks) else None
    return day.kind, tuple(day.cycle_days.items()), standing, weekday, on


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


def _pure_block(block: Any) -> pure.Block:
    return pure.Block(
        block.kind,
        block.cycle_day or None,
        block.weekday,
        block.on_date,
        block.period or None,
        block.starts,
        block.ends,
    )
