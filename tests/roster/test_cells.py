"""What cells may hold: formulas, emoji, odd spaces, long and hostile text, ids that look like something else."""

from __future__ import annotations

import csv
import json

import pytest

from mentorship.roster.known import Ring, period_order
from tests.roster.bringing import bring, brought, changes, faults, member, person, section, state
from tests.school import school_t


def bring_staff(app, tmp_path, *rows):
    """A school whose staff file holds just these rows, quoted as CSV wants it."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "school.json").write_text(json.dumps(school_t().school))
    with (tmp_path / "staff.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return bring(app, tmp_path)


STANDS_AS = [
    ("=1+1", "=1+1"),
    ("'=HYPERLINK(1)", "=HYPERLINK(1)"),
    ("@SUM(A1)", "@SUM(A1)"),
    ("-Ann", "-Ann"),
    ("👩‍🏫 Ada 🫨", "👩‍🏫 Ada 🫨"),
    ("Ada\u00a0Lou", "Ada Lou"),
    ("Ada\r\nLou", "Ada Lou"),
    ("Ada\tLou", "Ada Lou"),
    ("  Ada ", "Ada"),
    ("A\u200bda", "Ada"),
    ("עדה", "עדה"),
    ('Ada "Lo", Lou', 'Ada "Lo", Lou'),
    ("<script>", "<script>"),
    ("'; DROP TABLE person;--", "'; DROP TABLE person;--"),
    ("None", "None"),
    ("x" * 120, "x" * 120),
]


def test_cells_stand_as_they_are_read_and_twice_is_once(app, tmp_path):
    rows = [person(f"T{place}", given_name=cell, room="2") for place, (cell, _) in enumerate(STANDS_AS)]
    assert bring_staff(app, tmp_path / "first", *rows).error is None
    assert [member(app, row["person_id"])["given_name"] for row in rows] == [stands for _, stands in STANDS_AS]
    assert changes(bring_staff(app, tmp_path / "again", *rows)) == {}


@pytest.mark.parametrize("cell", ["Ada\x07", "Ada\x1b[31m", "\u202eadA", "Ada\x7f"])
def test_a_control_character_makes_a_row_wrong(standing, tmp_path, cell):
    before = state(standing)
    (fault,) = faults(bring_staff(standing, tmp_path, person("T1", given_name=cell)))
    assert (fault.line, fault.column) == (2, "given_name")
    assert fault.message.startswith("This holds a control character")
    assert fault.value is not None and fault.value.isprintable()
    assert state(standing) == before


def test_a_very_long_cell_is_named_and_not_repeated_whole(app, tmp_path):
    row = person("T1", given_name="x" * 100_000, grades="g" * 50_000, mentor_places="7" * 100_000)
    report = bring_staff(app, tmp_path, row)
    assert {fault.column for fault in faults(report)} == {"given_name", "grades", "mentor_places"}
    assert len(json.dumps(report.as_json())) < 3000


def test_the_line_of_a_row_counts_the_line_breaks_inside_quotes(app, tmp_path):
    rows = [person("T1", room="a\r\nb"), person("T2", room="c\nd"), person("T3", roles="?")]
    (fault,) = faults(bring_staff(app, tmp_path, *rows))
    assert fault.line == 6


ODD_IDS = ["T 01", "a/b", "t@1", "None", "null", "nan", "0", "007", "-", "Ä", "x" * 200, "=1"]


def test_an_id_is_just_text(app, tmp_path):
    files = school_t()
    files.tables = {
        "staff": [
            person(code, family_name="X", email=f"a{place}@t.example.edu", evaluates=ODD_IDS[place - 1])
            for place, code in enumerate(ODD_IDS)
        ],
        "bells": school_t().tables["bells"],
        "master_schedule": [
            {"section_id": code, "course": "None", "teacher_ids": code, "expression": "1(A)", "subject": "null"}
            for code in ODD_IDS
        ],
    }
    brought(app, files, tmp_path / "files")
    assert all(section(app, code)["teachers"] == [code] for code in ODD_IDS)
    before = state(app)
    assert changes(brought(app, files, tmp_path / "files")) == {}
    assert state(app) == before


def test_an_id_that_is_too_long_is_listed(app, tmp_path):
    (fault,) = faults(bring_staff(app, tmp_path, person("x" * 201, family_name="X", email="a@t.example.edu")))
    assert (fault.column, fault.message) == ("person_id", "This is longer than 200 characters.")


@pytest.mark.parametrize(
    ("bells", "order"),
    [
        ("1 3 5 7 2 4 6 8", "1 2 3 4 5 6 7 8"),
        ("HR 3 1 ADV 2", "HR 1 2 ADV 3"),
        ("A2 B1 A10 A1", "A1 B1 A2 A10"),
        ("Red Blue", "Red Blue"),
        ("1 L* 2", "1 2 L"),
        ("5 5* 6", "5 6"),
        ("01 1", "01 1"),
        ("", ""),
    ],
)
def test_periods_go_by_the_bells_but_numbers_by_value_and_lunches_last(bells, order):
    rings = [Ring("Regular", code.rstrip("*"), "lunch" if "*" in code else "class", "") for code in bells.split()]
    assert period_order(rings) == tuple(order.split())
