"""The cases of the schedule page through the files: what is imported is what the report says, by the clock."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mentorship.availability.report import availability_report
from mentorship.errors import NotFound, Refused
from mentorship.people.queries import school_named
from tests.roster.bringing import add, availability, brought, day, drop, edit, faults, pieces, planning, warnings
from tests.roster.bringing import bring as bring_files
from tests.school import SchoolFiles, school_t

A_DAY, B_DAY = "2027-01-13", "2027-01-12"
DELAY = (("10:00", "10:50"), ("10:55", "11:45"), ("12:20", "13:10"), ("13:15", "14:25"))
HALF = (("08:00", "09:25"), ("09:30", "10:55"))
CODES = {"A": "1357", "B": "2468"}


def with_every_schedule() -> SchoolFiles:
    files = school_t()
    for name, spans in (("Delay2", DELAY), ("HalfAM", HALF)):
        for code, periods in CODES.items():
            for period, (starts, ends) in zip(periods, spans, strict=False):
                add(files, "bells", bell(name, period, starts, ends, cycle_day=code))
    return files


def bell(name, period, starts, ends, **more):
    return {"bell_schedule": name, "period": period, "starts": starts, "ends": ends, **more}


# The date on which each kind of day comes first in these tests, on an A day and on a B day.
DATES = {"Regular": ("13", "12"), "Early": ("15", "14"), "Delay2": ("20", "19"), "HalfAM": ("22", "21")}


def test_planning_follows_the_bells_of_the_date(app, tmp_path):
    files = with_every_schedule()
    for bells, dates in DATES.items():
        for on in dates:
            edit(files, "school_days", f"2027-01-{on}", bell_schedule=bells)
    brought(app, files, tmp_path / "files")
    cases = [
        ("T10", "Regular", "Rivera", "B", ["11:30-12:55 6"]),
        ("T11", "Regular", "Rivera", "A", ["13:00-14:25 7"]),
        ("T12", "Early", "Rivera", "A", ["10:15-10:55 7"]),
        ("T13", "Delay2", "Rivera", "A", ["13:15-14:25 7"]),
        ("T13", "Delay2", "Lund", "A", ["10:00-10:50 1"]),
        ("T14", "HalfAM", "Rivera", "A", []),
        ("T14", "HalfAM", "Rivera", "B", []),
        ("T14", "HalfAM", "Chen", "A", ["09:30-10:55 3"]),
        ("T14", "HalfAM", "Chen", "B", []),
    ]
    for case, bells, who, code, expected in cases:
        found = day(app, who, f"2027-01-{DATES[bells]['AB'.index(code)]}")
        assert (found["bell_schedule"], found["cycle_day"]) == (bells, code)
        assert (case, pieces(found["planning"])) == (case, expected)
        assert {piece["certainty"] for piece in found["planning"]} <= {"presumed"}


def test_common_planning_is_what_two_have_at_once(app, tmp_path):
    brought(app, school_t(), tmp_path / "files")
    expected = {
        ("Chen", "Okafor"): (["09:30-10:55"], []),
        ("Chen", "Lund"): ([], ["13:00-14:25"]),
        ("Rivera", "Chen"): ([], []),
        ("Rivera", "Okafor"): ([], []),
        ("Rivera", "Lund"): ([], []),
    }
    for (one, other), by_day in expected.items():
        for who, partner in ((one, other), (other, one)):
            found = [day(app, who, on, other=partner)["shared"] for on in (A_DAY, B_DAY)]
            assert (pieces(found[0]), pieces(found[1])) == by_day, (who, partner)


def test_a_duty_cuts_a_period(app, tmp_path):
    duty = {"person_id": "Rivera", "kind": "duty", "cycle_day": "A", "starts": "13:00", "ends": "13:30"}
    brought(app, add(school_t(), "duties", duty), tmp_path / "files")
    assert planning(app, "Rivera", A_DAY) == ["13:30-14:25 7"]


def test_planning_declared_in_a_taught_period_is_a_conflict_and_the_class_wins(app, tmp_path):
    declared = {"person_id": "Rivera", "period": "5", "cycle_day": "A"}
    brought(app, add(school_t(), "declared_planning", declared), tmp_path / "files")
    found = day(app, "Rivera", A_DAY)
    assert found["note"] == "Period 5 is declared as planning, but section Rivera-5(A) meets in it."
    assert pieces(found["planning"]) == ["13:00-14:25 7"]
    assert found["planning"][0]["certainty"] == "presumed"


def test_a_section_that_ends_is_busy_on_its_last_day(app, tmp_path):
    files = edit(school_t(), "master_schedule", "Lund-4(B)", term="S1")
    add(files, "terms", {"term": "S1", "starts": "2026-08-24", "ends": "2027-01-14"})
    brought(app, files, tmp_path / "files")
    assert [planning(app, "Lund", on) for on in (B_DAY, "2027-01-14", "2027-01-19")] == [
        ["13:00-14:25 8"],
        ["13:00-14:25 8"],
        ["09:30-10:55 4", "13:00-14:25 8"],
    ]


@pytest.mark.parametrize("expression", ["", "3(B"])
def test_a_section_that_cannot_be_read_makes_all_free_time_unknown(app, tmp_path, expression):
    files = edit(school_t(), "master_schedule", "Chen-4(B)", expression=expression, course="Ceramics")
    report = brought(app, files, tmp_path / "files")
    assert len(faults(report)) == bool(expression)
    found = availability(app, "Chen", A_DAY)
    assert "Ceramics" in found["unknown_because"][0]
    (today,) = found["days"]
    assert (today["planning"], pieces(today["unknown"])) == ([], ["09:30-10:55 3"])
    assert day(app, "Chen", A_DAY, other="Okafor")["shared"] == []


def test_co_teachers_are_both_busy(app, tmp_path):
    row = {"section_id": "C1", "course": "X", "teacher_ids": "Okafor;Lund", "expression": "3(A)"}
    files = drop(school_t(), "master_schedule", "Lund-3(A)")
    brought(app, add(files, "master_schedule", row), tmp_path / "files")
    assert (planning(app, "Okafor", A_DAY), planning(app, "Lund", A_DAY)) == ([], ["08:00-09:25 1"])


def test_stacked_sections_are_busy_once_with_a_warning(app, tmp_path):
    row = {"section_id": "S1", "course": "X", "teacher_ids": "Chen", "expression": "1(A)"}
    report = brought(app, add(school_t(), "master_schedule", row), tmp_path / "files")
    assert any(warning.startswith("Chen has two sections at once") for warning in warnings(report))
    assert planning(app, "Chen", A_DAY) == ["09:30-10:55 3"]
    taught = [piece["section"] for piece in day(app, "Chen", A_DAY)["teaching"]]
    assert sorted(taught) == ["Chen-1(A)", "Chen-5(A)", "Chen-7(A)", "S1"]


def natick() -> SchoolFiles:
    files = school_t()
    waves = (("11:05", "11:27"), ("11:33", "11:55"), ("12:01", "12:23"), ("12:30", "12:52"))
    files.tables["bells"] = [
        bell("Regular", "4", "11:05", "12:52", kind="class"),
        *(bell("Regular", f"L{n}", *span, kind="lunch", wave=str(n)) for n, span in enumerate(waves, start=1)),
    ]
    files.tables["master_schedule"] = [
        {"section_id": f"W{n}", "course": "X", "teacher_ids": who, "expression": "4(A)", "wave": str(n)}
        for n, who in enumerate(("Chen", "Lund", "Okafor", "Rivera"), start=1)
    ]
    files.tables["school_days"] = [
        {**row, "bell_schedule": row["bell_schedule"] and "Regular"} for row in files.tables["school_days"]
    ]
    return files


def test_lunch_waves_are_cut_out_of_teaching(app, tmp_path):
    brought(app, natick(), tmp_path / "files")
    assert {who: pieces(day(app, who, A_DAY)["teaching"]) for who in ("Chen", "Lund", "Okafor", "Rivera")} == {
        "Chen": ["11:27-12:52 4"],
        "Lund": ["11:05-11:33 4", "11:55-12:52 4"],
        "Okafor": ["11:05-12:01 4", "12:23-12:52 4"],
        "Rivera": ["11:05-12:30 4"],
    }
    assert all(planning(app, who, A_DAY) == [] for who in ("Chen", "Lund", "Okafor", "Rivera"))
    assert planning(app, "Chen", B_DAY) == ["11:05-12:52 4"]


def test_a_drop_schedule_leaves_another_period_out_each_day(app, tmp_path):
    files = school_t()
    files.school["cycle_days"] = ["1", "2", "3", "4"]
    meets = {"1": "123567", "2": "234678", "3": "341785", "4": "412856"}
    files.tables["bells"] = [
        bell("Regular", period, f"{8 + place:02}:00", f"{8 + place:02}:57", cycle_day=code)
        for code, periods in meets.items()
        for place, period in enumerate(periods)
    ]
    files.tables["master_schedule"] = [
        {"section_id": f"S{p}", "course": "X", "teacher_ids": "Chen", "expression": f"{p}(1-4)"} for p in "12356"
    ]
    files.tables["school_days"] = [
        {"date": f"2027-01-{12 + place}", "kind": "instructional", "cycle_day": "" if place else "1"}
        | {"bell_schedule": "Regular"}
        for place in range(4)
    ]
    brought(app, files, tmp_path / "files")
    free = ["".join(p[-1] for p in planning(app, "Chen", f"2027-01-{on}")) for on in range(12, 16)]
    assert free == ["7", "478", "478", "48"]


def test_a_classroom_teacher_plans_while_the_class_is_at_specials(app, tmp_path):
    files = school_t()
    files.school["cycle_days"] = ["1", "2", "3", "4", "5"]
    files.tables["bells"] = [
        bell("Regular", "AM", "08:00", "10:00"),
        bell("Regular", "SP", "10:00", "10:45"),
        bell("Regular", "PM", "10:45", "14:00"),
    ]
    files.tables["master_schedule"] = [
        {"section_id": "3B", "course": "Grade 3", "teacher_ids": "Chen", "expression": "AM(1-5) PM(1-5) SP(5)"},
        {"section_id": "3B-ART", "course": "Art", "teacher_ids": "Lund", "expression": "SP(1)"},
    ]
    files.tables["school_days"] = [
        {"date": f"2027-02-0{n}", "kind": "instructional", "cycle_day": str(n), "bell_schedule": "Regular"}
        for n in range(1, 6)
    ]
    brought(app, files, tmp_path / "files")
    assert [planning(app, "Chen", f"2027-02-0{n}") for n in range(1, 6)] == [*[["10:00-10:45 SP"]] * 4, []]


def test_a_specialist_follows_each_schools_own_calendar(app, tmp_path):
    x, y = specialist("x", "1,3", "1"), specialist("y", "2,4", "2")
    add(x, "duties", *({"person_id": "Sp", "kind": "off_contract", "cycle_day": code} for code in "24"))
    add(x, "duties", {"person_id": "Sp", "kind": "travel", "cycle_day": "3", "starts": "11:45", "ends": "12:30"})
    brought(app, x, tmp_path / "x")
    brought(app, y, tmp_path / "y")
    at_x = [planning(app, "Sp", f"2027-02-0{n}", school="x") for n in range(1, 5)]
    assert at_x == [["12:00-14:00 2"], [], ["12:30-14:00 2"], []]
    codes = [day(app, "Sp", "2027-02-01", school=school)["cycle_day"] for school in "xy"]
    assert codes == ["1", "2"]
    assert [pieces(day(app, "Sp", "2027-02-01", school="y")["teaching"])] == [["09:00-12:00 1"]]


def specialist(school: str, days: str, first: str) -> SchoolFiles:
    files = school_t()
    files.school |= {"id": school, "name": school, "cycle_days": ["1", "2", "3", "4"]}
    staff = {"person_id": "Sp", "given_name": "S", "family_name": "P", "email": "sp@xy.example.edu", "roles": "teacher"}
    dates = [f"2027-02-0{n}" for n in range(1, 5)]
    files.tables = {
        "staff": [staff],
        "bells": [bell("Regular", "1", "09:00", "12:00"), bell("Regular", "2", "12:00", "14:00")],
        "master_schedule": [
            {"section_id": f"{school}1", "course": "Art", "teacher_ids": "Sp", "expression": f"1({days})"}
        ],
        "school_days": [
            {"date": on, "kind": "instructional", "cycle_day": first if on == dates[0] else "", "bell_schedule": ""}
            for on in dates
        ],
    }
    return files


def test_a_makeup_day_has_no_lessons_until_it_has_a_cycle_day(app, tmp_path):
    files = edit(school_t(), "school_days", "2027-01-23", kind="makeup", bell_schedule="Regular")
    report = brought(app, files, tmp_path / "first")
    assert warnings(report).count(
        "2027-01-23 is a make-up day without a cycle day: it has no lessons until one is set."
    )
    found = day(app, "Rivera", "2027-01-23")
    assert (found["kind"], found["cycle_day"], found["planning"], found["teaching"]) == ("makeup", "", [], [])
    brought(app, edit(files, "school_days", "2027-01-23", cycle_day="A"), tmp_path / "again")
    assert planning(app, "Rivera", "2027-01-23") == ["13:00-14:25 7"]


def test_a_staff_only_day_has_no_lessons(app, tmp_path):
    brought(app, edit(school_t(), "school_days", A_DAY, kind="staff_only", note="PLC day"), tmp_path / "files")
    found = day(app, "Rivera", A_DAY)
    assert (found["kind"], found["cycle_day"], found["note"]) == ("staff_only", "", "PLC day")
    assert (found["planning"], found["teaching"], found["unknown"]) == ([], [], [])


def test_overlapping_bells_are_refused_with_both_rows_named(app, tmp_path):
    files = add(school_t(), "bells", bell("Early", "9", "10:50", "11:30", cycle_day="A"))
    report = bring_files(app, files.write(tmp_path / "files"))
    assert "Period 9 (line 20, 10:50-11:30) overlaps period 7 (line 15, 10:15-10:55)" in faults(report)[0].message
    assert report.error is not None


def test_a_date_outside_the_school_year_says_so(app, tmp_path):
    brought(app, school_t(), tmp_path / "files")
    for on in ("2027-01-10", "2027-02-06", "1999-01-01", "9999-12-31"):
        found = day(app, "Rivera", on)
        assert (found["note"], found["kind"]) == ("outside the school year", "")
        assert (found["planning"], found["teaching"]) == ([], [])


def test_somebody_who_leaves_at_half_past_eleven_is_not_offered_the_afternoon(app, tmp_path):
    brought(app, edit(school_t(), "staff", "Rivera", works_to="11:30"), tmp_path / "files")
    assert planning(app, "Rivera", B_DAY) == []


@pytest.mark.parametrize(
    ("policy", "codes"), [("shift", "A B - A B - A B A B"), ("fixed", "A B - B A - B A B A")], ids=["T2", "T3"]
)
def test_a_snow_day_follows_the_schools_policy(app, tmp_path, policy, codes):
    files = edit(school_t(), "school_days", A_DAY, kind="weather")
    files.school["rotation_policy"] = policy
    brought(app, files, tmp_path / "files")
    found = availability(app, "Rivera", "2027-01-11", "2027-01-22")["days"]
    in_week = [each for each in found if date.fromisoformat(each["date"]).weekday() < 5]
    assert " ".join(each["cycle_day"] or "-" for each in in_week) == codes


@pytest.mark.parametrize(("rotation", "codes"), [("", "B A A A"), ("waits", "B A A B")], ids=["T5", "T6"])
def test_a_pin_shows_its_own_code(app, tmp_path, rotation, codes):
    files = school_t()
    files.tables["school_days"] = [{**row, "rotation": ""} for row in files.tables["school_days"]]
    brought(app, edit(files, "school_days", "2027-01-21", cycle_day="A", rotation=rotation), tmp_path / "files")
    found = availability(app, "Rivera", "2027-01-19", "2027-01-22")["days"]
    assert " ".join(each["cycle_day"] for each in found) == codes


def test_a_weekday_bound_school_needs_no_pin(app, tmp_path):
    files = school_t()
    files.school |= {"weekday_bound": True, "cycle_days": ["M", "T", "W", "R", "F"]}
    files.tables["bells"] = [bell("Regular", "1", "08:00", "09:00"), bell("Early", "1", "08:00", "08:30")]
    files.tables["master_schedule"] = [
        {"section_id": "S1", "course": "X", "teacher_ids": "Chen", "expression": "1(M,W)"}
    ]
    edit(files, "school_days", "2027-01-11", cycle_day="")
    edit(files, "school_days", "2027-01-21", bell_schedule="Early")
    report = brought(app, files, tmp_path / "files")
    assert not [warning for warning in warnings(report) if "first school day" in warning]
    found = availability(app, "Chen", "2027-01-18", "2027-01-22")["days"]
    assert [each["cycle_day"] for each in found] == ["", "T", "W", "R", "F"]
    assert [pieces(each["planning"]) for each in found] == [
        [],
        ["08:00-09:00 1"],
        [],
        ["08:00-08:30 1"],
        ["08:00-09:00 1"],
    ]


def test_every_date_asked_for_is_listed_with_every_field(app, tmp_path):
    brought(app, school_t(), tmp_path / "files")
    found = availability(app, "rivera@T.example.edu", "2027-01-08", "2027-01-24", other="Chen")
    assert set(found) == {"person", "unknown_because", "days"}
    assert (found["person"], found["unknown_because"]) == ("Rivera", [])
    first = date(2027, 1, 8)
    assert [each["date"] for each in found["days"]] == [str(first + timedelta(days=place)) for place in range(17)]
    fields = {"date", "kind", "cycle_day", "bell_schedule", "note", "planning", "teaching", "unknown", "shared"}
    assert all(set(each) == fields for each in found["days"])
    today = found["days"][4]
    assert today["planning"] == [{"starts": "11:30", "ends": "12:55", "period": "6", "certainty": "presumed"}]
    assert today["teaching"][0] == {"starts": "08:00", "ends": "09:25", "period": "2", "section": "Rivera-2(B)"}


def test_the_unknown_are_listed_without_planning_and_with_the_reason(app, tmp_path):
    files = add(school_t(), "staff", {**school_t().tables["staff"][0], "person_id": "New", "email": "n@t.example.edu"})
    brought(app, files, tmp_path / "files")
    found = availability(app, "New", A_DAY)
    assert found["unknown_because"] == ["no section names this person and no planning is declared"]
    assert found["days"][0]["planning"] == []
    assert found["days"][0]["unknown"][0] == {"starts": "08:00", "ends": "09:25", "period": "1"}


def test_without_a_name_every_active_teacher_is_listed(app, tmp_path):
    brought(app, school_t(), tmp_path / "files")
    with app.app_context():
        report = availability_report(school_named(None), [], None, date(2027, 1, 11), date(2027, 1, 11))
        assert [each["person"] for each in report["people"]] == ["Chen", "Lund", "Okafor", "Rivera"]


def test_what_cannot_be_asked_is_refused_with_a_sentence(app, tmp_path):
    brought(app, school_t(), tmp_path / "files")
    first, later = date(2027, 1, 11), date(2029, 1, 11)
    with app.app_context():
        school = school_named(None)
        for people, other, span, kind, sentence in (
            (["T9"], None, (first, first), NotFound, "Nobody at School T has the person_id or address T9."),
            (["Chen"], "T9", (first, first), NotFound, "Nobody at School T has the person_id or address T9."),
            ([], None, (later, first), Refused, "The range ends on 2027-01-11, before it starts on 2029-01-11."),
            ([], None, (first, later), Refused, "The range is longer than 400 days; ask for less at once."),
        ):
            with pytest.raises(kind) as refused:
                availability_report(school, people, other, *span)
            assert str(refused.value) == sentence
