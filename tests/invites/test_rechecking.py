"""A roster or a calendar changes after publishing: visits that no longer fit need a new time, nobody else is told."""

from __future__ import annotations

from pathlib import Path

from builders import NOW, Round, school_with_mentor

from mentorship.extensions import db
from mentorship.invites.rechecking import apply_import
from mentorship.plans.models import Visit
from mentorship.roster.report import ImportReport
from tests.school import SchoolFiles


def bring(made: Round, files: SchoolFiles, folder: Path, **options: bool) -> ImportReport:
    report = apply_import([files.write(folder)], now=NOW, by="test", **options)
    if report.applied:
        db.session.commit()
    else:
        db.session.rollback()
    return report


def snow_on(visit: Visit) -> SchoolFiles:
    """The school's files with one date closed for weather, the rotation fixed so that no other date changes."""
    files = school_with_mentor()
    files.school["rotation_policy"] = "fixed"
    closed = {"kind": "weather", "bell_schedule": ""}
    files.tables["school_days"] = [
        {**row, **closed} if row["date"] == str(visit.on_date) else row for row in files.tables["school_days"]
    ]
    return files


def cancels(made: Round) -> list[str]:
    return sorted(message.to_address for message in made.messages() if message.method == "CANCEL")


def test_the_same_files_again_touch_no_visit(published: Round, tmp_path: Path) -> None:
    before = published.dump()
    report = bring(published, school_with_mentor(), tmp_path / "files")
    assert report.applied and report.records["visits"].changed == 0
    assert published.dump() == before


def test_a_snow_day_takes_back_the_visits_of_that_date_alone(published: Round, tmp_path: Path) -> None:
    visit = published.visit()
    on_that_date = [each for each in published.visits() if each.on_date == visit.on_date]
    report = bring(published, snow_on(visit), tmp_path / "files")
    assert report.records["visits"].changed == len(on_that_date)
    statuses = {each.id: each.status for each in published.visits()}
    assert {statuses[each.id] for each in on_that_date} == {"needs_new_time"}
    assert {status for id_, status in statuses.items() if id_ not in {each.id for each in on_that_date}} == {"invited"}
    people = [member.person.email for each in on_that_date for member in each.people]
    assert cancels(published) == sorted(people)


def test_a_dry_run_says_how_many_visits_it_would_touch_and_tells_nobody(published: Round, tmp_path: Path) -> None:
    before = published.dump()
    report = bring(published, snow_on(published.visit()), tmp_path / "files", dry_run=True)
    assert report.records["visits"].changed >= 1
    assert published.dump() == before and cancels(published) == []


def test_a_visitor_who_teaches_now_needs_a_new_time(published: Round, tmp_path: Path) -> None:
    visit = published.visit()
    files = school_with_mentor()
    files.tables["master_schedule"] = [
        *files.tables["master_schedule"],
        {
            "section_id": "New",
            "course": "A new class",
            "teacher_ids": visit.visitor.code,
            "expression": f"{visit.period}({visit.cycle_day})",
        },
    ]
    bring(published, files, tmp_path / "files")
    db.session.expire_all()
    assert published.visit().status == "needs_new_time"


def test_a_visit_to_somebody_who_left_is_taken_back(published: Round, tmp_path: Path) -> None:
    visit = published.visit()
    gone = visit.host.code
    files = school_with_mentor()
    files.tables["staff"] = [row for row in files.tables["staff"] if row["person_id"] != gone]
    files.tables["interests"] = [row for row in files.tables["interests"] if row["person_id"] != gone]
    files.tables["master_schedule"] = [row for row in files.tables["master_schedule"] if row["teacher_ids"] != gone]
    bring(published, files, tmp_path / "files")
    db.session.expire_all()
    assert {each.status for each in published.visits() if gone in {member.code for member in each.people}} == {
        "needs_new_time"
    }
