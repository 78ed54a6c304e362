"""The weeks of a cycle as tables: days across, periods down, visits in the cells; nothing is read here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from mentorship.availability.planning_periods import bells_in_effect
from mentorship.availability.queries import CalendarDate
from mentorship.plans.elsewhere import monday_of
from mentorship.plans.models import Visit
from mentorship.timetable.models import LESSON_DAYS

WEEKDAYS = 5
MAP_WIDTH, MAP_HEIGHT, MAP_STEP, MAP_GAP = 13, 42, 15.2, 1.25
CLOSED_BECAUSE = {
    "staff_only": "Staff day",
    "holiday": "Holiday",
    "weather": "Closed for weather",
    "emergency": "Closed",
    "weekend": "Weekend",
}
# What of a visit the little maps show; a rectangle of an invitation is only an outline.
MAP_LOOK = {
    "held": "done",
    "not_held": "done",
    "expired": "conflict",
    "accepted": "accepted",
    "invited": "invited",
    "proposed": "invited",
    "time_asked": "asked",
    "needs_new_time": "conflict",
}
_Bell = tuple[time, time, bool]


@dataclass(frozen=True)
class Column:
    """One date of a week; `closed` says why there are no lessons, and is empty on a school day."""

    on: date
    cycle_day: str
    closed: str
    is_today: bool


@dataclass(frozen=True)
class Line:
    """One row: periods that ring at the same time, and the visits of each column in it (None: closed)."""

    periods: tuple[str, ...]
    starts: time
    ends: time
    is_lunch: bool
    cells: tuple[tuple[Visit, ...] | None, ...]

    @property
    def name(self) -> str:
        """“Period 3”, “Periods 1 and 2”, “Lunch”, or a period's own name where it is a word already."""
        if self.is_lunch:
            return "Lunch"
        if not all(len(period) == 1 or (len(period) == 2 and period[-1].isdigit()) for period in self.periods):
            return " or ".join(self.periods)
        return f"{'Period' if len(self.periods) == 1 else 'Periods'} {' and '.join(self.periods)}"


@dataclass(frozen=True)
class Week:
    """Monday to Friday, and the weekend where anything happens on it; `visits` are those of its dates, in order."""

    number: int
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    visits: tuple[Visit, ...]

    @property
    def monday(self) -> date:
        return monday_of(self.columns[0].on)

    def holds(self, on: date) -> bool:
        return monday_of(on) == self.monday

    @property
    def by_date(self) -> list[tuple[Column, list[Visit]]]:
        """The dates that have visits, for the list."""
        found = [(each, [visit for visit in self.visits if visit.on_date == each.on]) for each in self.columns]
        return [(column, visits) for column, visits in found if visits]

    def rectangles(self) -> list[tuple[str, float, float, float]]:
        """The little map: class, x, y and height of each rectangle."""
        lessons = [line for line in self.lines if not line.is_lunch]
        height = round(MAP_HEIGHT / max(len(lessons), 1) - MAP_GAP, 2)
        found = []
        for place in range(min(len(self.columns), WEEKDAYS)):
            for row, line in enumerate(lessons):
                x, y = round(place * MAP_STEP, 2), round(row * (height + MAP_GAP), 2)
                cell = line.cells[place]
                found.append(("cell", x, y, height))
                found += [(MAP_LOOK.get(visit.status, "cell"), x, y, height) for visit in (cell or ())[:1]]
        return found


def weeks(dates: Sequence[CalendarDate], visits: Iterable[Visit], today: date) -> list[Week]:
    """Every week that the dates touch, with its live visits in the order given."""
    visits_by_date: dict[date, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.on_date is not None:
            visits_by_date[visit.on_date].append(visit)
    dates_by_monday: dict[date, list[CalendarDate]] = defaultdict(list)
    for each in dates:
        dates_by_monday[monday_of(each.on)].append(each)
    return [
        _week(
            number, [each for each in dates_by_monday[monday] if _is_shown(each, visits_by_date)], visits_by_date, today
        )
        for number, monday in enumerate(sorted(dates_by_monday), start=1)
    ]


def whole_weeks(starts_on: date, ends_on: date) -> tuple[date, date]:
    """The Monday before the first date and the Sunday after the last."""
    return monday_of(starts_on), monday_of(ends_on) + timedelta(days=6)


def _is_shown(each: CalendarDate, visits_by_date: Mapping[date, Sequence[Visit]]) -> bool:
    return each.on.weekday() < WEEKDAYS or _has_lessons(each) or bool(visits_by_date.get(each.on))


def _has_lessons(each: CalendarDate) -> bool:
    return each.filed is not None and each.filed.kind in LESSON_DAYS


def _week(
    number: int, dates: Sequence[CalendarDate], visits_by_date: Mapping[date, Sequence[Visit]], today: date
) -> Week:
    columns = tuple(Column(each.on, each.cycle_day, _closed(each, visits_by_date), each.on == today) for each in dates)
    visits = tuple(visit for each in dates for visit in visits_by_date.get(each.on, ()))
    bells = _usual_bells(dates)
    for visit in visits:
        if visit.period not in bells and visit.starts is not None and visit.ends is not None:
            bells[visit.period] = (visit.starts, visit.ends, False)
    return Week(number, columns, tuple(_lines(bells, columns, visits_by_date)), visits)


def _closed(each: CalendarDate, visits_by_date: Mapping[date, Sequence[Visit]]) -> str:
    """Why a date is closed; a date with visits on it stays a whole column, or nobody would see them."""
    if _has_lessons(each) or visits_by_date.get(each.on):
        return ""
    if each.filed is None:
        return "No school"
    return each.filed.note or CLOSED_BECAUSE.get(each.filed.kind, "No school")


def _usual_bells(dates: Iterable[CalendarDate]) -> dict[str, _Bell]:
    """The times of each period that most dates of the week have, of two the earlier."""
    counts: dict[str, Counter[_Bell]] = defaultdict(Counter)
    for each in dates:
        if each.day is None or not _has_lessons(each):
            continue
        for code in [code for code in each.day.cycle_days.values() if code] or [""]:
            for bell in bells_in_effect(each.day.bells, code):
                counts[bell.period][bell.starts, bell.ends, bell.kind == "lunch"] += 1
    return {period: min(found, key=lambda bell: (-found[bell], bell)) for period, found in counts.items()}


def _lines(
    bells: Mapping[str, _Bell], columns: Sequence[Column], visits_by_date: Mapping[date, Sequence[Visit]]
) -> Iterable[Line]:
    """Rows by the clock; all lunches are one row, since nobody visits then."""
    periods_by_bell: dict[_Bell, list[str]] = defaultdict(list)
    lunches = sorted(bell for bell in bells.values() if bell[2])
    for period, bell in bells.items():
        periods_by_bell[lunches[0] if bell[2] else bell].append(period)
    for bell in sorted(periods_by_bell):
        periods = tuple(sorted(periods_by_bell[bell], key=lambda period: (len(period), period)))
        cells = tuple(
            None if each.closed else tuple(one for one in visits_by_date.get(each.on, ()) if one.period in periods)
            for each in columns
        )
        yield Line(periods, bell[0], bell[1], bell[2], cells)
