"""`master_schedule`: who teaches which section when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mentorship.roster.cells import LONGEST_CELL, Cells
from mentorship.roster.known import Known
from mentorship.roster.report import Fault, FileReport
from mentorship.tables import Row, Table
from mentorship.timetable.expressions import ExpressionError, parse_expression


@dataclass(frozen=True)
class SectionRow:
    """One section: column values, its meetings (period, cycle day, rotation) and its teachers' codes, primary first."""

    code: str
    line: int
    values: dict[str, Any]
    meetings: tuple[tuple[str, str, str], ...]
    teachers: tuple[str, ...]


Sections = dict[str, SectionRow]


def read_sections(table: Table, report: FileReport, known: Known) -> tuple[Sections, Sections]:
    """The sections that hold, and those whose row has to be left out, without meetings.

    A row whose only teacher or whose term was left out goes with it; `Known` counts those.
    """
    rows: Sections = {}
    left_out: Sections = {}
    for row in table.rows:
        cells = Cells(row, report)
        read = _read_row(cells, report, known, row)
        if read.code in rows:
            first = rows[read.code].line
            cells.fault(
                "section_id", f"The section_id {read.code} stands in line {first} already and again in line {row.line}."
            )
        if cells.bad or not read.teachers or read.values["term"] in known.terms_left_out:
            because = f"line {row.line} of {table.name} was left out"
            left_out[read.code] = replace(read, meetings=(), values={**read.values, "unreadable_because": because})
        else:
            rows[read.code] = read
    _warn_stacked(rows, report)
    return rows, {code: row for code, row in left_out.items() if code not in rows}


def _read_row(cells: Cells, report: FileReport, known: Known, row: Row) -> SectionRow:
    grades = cells.many("grades")
    named = cells.many("teacher_ids")
    teachers = [known.person(cells, "teacher_ids", code) for code in named]
    if not named:
        cells.fault("teacher_ids", "The section has no teacher; name at least one person_id.")
    term, wave = cells.text("term", longest=120), cells.text("wave", longest=40)
    if term in known.terms_left_out:
        known.dropped[(f"the term {term}", known.terms_left_out[term])] += 1
    elif term and term not in known.terms:
        allowed = ", ".join(sorted(known.terms)) or "none, because no terms file was imported"
        cells.fault("term", f"There is no term “{term}”. Allowed: {allowed}.")
    if wave and wave not in known.waves:
        allowed = ", ".join(sorted(known.waves)) or "none, because no lunch in the bells has a wave"
        cells.fault("wave", f"There is no lunch wave “{wave}”. Allowed: {allowed}.")
    expression = cells.text("expression", longest=LONGEST_CELL)
    meetings, unreadable = _meetings(expression, grades, known)
    code, course = cells.text("section_id", required=True), cells.text("course", required=True)
    comes_in = any(teachers) and term not in known.terms_left_out and not cells.bad
    if unreadable and comes_in:
        sentence = f"{unreadable} The section comes in without meetings, and its teachers' time is unknown."
        report.gaps.append(Fault(row.line, "expression", expression, sentence, cells.beginning()))
    return SectionRow(
        code=code,
        line=row.line,
        values={
            "course": course,
            "subject": cells.text("subject", longest=120),
            "grades": grades,
            "room": cells.text("room", longest=60),
            "building": cells.text("building", longest=60),
            "expression": expression[:400],
            "unreadable_because": unreadable[:400],
            "term": term,
            "wave": wave,
        },
        meetings=meetings,
        teachers=tuple(code for code in teachers if code is not None),
    )


def _meetings(expression: str, grades: list[str], known: Known) -> tuple[tuple[tuple[str, str, str], ...], str]:
    """The meetings of an expression, or none and why."""
    if not expression:
        return (), ""
    rotation = known.rotation_of(grades)
    try:
        pairs = parse_expression(expression, known.periods, rotation.cycle_days)
    except ExpressionError as error:
        return (), str(error)
    return tuple((period, day, rotation.name) for period, day in pairs), ""


def _warn_stacked(rows: dict[str, SectionRow], report: FileReport) -> None:
    """Two sections of one teacher at once are real (stacked or merged classes): said, not refused."""
    first_at: dict[tuple[str, str, str], str] = {}
    stacked: dict[str, int] = {}
    for row in rows.values():
        for teacher in row.teachers:
            for period, day, _ in row.meetings:
                if first_at.setdefault((teacher, period, day), row.code) != row.code:
                    stacked[teacher] = stacked.get(teacher, 0) + 1
    for teacher, count in sorted(stacked.items()):
        times = "time" if count == 1 else "times"
        report.warnings.append(f"{teacher} has two sections at once {count} {times}; both count as one busy period.")
