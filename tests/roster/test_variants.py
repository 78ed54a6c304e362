"""Twice is once, however the same rows are written down."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, time
from pathlib import Path

import openpyxl
import pytest

from tests.roster.bringing import bring, brought, changes, state, warnings
from tests.school import SchoolFiles, school_t


def everything() -> SchoolFiles:
    """School T with every kind of file and a name that needs more than ASCII."""
    files = school_t()
    files.tables["staff"] = [{**row, "given_name": "Zoë"} for row in files.tables["staff"]]
    files.tables["terms"] = [{"term": "S1", "starts": "2027-01-01", "ends": "2027-01-29"}]
    files.tables["duties"] = [
        {"person_id": "Rivera", "kind": "duty", "cycle_day": "A", "starts": "13:00", "ends": "13:30"},
        {"person_id": "Chen", "kind": "closed", "weekday": "Monday", "date": "", "period": "3"},
    ]
    files.tables["declared_planning"] = [{"person_id": "Chen", "period": "3", "cycle_day": "A"}]
    files.tables["apart"] = [{"person_id": "Rivera", "other_id": "Chen"}]
    files.tables["travel"] = [{"from": "main", "to": "annex", "minutes": "6"}]
    return files


def as_csv(rows, *, delimiter=",", line_end="\n", reverse=False, heading=str):
    header = list(dict.fromkeys(column for row in rows for column in row))
    header = header[::-1] if reverse else header
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow([heading(column) for column in header])
    writer.writerows([[row.get(column, "") for column in header] for row in rows])
    return text.getvalue()


def written(files: SchoolFiles, folder: Path, *, encoding="utf-8", name="{}.csv", **style) -> Path:
    files.write(folder)
    for kind, rows in files.tables.items():
        (folder / f"{kind}.csv").unlink()
        (folder / name.format(kind)).write_bytes(as_csv(rows, **style).encode(encoding))
    return folder


def typed(column: str, cell: str) -> object:
    """What a spreadsheet makes of a cell that a person types into it."""
    if column in {"date", "starts", "ends"} and "-" in cell:
        return date.fromisoformat(cell)
    if column in {"starts", "ends"} and ":" in cell:
        return time.fromisoformat(cell)
    return int(cell) if cell.isdigit() else cell or None


def workbook(files: SchoolFiles, path: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for kind, rows in files.tables.items():
        sheet = book.create_sheet(f"Sheet of {kind}")
        header = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(header)
        for row in rows:
            sheet.append([typed(column, row.get(column, "")) for column in header])
    book.save(path)
    return path


VARIANTS = {
    "the very same files": {},
    "other file names": {"name": "Export of {} (2).csv"},
    "columns the other way round": {"reverse": True},
    "semicolons": {"delimiter": ";"},
    "tabs": {"delimiter": "\t"},
    "CRLF": {"line_end": "\r\n"},
    "CR": {"line_end": "\r"},
    "a byte order mark": {"encoding": "utf-8-sig"},
    "Windows-1252": {"encoding": "cp1252"},
    "headings as people write them": {"heading": lambda column: column.replace("_", " ").title().replace(" Id", " ID")},
}


@pytest.mark.parametrize("style", VARIANTS.values(), ids=VARIANTS.keys())
def test_the_same_rows_written_otherwise_change_nothing(app, tmp_path, style):
    brought(app, everything(), tmp_path / "first")
    before = state(app)
    report = bring(app, written(everything(), tmp_path / "again", **style))
    assert (report.error, report.applied, changes(report)) == (None, True, {})
    assert state(app) == before


def test_windows_1252_comes_with_a_warning_for_each_file_that_is_not_utf_8(app, tmp_path):
    report = bring(app, written(everything(), tmp_path / "files", encoding="cp1252"))
    assert [warning for warning in warnings(report) if "Windows-1252" in warning] == [
        "staff.csv is not UTF-8 and was read as Windows-1252: check the names that have accents."
    ]


def test_sheets_with_dates_times_and_numbers_change_nothing(app, tmp_path):
    files = everything()
    folder = files.write(tmp_path / "first")
    brought(app, files, folder)
    before = state(app)
    report = bring(app, workbook(files, tmp_path / "school.xlsx"), folder / "school.json")
    assert (report.error, changes(report)) == (None, {})
    assert state(app) == before
    assert {file.name for file in report.files} >= {"school.xlsx, sheet Sheet of staff"}


def test_a_zip_of_the_folder_changes_nothing(app, tmp_path):
    files = everything()
    brought(app, files, tmp_path / "first")
    before = state(app)
    with zipfile.ZipFile(tmp_path / "any name.ZIP", "w", zipfile.ZIP_DEFLATED) as archive:
        for child in (tmp_path / "first").iterdir():
            archive.write(child, child.name)
    report = bring(app, tmp_path / "any name.ZIP")
    assert (report.error, changes(report)) == (None, {})
    assert state(app) == before


def test_rows_in_another_order_change_nothing_where_order_means_nothing(app, tmp_path):
    files = everything()
    brought(app, files, tmp_path / "first")
    before = state(app)
    for kind in ("staff", "master_schedule", "interests", "duties", "terms"):
        files.tables[kind].reverse()
    assert changes(brought(app, files, tmp_path / "again")) == {}
    assert state(app) == before


def test_a_first_import_counts_every_record_as_new(app, tmp_path):
    report = brought(app, everything(), tmp_path / "files")
    assert changes(report) == {
        "people": {"new": 6},
        "sections": {"new": 24},
        "school_days": {"new": 26},
        "school": {"new": 1},
        "bells": {"new": 18},
        "terms": {"new": 1},
        "travel": {"new": 1},
        "interests": {"new": 4},
        "focus_areas": {"new": 1},
        "duties": {"new": 2},
        "declared_planning": {"new": 1},
        "apart": {"new": 1},
    }


def test_a_dry_run_counts_the_same_and_writes_nothing(app, tmp_path):
    folder = everything().write(tmp_path / "files")
    before = state(app)
    preview = bring(app, folder, dry_run=True)
    assert state(app) == before
    assert (preview.dry_run, preview.applied, preview.error) == (True, False, None)
    assert preview.records == bring(app, folder).records


def test_a_later_dry_run_counts_what_would_change(app, tmp_path):
    files = everything()
    brought(app, files, tmp_path / "first")
    before = state(app)
    files.tables["staff"][0] = {**files.tables["staff"][0], "room": "9"}
    files.tables["master_schedule"] = files.tables["master_schedule"][1:]
    preview = bring(app, files.write(tmp_path / "again"), dry_run=True)
    assert changes(preview) == {"people": {"changed": 1}, "sections": {"deactivated": 1}}
    assert state(app) == before


def test_staff_alone_and_then_the_schedule_alone_come_in(app, tmp_path):
    files = school_t()
    folder = files.write(tmp_path / "files")
    report = bring(app, folder / "staff.csv", folder / "school.json")
    assert (report.error, changes(report)) == (None, {"people": {"new": 6}, "school": {"new": 1}})
    report = bring(app, folder / "bells.csv")
    assert (report.error, changes(report)) == (None, {"bells": {"new": 18}})
    report = bring(app, folder / "master_schedule.csv")
    assert (report.error, changes(report)) == (None, {"sections": {"new": 24}})


def test_a_kind_that_is_not_given_changes_nothing(app, tmp_path):
    files = everything()
    folder = files.write(tmp_path / "files")
    brought(app, files, folder)
    before = state(app)
    for child in sorted(folder.iterdir()):
        report = bring(app, child)
        assert (report.error, changes(report)) == (None, {}), child.name
    assert state(app) == before
