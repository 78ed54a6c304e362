"""`staff`: who is here, what they teach, and what they are there for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mentorship.people.models import ROLES
from mentorship.roster.cells import Cells
from mentorship.roster.known import Known
from mentorship.roster.report import FileReport
from mentorship.tables import Row, Table


@dataclass(frozen=True)
class StaffRow:
    """One person as the file has them: `person` and `membership` are column values, codes not yet resolved."""

    code: str
    line: int
    report: FileReport
    person: dict[str, Any]
    membership: dict[str, Any]
    evaluates: tuple[str, ...] | None

    @property
    def where(self) -> str:
        return f"{self.report.name} line {self.line}"


@dataclass
class StaffRows:
    """The rows that hold, and those that do not, by code and by address (with where they are).

    `somebody_left_out`: a row was left out that has neither, so that it could be anybody's.
    """

    rows: dict[str, StaffRow] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    addresses_left_out: dict[str, str] = field(default_factory=dict)
    somebody_left_out: bool = False

    def leave_out(self, row: StaffRow) -> None:
        if row.code and row.code not in self.rows:
            self.left_out[row.code] = row.where
        if row.person["email"]:
            self.addresses_left_out[row.person["email"]] = row.where
        self.somebody_left_out |= not row.code and not row.person["email"]


def read_staff(table: Table, report: FileReport, earlier: StaffRows) -> StaffRows:
    """Add the table's people to `earlier` (a school may bring its staff in several files)."""
    line_by_code = {code: row.line for code, row in earlier.rows.items()}
    line_by_email = {row.person["email"]: row.line for row in earlier.rows.values()}
    for row in table.rows:
        cells = Cells(row, report)
        read = _read_row(cells, "trained_on" in table.header, row, report)
        _refuse_twice(cells, "person_id", "person_id", read.code, line_by_code)
        _refuse_twice(cells, "email", "address", read.person["email"], line_by_email)
        if cells.bad:
            earlier.leave_out(read)
        else:
            earlier.rows[read.code] = read
    for code in set(earlier.rows) & set(earlier.left_out):
        del earlier.left_out[code]
    return earlier


def _read_row(cells: Cells, has_training: bool, row: Row, report: FileReport) -> StaffRow:
    places = cells.number("mentor_places", default=0, most=50)
    trained_on = cells.day("trained_on")
    works_from, works_to = cells.clock("works_from"), cells.clock("works_to")
    if works_from and works_to and works_from >= works_to:
        cells.fault("works_to", "The contract hours end before they begin.")
    roles = cells.many("roles")
    if not roles and not cells.bad:
        cells.fault("roles", f"The column roles is empty. Allowed: {', '.join(ROLES)}.")
    for role in roles:
        if role not in ROLES:
            cells.fault("roles", f"There is no role “{role[:80]}”. Allowed: {', '.join(ROLES)}.", role[:80])
    return StaffRow(
        code=cells.text("person_id", required=True),
        line=row.line,
        report=report,
        person={
            "given_name": cells.text("given_name", required=True, longest=120),
            "family_name": cells.text("family_name", required=True, longest=120),
            "email": cells.email("email"),
        },
        membership={
            "roles": [role for role in ROLES if role in roles],
            "subjects": cells.many("subjects"),
            "departments": cells.many("departments"),
            "grades": cells.many("grades"),
            "room": cells.text("room", longest=60),
            "building": cells.text("building", longest=60),
            "wing": cells.text("wing", longest=60),
            **_offers(cells, row, places, trained_on, has_training),
            "virtual": cells.yes("virtual", default=False),
            "works_from": works_from,
            "works_to": works_to,
            "prefers": cells.many("prefers"),
        },
        evaluates=tuple(cells.many("evaluates")) if "evaluates" in row.cells else None,
    )


def _offers(cells: Cells, row: Row, places: int, trained_on: date | None, has_training: bool) -> dict[str, Any]:
    """What a coach may also set on the page: a file that has no such column does not speak of it and takes nothing."""
    found: dict[str, Any] = {}
    if "new_teacher" in row.cells:
        found["is_new_teacher"] = cells.yes("new_teacher", default=False)
    if "mentor_places" in row.cells:
        found["mentor_places"] = places
    if has_training:
        found |= {"trained": trained_on is not None, "trained_on": trained_on}
    elif "mentor_places" in row.cells:
        found |= {"trained": places > 0, "trained_on": None}
    return found


def _refuse_twice(cells: Cells, column: str, noun: str, value: str, line_by_value: dict[str, int]) -> None:
    if not value:
        return
    if value in line_by_value:
        cells.fault(
            column, f"The {noun} {value} stands in line {line_by_value[value]} already and again in line {cells.line}."
        )
    else:
        line_by_value[value] = cells.line


def check_references(staff: StaffRows, known: Known) -> None:
    """Whom a person evaluates or prefers must be somebody; a row that names nobody is left out like any other."""
    for code, row in list(staff.rows.items()):
        cells = Cells(Row(row.line, {}), row.report)
        for column, codes in (("evaluates", row.evaluates or ()), ("prefers", tuple(row.membership["prefers"]))):
            for other in codes:
                known.person(cells, column, other)
        if cells.bad:
            del staff.rows[code]
            staff.leave_out(row)
