"""`school_days`: what kind of day each date is, its bells, and the cycle days that somebody filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mentorship.roster.cells import Cells
from mentorship.roster.known import Known, Rotation
from mentorship.roster.report import FileReport
from mentorship.tables import Table
from mentorship.timetable.models import DAY_KINDS, LESSON_DAYS
from mentorship.timetable.rotation import DateRow, rotation_days


@dataclass(frozen=True)
class DayRow:
    """One date as it was filed."""

    line: int
    on_date: date
    kind: str
    pins: dict[str, str]
    waits: bool
    bell_schedule: str
    note: str

    def values(self, codes: dict[str, str | None]) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "bell_schedule": self.bell_schedule,
            "note": self.note,
            "pinned_cycle_day": ";".join(self.pins.values()),
            "waits": self.waits,
            "cycle_day_by_rotation": codes,
        }


def read_school_days(table: Table, report: FileReport, known: Known) -> tuple[dict[date, DayRow], dict[date, DayRow]]:
    """The dates that hold, and those whose row is left out: the rotation turns on them all the same."""
    rows: dict[date, DayRow] = {}
    left_out: dict[date, DayRow] = {}
    before: DayRow | None = None
    for row in table.rows:
        cells = Cells(row, report)
        read = _read_row(cells, known)
        if read is not None and read.on_date in rows:
            first = rows[read.on_date].line
            cells.fault("date", f"The date {read.on_date} stands in line {first} already and again in line {row.line}.")
        elif read is not None and before is not None and read.on_date < before.on_date:
            cells.fault(
                "date", f"The dates must ascend, but {read.on_date} comes after {before.on_date} (line {before.line})."
            )
        if read is None:
            report.warnings.append(f"Line {row.line} has no date that can be read, so it gives no date its cycle day.")
        elif not cells.bad:
            rows[read.on_date] = before = read
        elif read.on_date not in rows:
            left_out[read.on_date] = read
    return rows, {on: row for on, row in left_out.items() if on not in rows}


def _read_row(cells: Cells, known: Known) -> DayRow | None:
    on_date = cells.day("date", required=True)
    kind = cells.choice("kind", DAY_KINDS, "")
    bells = cells.text("bell_schedule", longest=120)
    allowed = ", ".join(known.bell_schedules) or "none, because no bells were imported"
    if bells and bells not in known.bell_schedules:
        cells.fault("bell_schedule", f"There is no bell schedule “{bells}”. Allowed: {allowed}.")
    pins = _pins(cells, known)
    # A make-up day without a cycle day has no lessons yet and may wait for its bells, too.
    if not bells and (kind == "instructional" or (kind == "makeup" and pins)):
        if len(known.bell_schedules) == 1:
            bells = known.bell_schedules[0]
        else:
            cells.fault("bell_schedule", f"A school day needs its bells. Allowed: {allowed}.")
    rotation = cells.text("rotation")
    if rotation not in {"", "waits"}:
        cells.fault("rotation", f"“{rotation}” is not known here; leave it blank or write waits.")
    if on_date is None:
        return None
    return DayRow(cells.line, on_date, kind, pins, rotation == "waits", bells, cells.text("note", longest=400))


def _pins(cells: Cells, known: Known) -> dict[str, str]:
    """The filled-in cycle day of each rotation; a school with two rotations writes both, separated by `;`."""
    pins: dict[str, str] = {}
    codes = cells.listed("cycle_day")
    for code in codes:
        holders = [
            rotation for rotation in known.rotations if code in rotation.cycle_days and rotation.name not in pins
        ]
        if not holders:
            cells.fault("cycle_day", f"There is no cycle day “{code}”. Allowed: {', '.join(known.cycle_days)}.", code)
        # A lone code that several rotations have is meant for each of them.
        for holder in holders if len(codes) == 1 else holders[:1]:
            pins[holder.name] = code
    return pins


def warn_of_days(
    rows: dict[date, DayRow], codes: dict[date, dict[str, str | None]], report: FileReport, known: Known
) -> None:
    """Days that stay without lessons because nobody has said which cycle day they are."""
    for row in rows.values():
        if row.kind == "makeup" and not row.pins:
            report.warnings.append(
                f"{row.on_date} is a make-up day without a cycle day: it has no lessons until one is set."
            )
    first = next((row for row in rows.values() if row.kind == "instructional"), None)
    if first is None:
        return
    for rotation in known.rotations:
        if rotation.name not in first.pins and codes[first.on_date].get(rotation.name) is None:
            of = f" in the rotation {rotation.name}" if rotation.name else ""
            report.warnings.append(
                f"The first school day, {first.on_date}, has no cycle day{of}: write one of "
                f"{', '.join(rotation.cycle_days)}, and the rotation gives the rest."
            )


def codes_by_date(
    rows: Mapping[date, DayRow], rotations: tuple[Rotation, ...], policy: Any, weekday_bound: bool
) -> dict[date, dict[str, str | None]]:
    """The cycle day of every date by rotation, as it stands after the pins and the closures."""
    codes: dict[date, dict[str, str | None]] = {on: {} for on in rows}
    for rotation in rotations:
        dates = [DateRow(row.on_date, row.kind, row.pins.get(rotation.name), row.waits) for row in rows.values()]
        for on, code in rotation_days(dates, rotation.cycle_days, policy, weekday_bound).items():
            codes[on][rotation.name] = code
    for on, row in rows.items():
        if row.kind not in LESSON_DAYS:
            codes[on] = {}
    return codes
