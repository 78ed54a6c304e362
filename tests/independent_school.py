"""What a school's own files say: who teaches, who is free and who may meet whom on a date.

It is written from the file format alone and shares no code with the service, so that a mistake in the
service's reading of a timetable cannot repeat itself here. Times of day are minutes since midnight.
"""

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

Row = dict[str, str]
Span = tuple[int, int]

WHOLE_DAY: Span = (0, 24 * 60)
LESSON_KINDS = {"instructional", "makeup"}
UNPLANNED_KINDS = {"weather", "emergency"}
FOCUS_COLUMNS = ("wants_to_learn", "shows", "wants_feedback_on", "gives_feedback_on")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_LETTERS = {"m": 0, "t": 1, "w": 2, "r": 3, "f": 4}


class UnreadableError(ValueError):
    """An expression that the grammar does not give a meaning."""


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    email: str
    building: str
    hours: Span
    is_new: bool
    places: int
    is_trained: bool
    evaluates: frozenset[str]


@dataclass(frozen=True)
class Section:
    id: str
    course: str
    teachers: tuple[str, ...]
    room: str
    building: str
    wave: str
    terms: tuple[str, ...]
    meetings: frozenset[tuple[str, str]] | None


@dataclass(frozen=True)
class Bell:
    schedule: str
    cycle_days: tuple[str, ...]
    period: str
    kind: str
    span: Span
    wave: str


@dataclass(frozen=True)
class Day:
    date: date
    kind: str
    cycle_day: str
    schedule: str


@dataclass(frozen=True)
class Lesson:
    section: Section
    period: str
    span: Span


@dataclass(frozen=True)
class Wishes:
    visits: int = 1
    visits_a_week: int = 1
    hosts: int = 2
    hosts_a_week: int = 1
    is_open: bool = True


def rows_of(folder: Path, name: str) -> list[Row]:
    """Return a file's rows with trimmed cells, and none where the school has no such file."""
    path = folder / name
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in reader]


def items(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")[:2]
    return int(hour) * 60 + int(minute)


def clock(value: int) -> str:
    return f"{value // 60:02d}:{value % 60:02d}"


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def without(spans: Iterable[Span], cuts: Iterable[Span]) -> list[Span]:
    left = list(spans)
    for cut in cuts:
        left = [
            piece
            for span in left
            for piece in ((span[0], min(span[1], cut[0])), (max(span[0], cut[1]), span[1]))
            if piece[0] < piece[1]
        ]
    return left


def _codes(text: str, order: list[str]) -> list[str]:
    found: list[str] = []
    for item in (part.strip() for part in text.split(",")):
        first, dash, last = (part.strip() for part in item.partition("-"))
        if first not in order or (dash and last not in order):
            raise UnreadableError(item)
        start, end = order.index(first), order.index(last if dash else first)
        if end < start:
            raise UnreadableError(item)
        found += order[start : end + 1]
    return found


def read_expression(text: str, periods: list[str], cycle: list[str]) -> frozenset[tuple[str, str]]:
    """Return the (period, cycle day) meetings of an expression such as `1-2(A,C-E) 3(B)`."""
    if not re.fullmatch(r"(\s*[^()\s][^()]*\([^()]+\)\s*)+", text):
        raise UnreadableError(text)
    groups = re.findall(r"([^()]+)\(([^()]+)\)", text)
    pairs = [(_codes(left, periods), _codes(right, cycle)) for left, right in groups]
    return frozenset((period, day) for own, days in pairs for period in own for day in days)


def period_order(bells: list[Bell]) -> list[str]:
    """Return the periods that a range may span: numbers by value, because bells may list each day's apart."""
    codes = list(dict.fromkeys(bell.period for bell in bells if bell.kind != "lunch"))
    if all(code.isdigit() for code in codes):
        return sorted(codes, key=int)
    numbers = iter(sorted((code for code in codes if code.isdigit()), key=int))
    return [next(numbers) if code.isdigit() else code for code in codes]


def _walk(rows: list[Row], cycle: list[str], *, shift: bool, weekday_bound: bool) -> dict[date, Day]:
    """Turn the rotation day by day, since a blank cycle day is whatever the turns before it left."""
    turn = -1
    days: dict[date, Day] = {}
    for row in sorted(rows, key=lambda row: row["date"]):
        on, kind, pin = date.fromisoformat(row["date"]), row["kind"], row.get("cycle_day", "")
        if turn < 0 and pin in cycle:
            turn = cycle.index(pin)
        code = pin if kind in LESSON_KINDS else ""
        if kind == "instructional" and not pin:
            place = on.weekday() if weekday_bound else max(turn, 0)
            code = cycle[place % len(cycle)]
        waits = bool(pin) and row.get("rotation", "") == "waits"
        if (code and not waits) or (kind in UNPLANNED_KINDS and not shift and turn >= 0):
            turn = max(turn, 0) + 1
        days[on] = Day(on, kind, code, row.get("bell_schedule", ""))
    return days


def _is_weekday(cell: str, on: date) -> bool:
    text = cell.lower()
    if text.isdigit():
        return int(text) == on.isoweekday()
    if text in WEEKDAY_LETTERS:
        return WEEKDAY_LETTERS[text] == on.weekday()
    return WEEKDAYS[on.weekday()].startswith(text[:3])


class School:
    """The files of one school folder, with the questions that a planned visit raises."""

    def __init__(self, folder: Path) -> None:
        facts = json.loads((folder / "school.json").read_text(encoding="utf-8-sig"))
        if facts.get("rotations"):
            raise ValueError("a school with several rotations is beyond this check")
        self.zone = ZoneInfo(facts["time_zone"])
        self.cycle = [str(code) for code in facts["cycle_days"]]
        self.bells = [self._bell(row) for row in rows_of(folder, "bells.csv")]
        self.days = _walk(
            rows_of(folder, "school_days.csv"),
            self.cycle,
            shift=facts.get("rotation_policy", "shift") == "shift",
            weekday_bound=bool(facts.get("weekday_bound")),
        )
        staff = rows_of(folder, "staff.csv")
        self.people = {row["person_id"]: self._person(row) for row in staff}
        self.by_address = {person.email.lower(): person for person in self.people.values()}
        periods = period_order(self.bells)
        self.sections = [self._section(row, periods) for row in rows_of(folder, "master_schedule.csv")]
        self.terms = {
            row["term"]: (date.fromisoformat(row["starts"]), date.fromisoformat(row["ends"]))
            for row in rows_of(folder, "terms.csv")
        }
        self.duties = rows_of(folder, "duties.csv")
        self.declared = {row["person_id"] for row in rows_of(folder, "declared_planning.csv")}
        self.apart = {frozenset((row["person_id"], row["other_id"])) for row in rows_of(folder, "apart.csv")}
        self.travel = {
            frozenset((row["from"], row["to"])): int(row["minutes"]) for row in rows_of(folder, "travel.csv")
        }
        interests = rows_of(folder, "interests.csv")
        self.wishes = {row["person_id"]: self._wishes(row) for row in interests}
        self.foci = {name for row in interests for key in FOCUS_COLUMNS for name in items(row.get(key, ""))}

    @staticmethod
    def _bell(row: Row) -> Bell:
        span = (minutes(row["starts"]), minutes(row["ends"]))
        days, kind = items(row.get("cycle_day", "")), row.get("kind") or "class"
        return Bell(row["bell_schedule"], days, row["period"], kind, span, row.get("wave", ""))

    @staticmethod
    def _person(row: Row) -> Person:
        return Person(
            id=row["person_id"],
            name=f"{row['given_name']} {row['family_name']}",
            email=row["email"],
            building=row.get("building", ""),
            hours=(minutes(row.get("works_from") or "00:00"), minutes(row.get("works_to") or "24:00")),
            is_new=row.get("new_teacher", "").lower() == "yes",
            places=int(row.get("mentor_places") or 0),
            is_trained=bool(row.get("trained_on", "yes")),
            evaluates=frozenset(items(row.get("evaluates", ""))),
        )

    def _section(self, row: Row, periods: list[str]) -> Section:
        meetings: frozenset[tuple[str, str]] | None
        try:
            meetings = read_expression(row["expression"], periods, self.cycle)
        except UnreadableError:
            meetings = None
        return Section(
            id=row["section_id"],
            course=row["course"],
            teachers=items(row["teacher_ids"]),
            room=row.get("room", ""),
            building=row.get("building", ""),
            wave=row.get("wave", ""),
            terms=items(row.get("term", "")),
            meetings=meetings,
        )

    @staticmethod
    def _wishes(row: Row) -> Wishes:
        def number(column: str, default: int) -> int:
            return int(row.get(column) or default)

        return Wishes(
            visits=max(number("visits_wanted", 1), number("visits_required", 0)),
            visits_a_week=number("visits_a_week", 1),
            hosts=number("hosts_at_most", 2),
            hosts_a_week=number("hosts_a_week", 1),
            is_open=row.get("open_to_visits", "").lower() != "no",
        )

    def wishes_of(self, person: str) -> Wishes:
        return self.wishes.get(person, Wishes())

    def bells_on(self, on: date) -> list[Bell]:
        """Return the bells of a date: rows for its own cycle day push out the rows for every day."""
        day = self.days.get(on)
        if day is None or day.kind not in LESSON_KINDS or not day.cycle_day:
            return []
        rows = [bell for bell in self.bells if bell.schedule == day.schedule]
        own = [bell for bell in rows if day.cycle_day in bell.cycle_days]
        return own or [bell for bell in rows if not bell.cycle_days]

    def runs(self, section: Section, on: date) -> bool:
        """Say whether a section's terms cover a date; a term without dates counts as the whole year."""
        spans = [self.terms.get(term) for term in section.terms]
        return not spans or any(span is None or span[0] <= on <= span[1] for span in spans)

    def lessons(self, person: str, on: date) -> list[Lesson]:
        """Return what somebody teaches on a date, each lesson without its own lunch wave."""
        bells = self.bells_on(on)
        cycle_day = self.days[on].cycle_day if bells else ""
        found: list[Lesson] = []
        for section in self.sections:
            if person not in section.teachers or not section.meetings or not self.runs(section, on):
                continue
            wave = section.wave
            lunch = [bell.span for bell in bells if bell.kind == "lunch" and wave and bell.wave == wave]
            for bell in bells:
                if bell.kind != "lunch" and (bell.period, cycle_day) in section.meetings:
                    found += [Lesson(section, bell.period, span) for span in without([bell.span], lunch)]
        return found

    def duties_on(self, person: str, on: date) -> list[tuple[str, Span]]:
        """Return the kind and the time of every duty row that names the person and fits the date."""
        day = self.days.get(on)
        found: list[tuple[str, Span]] = []
        for row in self.duties:
            dates, weekdays, codes = (items(row.get(key, "")) for key in ("date", "weekday", "cycle_day"))
            fits = (
                row["person_id"] == person
                and (not dates or on.isoformat() in dates)
                and (not weekdays or any(_is_weekday(cell, on) for cell in weekdays))
                and (not codes or (day is not None and day.cycle_day in codes))
            )
            if fits:
                found += [(row["kind"], span) for span in self._duty_spans(row, on)]
        return found

    def _duty_spans(self, row: Row, on: date) -> list[Span]:
        if row.get("starts") or row.get("ends"):
            return [(minutes(row.get("starts") or "00:00"), minutes(row.get("ends") or "24:00"))]
        periods = items(row.get("period", ""))
        if periods:
            return [bell.span for bell in self.bells_on(on) if bell.period in periods]
        return [WHOLE_DAY]

    def class_time(self, on: date) -> list[Span]:
        """Return the class periods of a date; periods that touch make one stretch, a gap is passing time."""
        joined: list[Span] = []
        for span in sorted(bell.span for bell in self.bells_on(on) if bell.kind == "class"):
            if joined and span[0] <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], span[1]))
            else:
                joined.append(span)
        return joined

    def planning(self, person: Person, on: date) -> list[Span]:
        """Return when somebody is free: class time without lessons and duties, within contract hours."""
        busy = [lesson.span for lesson in self.lessons(person.id, on)]
        busy += [span for kind, span in self.duties_on(person.id, on) if kind != "closed"]
        busy += [(0, person.hours[0]), (person.hours[1], 24 * 60)]
        return without(self.class_time(on), busy)

    def is_unknown(self, person: str, on: date) -> bool:
        """Say whether a free period of somebody can only be guessed at, which makes it no free period."""
        own = [section for section in self.sections if person in section.teachers]
        if any(section.meetings is None and self.runs(section, on) for section in own):
            return True
        return not own and person not in self.declared

    def keeps_apart(self, one: str, other: str) -> str:
        """Return why two people must never meet here, or nothing."""
        for first, second in ((one, other), (other, one)):
            if first in self.people and second in self.people[first].evaluates:
                return f"{first} evaluates {second}"
        return f"{one} and {other} are kept apart" if frozenset((one, other)) in self.apart else ""

    def travel_minutes(self, person: Person, lesson: Lesson, host: Person) -> int:
        place = lesson.section.building or host.building
        return self.travel.get(frozenset((person.building, place)), 0) if person.building != place else 0
