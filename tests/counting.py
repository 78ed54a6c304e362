"""How many statements a page takes, and a school large enough to show that rows do not add any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from builders import BY, NOW, school_with_mentor
from sqlalchemy import event

from mentorship.extensions import db
from mentorship.roster.operations import import_files
from mentorship.tables import Source, write_csv
from tests.school import SchoolFiles

SECTIONS_EACH = 5


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database was asked inside, pragmas and transaction marks left aside."""
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def larger_school(teachers: int) -> SchoolFiles:
    """School T with so many more teachers, each with classes, wishes and a department."""
    files = school_with_mentor()
    codes = [f"P{place:03}" for place in range(teachers)]
    files.tables["staff"] = [
        *files.tables["staff"],
        *(
            {
                "person_id": code,
                "given_name": "Pat",
                "family_name": code,
                "email": f"{code.lower()}@t.example.edu",
                "roles": "teacher",
                "departments": f"Department {place % 8}",
            }
            for place, code in enumerate(codes)
        ),
    ]
    files.tables["master_schedule"] = [
        *files.tables["master_schedule"],
        *(
            {
                "section_id": f"{code}-{number}",
                "course": f"Course {number}",
                "teacher_ids": code,
                "expression": f"{number + 1}({'AB'[number % 2]})",
            }
            for code in codes
            for number in range(SECTIONS_EACH)
        ),
    ]
    files.tables["interests"] = [
        *files.tables["interests"],
        *({"person_id": code, "shows": "questioning"} for code in codes),
    ]
    return files


def sources_of(files: SchoolFiles) -> list[Source]:
    """The tables of a school as files in memory, without its school.json."""
    found = []
    for name, rows in files.tables.items():
        header = list(dict.fromkeys(column for row in rows for column in row))
        text = write_csv(header, ([row.get(column, "") for column in header] for row in rows))
        found.append(Source(f"{name}.csv", text.encode()))
    return found


def grow_to(teachers: int) -> None:
    """Bring so many more teachers into the school that stands."""
    report = import_files(sources_of(larger_school(teachers)), by=BY, now=NOW, school_id="t")
    assert report.applied, report.error
    db.session.commit()
