"""Importing school T, or what a test made of it, and looking at what stands afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from mentorship.availability.report import availability_report
from mentorship.extensions import db
from mentorship.operate.dump import dump
from mentorship.people.models import Membership, Person
from mentorship.people.queries import school_named
from mentorship.roster.operations import import_files
from mentorship.roster.report import Fault, ImportReport
from mentorship.timetable.models import Section
from tests.school import SchoolFiles, school_t

BEFORE_THE_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)
KEYS = {
    "staff": "person_id",
    "interests": "person_id",
    "master_schedule": "section_id",
    "school_days": "date",
    "terms": "term",
}


def bring(app: Flask, *paths: Path, now: datetime = BEFORE_THE_YEAR, **options: Any) -> ImportReport:
    """Import as the command does: commit what was applied, forget the rest."""
    with app.app_context():
        report = import_files(list(paths), by="test", now=now, **options)
        if report.applied:
            db.session.commit()
        else:
            db.session.rollback()
        return report


def brought(app: Flask, files: SchoolFiles, folder: Path, **options: Any) -> ImportReport:
    """The report of an import that must go in."""
    report = bring(app, files.write(folder), **options)
    assert report.error is None
    return report


def state(app: Flask) -> dict[str, list[dict[str, Any]]]:
    with app.app_context():
        return dump()


def changes(report: ImportReport) -> dict[str, dict[str, int]]:
    """What the import changed: the counts that are not zero, `unchanged` left aside."""
    found = {
        kind: {word: count for word, count in vars(counts).items() if count and word != "unchanged"}
        for kind, counts in report.records.items()
    }
    return {kind: counts for kind, counts in found.items() if counts}


def faults(report: ImportReport) -> list[Fault]:
    return [fault for file in report.files for fault in (*file.errors, *file.gaps)]


def warnings(report: ImportReport) -> list[str]:
    return [warning for file in report.files for warning in file.warnings]


def edit(files: SchoolFiles, table: str, key: str, **cells: str) -> SchoolFiles:
    """The same files, with other cells in the row of that key."""
    column = KEYS[table]
    rows = files.tables[table]
    assert any(row[column] == key for row in rows)
    files.tables[table] = [{**row, **cells} if row[column] == key else row for row in rows]
    return files


def drop(files: SchoolFiles, table: str, *keys: str) -> SchoolFiles:
    column = KEYS[table]
    files.tables[table] = [row for row in files.tables[table] if row[column] not in keys]
    return files


def add(files: SchoolFiles, table: str, *rows: Mapping[str, str]) -> SchoolFiles:
    files.tables.setdefault(table, []).extend(rows)
    return files


def person(code: str, **cells: str) -> dict[str, str]:
    row = {"person_id": code, "given_name": "Sam", "family_name": code, "email": f"{code.lower()}@t.example.edu"}
    return {**row, "roles": "teacher", **cells}


def staff_of(count: int) -> SchoolFiles:
    """A school of so many teachers and nothing else."""
    files = school_t()
    return SchoolFiles(files.school, {"staff": [person(f"P{place:02}") for place in range(count)]})


def member(app: Flask, code: str, school: str = "t") -> dict[str, Any]:
    """What stands of somebody: the membership's columns, the person's beside them."""
    with app.app_context():
        query = select(Membership).where(Membership.school_id == school, Membership.code == code)
        found = db.session.scalars(query).one()
        names = ("given_name", "family_name", "email", "is_admin")
        values = {column.key: getattr(found, column.key) for column in Membership.__table__.columns}
        return {**values, **{name: getattr(found.person, name) for name in names}}


def people_count(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Person)).all())


def section(app: Flask, code: str) -> dict[str, Any]:
    with app.app_context():
        found = db.session.scalars(select(Section).where(Section.code == code)).one()
        members = {each.id: each.code for each in db.session.scalars(select(Membership))}
        return {
            "active": found.active,
            "meetings": [f"{each.period}{each.cycle_day}" for each in found.meetings],
            "rotations": {each.rotation for each in found.meetings},
            "teachers": [members[each.membership_id] for each in found.teachers],
            "unreadable_because": found.unreadable_because,
        }


def availability(app: Flask, who: str, first: str, last: str | None = None, **options: Any) -> dict[str, Any]:
    """The report on one person."""
    with app.app_context():
        school = school_named(options.get("school"))
        span = (date.fromisoformat(first), date.fromisoformat(last or first))
        (found,) = availability_report(school, [who], options.get("other"), *span)["people"]
        return found


def day(app: Flask, who: str, on: str, **options: Any) -> dict[str, Any]:
    (found,) = availability(app, who, on, **options)["days"]
    return found


def planning(app: Flask, who: str, on: str, **options: Any) -> list[str]:
    """Clock times and period, as in `11:30-12:55 6`."""
    return pieces(day(app, who, on, **options)["planning"])


def pieces(found: list[dict[str, str]]) -> list[str]:
    return [" ".join(filter(None, [f"{piece['starts']}-{piece['ends']}", piece.get("period", "")])) for piece in found]
