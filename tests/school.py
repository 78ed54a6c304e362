"""School T of the domain pages: A/B days, four teachers, and the import files that describe it.

Bells, teaching and calendar are those of the schedule page's test data (2.4); whoever needs more people or wishes adds
rows before writing the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

TIMES = {
    "Regular": (("08:00", "09:25"), ("09:30", "10:55"), ("11:30", "12:55"), ("13:00", "14:25")),
    "Early": (("08:00", "08:40"), ("08:45", "09:25"), ("09:30", "10:10"), ("10:15", "10:55")),
}
PERIODS = {"A": ("1", "3", "5", "7"), "B": ("2", "4", "6", "8")}
TEACHING = {
    "Rivera": "1(A) 3(A) 5(A) 2(B) 4(B) 8(B)",
    "Chen": "1(A) 5(A) 7(A) 2(B) 4(B) 6(B)",
    "Okafor": "1(A) 5(A) 7(A) 2(B) 6(B) 8(B)",
    "Lund": "3(A) 5(A) 7(A) 2(B) 4(B) 6(B)",
}
HOLIDAYS = {date(2027, 1, 18)}
FIRST, LAST = date(2027, 1, 11), date(2027, 2, 5)
WEEKEND = 5

Row = Mapping[str, str]


@dataclass
class SchoolFiles:
    """The files of a school as rows; `write` makes the folder that `mentorship import` takes."""

    school: dict[str, object] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "school.json").write_text(json.dumps(self.school), encoding="utf-8")
        for name, rows in self.tables.items():
            write_table(folder / f"{name}.csv", rows)
        return folder


def write_table(path: Path, rows: Sequence[Row]) -> Path:
    """A CSV of these rows; the columns are those that any row has."""
    header = list(dict.fromkeys(column for row in rows for column in row))
    lines = [",".join(header)] + [",".join(f'"{row.get(column, "")}"' for column in header) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def school_t() -> SchoolFiles:
    """Four teachers, one section for each of their periods, a coach, and wishes with which everybody can visit."""
    names = sorted(TEACHING)
    staff = [_person(name, "teacher") for name in names] + [_person("Bell", "coach"), _person("Stone", "leader")]
    return SchoolFiles(
        school={"id": "t", "name": "School T", "time_zone": "America/New_York", "cycle_days": ["A", "B"]},
        tables={
            "staff": staff,
            "bells": _bells(),
            "school_days": _days(),
            "master_schedule": [row for name in names for row in _sections(name)],
            "interests": [_wishes(name) for name in names],
        },
    )


def _person(name: str, role: str) -> Row:
    return {
        "person_id": name,
        "given_name": "Sam",
        "family_name": name,
        "email": f"{name.lower()}@t.example.edu",
        "roles": role,
        "building": "main",
        "evaluates": "",
        "new_teacher": "",
        "mentor_places": "",
    }


def _bells() -> list[Row]:
    rows: list[Row] = []
    for schedule, spans in TIMES.items():
        for code, periods in PERIODS.items():
            rows += [_bell(schedule, code, period, "class", *span) for period, span in zip(periods, spans, strict=True)]
        if schedule == "Regular":
            rows += [_bell(schedule, code, "L", "lunch", "10:55", "11:25") for code in PERIODS]
    return rows


def _bell(schedule: str, code: str, period: str, kind: str, starts: str, ends: str) -> Row:
    return {
        "bell_schedule": schedule,
        "cycle_day": code,
        "period": period,
        "kind": kind,
        "starts": starts,
        "ends": ends,
    }


def _days() -> list[Row]:
    rows: list[Row] = []
    for offset in range((LAST - FIRST).days + 1):
        on = FIRST + timedelta(days=offset)
        kind = "weekend" if on.weekday() >= WEEKEND else "holiday" if on in HOLIDAYS else "instructional"
        is_school_day = kind == "instructional"
        rows.append(
            {
                "date": str(on),
                "kind": kind,
                "cycle_day": "A" if on == FIRST else "",
                "bell_schedule": "Regular" if is_school_day else "",
                "note": "",
            }
        )
    return rows


def _sections(name: str) -> list[Row]:
    return [
        {
            "section_id": f"{name}-{meeting}",
            "course": f"Course of {name}",
            "subject": "math",
            "teacher_ids": name,
            "room": f"R{name[0]}",
            "expression": meeting,
        }
        for meeting in TEACHING[name].split()
    ]


def _wishes(name: str) -> Row:
    return {
        "person_id": name,
        "wants_to_learn": "questioning",
        "shows": "questioning",
        "visits_required": "1",
        "visits_wanted": "2",
        "visits_a_week": "1",
        "hosts_at_most": "4",
        "hosts_a_week": "2",
    }
