"""`bells` and `terms`: the periods' wall-clock times by kind of day, and the stretches of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from mentorship.availability.planning_periods import Bell, overlapping_bells
from mentorship.roster.cells import Cells
from mentorship.roster.known import Known, Ring
from mentorship.roster.report import Fault, FileReport
from mentorship.tables import Table, Unreadable
from mentorship.timetable.models import PERIOD_KINDS

# Each row of a bell schedule is held against each other one.
MOST_BELLS = 3000


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

    @property
    def ring(self) -> Ring:
        return Ring(self.bell_schedule, self.bell.period, self.bell.kind, self.bell.wave or "")


def read_bells(table: Table, report: FileReport, known: Known) -> list[BellRow]:
    if len(table.rows) > MOST_BELLS:
        raise Unreadable(f"{table.name} has {len(table.rows)} rows; no school has more than {MOST_BELLS} bells.")
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
    """Leave out each row that overlaps an earlier one that stays, naming both."""
    row_by_bell = {id(row.bell): row for row in rows}
    bells_by_schedule: dict[str, list[Bell]] = {}
    for row in rows:
        bells_by_schedule.setdefault(row.bell_schedule, []).append(row.bell)
    earlier_by_line: dict[int, list[BellRow]] = {}
    for bells in bells_by_schedule.values():
        for pair in overlapping_bells(bells):
            first, second = sorted((row_by_bell[id(bell)] for bell in pair), key=lambda row: row.line)
            earlier_by_line.setdefault(second.line, []).append(first)
    left_out: set[int] = set()
    for row in rows:
        clashes = [first for first in earlier_by_line.get(row.line, ()) if first.line not in left_out]
        if clashes:
            left_out.add(row.line)
            report.errors.append(Fault(row.line, "starts", f"{row.bell.starts:%H:%M}", _overlap(clashes[0], row)))
    return [row for row in rows if row.line not in left_out]


def _overlap(first: BellRow, second: BellRow) -> str:
    return (
        f"Period {second.bell.period} (line {second.line}, {_times(second.bell)}) overlaps period "
        f"{first.bell.period} (line {first.line}, {_times(first.bell)}) in “{first.bell_schedule}”."
    )


def _times(bell: Bell) -> str:
    return f"{bell.starts:%H:%M}-{bell.ends:%H:%M}"


@dataclass(frozen=True)
class TermRow:
    """A term, both dates inclusive."""

    name: str
    starts_on: date
    ends_on: date
    line: int


def read_terms(table: Table, report: FileReport, known: Known) -> dict[str, TermRow]:
    rows: dict[str, TermRow] = {}
    for row in table.rows:
        cells = Cells(row, report)
        name = cells.text("term", required=True, longest=120)
        starts, ends = cells.day("starts", required=True), cells.day("ends", required=True)
        if starts and ends and starts > ends:
            cells.fault("ends", f"The term ends on {ends}, before it starts on {starts}.")
        if name in rows:
            cells.fault("term", f"The term {name} stands in line {rows[name].line} already and again in {row.line}.")
        elif cells.bad:
            known.terms_left_out[name] = f"{table.name} line {row.line}"
        if not cells.bad and starts and ends:
            rows[name] = TermRow(name, starts, ends, row.line)
    known.terms_left_out = {name: where for name, where in known.terms_left_out.items() if name not in rows}
    return rows
