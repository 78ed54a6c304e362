"""The rotation over January 2027: cases T1-T9, T31, T38 and T40 of domain/schedules.md 2.5."""

import random
from datetime import date, timedelta

import pytest

from mentorship.errors import Refused
from mentorship.timetable.rotation import DateRow, rotation_days

AB = ("A", "B")
A_TO_F = ("A", "B", "C", "D", "E", "F")
WEEK = ("M", "T", "W", "R", "F")
PLANNED = "11A 12B 13A 14B 15A 18– 19B 20A 21B 22A"


def day(number):
    return date(2027, 1, number)


def january(first="A", pins=None, waits=(), last=22, **kinds):
    """Rows from Monday 11 on: weekends off, 18 a holiday; `kinds` as weather=[13]; `pins` are code by day."""
    kind_by_day = {number: kind for kind, numbers in kinds.items() for number in numbers}
    pins = {11: first} | (pins or {})
    rows = []
    for number in range(11, last + 1):
        usual = "weekend" if number in (16, 17, 23, 24) else "holiday" if number == 18 else "instructional"
        kind = kind_by_day.get(number, usual)
        rows.append(DateRow(day(number), kind, pins.get(number), number in waits))
    return rows


def spelled(code_by_date):
    """The dates as in the table of cases: weekends only when they carry a code, – for a closed day."""
    return " ".join(f"{on.day}{code or '–'}" for on, code in code_by_date.items() if code or on.weekday() < 5)


@pytest.mark.parametrize(
    ("rows", "policy", "expected"),
    [
        pytest.param(january(), "shift", PLANNED, id="T1"),
        pytest.param(january(weather=[13]), "shift", "11A 12B 13– 14A 15B 18– 19A 20B 21A 22B", id="T2"),
        pytest.param(january(weather=[13]), "fixed", "11A 12B 13– 14B 15A 18– 19B 20A 21B 22A", id="T3"),
        pytest.param(january(weather=[13, 14]), "shift", "11A 12B 13– 14– 15A 18– 19B 20A 21B 22A", id="T4"),
        pytest.param(january(pins={21: "A"}), "shift", "11A 12B 13A 14B 15A 18– 19B 20A 21A 22A", id="T5"),
        pytest.param(january(pins={21: "A"}, waits=[21]), "shift", "11A 12B 13A 14B 15A 18– 19B 20A 21A 22B", id="T6"),
        pytest.param(january(emergency=[13]), "shift", "11A 12B 13– 14A 15B 18– 19A 20B 21A 22B", id="emergency"),
        pytest.param(january(staff_only=[13]), "fixed", "11A 12B 13– 14A 15B 18– 19A 20B 21A 22B", id="staff day"),
        pytest.param(january(other=[13]), "fixed", "11A 12B 13– 14A 15B 18– 19A 20B 21A 22B", id="other"),
    ],
)
def test_an_a_b_school_turns(rows, policy, expected):
    assert spelled(rotation_days(rows, AB, policy)) == expected


@pytest.mark.parametrize(
    ("rows", "policy", "expected"),
    [
        pytest.param(january(), "shift", "11A 12B 13C 14D 15E 18– 19F 20A 21B 22C", id="T7"),
        pytest.param(january(weather=[13]), "shift", "11A 12B 13– 14C 15D 18– 19E 20F 21A 22B", id="T8 shift"),
        pytest.param(january(weather=[13]), "fixed", "11A 12B 13– 14D 15E 18– 19F 20A 21B 22C", id="T8 fixed"),
        pytest.param(january("E", weather=[12, 13], last=15), "shift", "11E 12– 13– 14F 15A", id="T9"),
    ],
)
def test_a_six_day_cycle_turns(rows, policy, expected):
    assert spelled(rotation_days(rows, A_TO_F, policy)) == expected


def test_t31_a_make_up_saturday_has_no_letter_until_one_is_set():
    without = rotation_days(january(last=26, makeup=[23]), AB, "shift")
    assert without[day(23)] is None
    assert (without[day(25)], without[day(26)]) == ("B", "A")
    assert rotation_days(january(last=26, makeup=[23], pins={23: "A"}), AB, "shift")[day(23)] == "A"


def test_a_make_up_day_with_a_letter_uses_up_a_turn_unless_it_waits():
    turned = rotation_days(january(last=25, makeup=[23], pins={23: "B"}), AB, "shift")
    waited = rotation_days(january(last=25, makeup=[23], pins={23: "A"}, waits=[23]), AB, "shift")
    assert (turned[day(25)], waited[day(25)]) == ("A", "B")


def test_t38_dates_outside_the_rows_are_not_answered():
    assert day(10) not in rotation_days(january(), AB, "shift")


def test_t40_undoing_the_snow_day_returns_the_planned_rotation():
    snowed = rotation_days(january(weather=[13]), AB, "shift")
    assert spelled(snowed) != PLANNED
    assert spelled(rotation_days(january(), AB, "shift")) == PLANNED


def test_a_calendar_with_every_day_pinned_stays_as_it_is_written():
    planned = rotation_days(january(), A_TO_F, "shift")
    pins = {on.day: code for on, code in planned.items() if code}
    snowed = rotation_days(january(pins=pins, weather=[13]), A_TO_F, "shift")
    assert snowed == planned | {day(13): None}


def test_the_order_of_the_rows_does_not_matter():
    rows = january(weather=[13])
    random.Random(1).shuffle(rows)
    answer = rotation_days(rows, AB, "shift")
    assert spelled(answer) == "11A 12B 13– 14A 15B 18– 19A 20B 21A 22B"


def test_days_before_the_first_letter_have_none():
    rows = [DateRow(day(11), "instructional", None, False), DateRow(day(12), "instructional", "B", False)]
    assert rotation_days(rows, AB, "shift") == {day(11): None, day(12): "B"}


def test_a_snow_day_that_was_to_be_the_first_day_follows_the_policy():
    rows = january(weather=[11], last=12)
    assert rotation_days(rows, AB, "shift")[day(12)] == "A"
    assert rotation_days(rows, AB, "fixed")[day(12)] == "B"


def test_an_unknown_letter_is_refused_with_its_date_and_the_allowed_ones():
    with pytest.raises(Refused, match=r"2027-01-13.*“C”.*A, B"):
        rotation_days(january(pins={13: "C"}), AB, "shift")


@pytest.mark.parametrize("policy", ["shift", "fixed"])
def test_weekday_cycle_days_follow_the_weekday_over_snow_and_holidays(policy):
    answer = rotation_days(january("M", weather=[13]), WEEK, policy, weekday_bound=True)
    assert spelled(answer) == "11M 12T 13– 14R 15F 18– 19T 20W 21R 22F"


def test_a_school_that_pins_no_weekday_begins_on_monday():
    assert spelled(rotation_days(january(None, last=15), WEEK, "shift", True)) == "11M 12T 13W 14R 15F"


def test_a_tuesday_that_runs_as_a_monday_does_not_move_the_other_weekdays():
    pins = {12: "M", 13: "W", 14: "R"}
    assert spelled(rotation_days(january("M", pins=pins, last=20), WEEK, "shift", True)) == (
        "11M 12M 13W 14R 15F 18– 19T 20W"
    )


def test_a_week_may_begin_on_sunday():
    sunday = date(2027, 1, 10)
    rows = [
        DateRow(sunday + timedelta(offset), "instructional" if offset % 7 < 5 else "weekend", None, False)
        for offset in range(9)
    ]
    rows[0] = DateRow(sunday, "instructional", "S", False)
    answer = rotation_days(rows, ("S", "M", "T", "W", "R"), "shift", weekday_bound=True)
    assert list(answer.values()) == ["S", "M", "T", "W", "R", None, None, "S", "M"]
