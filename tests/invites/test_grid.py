"""The table of a week from plain values: rotations that share the clock, lunches, early dismissal, closed days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from mentorship.availability.planning_periods import Bell, Day
from mentorship.availability.queries import CalendarDate
from mentorship.invites.grid import Line, weeks, whole_weeks
from mentorship.plans.models import Visit
from mentorship.timetable.models import SchoolDay

MONDAY = date(2027, 1, 11)
A_AND_B = (
    Bell("1", "class", time(8), time(9), "A", None),
    Bell("2", "class", time(8), time(9), "B", None),
    Bell("L1", "lunch", time(11), time(11, 30), None, "L1"),
    Bell("L2", "lunch", time(11, 30), time(12), None, "L2"),
    Bell("HR", "homeroom", time(9, 5), time(9, 15), "A", None),
    Bell("Advisory", "advisory", time(9, 20), time(9, 40), "A", None),
)


def on(offset: int, code: str = "A", *, kind: str = "instructional", note: str = "", bells: Sequence[Bell] = A_AND_B):  # type: ignore[no-untyped-def]
    day = MONDAY + timedelta(days=offset)
    filed = SchoolDay(on_date=day, kind=kind, note=note, bell_schedule="R", cycle_day_by_rotation={"": code})
    return CalendarDate(day, Day(day, kind, {"": code}, tuple(bells)), filed)


def visit(offset: int, period: str, at: time = time(8, 3)) -> Visit:
    day = MONDAY + timedelta(days=offset)
    return Visit(on_date=day, period=period, starts=at, ends=time(at.hour, 43), medium="live", status="invited")


def names(lines: Sequence[Line]) -> list[str]:
    return [line.name for line in lines]


def test_periods_that_ring_at_the_same_time_share_a_row_and_lunches_are_one() -> None:
    [week] = weeks([on(0, "A"), on(1, "B")], [], MONDAY)
    assert names(week.lines) == ["Periods 1 and 2", "HR", "Advisory", "Lunch"]


def test_a_visit_stands_in_its_day_and_period() -> None:
    made = visit(1, "2")
    [week] = weeks([on(0, "A"), on(1, "B")], [made], MONDAY)
    assert week.lines[0].cells == ((), (made,)) and week.visits == (made,)
    assert week.columns[0].is_today and not week.columns[1].is_today


def test_the_row_of_a_period_has_the_times_of_most_days() -> None:
    early = [Bell("1", "class", time(8), time(8, 30), None, None)]
    usual = [Bell("1", "class", time(8), time(9), None, None)]
    [week] = weeks([on(0, bells=early), on(1, bells=usual), on(2, bells=usual)], [visit(0, "1")], MONDAY)
    assert [(line.starts, line.ends) for line in week.lines] == [(time(8), time(9))]
    assert len(week.lines[0].cells[0] or ()) == 1


def test_a_closed_day_says_why_unless_visits_stand_on_it() -> None:
    closed = on(0, kind="holiday", note="Veterans Day")
    [week] = weeks([closed, on(1)], [], MONDAY)
    assert week.columns[0].closed == "Veterans Day" and week.lines[0].cells[0] is None
    [week] = weeks([closed, on(1)], [visit(0, "1")], MONDAY)
    assert week.columns[0].closed == "" and len(week.lines[0].cells[0] or ()) == 1


def test_a_period_that_the_bells_no_longer_have_gets_a_row_of_its_own() -> None:
    [week] = weeks([on(0)], [visit(0, "9", time(14, 3))], MONDAY)
    assert names(week.lines)[-1] == "Period 9"


def test_a_saturday_is_shown_only_where_something_happens_on_it() -> None:
    saturday = on(5, kind="weekend")
    assert len(weeks([on(0), saturday], [], MONDAY)[0].columns) == 1
    assert len(weeks([on(0), on(5, kind="makeup")], [], MONDAY)[0].columns) == 2


def test_weeks_are_whole_and_counted_from_one() -> None:
    assert whole_weeks(MONDAY + timedelta(days=2), MONDAY + timedelta(days=8)) == (MONDAY, MONDAY + timedelta(days=13))
    assert [week.number for week in weeks([on(0), on(7)], [], MONDAY)] == [1, 2]


def test_the_little_map_has_a_rectangle_for_each_visit_over_those_of_the_empty_cells() -> None:
    [week] = weeks([on(0), on(1)], [visit(0, "1")], MONDAY)
    looks = [look for look, *_ in week.rectangles()]
    assert looks.count("invited") == 1 and looks.count("cell") == 2 * 3
