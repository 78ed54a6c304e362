"""`import` and `availability` as somebody meets them on the command line: exit codes, sentences and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mentorship.cli import main
from tests.school import SchoolFiles, school_t

FORBIDDEN = re.compile(r"Traceback|[A-Z]\w+Error|\bNone\b|mentorship/|\.py\b|went wrong on our side")
SPAN = ("--from", "2027-01-11", "--to", "2027-01-12")


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


Say = Callable[..., Said]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command over an instance of its own."""
    monkeypatch.setenv("MENTORSHIP_INSTANCE", str(tmp_path / "instance"))

    def run(*words: object) -> Said:
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = int(left.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return school_t().write(tmp_path / "school")


def assert_refused(said: Said, sentence: str) -> None:
    assert (said.code, said.out) == (1, "")
    assert said.err.rstrip("\n") == sentence
    assert not FORBIDDEN.search(said.err)


def test_import_previews_brings_in_and_changes_nothing_twice(say, folder):
    before = say("dump", "--json").json
    preview = say("import", folder, "--dry-run")
    assert preview.code == 0
    assert "people: 6 new" in preview.out and "Nothing was written: this was a dry run." in preview.out
    assert say("dump", "--json").json == before
    assert say("import", folder).out.endswith("Imported into t.\n")
    after = say("dump", "--json").json
    again = say("import", folder)
    assert "people: 6 unchanged" in again.out and "new" not in again.out
    assert say("dump", "--json").json == after


def test_the_json_of_an_import_is_that_of_the_contract(say, folder):
    said = say("import", folder, "--json")
    assert (said.code, said.err) == (0, "")
    data = said.json
    assert set(data) == {"applied", "dry_run", "error", "files", "records", "asks"}
    assert (data["applied"], data["dry_run"], data["error"], data["asks"]) == (True, False, None, None)
    (staff,) = [file for file in data["files"] if file["kind"] == "staff"]
    assert staff == {"name": "staff.csv", "kind": "staff", "rows": 6, "errors": [], "warnings": []}
    assert data["records"]["people"] == {"new": 6, "changed": 0, "unchanged": 0, "deactivated": 0}
    assert set(data["records"]) >= {"people", "sections", "school_days"}


def test_wrong_rows_leave_with_1_and_the_whole_json(say, tmp_path):
    files = school_t()
    files.tables["staff"][1] = {**files.tables["staff"][1], "roles": "techer"}
    folder = files.write(tmp_path / "school")
    said = say("import", folder, "--json")
    data = said.json
    assert (said.code, data["applied"]) == (1, False)
    assert data["error"] == said.err.strip() and data["error"].startswith("1 row is wrong and nothing was imported")
    (staff,) = [file for file in data["files"] if file["kind"] == "staff"]
    message = "There is no role “techer”. Allowed: teacher, coach, leader, admin."
    assert staff["errors"] == [{"line": 3, "column": "roles", "value": "techer", "message": message}]
    text = say("import", folder)
    assert f"  staff.csv, line 3, roles: {message}" in text.out.splitlines()
    skipped = say("import", folder, "--skip-errors", "--json")
    assert (skipped.code, skipped.json["applied"], skipped.json["records"]["people"]["new"]) == (0, True, 5)


def test_a_short_roster_asks_on_the_command_line(say, tmp_path):
    files = SchoolFiles(school_t().school, {"staff": [staff(place) for place in range(20)]})
    assert say("import", files.write(tmp_path / "all")).code == 0
    files.tables["staff"] = files.tables["staff"][:7]
    short = files.write(tmp_path / "short")
    said = say("import", short, "--json")
    assert (said.code, said.json["asks"], said.json["applied"]) == (1, {"deactivates": 13, "of": 20}, False)
    assert "13 of 20" in said.json["error"]
    assert say("import", short, "--accept", "12").code == 1
    assert say("import", short, "--accept", "13").code == 0


def staff(place: int) -> dict[str, str]:
    row = {"person_id": f"P{place}", "given_name": "Sam", "family_name": "Lee", "roles": "teacher"}
    return {**row, "email": f"p{place}@t.example.edu"}


def test_files_that_cannot_be_read_are_one_sentence_each(say, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "one.png").write_bytes(b"\x89PNG")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "wrong.csv").write_text("colour,size\nred,1\n")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "manifest.csv").write_text("propertyName,value\nmanifest.version,1.0\n")
    kinds = "staff, master_schedule, bells, school_days, terms, duties, declared_planning, apart, travel, interests"
    for name, sentence in {
        "pictures": "pictures holds no CSV, XLSX, JSON or zip file; choose another folder.",
        "nowhere": "nowhere can't be opened; check that it exists and may be read.",
        "empty.csv": "empty.csv is empty; its first line must name the columns.",
        "broken.json": "broken.json is not readable JSON near line 1; check its commas, quotes and brackets.",
        "wrong.csv": "wrong.csv: its header row belongs to no kind of file we know; its first line must name the "
        f"columns of one of {kinds}, or leave the file out.",
        "manifest.csv": "manifest.csv is a OneRoster file, which cannot be imported yet; import the school's flat "
        "files instead, beginning with staff, bells, school_days and master_schedule.",
    }.items():
        assert_refused(say("import", tmp_path / name), sentence)
        said = say("import", tmp_path / name, "--json")
        assert (said.code, said.err.strip()) == (1, sentence)
        assert said.json == {
            "applied": False,
            "dry_run": False,
            "error": sentence,
            "files": [],
            "records": {},
            "asks": None,
        }


@pytest.mark.parametrize(
    "words",
    [
        ("import",),
        ("import", "x", "--dryrun"),
        ("import", "x", "--accept", "many"),
        ("imprt", "x"),
        ("availability",),
        ("availability", "--from", "2027-01-11"),
        ("availability", "--from", "11.1.2027", "--to", "2027-01-12"),
        ("availability", "--from", "2027-02-30", "--to", "2027-03-01"),
        (),
    ],
)
def test_a_misspelt_command_is_a_matter_of_usage(say, words):
    said = say(*words)
    assert (said.code, said.out) == (2, "")
    assert "usage: mentorship" in said.err and not FORBIDDEN.search(said.err)


def test_availability_is_said_by_date_with_the_clock(say, folder):
    say("import", folder)
    assert say("availability", "Rivera", *SPAN).out == (
        "Rivera\n  2027-01-11 A Regular: 13:00-14:25 (period 7)\n  2027-01-12 B Regular: 11:30-12:55 (period 6)\n"
    )
    assert "shared: 09:30-10:55" in say("availability", "Chen", "--with", "Okafor", *SPAN).out


def test_the_json_of_availability_is_that_of_the_contract(say, folder):
    say("import", folder)
    data = say("availability", "Chen", "RIVERA@t.example.edu", "--with", "Okafor", *SPAN, "--json").json
    assert [each["person"] for each in data["people"]] == ["Chen", "Rivera"]
    assert data["people"][0]["unknown_because"] == []
    assert data["people"][0]["days"][0] == {
        "date": "2027-01-11",
        "kind": "instructional",
        "cycle_day": "A",
        "bell_schedule": "Regular",
        "note": "",
        "planning": [{"starts": "09:30", "ends": "10:55", "period": "3", "certainty": "presumed"}],
        "teaching": [
            {"starts": "08:00", "ends": "09:25", "period": "1", "section": "Chen-1(A)"},
            {"starts": "11:30", "ends": "12:55", "period": "5", "section": "Chen-5(A)"},
            {"starts": "13:00", "ends": "14:25", "period": "7", "section": "Chen-7(A)"},
        ],
        "unknown": [],
        "shared": [{"starts": "09:30", "ends": "10:55"}],
    }
    outside = say("availability", "Chen", "--from", "2030-01-01", "--to", "2030-01-01", "--json").json
    (only,) = outside["people"][0]["days"]
    assert (only["date"], only["note"]) == ("2030-01-01", "outside the school year")


def test_what_availability_cannot_answer_is_one_sentence(say, folder):
    assert_refused(say("availability", *SPAN), "There is no school yet; import its files first.")
    say("import", folder)
    nobody = "Nobody at School T has the person_id or address T99."
    assert_refused(say("availability", "T99", *SPAN), nobody)
    assert_refused(say("availability", "Chen", "--with", "T99", *SPAN), nobody)
    assert_refused(say("availability", "--school", "u", *SPAN), "There is no school with the id u.")
    turned = say("availability", "--from", "2027-01-12", "--to", "2027-01-11", "--json")
    assert turned.json == {"error": "The range ends on 2027-01-11, before it starts on 2027-01-12."}
    assert turned.err.strip() == turned.json["error"]


def test_two_schools_are_told_apart(say, tmp_path, folder):
    say("import", folder)
    other = school_t()
    other.school |= {"id": "u", "name": "School U"}
    other.tables["staff"] = [{**row, "email": f"{row['person_id']}@u.example.edu"} for row in other.tables["staff"]]
    assert say("import", other.write(tmp_path / "u")).code == 0
    assert_refused(
        say("availability", "Chen", *SPAN), "There is more than one school; say which with --school. There are: t, u."
    )
    assert say("availability", "Chen", "--school", "u", *SPAN).code == 0
    assert_refused(
        say("import", folder / "staff.csv"),
        "It is not clear which school these files belong to: import them with its school.json, or say --school with "
        "one of t, u.",
    )
    assert say("import", folder / "staff.csv", "--school", "t").code == 0


def test_the_demo_school_comes_in_twice(say):
    demo = Path(__file__).resolve().parents[1] / "mentorship" / "demo" / "school"
    assert say("import", demo).code == 0
    records = say("import", demo, "--json").json["records"]
    assert all(counts["new"] + counts["changed"] + counts["deactivated"] == 0 for counts in records.values())
