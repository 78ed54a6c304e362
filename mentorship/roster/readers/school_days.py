"""`school_days`: what kind of day each date is, its bells, and the cycle days that somebody filled in."""

from __future__ import annotations

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


def read_school_days(table: Table, report: FileReport, known: Known) -> dict[date, DayRow]:
    rows: dict[date, DayRow] = {}
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
        if read is not None and not cells.bad:
            rows[read.on_date] = before = read
    _warn(rows, report, known)
    return rows


def _read_row(cells: Cells, known: Known) -> DayRow | None:
    on_date = cells.day("date", required=True)
    kind = cells.choice("kind", DAY_KINDS, "")
    bells = cells.text("bell_schedule", longest=120)
    if bells and bells not in known.bell_schedules:
        cells.fault(
            "bell_schedule", f"There is no bell schedule “{bells}”. Allowed: {', '.join(known.bell_schedules)}."
        )
    if not bells and kind == "instructional":
        if len(known.bell_schedules) == 1:
            bells = known.bell_schedules[0]
        else:
            cells.fault("bell_schedule", f"A school day needs its bells. Allowed: {', '.join(known.bell_schedules)}.")
    rotation = cells.text("rotation")
    if rotation not in {"", "waits"}:
        cells.fault("rotation", f"“{rotation}” is not known here; leave it blank or write waits.")
    pins = _pins(cells, known)
    if on_date is None:
        return None
    return DayRow(cells.line, on_date, kind, pins, rotation == "waits", bells, cells.text("note", longest=400))


def _pins(cells: Cells, known: Known) -> dict[str, str]:
    """The filled-in cycle day of each rotation; a school with two rotations writes both, separated by `;`."""
    pins: dict[str, str] = {}
    for code in cells.many("cycle_day"):
        holders = [
            rotation for rotation in known.rotations if code in rotation.cycle_days and rotation.name not in pins
        ]
        if not holders:
            cells.fault("cycle_day", f"There is no cycle day “{code}”. Allowed: {', '.join(known.cycle_days)}.", code)
            continue
        pins[holders[0].name] = code
    return pins


def _warn(rows: dict[date, DayRow], report: FileReport, known: Known) -> None:
    for row in rows.values():
        if row.kind == "makeup" and not row.pins:
            report.warnings.append(
                f"{row.on_date} is a make-up day without a cycle day: it has no lessons until one is set."
            )
    first = next((row for row in rows.values() if row.kind == "instructional"), None)
    if first is not None and not first.pins:
        report.warnings.append(
            f"The first school day, {first.on_date}, has no cycle day: write one of {', '.join(known.cycle_days)}, "
            "and the rotation gives the rest."
        )


def codes_by_date(
    rows: dict[date, DayRow], rotations: tuple[Rotation, ...], policy: Any, weekday_bound: bool
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
