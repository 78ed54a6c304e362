"""Planning periods of school T (domain/schedules.md 2.4), with the cases of 2.5 about one person and date."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.availability.planning_periods import (
    Bell,
    Block,
    Day,
    Declaration,
    Meeting,
    PersonDay,
    Piece,
    Schedule,
    overlapping_bells,
    person_day,
    shared_times,
)

TIMES = {
    "Regular": "08:00-09:25 09:30-10:55 11:30-12:55 13:00-14:25",
    "Early": "08:00-08:40 08:45-09:25 09:30-10:10 10:15-10:55",
    "Delay2": "10:00-10:50 10:55-11:45 12:20-13:10 13:15-14:25",
    "HalfAM": "08:00-09:25 09:30-10:55",
}
LUNCHES = {"Regular": "10:55-11:25", "Delay2": "11:45-12:15"}
TEACHING = {
    "Rivera": "1A 3A 5A 2B 4B 8B",
    "Chen": "1A 5A 7A 2B 4B 6B",
    "Okafor": "1A 5A 7A 2B 6B 8B",
    "Lund": "3A 5A 7A 2B 4B 6B",
}
SCHOOL_DAYS = {"A": date(2027, 1, 11), "B": date(2027, 1, 12)}


def clock(text):
    return time.fromisoformat(text)


def span(text):
    starts, ends = text.split("-")
    return clock(starts), clock(ends)


def bell(period, times, kind="class", cycle_day=None, wave=None):
    return Bell(period, kind, *span(times), cycle_day, wave)


def bells(schedule):
    rows = []
    for cycle_day, periods in (("A", "1357"), ("B", "2468")):
        rows += [
            bell(period, times, cycle_day=cycle_day)
            for period, times in zip(periods, TIMES[schedule].split(), strict=False)
        ]
    rows += [bell("L", LUNCHES[schedule], kind="lunch")] if schedule in LUNCHES else []
    return tuple(rows)


def school_day(cycle_day="A", schedule="Regular", on=None, kind="instructional", rows=None):
    return Day(on or SCHOOL_DAYS.get(cycle_day, date(2027, 1, 11)), kind, {"": cycle_day}, rows or bells(schedule))


def meeting(code, section=None, **more):
    period, cycle_day = code[:-1], code[-1]
    values = {"starts_on": None, "ends_on": None, "wave": None} | more
    return Meeting(section or f"S{code}", period, cycle_day, **values)


def schedule(teaching="", blocks=(), declared=(), unknown_because=(), **hours):
    codes = TEACHING.get(teaching, teaching).split()
    return Schedule(
        tuple(meeting(code) for code in codes),
        tuple(blocks),
        tuple(declared),
        hours.get("works_from"),
        hours.get("works_to"),
        tuple(unknown_because),
    )


def block(kind="duty", times=None, **more):
    starts, ends = span(times) if times else (None, None)
    values = {"cycle_day": None, "weekday": None, "on": None, "period": None} | more
    return Block(kind, starts=starts, ends=ends, **values)


def spelled(pieces):
    return [f"{piece.period} {piece.starts:%H:%M}-{piece.ends:%H:%M}" for piece in pieces]


def planning(person, *day, **more):
    return spelled(person_day(person, school_day(*day, **more)).planning)


def common(first, second, cycle_day):
    days = [person_day(schedule(name), school_day(cycle_day)).planning for name in (first, second)]
    return [f"{starts:%H:%M}-{ends:%H:%M}" for starts, ends in shared_times(*days)]


@pytest.mark.parametrize(
    ("name", "cycle_day", "bell_schedule", "expected"),
    [
        pytest.param("Rivera", "B", "Regular", ["6 11:30-12:55"], id="T10"),
        pytest.param("Rivera", "A", "Regular", ["7 13:00-14:25"], id="T11"),
        pytest.param("Rivera", "A", "Early", ["7 10:15-10:55"], id="T12"),
        pytest.param("Rivera", "A", "Delay2", ["7 13:15-14:25"], id="T13 Rivera"),
        pytest.param("Lund", "A", "Delay2", ["1 10:00-10:50"], id="T13 Lund"),
        pytest.param("Rivera", "A", "HalfAM", [], id="T14 Rivera A"),
        pytest.param("Rivera", "B", "HalfAM", [], id="T14 Rivera B"),
        pytest.param("Chen", "A", "HalfAM", ["3 09:30-10:55"], id="T14 Chen A"),
        pytest.param("Chen", "B", "HalfAM", [], id="T14 Chen B"),
        pytest.param("Rivera", "B", "Early", ["6 09:30-10:10"], id="T36"),
    ],
)
def test_planning_is_class_time_without_a_class(name, cycle_day, bell_schedule, expected):
    answer = person_day(schedule(name), school_day(cycle_day, bell_schedule))
    assert spelled(answer.planning) == expected
    assert {piece.certainty for piece in answer.planning} <= {"presumed"}
    assert answer.unknown == answer.conflicts == ()


@pytest.mark.parametrize(
    ("first", "second", "cycle_day", "expected"),
    [
        pytest.param("Chen", "Okafor", "A", ["09:30-10:55"], id="T15 A"),
        pytest.param("Chen", "Okafor", "B", [], id="T15 B"),
        pytest.param("Chen", "Lund", "A", [], id="T16 A"),
        pytest.param("Chen", "Lund", "B", ["13:00-14:25"], id="T16 B"),
        *(
            pytest.param("Rivera", other, cycle_day, [], id=f"T17 {other} {cycle_day}")
            for other in ("Chen", "Okafor", "Lund")
            for cycle_day in "AB"
        ),
    ],
)
def test_common_planning_is_the_time_that_both_have(first, second, cycle_day, expected):
    assert common(first, second, cycle_day) == expected
    assert common(second, first, cycle_day) == expected


def test_teaching_is_listed_by_section_in_the_order_of_the_clock():
    answer = person_day(schedule("Rivera"), school_day("B"))
    assert spelled(answer.teaching) == ["2 08:00-09:25", "4 09:30-10:55", "8 13:00-14:25"]
    assert [piece.section for piece in answer.teaching] == ["S2B", "S4B", "S8B"]


@pytest.mark.parametrize(
    ("duty", "expected"),
    [
        pytest.param({"times": "13:00-13:30", "cycle_day": "A"}, "13:30-14:25", id="T18"),
        pytest.param({"times": "13:00-13:30", "cycle_day": "B"}, "13:00-14:25", id="other cycle day"),
        pytest.param({"times": "13:30-13:50"}, "13:00-13:30 13:50-14:25", id="in the middle"),
        pytest.param({"times": "13:15-14:10"}, "", id="leaves 15 minutes on either side"),
        pytest.param({"times": "13:20-14:05"}, "13:00-13:20 14:05-14:25", id="leaves 20 minutes"),
        pytest.param({"times": "13:30-13:30"}, "13:00-14:25", id="takes no time"),
        pytest.param({"period": "7"}, "", id="a whole period"),
        pytest.param({"period": "5"}, "13:00-14:25", id="another period"),
        pytest.param({"period": "7", "times": "13:00-13:30"}, "13:30-14:25", id="times in a period"),
        pytest.param({"period": "7", "times": "08:00-08:30"}, "", id="times that the period has left"),
        pytest.param({"weekday": 0}, "", id="all Mondays"),
        pytest.param({"weekday": 1}, "13:00-14:25", id="all Tuesdays"),
        pytest.param({"on": date(2027, 1, 11)}, "", id="that date"),
        pytest.param({"on": date(2027, 1, 13)}, "13:00-14:25", id="another date"),
        pytest.param({"kind": "off_contract"}, "", id="never here"),
        pytest.param({"kind": "closed"}, "13:00-14:25", id="closed to visitors only"),
    ],
)
def test_a_block_takes_its_time_from_planning(duty, expected):
    answer = person_day(schedule("Rivera", blocks=[block(**duty)]), school_day("A"))
    assert spelled(answer.planning) == [f"7 {times}" for times in expected.split()]
    assert len(answer.teaching) == 3


def test_a_block_with_one_end_only_lasts_to_the_end_of_the_day():
    until = replace(block(), ends=clock("13:40"))
    after = replace(block(), starts=clock("13:40"))
    assert planning(schedule("Rivera", blocks=[until])) == ["7 13:40-14:25"]
    assert planning(schedule("Rivera", blocks=[after])) == ["7 13:00-13:40"]


def test_t19_a_declared_period_that_is_taught_is_a_conflict_and_stays_busy():
    person = schedule("Rivera", declared=[Declaration("5", "A")])
    answer = person_day(person, school_day("A"))
    assert answer.planning == (Piece(clock("13:00"), clock("14:25"), "7", "presumed"),)
    assert len(answer.conflicts) == 1
    assert "5" in answer.conflicts[0] and "S5A" in answer.conflicts[0]
    assert person_day(person, school_day("B")).conflicts == ()


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(date(2027, 1, 12), ["8 13:00-14:25"], id="T20 before"),
        pytest.param(date(2027, 1, 14), ["8 13:00-14:25"], id="T20 boundary day"),
        pytest.param(date(2027, 1, 19), ["4 09:30-10:55", "8 13:00-14:25"], id="T20 after"),
    ],
)
def test_a_class_that_ends_keeps_its_last_day_busy(on, expected):
    codes = TEACHING["Lund"].split()
    ended = tuple(meeting(code, ends_on=date(2027, 1, 14) if code == "4B" else None) for code in codes)
    assert planning(replace(schedule(), meetings=ended), "B", on=on) == expected


def test_a_class_that_begins_later_is_busy_from_its_first_day_on():
    begins = replace(schedule("Rivera"), meetings=(meeting("7A", starts_on=date(2027, 1, 13)),))
    assert "7 13:00-14:25" in planning(begins, "A", on=date(2027, 1, 11))
    assert "7 13:00-14:25" not in planning(begins, "A", on=date(2027, 1, 13))


@pytest.mark.parametrize("reason", ["Algebra has no expression", "Algebra: “3(B” has no closing parenthesis"])
def test_t21_and_t22_whoever_has_an_unreadable_class_is_unknown_and_never_free(reason):
    answer = person_day(schedule("Chen", unknown_because=[reason]), school_day("A"))
    assert answer.planning == ()
    assert answer.unknown == (Piece(clock("09:30"), clock("10:55"), "3", "unknown"),)
    assert spelled(answer.teaching) == ["1 08:00-09:25", "5 11:30-12:55", "7 13:00-14:25"]


def test_unknown_time_is_never_shared_time():
    unknown = person_day(schedule("Chen", unknown_because=["no expression"]), school_day("A")).unknown
    assert shared_times(unknown, person_day(schedule("Okafor"), school_day("A")).planning) == ()


def test_t23_a_co_taught_section_keeps_both_busy():
    assert planning(schedule("Okafor"), "A") == ["3 09:30-10:55"]
    assert planning(schedule(f"{TEACHING['Okafor']} 3A"), "A") == []
    assert "3 09:30-10:55" not in planning(schedule("Lund"), "A")


def test_t24_stacked_sections_are_busy_once_and_both_listed():
    stacked = replace(schedule("Chen"), meetings=(*schedule("Chen").meetings, meeting("1A", section="S9")))
    answer = person_day(stacked, school_day("A"))
    assert spelled(answer.planning) == ["3 09:30-10:55"]
    assert [piece.section for piece in answer.teaching if piece.period == "1"] == ["S1A", "S9"]


WAVES = ("11:05-11:27", "11:33-11:55", "12:01-12:23", "12:30-12:52")
NATICK = (
    bell("4", "11:05-12:52"),
    *(bell("L", times, "lunch", wave=str(number)) for number, times in enumerate(WAVES, start=1)),
)


def wave_day(wave, rows=NATICK):
    person = replace(schedule(), meetings=(Meeting("S1", "4", None, None, None, wave),))
    return person_day(person, school_day("A", rows=rows))


@pytest.mark.parametrize("lunch_period", ["L", "4"])
@pytest.mark.parametrize(
    ("wave", "expected"),
    [
        pytest.param("1", ["4 11:27-12:52"], id="T25 wave 1"),
        pytest.param("2", ["4 11:05-11:33", "4 11:55-12:52"], id="T25 wave 2"),
        pytest.param("3", ["4 11:05-12:01", "4 12:23-12:52"], id="T25 wave 3"),
        pytest.param("4", ["4 11:05-12:30"], id="T25 wave 4"),
        pytest.param(None, ["4 11:05-12:52"], id="no wave"),
    ],
)
def test_a_sections_lunch_wave_is_cut_out_of_its_teaching_and_is_not_planning(wave, expected, lunch_period):
    rows = tuple(replace(row, period=lunch_period) if row.kind == "lunch" else row for row in NATICK)
    answer = wave_day(wave, rows)
    assert spelled(answer.teaching) == expected
    assert answer.planning == ()


def test_lunch_waves_for_every_day_hold_beside_the_classes_of_one_cycle_day():
    rows = (replace(NATICK[0], cycle_day="A"), *NATICK[1:])
    assert spelled(wave_day("1", rows).teaching) == ["4 11:27-12:52"]


def test_t26_a_visit_needs_twenty_minutes_of_the_hosts_teaching():
    visitor = [Piece(clock("11:05"), clock("11:45"), "4")]
    assert shared_times(visitor, wave_day("2").teaching) == (span("11:05-11:33"),)
    assert shared_times(visitor, wave_day("1").teaching) == ()
    assert shared_times(visitor, wave_day("1").teaching, min_minutes=18) == (span("11:27-11:45"),)


DROP = {"1": "123567", "2": "234678", "3": "341785", "4": "412856"}
SLOTS = ["08:00-08:57", "09:02-09:59", "10:04-11:01", "11:35-12:32", "12:37-13:34", "13:39-14:36"]
DROP_BELLS = tuple(
    bell(period, times, cycle_day=cycle_day)
    for cycle_day, order in DROP.items()
    for period, times in zip(order, SLOTS, strict=True)
)


@pytest.mark.parametrize(
    ("cycle_day", "expected"),
    [("1", {"7"}), ("2", {"4", "7", "8"}), ("3", {"4", "7", "8"}), ("4", {"4", "8"})],
    ids=lambda value: f"T27 day {value}" if isinstance(value, str) else "",
)
def test_a_period_that_is_dropped_is_neither_taught_nor_free(cycle_day, expected):
    meetings = tuple(Meeting(f"S{period}", period, None, None, None, None) for period in "12356")
    answer = person_day(replace(schedule(), meetings=meetings), school_day(cycle_day, rows=DROP_BELLS))
    assert {piece.period for piece in answer.planning} == expected
    assert {piece.period for piece in answer.teaching} == set(DROP[cycle_day]) - expected


@pytest.mark.parametrize("cycle_day", "12345")
def test_t28_a_classroom_teacher_is_free_while_the_class_is_with_a_specialist(cycle_day):
    rows = (bell("1", "08:00-09:55"), bell("2", "10:00-10:45"), bell("3", "10:50-12:00"))
    own_class = tuple(
        Meeting("3B", period, own_day, None, None, None) for period, own_day in (("1", None), ("2", "5"), ("3", None))
    )
    expected = [] if cycle_day == "5" else ["2 10:00-10:45"]
    assert planning(replace(schedule(), meetings=own_class), cycle_day, rows=rows) == expected


@pytest.mark.parametrize(
    ("cycle_day", "expected"),
    [
        pytest.param("1", ["2 11:00-12:40"], id="T29 day 1"),
        pytest.param("2", [], id="T29 day 2"),
        pytest.param("3", ["2 11:00-11:45"], id="T29 day 3"),
        pytest.param("4", [], id="T29 day 4"),
    ],
)
def test_a_specialist_is_not_offered_while_away_or_on_the_way(cycle_day, expected):
    rows = (bell("1", "09:00-10:55"), bell("2", "11:00-12:40"))
    away = [block("off_contract", cycle_day=other) for other in "24"]
    person = schedule("11 13", blocks=[*away, block("travel", "11:45-12:30", cycle_day="3")])
    assert planning(person, cycle_day, rows=rows) == expected


def test_t30_each_section_follows_the_cycle_of_its_own_rotation():
    rows = (bell("1", "08:00-08:45"), bell("2", "09:00-09:45"))
    both = Day(date(2027, 1, 11), "instructional", {"upper": "C", "lower": "2"}, rows)
    lower = Meeting("S1", "1", "2", None, None, None, "lower")
    upper = Meeting("S2", "2", "2", None, None, None, "upper")
    answer = person_day(replace(schedule(), meetings=(lower, upper)), both)
    assert spelled(answer.teaching) == ["1 08:00-08:45"]
    assert spelled(answer.planning) == ["2 09:00-09:45"]


def test_a_class_of_a_rotation_that_the_date_does_not_know_counts_as_busy():
    two = Day(date(2027, 1, 11), "instructional", {"x": "A", "y": "1"}, (bell("1", "08:00-08:45"),))
    lost = replace(schedule(), meetings=(Meeting("S1", "1", "A", None, None, None),))
    assert person_day(lost, two).planning == ()


def test_t31_a_make_up_day_has_lessons_only_with_a_letter():
    saturday = date(2027, 1, 23)
    assert person_day(schedule("Rivera"), school_day(None, on=saturday, kind="makeup")) == PersonDay()
    assert planning(schedule("Rivera"), "A", on=saturday, kind="makeup") == ["7 13:00-14:25"]


@pytest.mark.parametrize(
    "kind",
    [pytest.param("staff_only", id="T32"), "holiday", "weather", "emergency", "weekend", "other"],
)
def test_a_day_without_pupils_gives_no_pieces(kind):
    person = schedule("Rivera", unknown_because=["no expression"], declared=[Declaration("5", None)])
    assert person_day(person, school_day("A", kind=kind)) == PersonDay()


@pytest.mark.parametrize(
    ("rows", "clash"),
    [
        pytest.param("1 08:00-09:00, 2 08:59-10:00", True, id="T37"),
        pytest.param("1 08:00-09:00, 2 09:00-10:00", False, id="touching"),
        pytest.param("1 08:00-09:00 class A, 2 08:00-09:00 class B", False, id="other cycle days"),
        pytest.param("1 08:00-09:00 class A, 3 08:30-09:30 class A", True, id="one cycle day"),
        pytest.param("1 08:00-09:00, 1 08:00-08:40 class W", False, id="a day of its own"),
        pytest.param("1 08:00-09:00, L 08:30-09:00 lunch W", True, id="a day's own lunch in a class"),
        pytest.param("1 08:00-09:00, L 08:30-09:00 lunch", True, id="lunch in a class"),
    ],
)
def test_rows_that_ring_at_once_are_named_in_pairs(rows, clash):
    pair = [bell(*row.split()) for row in rows.split(", ")]
    assert overlapping_bells(pair) == ([tuple(pair)] if clash else [])


def test_lunch_waves_may_ring_within_a_class_and_beside_each_other():
    assert overlapping_bells(NATICK) == []


def test_t39_time_outside_the_contract_is_not_planning():
    assert planning(schedule("Rivera", works_to=clock("11:30")), "B") == []
    assert planning(schedule("Rivera", works_to=clock("12:00")), "B") == ["6 11:30-12:00"]
    assert planning(schedule("Rivera", works_from=clock("12:00")), "B") == ["6 12:00-12:55"]


def test_declared_planning_is_confirmed_even_without_a_section():
    answer = person_day(schedule(declared=[Declaration("7", "A")]), school_day("A"))
    assert [piece.certainty for piece in answer.planning] == ["presumed", "presumed", "presumed", "confirmed"]


@pytest.mark.parametrize("kind", ["flex", "advisory", "homeroom"])
def test_a_period_that_is_no_class_is_planning_only_when_declared(kind):
    rows = (bell("HR", "08:00-08:30", kind),)
    assert planning(schedule(), rows=rows) == []
    assert planning(schedule(declared=[Declaration("HR", None)]), rows=rows) == ["HR 08:00-08:30"]


def test_lunch_is_never_planning():
    assert planning(schedule(declared=[Declaration("L", None)]), rows=(bell("L", "11:00-11:30", "lunch"),)) == []


def test_the_rows_of_a_cycle_day_replace_those_for_every_day():
    rows = (bell("1", "08:00-09:00"), bell("2", "09:05-10:00"), bell("1", "08:00-08:40", cycle_day="W"))
    assert planning(schedule(), "W", rows=rows) == ["1 08:00-08:40"]
    assert planning(schedule(), "M", rows=rows) == ["1 08:00-09:00", "2 09:05-10:00"]


def test_a_school_without_any_rotation_uses_the_rows_for_every_day():
    plain = Day(date(2027, 1, 11), "instructional", {}, (bell("1", "08:00-09:00"), bell("2", "09:05-10:00")))
    person = replace(schedule(), meetings=(Meeting("S1", "1", None, None, None, None),))
    assert spelled(person_day(person, plain).planning) == ["2 09:05-10:00"]


def test_pieces_under_the_minimum_are_left_out_of_planning_but_not_of_teaching():
    rows = (bell("1", "08:00-08:19"), bell("2", "08:20-08:40"))
    assert planning(schedule(), rows=rows) == ["2 08:20-08:40"]
    assert spelled(person_day(schedule("1A"), school_day(rows=rows)).teaching) == ["1 08:00-08:19"]


MINUTE = st.integers(8 * 60, 15 * 60).map(lambda minute: time(minute // 60, minute % 60))
DUTIES = st.lists(st.builds(lambda one, two: replace(block(), starts=one, ends=two), MINUTE, MINUTE), max_size=4)


@given(taught=st.sets(st.sampled_from("1357")), duties=DUTIES)
def test_planning_never_meets_teaching_or_a_duty_and_lies_in_its_bell(taught, duties):
    person = schedule(" ".join(f"{period}A" for period in sorted(taught)), blocks=duties)
    answer = person_day(person, school_day("A"))
    bell_by_period = {row.period: row for row in bells("Regular")}
    for piece in answer.planning:
        ringing = bell_by_period[piece.period]
        assert ringing.starts <= piece.starts < piece.ends <= ringing.ends
        assert piece.period not in taught
        assert all(
            duty.starts >= duty.ends or piece.ends <= duty.starts or duty.ends <= piece.starts for duty in duties
        )
