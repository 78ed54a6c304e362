"""`bells` and `terms`: the periods' wall-clock times by kind of day, and the stretches of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from mentorship.availability.planning_periods import Bell, overlapping_bells
from mentorship.roster.cells import Cells
from mentorship.roster.known import Known
from mentorship.roster.report import Fault, FileReport
from mentorship.tables import Table
from mentorship.timetable.models import PERIOD_KINDS


@dataclass(frozen=True)
class BellRow:
    """One bell; `position` is the row's place, which is the school's order of periods."""

    line: int
    bell_schedule: str
    position: int
    bell: Bell

    @property
    def values(self) -> dict[str, Any]:
        bell = self.bell
        return {"position": self.position, "kind": bell.kind, "ends": bell.ends}

    @property
    def key(self) -> tuple[str, str, str, str, time]:
        bell = self.bell
        return (self.bell_schedule, bell.cycle_day or "", bell.period, bell.wave or "", bell.starts)


def read_bells(table: Table, report: FileReport, known: Known) -> list[BellRow]:
    rows: list[BellRow] = []
    for position, row in enumerate(table.rows):
        cells = Cells(row, report)
        starts, ends = cells.clock("starts", required=True), cells.clock("ends", required=True)
        if starts and ends and starts >= ends:
            cells.fault("ends", f"The period ends at {ends:%H:%M}, before it starts at {starts:%H:%M}.")
        bell_schedule = cells.text("bell_schedule", required=True, longest=120)
        period = cells.text("period", required=True, longest=40)
        kind = cells.choice("kind", PERIOD_KINDS, "class")
        cycle_day, wave = known.cycle_day(cells), cells.text("wave", longest=40)
        if cells.bad or starts is None or ends is None:
            continue
        bell = Bell(period, kind, starts, ends, cycle_day or None, wave or None)
        rows.append(BellRow(row.line, bell_schedule, position, bell))
    return _without_overlaps(rows, report)


def _without_overlaps(rows: list[BellRow], report: FileReport) -> list[BellRow]:
    """Leave out each later row of two that overlap, naming both."""
    row_by_bell = {id(row.bell): row for row in rows}
    bells_by_schedule: dict[str, list[Bell]] = {}
    for row in rows:
        bells_by_schedule.setdefault(row.bell_schedule, []).append(row.bell)
    left_out: set[int] = set()
    for bells in bells_by_schedule.values():
        for pair in overlapping_bells(bells):
            first, second = sorted((row_by_bell[id(bell)] for bell in pair), key=lambda row: row.line)
            message = (
                f"Period {second.bell.period} (line {second.line}, {_times(second.bell)}) overlaps period "
                f"{first.bell.period} (line {first.line}, {_times(first.bell)}) in “{first.bell_schedule}”."
            )
            report.errors.append(Fault(second.line, "starts", f"{second.bell.starts:%H:%M}", message))
            left_out.add(second.line)
    return [row for row in rows if row.line not in left_out]


def _times(bell: Bell) -> str:
    return f"{bell.starts:%H:%M}-{bell.ends:%H:%M}"


@dataclass(frozen=True)
class TermRow:
    """A term, both dates inclusive."""

    name: str
    starts_on: date
    ends_on: date


def read_terms(table: Table, report: FileReport) -> dict[str, TermRow]:
    rows: dict[str, TermRow] = {}
    for row in table.rows:
        cells = Cells(row, report)
        name = cells.text("term", required=True, longest=120)
        starts, ends = cells.day("starts", required=True), cells.day("ends", required=True)
        if starts and ends and starts > ends:
            cells.fault("ends", f"The term ends on {ends}, before it starts on {starts}.")
        if name in rows:
            cells.fault("term", f"The term {name} stands twice; each term has one row.")
        if not cells.bad and starts and ends:
            rows[name] = TermRow(name, starts, ends)
    return rows
