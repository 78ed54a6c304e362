"""Files become a stage: everything read, checked against itself and the school, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import School
from mentorship.roster import kinds
from mentorship.roster.kinds import Kind, kind_of
from mentorship.roster.known import Known, Rotation
from mentorship.roster.owners import check_owners
from mentorship.roster.readers.bells import BellRow, TermRow, read_bells, read_terms
from mentorship.roster.readers.school_days import DayRow, codes_by_date, read_school_days, warn_of_days
from mentorship.roster.readers.sections import SectionRow, read_sections
from mentorship.roster.readers.staff import StaffRows, check_references, read_staff
from mentorship.roster.readers.wishes import (
    Entry,
    read_apart,
    read_declared,
    read_duties,
    read_interests,
    read_travel,
)
from mentorship.roster.report import Correction, FileReport
from mentorship.roster.standing import known_of, standing_days
from mentorship.tables import Source, Table, Unreadable, plain_heading, read_tables, sources, with_headings

if TYPE_CHECKING:
    from mentorship.roster.readers.school import SchoolFile


@dataclass
class Stage:
    """What an import brings; a kind that was not given is None and changes nothing."""

    school_id: str
    facts: SchoolFile | None
    known: Known
    files: list[FileReport] = field(default_factory=list)
    bells: list[BellRow] | None = None
    terms: dict[str, TermRow] | None = None
    days: dict[date, DayRow] | None = None
    codes: dict[date, dict[str, str | None]] = field(default_factory=dict)
    staff: StaffRows | None = None
    sections: dict[str, SectionRow] | None = None
    sections_left_out: dict[str, SectionRow] = field(default_factory=dict)
    interests: dict[str, dict[str, Any]] | None = None
    duties: list[Entry] | None = None
    declared: list[Entry] | None = None
    apart: list[Entry] | None = None
    travel: list[Entry] | None = None

    @property
    def errors(self) -> int:
        """How many rows are wrong; one row may be wrong in several cells."""
        return sum(len({fault.line for fault in file.errors}) for file in self.files)

    def whole(self, kind: Kind) -> bool:
        """Whether every row of a kind came in: a file with rows left out ends nothing by leaving it out."""
        return not any(file.errors for file in self.files if file.kind == kind.name)


@dataclass(frozen=True)
class _Given:
    """One table of the import with its kind and its report."""

    table: Table
    kind: Kind
    report: FileReport


def read_stage(
    paths: Sequence[Path | Source],
    *,
    school_id: str | None,
    corrections: Sequence[Correction] = (),
    moves_addresses: bool = True,
) -> Stage:
    """Read every file. Raises `Unreadable` (or `Refused`) where the import as a whole cannot go on."""
    found = sources(paths)
    school_files = [source for source in found if source.name.lower().endswith(".json")]
    tables = [table for source in found if source not in school_files for table in read_tables(source)]
    if not school_files and not tables:
        raise Unreadable("There is no CSV, XLSX or JSON file to import here.")
    facts, files = _school(school_files)
    given = [_recognise(table, corrections) for table in tables]
    stage = Stage(*_whose(facts, school_id))
    stage.files = [*files, *(one.report for one in given)]
    _read_in_order(stage, given, moves_addresses)
    _warn_dropped(stage)
    return stage


def _school(found: Sequence[Source]) -> tuple[SchoolFile | None, list[FileReport]]:
    if not found:
        return None, []
    if len(found) > 1:
        raise Unreadable(f"There are {len(found)} JSON files; an import takes one school.json.")
    # Its check takes pydantic, which nothing but an import waits for.
    from mentorship.roster.readers.school import read_school

    read = read_school(found[0])
    report = FileReport(found[0].name, "school", rows=1)
    report.warnings += [f"The field {name} is not one we know; it was ignored." for name in read.unknown]
    return read.facts, [report]


def _whose(facts: SchoolFile | None, school_id: str | None) -> tuple[str, SchoolFile | None, Known]:
    """The school that the files belong to, and what stands there already."""
    if facts is not None and school_id not in (None, facts.id):
        raise Refused(f"school.json is of the school {facts.id}, not of {school_id}; leave --school out or correct it.")
    if facts is not None:
        return facts.id, facts, known_of(facts.id, _rotations(facts))
    schools = {school.id: school for school in db.session.scalars(select(School).order_by(School.id))}
    if not schools:
        raise Refused("No school has been imported yet: import its school.json together with these files.")
    if school_id is None and len(schools) > 1:
        raise Refused(
            "It is not clear which school these files belong to: import them with its school.json, or say --school "
            f"with one of {', '.join(schools)}."
        )
    wanted = school_id if school_id is not None else next(iter(schools))
    if wanted not in schools:
        raise Refused(f"There is no school {wanted}; say --school with one of {', '.join(schools)}.")
    return wanted, None, known_of(wanted, rotations_of(schools[wanted]))


def _rotations(facts: SchoolFile) -> tuple[Rotation, ...]:
    if facts.rotations:
        return tuple(Rotation(one.name, tuple(one.cycle_days), frozenset(one.grades)) for one in facts.rotations)
    return (Rotation("", tuple(facts.cycle_days)),)


def rotations_of(school: School) -> tuple[Rotation, ...]:
    """The rotations of a school that stands."""
    if school.rotations:
        return tuple(
            Rotation(one["name"], tuple(one["cycle_days"]), frozenset(one["grades"])) for one in school.rotations
        )
    return (Rotation("", tuple(school.cycle_days)),)


def _recognise(table: Table, corrections: Sequence[Correction]) -> _Given:
    table = with_headings(table, {heading: plain_heading(heading) for heading in table.header})
    table = _corrected(table, [each for each in corrections if each.file == table.name])
    kind = kind_of(table)
    if not table.rows:
        raise Unreadable(f"{table.name} has a header row and nothing below it; a {kind.name} file needs rows.")
    report = FileReport(table.name, kind.name, rows=len(table.rows), warnings=list(table.warnings))
    ignored = [column for column in table.header if column and column not in kind.columns]
    report.warnings += [f"The column {column} is not one we know; it was ignored." for column in ignored]
    return _Given(table, kind, report)


def _corrected(table: Table, corrections: Sequence[Correction]) -> Table:
    if not corrections:
        return table
    cells_by_line: dict[int, dict[str, str]] = {}
    for each in corrections:
        cells_by_line.setdefault(each.line, {})[each.column] = each.value
    rows = (replace(row, cells={**row.cells, **cells_by_line.get(row.line, {})}) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _read_in_order(stage: Stage, given: Sequence[_Given], moves_addresses: bool) -> None:
    """Each kind before those that refer to it."""
    known = stage.known
    for one in _single(given, kinds.BELLS):
        stage.bells = read_bells(one.table, one.report, known)
        # Where a row was left out, what stands is not ended, so other rows may still refer to it.
        known.know_bells([*(row.ring for row in stage.bells), *(() if stage.whole(kinds.BELLS) else known.rings)])
    for one in _single(given, kinds.TERMS):
        stage.terms = read_terms(one.table, one.report, known)
        known.terms = frozenset(stage.terms) | (frozenset() if stage.whole(kinds.TERMS) else known.terms)
        known.terms_left_out = {name: where for name, where in known.terms_left_out.items() if name not in known.terms}
    for one in _single(given, kinds.SCHOOL_DAYS):
        stage.days, left_out = read_school_days(one.table, one.report, known)
        staying = {} if stage.whole(kinds.SCHOOL_DAYS) else standing_days(stage.school_id, stage.days, known.rotations)
        _give_cycle_days(stage, {**staying, **left_out})
        warn_of_days(stage.days, stage.codes, one.report, known)
    _read_staff(stage, _of(given, kinds.STAFF), moves_addresses)
    for one in _single(given, kinds.MASTER_SCHEDULE):
        stage.sections, stage.sections_left_out = read_sections(one.table, one.report, known)
    for one in _single(given, kinds.INTERESTS):
        stage.interests = read_interests(one.table, one.report, known)
    for one in _of(given, kinds.DUTIES):
        stage.duties = (stage.duties or []) + read_duties(one.table, one.report, known)
    for one in _of(given, kinds.DECLARED_PLANNING):
        stage.declared = (stage.declared or []) + read_declared(one.table, one.report, known)
    for one in _of(given, kinds.APART):
        stage.apart = (stage.apart or []) + read_apart(one.table, one.report, known)
    for one in _single(given, kinds.TRAVEL):
        stage.travel = read_travel(one.table, one.report)


def _read_staff(stage: Stage, given: Sequence[_Given], moves_addresses: bool) -> None:
    if not given:
        return
    staff = StaffRows()
    for one in given:
        staff = read_staff(one.table, one.report, staff)
    check_owners(stage.school_id, staff, moves_addresses=moves_addresses)
    standing = stage.known.people
    _know_people(stage.known, staff, standing)
    check_references(staff, stage.known)
    _know_people(stage.known, staff, standing)
    stage.staff = staff


def _know_people(known: Known, staff: StaffRows, standing: frozenset[str]) -> None:
    """Whoever stands already is somebody even when the new row was left out: nobody becomes free by a typing error."""
    kept = standing & set(staff.left_out)
    known.people = frozenset(staff.rows) | kept
    known.left_out = {code: where for code, where in staff.left_out.items() if code not in kept}


def _give_cycle_days(stage: Stage, others: Mapping[date, DayRow]) -> None:
    """The rotation over the dates of the file, by the school's policy; a wrong row must not renumber the year."""
    assert stage.days is not None, "called with school days"
    if stage.facts is not None:
        policy, bound = stage.facts.rotation_policy, stage.facts.weekday_bound
    else:
        school = db.session.get_one(School, stage.school_id)
        policy, bound = school.rotation_policy, school.weekday_bound  # type: ignore[assignment]
    stage.codes = codes_by_date({**others, **stage.days}, stage.known.rotations, policy, bound)


def _of(given: Iterable[_Given], kind: Kind) -> list[_Given]:
    return [one for one in given if one.kind is kind]


def _single(given: Iterable[_Given], kind: Kind) -> list[_Given]:
    found = _of(given, kind)
    if len(found) > 1:
        names = " and ".join(one.table.name for one in found)
        raise Unreadable(
            f"{names} are both {kind.name} files; put their rows into one, since each is the whole truth of its kind."
        )
    return found


def _warn_dropped(stage: Stage) -> None:
    """Rows that hang on a person whose row was left out are one warning a bad row, not an error each."""
    for (code, where), count in sorted(stage.known.dropped.items()):
        rows = "1 mention" if count == 1 else f"{count} mentions"
        stage.files[0].warnings.append(f"{rows} of {code} in other rows left out, because {where} was left out.")
