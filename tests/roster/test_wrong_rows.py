"""A row that is wrong is listed with line, column and value; the rest goes in only when somebody says so."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.timetable.models import Section
from tests.roster.bringing import (
    add,
    bring,
    brought,
    changes,
    day,
    drop,
    edit,
    faults,
    member,
    person,
    planning,
    section,
    state,
    warnings,
)
from tests.school import school_t

BAD_CELLS = [
    (
        "staff",
        "Lund",
        {"roles": "techer"},
        "roles",
        "There is no role “techer”. Allowed: teacher, coach, leader, admin.",
    ),
    ("staff", "Lund", {"roles": ""}, "roles", "The column roles is empty."),
    ("staff", "Lund", {"email": "lund at t"}, "email", "“lund at t” is not an e-mail address."),
    ("staff", "Lund", {"email": ""}, "email", "The column email is empty; every row needs it."),
    ("staff", "Lund", {"email": "Chen@t.example.edu"}, "email", "The address chen@t.example.edu stands in line 2"),
    ("staff", "Lund", {"family_name": ""}, "family_name", "The column family_name is empty"),
    ("staff", "Lund", {"new_teacher": "maybe"}, "new_teacher", "“maybe” is neither yes nor no."),
    ("staff", "Lund", {"mentor_places": "9" * 5000}, "mentor_places", "is not a whole number from 0 to 50."),
    ("staff", "Lund", {"mentor_places": "-1"}, "mentor_places", "“-1” is not a whole number from 0 to 50."),
    ("staff", "Lund", {"trained_on": "2025-02-30"}, "trained_on", "“2025-02-30” is not a date."),
    ("staff", "Lund", {"trained_on": "2025-W01-1"}, "trained_on", "“2025-W01-1” is not a date."),
    ("staff", "Lund", {"works_to": "25:00"}, "works_to", "“25:00” is not a time. Write it as 08:05."),
    ("staff", "Lund", {"works_from": "12:00", "works_to": "08:00"}, "works_to", "The contract hours end before"),
    ("staff", "Lund", {"evaluates": "Nobody"}, "evaluates", "Nobody has the person_id “Nobody”."),
    ("staff", "Lund", {"prefers": "Chen;None"}, "prefers", "Nobody has the person_id “None”."),
    ("staff", "Lund", {"room": "r" * 61}, "room", "This is longer than 60 characters."),
    ("master_schedule", "Lund-3(A)", {"teacher_ids": "T99"}, "teacher_ids", "Nobody has the person_id “T99”."),
    ("master_schedule", "Lund-3(A)", {"teacher_ids": ""}, "teacher_ids", "The section has no teacher"),
    ("master_schedule", "Lund-3(A)", {"course": ""}, "course", "The column course is empty"),
    ("master_schedule", "Lund-3(A)", {"term": "S9"}, "term", "There is no term “S9”. Allowed: none"),
    ("master_schedule", "Lund-3(A)", {"wave": "2"}, "wave", "There is no lunch wave “2”. Allowed: none"),
    ("master_schedule", "Lund-3(A)", {"section_id": "Chen-1(A)"}, "section_id", "The section_id Chen-1(A) stands in"),
    (
        "school_days",
        "2027-01-13",
        {"kind": "snow"},
        "kind",
        "There is no kind “snow”. Allowed: instructional, staff_only",
    ),
    ("school_days", "2027-01-13", {"kind": ""}, "kind", "The column kind is empty. Allowed: instructional"),
    ("school_days", "2027-01-13", {"date": "2027-01-12"}, "date", "The date 2027-01-12 stands in line 3 already"),
    ("school_days", "2027-01-13", {"date": "2027-01-10"}, "date", "The dates must ascend, but 2027-01-10 comes after"),
    ("school_days", "2027-01-13", {"date": "13/1/27"}, "date", "“13/1/27” is not a date. Write it as 2027-01-31."),
    ("school_days", "2027-01-13", {"cycle_day": "C"}, "cycle_day", "There is no cycle day “C”. Allowed: A, B."),
    ("school_days", "2027-01-13", {"bell_schedule": "Late"}, "bell_schedule", "Allowed: Regular, Early."),
    ("school_days", "2027-01-13", {"bell_schedule": ""}, "bell_schedule", "A school day needs its bells."),
    ("school_days", "2027-01-13", {"rotation": "stays"}, "rotation", "leave it blank or write waits."),
    ("interests", "Lund", {"person_id": "T99"}, "person_id", "Nobody has the person_id “T99”."),
    ("interests", "Lund", {"person_id": "Chen"}, "person_id", "Chen stands in line 2 already and again in line 3."),
    ("interests", "Lund", {"visits_wanted": "0"}, "visits_wanted", "This is a total and cannot be less than the 1"),
    ("interests", "Lund", {"shows": "x" * 121}, "shows", "A part of this list is longer than 120 characters."),
]


@pytest.mark.parametrize(("table", "key", "cells", "column", "message"), BAD_CELLS)
def test_a_wrong_row_is_listed_and_the_rest_waits(standing, tmp_path, table, key, cells, column, message):
    before = state(standing)
    folder = edit(edit_room(school_t()), table, key, **cells).write(tmp_path / "again")
    report = bring(standing, folder)
    (fault,) = faults(report)
    assert (fault.column, message in fault.message) == (column, True), fault.message
    assert fault.value is not None and len(fault.value) <= 201
    assert report.error == (
        "1 row is wrong and nothing was imported; mend them, or import the rest with --skip-errors."
    )
    rest = bring(standing, folder, skip_errors=True, dry_run=True)
    assert (rest.error, changes(rest)["people"]) == (None, {"changed": 1})
    assert state(standing) == before


@pytest.mark.parametrize(
    ("table", "key", "cells"),
    [
        ("staff", "Lund", {"roles": "techer"}),
        ("staff", "Lund", {"email": "chen@t.example.edu"}),
        ("master_schedule", "Lund-3(A)", {"teacher_ids": "T99"}),
        ("school_days", "2027-01-13", {"date": "2027-01-12"}),
        ("interests", "Lund", {"visits_wanted": "0"}),
    ],
)
def test_the_rest_goes_in_when_somebody_says_so_and_only_once(app, tmp_path, table, key, cells):
    brought(app, school_t(), tmp_path / "first")
    folder = edit(edit_room(school_t()), table, key, **cells).write(tmp_path / "again")
    assert changes(bring(app, folder, skip_errors=True)) == {"people": {"changed": 1}}
    assert member(app, "Chen")["room"] == "moved"
    assert changes(bring(app, folder, skip_errors=True)) == {}


def edit_room(files):
    return edit(files, "staff", "Chen", room="moved")


def test_a_row_with_two_wrong_cells_counts_as_one(app, tmp_path):
    files = edit(school_t(), "staff", "Lund", roles="techer", email="no")
    report = bring(app, files.write(tmp_path / "files"))
    assert [(fault.line, fault.column, fault.value) for fault in faults(report)[:2]] == [
        (3, "roles", "techer"),
        (3, "email", "no"),
    ]
    assert report.error.startswith("1 row is wrong")


def test_a_row_with_more_cells_than_headings_is_wrong(app, tmp_path):
    folder = school_t().write(tmp_path / "files")
    (folder / "interests.csv").write_text("person_id,shows\nChen,a,b\n")
    (fault,) = faults(bring(app, folder))
    assert (fault.line, fault.value) == (2, "b")
    assert "stands beyond the last heading" in fault.message


def test_somebody_whose_new_row_is_bad_stays_as_they_were_and_goes_on_teaching(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    before = member(app, "Lund")
    files = edit(school_t(), "staff", "Lund", email="no address", room="99")
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert changes(report) == {}
    assert member(app, "Lund") == before
    assert day(app, "Lund", "2027-01-11")["teaching"]


@pytest.mark.parametrize("address", ["lund@t.example.edu", ""])
def test_somebody_whose_row_lost_its_id_stays(app, tmp_path, address):
    brought(app, school_t(), tmp_path / "first")
    before = state(app)
    files = edit(school_t(), "staff", "Lund", person_id="", email=address)
    report = bring(app, files.write(tmp_path / "again" / address), skip_errors=True)
    assert changes(report) == {}
    assert state(app) == before


def test_a_section_whose_row_is_bad_or_lost_its_id_goes_on(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    files = edit(school_t(), "master_schedule", "Lund-3(A)", section_id="")
    edit(files, "master_schedule", "Chen-1(A)", course="")
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert changes(report) == {}
    assert planning(app, "Chen", "2027-01-11") == ["09:30-10:55 3"]
    assert planning(app, "Lund", "2027-01-11") == ["08:00-09:25 1"]


def test_a_new_person_left_out_takes_their_rows_along_with_one_warning(app, tmp_path):
    files = add(school_t(), "staff", person("New", roles="techer"), person("Other", evaluates="New", prefers="New"))
    add(files, "interests", {"person_id": "New"})
    add(files, "master_schedule", *(taught_by("New", place) for place in range(3)), taught_by("Chen;New", 9))
    add(files, "duties", {"person_id": "New", "kind": "duty"})
    add(files, "declared_planning", {"person_id": "New", "period": "1"})
    add(files, "apart", {"person_id": "New", "other_id": "Chen"})
    folder = files.write(tmp_path / "files")
    report = bring(app, folder)
    assert report.error.startswith("1 row is wrong")
    assert [fault.line for fault in faults(report)] == [8]
    assert [warning for warning in warnings(report) if "left out" in warning] == [
        "10 mentions of New in other rows left out, because staff.csv line 8 was left out."
    ]
    rest = bring(app, folder, skip_errors=True)
    assert changes(rest)["sections"] == {"new": 25}
    assert section(app, "X9")["teachers"] == ["Chen"]
    assert changes(bring(app, folder, skip_errors=True)) == {}


def taught_by(teachers, place):
    return {"section_id": f"X{place}", "course": "X", "teacher_ids": teachers, "expression": "7(A)"}


def test_a_term_left_out_leaves_its_sections_without_meetings_and_one_warning(app, tmp_path):
    files = school_t()
    files.tables["terms"] = [{"term": "S1", "starts": "2027-02-01", "ends": "2027-01-01"}]
    for meeting in ("1(A)", "5(A)"):
        edit(files, "master_schedule", f"Chen-{meeting}", term="S1")
    report = bring(app, files.write(tmp_path / "files"), skip_errors=True)
    assert [fault.column for fault in faults(report)] == ["ends"]
    assert "2 mentions of the term S1 in other rows left out, because terms.csv line 2 was left out." in warnings(
        report
    )
    assert changes(report)["sections"] == {"new": 24}
    with app.app_context():
        empty = db.session.scalars(select(Section).where(~Section.meetings.any())).all()
        assert sorted(section.code for section in empty) == ["Chen-1(A)", "Chen-5(A)"]
        assert all("was left out" in section.unreadable_because for section in empty)


def test_a_term_that_stands_goes_on_when_its_new_row_is_bad(app, tmp_path):
    files = school_t()
    files.tables["terms"] = [{"term": "S1", "starts": "2027-01-01", "ends": "2027-02-01"}]
    edit(files, "master_schedule", "Chen-1(A)", term="S1")
    brought(app, files, tmp_path / "first")
    edit(files, "terms", "S1", ends="soon")
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert (report.error, changes(report), len(faults(report))) == (None, {}, 1)


def test_a_wrong_date_row_does_not_renumber_the_year(app, tmp_path):
    files = edit(school_t(), "school_days", "2027-01-13", bell_schedule="Late")
    bring(app, files.write(tmp_path / "files"), skip_errors=True)
    codes = {on: day(app, "Chen", f"2027-01-{on}")["cycle_day"] for on in (12, 13, 14, 15)}
    assert codes == {12: "B", 13: "", 14: "B", 15: "A"}


def test_a_date_that_stands_keeps_its_turn_when_its_new_row_cannot_be_read(app, tmp_path):
    files = edit(school_t(), "school_days", "2027-01-14", cycle_day="A")
    brought(app, files, tmp_path / "first")
    before = state(app)
    edit(files, "school_days", "2027-01-14", date="14 January")
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert (changes(report), state(app)) == ({}, before)
    assert "Line 5 has no date that can be read, so it gives no date its cycle day." in warnings(report)


def test_bells_that_overlap_are_named_both_and_the_first_stays(app, tmp_path):
    files = school_t()
    bells = [row for row in files.tables["bells"] if row["bell_schedule"] == "Regular"]
    first = bells[0]
    add(files, "bells", {**first, "period": "9", "starts": "09:00", "ends": "10:00"})
    report = bring(app, files.write(tmp_path / "files"))
    (fault,) = faults(report)
    assert fault.message == ("Period 9 (line 20, 09:00-10:00) overlaps period 1 (line 2, 08:00-09:25) in “Regular”.")
    assert report.error.startswith("1 row is wrong")


def test_times_that_moved_do_not_ring_twice_when_another_bell_is_bad(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    files = school_t()
    bells = [dict(row) for row in files.tables["bells"]]
    bells[3]["starts"] = "13:05"
    bells[0]["ends"] = "late"
    files.tables["bells"] = bells
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert changes(report) == {"bells": {"new": 1, "deactivated": 1}}
    assert planning(app, "Rivera", "2027-01-11") == ["13:05-14:25 7"]


def test_errors_in_a_file_end_nothing_that_it_leaves_out(app, tmp_path):
    files = add(
        school_t(), "duties", {"person_id": "Chen", "kind": "duty", "period": "3"}, {"person_id": "Lund", "kind": "plc"}
    )
    brought(app, files, tmp_path / "first")
    files.tables["duties"] = [{"person_id": "Chen", "kind": "duty", "period": "33"}]
    report = bring(app, files.write(tmp_path / "again"), skip_errors=True)
    assert changes(report) == {}
    files.tables["duties"] = [{"person_id": "Chen", "kind": "duty", "period": "1"}]
    assert changes(brought(app, files, tmp_path / "third")) == {"duties": {"new": 1, "deactivated": 2}}


def test_what_a_whole_file_no_longer_names_ends(app, tmp_path):
    brought(app, school_t(), tmp_path / "first")
    files = drop(drop(school_t(), "master_schedule", "Chen-1(A)"), "school_days", "2027-02-05")
    drop(files, "interests", "Chen")
    assert changes(brought(app, files, tmp_path / "again")) == {
        "sections": {"deactivated": 1},
        "school_days": {"deactivated": 1},
    }
    assert changes(brought(app, school_t(), tmp_path / "third")) == {
        "sections": {"changed": 1},
        "school_days": {"new": 1},
    }
