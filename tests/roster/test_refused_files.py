"""A file that can't be read as a whole: one sentence, and the database as it was."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.roster.bringing import bring, brought, state
from tests.school import school_t

SCHOOL = {"id": "t", "name": "School T", "time_zone": "America/New_York", "cycle_days": ["A", "B"]}
STAFF = "person_id,given_name,family_name,email,roles\nT01,Ada,Marsh,ada@t.example.edu,teacher\n"


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("staff.csv", b"0" * 50_000_000)
    return packed.getvalue()


def many_bells() -> bytes:
    rows = "".join(f"Regular,{place},08:00,09:00\n" for place in range(3001))
    return f"bell_schedule,period,starts,ends\n{rows}".encode()


BAD_FILES = {
    "empty.csv": (b"", "empty.csv is empty; its first line must name the columns."),
    "blank.csv": (b"\n \n,,\n", "blank.csv is empty; its first line must name the columns."),
    "only.csv": (STAFF.splitlines()[0].encode(), "only.csv has a header row and nothing below it"),
    "wrong.csv": (b"colour,size\nred,1\n", "wrong.csv: its header row belongs to no kind of file we know"),
    "near.csv": (
        b"person_id,given_name,family_name,email\nT01,Ada,Marsh,a@b.example\n",
        "near.csv: this looks like a staff file, but its header row lacks the column roles",
    ),
    "twice.csv": (b"person_id,Person ID,roles\nT01,T01,teacher\n", "twice.csv has the column person_id twice"),
    "quote.csv": ((STAFF + '"T02,Ben\n').encode(), "quote.csv, line 3: a quotation mark is not properly closed"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture.csv holds NUL bytes, so it is not a CSV file"),
    "wide.csv": (STAFF.encode("utf-16"), "wide.csv is UTF-16"),
    "old.xlsx": (b"\xd0\xcf\x11\xe0 old", "old.xlsx is an old or locked Excel file"),
    "broken.xlsx": (b"PK\x03\x04 not a workbook", "broken.xlsx is damaged or not what its name says"),
    "bomb.zip": (bomb(), "bomb.zip unpacks to over 100 times its size"),
    "broken.zip": (b"PK\x03\x04", "broken.zip is damaged or not what its name says"),
    "huge.csv": (STAFF.encode() + b"x" * (20 * 1024 * 1024), "huge.csv is larger than 20 MB"),
    "manifest.csv": (b"propertyName,value\nmanifest.version,1.0\n", "manifest.csv is a OneRoster file"),
    "users.csv": (b"sourcedId,status,email,role\nu1,active,a@b.example,teacher\n", "users.csv is a OneRoster file"),
    "bells.csv": (many_bells(), "bells.csv has 3001 rows; no school has more than 3000 bells."),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_changes(standing, tmp_path, name):
    content, sentence = BAD_FILES[name]
    before = state(standing)
    (tmp_path / name).write_bytes(content)
    report = bring(standing, tmp_path / name)
    assert report.error.startswith(sentence)
    assert is_a_sentence(report.error, tmp_path)
    assert (report.applied, state(standing)) == (False, before)


@pytest.mark.parametrize("skip_errors", [False, True])
def test_one_bad_file_stops_all_the_good_ones(app, tmp_path, skip_errors):
    before = state(app)
    folder = school_t().write(tmp_path / "files")
    (folder / "interests.csv").write_text("")
    report = bring(app, folder, skip_errors=skip_errors)
    assert report.error == "interests.csv is empty; its first line must name the columns."
    assert state(app) == before


BAD_JSON = {
    "": "school.json is not readable JSON near line 1",
    '{"id": "t",}': "school.json is not readable JSON near line 1",
    "[" * 100_000: "school.json is not readable JSON",
    "[]": "school.json must hold one JSON object",
    json.dumps({**SCHOOL, "id": ""}): "school.json: “id” can't be used",
    json.dumps({**SCHOOL, "id": None}): "school.json: “id” can't be used",
    json.dumps({**SCHOOL, "name": "\ud800"}): "school.json: “name” can't be used",
    json.dumps({key: SCHOOL[key] for key in SCHOOL if key != "time_zone"}): "school.json lacks “time_zone”",
    json.dumps({**SCHOOL, "time_zone": "EST5"}): "school.json: “time_zone” can't be used: there is no time zone “EST5”",
    json.dumps({**SCHOOL, "cycle_days": []}): "school.json: “cycle_days” can't be used",
    json.dumps({**SCHOOL, "cycle_days": ["A", "A"]}): (
        "school.json: “cycle_days” can't be used: the cycle day A stands twice"
    ),
    json.dumps({**SCHOOL, "cycle_days": ["x" * 41]}): "school.json: “cycle_days.0” can't be used",
    json.dumps({**SCHOOL, "rotation_policy": "slide"}): "school.json: “rotation_policy” can't be used",
    json.dumps({**SCHOOL, "first_day": "11 January"}): "school.json: “first_day” can't be used",
    json.dumps({**SCHOOL, "rotations": [{"name": "x", "cycle_days": ["1"]}] * 2}): "school.json: “rotations” can't be",
    json.dumps({**SCHOOL, "rotations": 5}): "school.json: “rotations” can't be used",
    json.dumps({**{key: SCHOOL[key] for key in SCHOOL if key != "cycle_days"}, "rotations": {"a": 1}}): "school.json",
}


@pytest.mark.parametrize("text", BAD_JSON, ids=range(len(BAD_JSON)))
def test_a_school_json_that_cannot_be_used_names_the_field(standing, tmp_path, text):
    before = state(standing)
    folder = school_t().write(tmp_path / "files")
    (folder / "school.json").write_text(text, encoding="utf-8")
    report = bring(standing, folder)
    assert report.error.startswith(BAD_JSON[text])
    assert is_a_sentence(report.error, tmp_path)
    assert state(standing) == before


def test_a_field_of_school_json_that_is_not_ours_is_reported_and_ignored(app, tmp_path):
    files = school_t()
    files.school["mascot"] = "owl"
    report = brought(app, files, tmp_path / "files")
    assert report.files[0].warnings == ["The field mascot is not one we know; it was ignored."]


def test_an_unknown_column_is_reported_and_ignored(app, tmp_path):
    files = school_t()
    files.tables["staff"] = [{**row, "Parking Lot": "7"} for row in files.tables["staff"]]
    report = brought(app, files, tmp_path / "files")
    (staff,) = [file for file in report.files if file.kind == "staff"]
    assert staff.warnings == ["The column parking_lot is not one we know; it was ignored."]


def test_paths_that_hold_nothing_are_refused(app, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(b"\x89PNG")
    for path, sentence in {
        tmp_path / "pictures": "pictures holds no CSV, XLSX, JSON or zip file; choose another folder.",
        tmp_path / "nowhere": "nowhere can't be opened; check that it exists and may be read.",
        tmp_path / ("x" * 400): f"{'x' * 200} can't be opened; check that it exists and may be read.",
    }.items():
        assert bring(app, path).error == sentence


def test_files_without_a_school_say_what_is_missing(app, tmp_path):
    (tmp_path / "staff.csv").write_text(STAFF)
    report = bring(app, tmp_path / "staff.csv")
    assert report.error == "No school has been imported yet: import its school.json together with these files."
    brought(app, school_t(), tmp_path / "t")
    assert bring(app, tmp_path / "staff.csv", school_id="u").error == (
        "There is no school u; say --school with one of t."
    )
    other = school_t()
    other.school |= {"id": "u"}
    other.tables = {}
    brought(app, other, tmp_path / "u")
    assert bring(app, tmp_path / "staff.csv").error == (
        "It is not clear which school these files belong to: import them with its school.json, or say --school with "
        "one of t, u."
    )
    assert bring(app, tmp_path / "u", school_id="t").error == (
        "school.json is of the school u, not of t; leave --school out or correct it."
    )


def test_two_files_of_one_kind_are_refused(app, tmp_path):
    folder = school_t().write(tmp_path / "files")
    (folder / "more.csv").write_text((folder / "master_schedule.csv").read_text())
    assert bring(app, folder).error == (
        "master_schedule.csv and more.csv are both master_schedule files; put their rows into one, since each is the "
        "whole truth of its kind."
    )


def is_a_sentence(text: str, folder: Path) -> bool:
    is_plain = not any(word in text for word in ("Error", "Traceback", "None", "mentorship/", str(folder)))
    return is_plain and "\n" not in text and text[0].strip() != "" and text.endswith(".")
