"""A cycle as the engine's problems: what is left out, what is kept apart, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from matching import judge
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.queries import school_named
from mentorship.plans.models import Plan, Visit
from mentorship.plans.problems import pairing_problem, visit_problem
from mentorship.roster.operations import import_files
from tests.school import SchoolFiles, school_t

LONG_BEFORE = datetime(2026, 12, 1, 12, tzinfo=UTC)
FIRST, LAST = date(2027, 1, 11), date(2027, 1, 22)


def opened(files: SchoolFiles, folder: Path) -> Cycle:
    """The school imported and a cycle of two weeks open in it."""
    report = import_files([files.write(folder / "files")], by="test", now=LONG_BEFORE)
    assert report.applied, report.error
    return open_cycle(
        school_named(None),
        "Winter",
        starts_on=FIRST,
        ends_on=LAST,
        everyone=True,
        with_pairings=True,
        with_walkthroughs=True,
        by="test",
        now=LONG_BEFORE,
    )


def visits(cycle: Cycle, now: datetime = LONG_BEFORE) -> dict[str, Any]:
    return visit_problem(cycle, now, seconds=5, seed=1).data


def pairs(cycle: Cycle) -> dict[str, Any]:
    return pairing_problem(cycle, seconds=5, seed=1)[0]


def person(problem: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in problem["people"] if row["id"] == code)
    return found


def change(files: SchoolFiles, table: str, code: str, **cells: str) -> None:
    """Other cells in the row of one person."""
    files.tables[table] = [{**row, **cells} if row.get("person_id") == code else row for row in files.tables[table]]


def test_planning_and_lessons_are_those_of_the_schedule(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        problem = visits(opened(school_t(), tmp_path))
    rivera = person(problem, "Rivera")
    assert rivera["free"][0] == ["2027-01-11T13:00", "2027-01-11T14:25"]
    assert rivera["free"][1] == ["2027-01-12T11:30", "2027-01-12T12:55"]
    lesson = next(row for row in problem["lessons"] if row["id"] == "Rivera-3(A)@Rivera@2027-01-13T09:30")
    assert (lesson["start"], lesson["end"], lesson["room"]) == ("2027-01-13T09:33", "2027-01-13T10:55", "RR")


def test_the_engine_takes_both_problems(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    change(files, "staff", "Lund", new_teacher="yes")
    change(files, "staff", "Chen", mentor_places="2")
    with app.app_context():
        cycle = opened(files, tmp_path)
        nothing: dict[str, Any] = {"pairs": [], "unpaired": []}
        assert judge(pairs(cycle), nothing) == []
        assert judge(visits(cycle), {"visits": [], "videos": []}) == []


def test_lessons_that_are_too_soon_are_left_out(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        cycle = opened(school_t(), tmp_path)
        monday_noon = datetime(2027, 1, 11, 17, tzinfo=UTC)
        dates = {row["start"][:10] for row in visits(cycle, monday_noon)["lessons"]}
        assert min(dates) == "2027-01-13"


def test_a_cycle_that_begins_with_the_year_keeps_its_first_day(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        cycle = opened(school_t(), tmp_path)
        eleven_days_before = datetime(2026, 12, 31, 12, tzinfo=UTC)
        assert min(row["start"][:10] for row in visits(cycle, eleven_days_before)["lessons"]) == "2027-01-11"


def test_no_date_with_notice_left_is_said(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        cycle = opened(school_t(), tmp_path)
        with pytest.raises(Refused, match="school days' notice"):
            visits(cycle, datetime(2027, 1, 22, 17, tzinfo=UTC))


def test_who_evaluates_whom_is_kept_apart_in_both_problems(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    change(files, "staff", "Chen", evaluates="Lund", mentor_places="1")
    change(files, "staff", "Lund", new_teacher="yes")
    with app.app_context():
        cycle = opened(files, tmp_path)
        assert pairs(cycle)["apart"] == [["Lund", "Chen", "evaluator"]]
        assert ["Chen", "Lund"] in visits(cycle)["apart"]


def test_people_kept_apart_by_a_file_are_kept_apart(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    files.tables["apart"] = [{"person_id": "Okafor", "other_id": "Rivera"}]
    with app.app_context():
        assert visits(opened(files, tmp_path))["apart"] == [["Okafor", "Rivera"]]


def test_an_unknown_teacher_is_never_free(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    rows = [dict(row) for row in files.tables["master_schedule"]]
    next(row for row in rows if row["section_id"] == "Chen-1(A)")["expression"] = "3(B"
    files.tables["master_schedule"] = list(rows)
    with app.app_context():
        problem = visit_problem(opened(files, tmp_path), LONG_BEFORE, seconds=5, seed=1)
    assert person(problem.data, "Chen")["free"] == []
    assert "Course of Chen" in problem.unknown_because["Chen"][0]


def test_whoever_is_not_open_to_visits_hosts_nobody(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    change(files, "interests", "Chen", open_to_visits="no")
    with app.app_context():
        problem = visits(opened(files, tmp_path))
    assert "host" not in person(problem, "Chen")
    assert not any(row["host"] == "Chen" for row in problem["lessons"])


def test_a_closed_day_and_a_closed_period_keep_visitors_out(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    closed = {"kind": "closed", "cycle_day": "", "weekday": "", "starts": "", "ends": ""}
    files.tables["duties"] = [
        {"person_id": "Chen", "date": "2027-01-13", "period": "", **closed},
        {"person_id": "Lund", "date": "", "period": "3", **closed},
    ]
    with app.app_context():
        problem = visits(opened(files, tmp_path))
    assert person(problem, "Chen")["closed_days"] == ["2027-01-13"]
    assert not any(row["section"] == "Lund-3(A)" for row in problem["lessons"])
    assert any(row["section"] == "Lund-5(A)" for row in problem["lessons"])


def test_a_host_on_duty_or_out_of_contract_hours_is_not_visited(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    away = {"kind": "off_contract", "cycle_day": "", "weekday": "", "period": "", "starts": "", "ends": ""}
    files.tables["duties"] = [{"person_id": "Chen", "date": "2027-01-13", **away}]
    change(files, "staff", "Lund", works_from="08:00", works_to="11:30")
    with app.app_context():
        lessons = visits(opened(files, tmp_path))["lessons"]
    assert not any(row["host"] == "Chen" and row["start"].startswith("2027-01-13") for row in lessons)
    assert any(row["host"] == "Chen" and row["start"].startswith("2027-01-11") for row in lessons)
    assert {row["section"] for row in lessons if row["host"] == "Lund"} == {"Lund-3(A)", "Lund-2(B)", "Lund-4(B)"}


def test_none_a_week_means_none(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    change(files, "interests", "Chen", visits_a_week="0")
    change(files, "interests", "Lund", hosts_a_week="0")
    with app.app_context():
        problem = visits(opened(files, tmp_path))
    assert "visit" not in person(problem, "Chen")
    assert "host" not in person(problem, "Lund")
    assert not any(row["host"] == "Lund" for row in problem["lessons"])


def test_the_caps_of_a_week_hold_over_all_cycles(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        first = opened(school_t(), tmp_path)
        cycle = open_cycle(
            first.school,
            "Second",
            starts_on=FIRST,
            ends_on=LAST,
            everyone=True,
            with_pairings=False,
            with_walkthroughs=True,
            by="test",
            now=LONG_BEFORE,
        )
        plan = Plan(cycle_id=first.id, part="visits", problem={}, outcome={}, made_at=LONG_BEFORE)
        db.session.add(plan)
        db.session.flush()
        by_code = {one.membership.code: one.membership for one in first.participants}
        db.session.add(
            Visit(
                plan_id=plan.id,
                visitor=by_code["Rivera"],
                host=by_code["Chen"],
                mode="learn",
                on_date=date(2027, 1, 12),
                status="accepted",
            )
        )
        db.session.flush()
        problem = visits(cycle)
    assert min(span[0] for span in person(problem, "Rivera")["free"]) > "2027-01-18"
    assert min(row["start"] for row in problem["lessons"] if row["host"] == "Chen") > "2027-01-18"
    assert min(span[0] for span in person(problem, "Chen")["free"]) < "2027-01-18"


def test_no_two_lessons_share_an_id(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    rows = [dict(row) for row in files.tables["master_schedule"]]
    for row in rows:
        row["section_id"] = row["section_id"].replace("Chen-", "a@")
    files.tables["master_schedule"] = list(rows)
    with app.app_context():
        ids = [row["id"] for row in visits(opened(files, tmp_path))["lessons"]]
    assert len(ids) == len(set(ids))
    assert any(each.startswith("a%401(A)@Chen@") for each in ids)


def test_a_mentors_rotation_is_one_date_of_each_cycle_day(app: Flask, tmp_path: Path) -> None:
    files = school_t()
    change(files, "staff", "Chen", mentor_places="2")
    change(files, "staff", "Lund", new_teacher="yes")
    with app.app_context():
        mentor = pairs(opened(files, tmp_path))["mentors"][0]
    assert mentor["free"] == [["2027-01-11T09:30", "2027-01-11T10:55"], ["2027-01-12T13:00", "2027-01-12T14:25"]]
    assert mentor["places"] == 2


def test_problems_hold_ids_and_no_names(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        cycle = opened(school_t(), tmp_path)
        db.session.flush()
        text = str(visits(cycle)) + str(pairs(cycle))
    assert "@t.example.edu" not in text
    assert "Sam" not in text
