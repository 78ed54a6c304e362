"""The planning periods of one person on one date, from plain values: nothing is read and nothing is stored.

Planning is class time without a class. Whatever is not known to be free is unknown, and unknown never becomes
free. Times are wall-clock times of the school.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations
from typing import Literal

LESSON_KINDS = frozenset({"instructional", "makeup"})
Certainty = Literal["confirmed", "presumed", "unknown"]
Span = tuple[time, time]
WHOLE_DAY: Span = (time.min, time.max)
# A school without any rotation has this one code, which only rows for every cycle day match.
NO_ROTATION = ""


@dataclass(frozen=True)
class Bell:
    """One line of a bell schedule; a blank cycle day: every one; `wave` marks one of several lunches."""

    period: str
    kind: str
    starts: time
    ends: time
    cycle_day: str | None
    wave: str | None


@dataclass(frozen=True)
class Meeting:
    """A period that a section of the person's takes, both dates inclusive; `wave` is the section's lunch."""

    section: str
    period: str
    cycle_day: str | None
    starts_on: date | None
    ends_on: date | None
    wave: str | None
    rotation: str = ""


@dataclass(frozen=True)
class Block:
    """A duty, journey or absence. Blank fields hold always; without period and times it takes the whole day.

    `weekday` counts from 0, Monday. The kind `closed` only keeps visitors out and is never busy.
    """

    kind: str
    cycle_day: str | None
    weekday: int | None
    on: date | None
    period: str | None
    starts: time | None
    ends: time | None


@dataclass(frozen=True)
class Declaration:
    """A period that its owner calls planning, on one cycle day or (blank) on every one."""

    period: str
    cycle_day: str | None


@dataclass(frozen=True)
class Schedule:
    """All that is known of one person at one school; `unknown_because` makes all planning unknown."""

    meetings: tuple[Meeting, ...]
    blocks: tuple[Block, ...]
    declared: tuple[Declaration, ...]
    works_from: time | None
    works_to: time | None
    unknown_because: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    """A date of the school calendar.

    `cycle_days` maps the name of each rotation ("" is a school's only one) to the date's code in it, None for
    none yet. `bells` are all rows of that date's bell schedule: every cycle day and every wave.
    """

    on: date
    kind: str
    cycle_days: Mapping[str, str | None]
    bells: tuple[Bell, ...]


@dataclass(frozen=True)
class Piece:
    """A stretch of one period; `section` is filled for teaching, `certainty` speaks of planning only."""

    starts: time
    ends: time
    period: str
    certainty: Certainty = "presumed"
    section: str = ""


@dataclass(frozen=True)
class PersonDay:
    """What one person's date looks like; pieces go by the clock, `conflicts` are sentences.

    `away` are the spans of duties and of the hours outside the contract: nobody can count on the person then.
    """

    planning: tuple[Piece, ...] = ()
    teaching: tuple[Piece, ...] = ()
    unknown: tuple[Piece, ...] = ()
    away: tuple[Span, ...] = ()
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Lesson:
    """One meeting in one bell of the date, with the lunches that its wave cuts out of it."""

    section: str
    bell: Bell
    lunches: tuple[Span, ...]


def person_day(schedule: Schedule, day: Day, min_minutes: int = 20) -> PersonDay:
    """Planning, teaching and unknown pieces of the person on that date.

    A date without lessons, or without a cycle day yet, gives nothing. Planning and unknown pieces lie within
    the contract hours, are cut by duties and have at least `min_minutes`; they are not joined over passing
    time. Teaching pieces are one for each section and bell, split around the section's lunch, of any length.
    """
    codes = codes_by_rotation(day)
    if day.kind not in LESSON_KINDS or not codes:
        return PersonDay()
    lessons = _lessons(schedule.meetings, day, codes)
    free: set[Piece] = set()
    conflicts: dict[str, None] = {}
    # A lesson's whole bell is busy, its lunch included, because lunch is never planning.
    busy = [(lesson.bell.starts, lesson.bell.ends) for lesson in lessons]
    blocked = _blocked(schedule.blocks, day, codes)
    busy += blocked
    for bell, declared in _candidates(schedule, day, codes):
        certainty: Certainty = "confirmed" if declared else "presumed"
        free.update(_free_pieces(bell, busy, schedule, certainty, min_minutes))
        if declared:
            conflicts.update(dict.fromkeys(_conflicts(bell, lessons)))
    planning = tuple(sorted(free, key=_clock_order))
    return PersonDay(
        planning=() if schedule.unknown_because else planning,
        teaching=_teaching(lessons),
        unknown=_as_unknown(planning) if schedule.unknown_because else (),
        away=(*blocked, *_outside_hours(schedule)),
        conflicts=tuple(conflicts),
    )


def _outside_hours(schedule: Schedule) -> list[Span]:
    before = [(time.min, schedule.works_from)] if schedule.works_from else []
    after = [(schedule.works_to, time.max)] if schedule.works_to else []
    return [*before, *after]


def shared_times(
    first: Sequence[Piece], second: Sequence[Piece], min_minutes: int = 20
) -> tuple[tuple[time, time], ...]:
    """Where pieces of both lists run at once for at least `min_minutes`; unknown pieces never count."""
    known = [[piece for piece in pieces if piece.certainty != "unknown"] for pieces in (first, second)]
    both = {(max(one.starts, other.starts), min(one.ends, other.ends)) for one in known[0] for other in known[1]}
    return tuple(sorted(span for span in both if _long_enough(span, min_minutes)))


def overlapping_bells(bells: Iterable[Bell]) -> list[tuple[Bell, Bell]]:
    """Pairs of rows of one bell schedule that would ring at once on some cycle day; lunch waves may.

    Rows of a cycle day replace those for every day (see `bells_in_effect`), so the two are not held against
    each other, except for a lunch of its own that falls into the classes of every day.
    """
    rows = [bell for bell in bells if not _is_wave(bell)]
    laid_out = {bell.cycle_day for bell in rows if bell.kind != "lunch"}
    return [
        (one, other)
        for one, other in combinations(rows, 2)
        if one.starts < other.ends and other.starts < one.ends and _ring_on_one_day(one, other, laid_out)
    ]


def bells_in_effect(bells: Iterable[Bell], cycle_day: str) -> list[Bell]:
    """The rows that count on a cycle day: its own if it has any, else the blank ones; so do lunches."""
    rows = list(bells)
    in_effect: list[Bell] = []
    for is_lunch in (False, True):
        kind_rows = [bell for bell in rows if (bell.kind == "lunch") == is_lunch]
        own = [bell for bell in kind_rows if bell.cycle_day == cycle_day]
        in_effect += own or [bell for bell in kind_rows if not bell.cycle_day]
    return in_effect


def _is_wave(bell: Bell) -> bool:
    return bell.kind == "lunch" and bool(bell.wave)


def _ring_on_one_day(one: Bell, other: Bell, laid_out: set[str | None]) -> bool:
    if (one.cycle_day or None) == (other.cycle_day or None):
        return True
    every, own = (one, other) if not one.cycle_day else (other, one)
    own_lunch_only = own.kind == "lunch" and own.cycle_day not in laid_out
    return own_lunch_only and not every.cycle_day and every.kind != "lunch"


def codes_by_rotation(day: Day) -> dict[str, str]:
    """The date's code in each rotation that has one; empty when no lessons can be told yet."""
    if not day.cycle_days and day.kind == "instructional":
        return {"": NO_ROTATION}
    return {rotation: code for rotation, code in day.cycle_days.items() if code}


def _codes_of(rotation: str, day: Day, codes: Mapping[str, str]) -> list[str]:
    if rotation in day.cycle_days:
        return [codes[rotation]] if rotation in codes else []
    # A rotation that the date does not know could be any: then the person counts as busy in all of them.
    return list(codes.values())


def _lessons(meetings: Iterable[Meeting], day: Day, codes: Mapping[str, str]) -> list[_Lesson]:
    held = [meeting for meeting in meetings if _stands_on(meeting, day.on)]
    lessons = [
        lesson
        for meeting in held
        for code in _codes_of(meeting.rotation, day, codes)
        if not meeting.cycle_day or meeting.cycle_day == code
        for lesson in _lessons_of(meeting, bells_in_effect(day.bells, code))
    ]
    return list(dict.fromkeys(lessons))


def _stands_on(meeting: Meeting, on: date) -> bool:
    return (meeting.starts_on or date.min) <= on <= (meeting.ends_on or date.max)


def _lessons_of(meeting: Meeting, bells: Sequence[Bell]) -> Iterator[_Lesson]:
    lunches = tuple((bell.starts, bell.ends) for bell in bells if _is_wave(bell) and bell.wave == meeting.wave)
    for bell in bells:
        in_its_wave = not bell.wave or bell.wave == meeting.wave
        if bell.period == meeting.period and not _is_wave(bell) and in_its_wave:
            yield _Lesson(meeting.section, bell, lunches)


def _teaching(lessons: Iterable[_Lesson]) -> tuple[Piece, ...]:
    pieces = {
        Piece(starts, ends, lesson.bell.period, section=lesson.section)
        for lesson in lessons
        for starts, ends in _without([(lesson.bell.starts, lesson.bell.ends)], lesson.lunches)
    }
    return tuple(sorted(pieces, key=_clock_order))


def _blocked(blocks: Iterable[Block], day: Day, codes: Mapping[str, str]) -> list[Span]:
    bells = {bell for code in codes.values() for bell in bells_in_effect(day.bells, code)}
    return [
        span
        for block in blocks
        if block.kind != "closed" and _holds_on(block, day.on, codes)
        for span in _block_spans(block, bells)
    ]


def _holds_on(block: Block, on: date, codes: Mapping[str, str]) -> bool:
    return (
        (not block.cycle_day or block.cycle_day in codes.values())
        and (block.weekday is None or block.weekday == on.weekday())
        and (block.on is None or block.on == on)
    )


def _block_spans(block: Block, bells: Iterable[Bell]) -> list[Span]:
    by_clock = (block.starts or time.min, block.ends or time.max)
    if block.period is None or block.period == "":
        return [by_clock]
    by_bell = [(bell.starts, bell.ends) for bell in bells if bell.period == block.period]
    if block.starts is None and block.ends is None:
        return by_bell
    both = [(max(span[0], by_clock[0]), min(span[1], by_clock[1])) for span in by_bell]
    # When a short day has moved the period away from the duty's times, nobody knows which one holds: both are
    # busy.
    return [span for span in both if span[0] < span[1]] or [*by_bell, by_clock]


def _candidates(schedule: Schedule, day: Day, codes: Mapping[str, str]) -> list[tuple[Bell, bool]]:
    """The bells that could be planning, each with whether the person has declared it."""
    rotations = {meeting.rotation for meeting in schedule.meetings}
    own_codes = [code for rotation, code in codes.items() if rotation in rotations] or list(codes.values())
    declared_by_bell: dict[Bell, bool] = {}
    for code in own_codes:
        declared = {each.period for each in schedule.declared if not each.cycle_day or each.cycle_day == code}
        for bell in bells_in_effect(day.bells, code):
            is_declared = bell.period in declared
            if bell.kind == "class" or (is_declared and bell.kind != "lunch"):
                declared_by_bell[bell] = is_declared or declared_by_bell.get(bell, False)
    return [(bell, is_declared) for bell, is_declared in declared_by_bell.items() if not bell.wave]


def _free_pieces(
    bell: Bell, busy: Sequence[Span], schedule: Schedule, certainty: Certainty, min_minutes: int
) -> Iterator[Piece]:
    starts = max(bell.starts, schedule.works_from or time.min)
    ends = min(bell.ends, schedule.works_to or time.max)
    for span in _without([(starts, ends)], busy):
        if _long_enough(span, min_minutes):
            yield Piece(span[0], span[1], bell.period, certainty)


def _conflicts(bell: Bell, lessons: Iterable[_Lesson]) -> Iterator[str]:
    for lesson in lessons:
        if lesson.bell.starts < bell.ends and bell.starts < lesson.bell.ends:
            yield f"Period {bell.period} is declared as planning, but section {lesson.section} meets in it."


def _as_unknown(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple(Piece(piece.starts, piece.ends, piece.period, "unknown") for piece in pieces)


def _without(spans: Iterable[Span], cuts: Iterable[Span]) -> list[Span]:
    left = [span for span in spans if span[0] < span[1]]
    for cut_starts, cut_ends in cuts:
        if cut_starts >= cut_ends:
            continue
        halves = [
            half for starts, ends in left for half in ((starts, min(ends, cut_starts)), (max(starts, cut_ends), ends))
        ]
        left = [half for half in dict.fromkeys(halves) if half[0] < half[1]]
    return left


def _long_enough(span: Span, min_minutes: int) -> bool:
    return span[0] < span[1] and _minute(span[1]) - _minute(span[0]) >= min_minutes


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock_order(piece: Piece) -> tuple[time, time, str, str]:
    return piece.starts, piece.ends, piece.period, piece.section
