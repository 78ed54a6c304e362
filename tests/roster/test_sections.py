"""Sections: expressions, terms, waves, co-teaching and rotations; what can't be read is unknown, never free."""

from __future__ import annotations

import pytest

from tests.roster.bringing import (
    add,
    availability,
    brought,
    changes,
    day,
    edit,
    faults,
    pieces,
    planning,
    section,
    warnings,
)
from tests.school import SchoolFiles, school_t


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "Course of Chen (Chen-1(A)) has no expression"),
        ("3(B", "Course of Chen (Chen-1(A)): “3(B” has parentheses that do not pair up"),
        ("1-2", "has no cycle days in parentheses"),
        ("1(A-Z)", "The cycle day “Z” in “1(A-Z)” is unknown; allowed are A and B."),
        ("1(a)", "The cycle day “a” in “1(a)” is unknown"),
        ("9(A)", "The period “9” in “9(A)” is unknown"),
        ("=1+1", "has no cycle days in parentheses"),
    ],
)
def test_a_section_without_readable_meetings_comes_in_and_its_teacher_is_unknown(app, tmp_path, expression, reason):
    report = brought(app, edit(school_t(), "master_schedule", "Chen-1(A)", expression=expression), tmp_path / "files")
    assert changes(report)["sections"] == {"new": 24}
    listed = [(fault.line, fault.column, fault.value) for fault in faults(report)]
    assert listed == ([(2, "expression", expression)] if expression else [])
    assert section(app, "Chen-1(A)")["meetings"] == []
    found = availability(app, "Chen", "2027-01-11", "2027-02-05")
    assert len(found["unknown_because"]) == 1 and reason in found["unknown_because"][0]
    assert not any(each["planning"] for each in found["days"])
    assert pieces(found["days"][0]["unknown"]) == ["08:00-09:25 1", "09:30-10:55 3"]
    assert planning(app, "Rivera", "2027-01-11") == ["13:00-14:25 7"]


def test_an_expression_that_can_be_read_again_makes_its_teacher_known_again(app, tmp_path):
    brought(app, edit(school_t(), "master_schedule", "Chen-1(A)", expression="1(A"), tmp_path / "first")
    assert changes(brought(app, school_t(), tmp_path / "again")) == {"sections": {"changed": 1}}
    assert planning(app, "Chen", "2027-01-11") == ["09:30-10:55 3"]


def test_an_unreadable_section_makes_its_teacher_unknown_for_its_term_only(app, tmp_path):
    files = edit(school_t(), "master_schedule", "Chen-1(A)", expression="", term="S1")
    files.tables["terms"] = [{"term": "S1", "starts": "2027-01-11", "ends": "2027-01-14"}]
    brought(app, files, tmp_path / "files")
    assert [bool(planning(app, "Chen", on)) for on in ("2027-01-11", "2027-01-15")] == [False, True]
    assert availability(app, "Chen", "2027-01-15")["unknown_because"] == []


def test_ranges_go_by_the_periods_numbers_though_the_bells_list_each_cycle_day_apart(app, tmp_path):
    files = school_t()
    files.tables["master_schedule"] = [taught("S1", "Chen", "1-8(A-B)"), taught("S2", "Lund", "2-5(B)")]
    brought(app, files, tmp_path / "files")
    assert pieces(day(app, "Chen", "2027-01-11")["teaching"]) == [
        "08:00-09:25 1",
        "09:30-10:55 3",
        "11:30-12:55 5",
        "13:00-14:25 7",
    ]
    assert pieces(day(app, "Lund", "2027-01-12")["teaching"]) == ["08:00-09:25 2", "09:30-10:55 4"]


def test_a_range_does_not_run_across_lunch(app, tmp_path):
    files = school_t()
    files.tables["bells"] = [
        {"bell_schedule": "Regular", "period": period, "kind": kind, "starts": starts, "ends": ends}
        for period, kind, starts, ends in (
            ("HR", "homeroom", "07:45", "07:55"),
            ("P9", "class", "08:00", "09:00"),
            ("L", "lunch", "09:00", "09:30"),
            ("P10", "class", "09:30", "10:30"),
        )
    ]
    files.tables["master_schedule"] = [taught("S1", "Chen", "P9-P10(A)"), taught("S2", "Lund", "L(A)")]
    brought(app, files, tmp_path / "files")
    assert section(app, "S1")["meetings"] == ["P9A", "P10A"]
    assert section(app, "S2")["meetings"] == ["LA"]


def test_co_teachers_are_all_busy_and_the_first_is_primary(app, tmp_path):
    files = add(school_t(), "master_schedule", taught("S1", "Okafor; Lund", "3(A)"))
    brought(app, files, tmp_path / "first")
    assert planning(app, "Okafor", "2027-01-11") == []
    assert section(app, "S1")["teachers"] == ["Okafor", "Lund"]
    edit(files, "master_schedule", "S1", teacher_ids="Lund; Okafor; Lund")
    assert changes(brought(app, files, tmp_path / "again")) == {"sections": {"changed": 1}}
    assert section(app, "S1")["teachers"] == ["Lund", "Okafor"]


def test_two_sections_at_once_are_a_warning_and_one_busy_period(app, tmp_path):
    files = add(school_t(), "master_schedule", taught("S1", "Chen", "1(A)"))
    report = brought(app, files, tmp_path / "files")
    assert "Chen has two sections at once 1 time; both count as one busy period." in warnings(report)
    assert planning(app, "Chen", "2027-01-11") == ["09:30-10:55 3"]


def two_rotations() -> SchoolFiles:
    """Grade 01 runs on days 1 to 5, everybody else on A to D."""
    files = school_t()
    files.school["cycle_days"] = ["A", "B", "C", "D"]
    files.school["rotations"] = [
        {"name": "grade 1", "cycle_days": ["1", "2", "3", "4", "5"], "grades": ["01"]},
        {"name": "others", "cycle_days": ["A", "B", "C", "D"], "grades": []},
    ]
    files.tables["bells"] = [
        {"bell_schedule": "Regular", "period": period, "starts": starts, "ends": ends}
        for period, starts, ends in (("1", "08:00", "09:00"), ("2", "09:05", "10:00"))
    ]
    edit(files, "school_days", "2027-01-11", cycle_day="1; A")
    files.tables["master_schedule"] = [
        taught("G1", "Chen", "1(1,3,5)", grades="01"),
        taught("G7", "Lund", "1(A)", grades="07"),
        taught("GX", "Rivera", "2(B-D)"),
    ]
    return files


def test_each_section_follows_the_rotation_of_its_grades(app, tmp_path):
    report = brought(app, two_rotations(), tmp_path / "files")
    assert faults(report) == []
    assert [day(app, "Chen", f"2027-01-{on}")["cycle_day"] for on in (11, 12, 15, 19)] == [
        "1 / A",
        "2 / B",
        "5 / A",
        "1 / B",
    ]
    # The fifth school day is A again for most and 5 for grade 1.
    assert [planning(app, who, "2027-01-15") for who in ("Chen", "Lund", "Rivera")] == [
        ["09:05-10:00 2"],
        ["09:05-10:00 2"],
        ["08:00-09:00 1", "09:05-10:00 2"],
    ]
    assert [planning(app, who, "2027-01-12")[0] for who in ("Chen", "Lund", "Rivera")] == ["08:00-09:00 1"] * 3
    assert changes(brought(app, two_rotations(), tmp_path / "files")) == {}


def test_two_rotations_may_share_their_codes(app, tmp_path):
    files = two_rotations()
    files.school["rotations"][1]["cycle_days"] = files.school["cycle_days"] = ["1", "2"]
    files.tables["master_schedule"] = [taught("G1", "Chen", "1(5)", grades="01"), taught("G7", "Lund", "1(1)")]
    for pin, codes in (("1; 1", "1 / 1"), ("1", "1 / 1"), ("3; 2", "3 / 2")):
        brought(app, edit(files, "school_days", "2027-01-11", cycle_day=pin), tmp_path / pin)
        assert day(app, "Chen", "2027-01-11")["cycle_day"] == codes
    assert section(app, "G7")["rotations"] == {"others"}


def test_a_rotation_without_its_first_cycle_day_is_a_warning(app, tmp_path):
    report = brought(app, edit(two_rotations(), "school_days", "2027-01-11", cycle_day="A"), tmp_path / "files")
    assert [warning for warning in warnings(report) if "first school day" in warning] == [
        "The first school day, 2027-01-11, has no cycle day in the rotation grade 1: write one of 1, 2, 3, 4, 5, and "
        "the rotation gives the rest."
    ]


def test_a_school_may_give_its_rotation_a_name_later(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    files = school_t()
    files.school["rotations"] = [{"name": "all", "cycle_days": ["A", "B"]}]
    assert changes(brought(app, files, tmp_path / "again")) == {
        "school": {"changed": 1},
        "sections": {"changed": 24},
        "school_days": {"changed": 19},
    }
    assert section(app, "Chen-1(A)")["rotations"] == {"all"}
    assert planning(app, "Chen", "2027-01-11") == ["09:30-10:55 3"]


def taught(code, teachers, expression, **more):
    return {"section_id": code, "course": "X", "teacher_ids": teachers, "expression": expression, **more}
