"""A stage becomes rows: compare, add, change, end; what is equal is not touched, so that twice is once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, time
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorship.availability.models import Block, DeclaredPlanning
from mentorship.extensions import Base, db
from mentorship.people.models import Apart, FocusArea, Membership, Profile, School
from mentorship.roster import kinds
from mentorship.roster.readers.bells import BellRow
from mentorship.roster.readers.wishes import FOCUS_LISTS, Entry
from mentorship.roster.report import Counts
from mentorship.roster.stage import Stage
from mentorship.timetable.models import Bell, SchoolDay, Section, SectionMeeting, SectionTeacher, Term, Travel

Row = TypeVar("Row", bound=Base)
Key = TypeVar("Key", bound=Hashable)
BellKey = tuple[str, str, str, str, time]


def sync(
    existing: Mapping[Key, Row],
    wanted: Mapping[Key, Mapping[str, Any]],
    make: Callable[[Key], Row],
    end: Callable[[Key, Row], bool] | None,
) -> Counts:
    """Make `existing` equal to `wanted`. `end` ends a row that is not wanted, and says whether it did."""
    counts = Counts()
    for key, values in wanted.items():
        row = existing.get(key)
        if row is None:
            row = make(key)
            for name, value in values.items():
                setattr(row, name, value)
            db.session.add(row)
            counts.new += 1
        elif change(row, values):
            counts.changed += 1
        else:
            counts.unchanged += 1
    if end is not None:
        counts.deactivated = sum(end(key, row) for key, row in existing.items() if key not in wanted)
    return counts


def change(row: Base, values: Mapping[str, Any]) -> bool:
    """Set what differs; says whether anything did."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _delete(_key: object, row: Base) -> bool:
    db.session.delete(row)
    return True


def _delete_if_filed(key: object, row: Base) -> bool:
    """What a person said by hand, no file takes back."""
    return bool(getattr(row, "from_file", True)) and _delete(key, row)


def _delete_if_moved(bells: Iterable[BellRow]) -> Callable[[BellKey, Bell], bool]:
    """Ends the old times of those periods alone that the file has anew: the others' rows may be the ones left out."""
    given = {row.key[:4] for row in bells}
    return lambda key, row: key[:4] in given and _delete(key, row)


def apply_school(stage: Stage) -> Counts:
    facts = stage.facts
    if facts is None:
        return Counts(unchanged=1)
    values = {
        **facts.model_dump(exclude={"id", "rotations", "related"}),
        "rotations": [rotation.model_dump() for rotation in facts.rotations],
        "related": [list(pair) for pair in facts.related],
    }
    standing = db.session.get(School, facts.id)
    counts = sync({facts.id: standing} if standing else {}, {facts.id: values}, lambda key: School(id=key), None)
    db.session.flush()
    return counts


def apply_timetable(stage: Stage, today: date) -> dict[str, Counts]:
    """Bells, terms, school days and travel."""
    school_id, counts = stage.school_id, {}
    if stage.bells is not None:
        rows = db.session.scalars(select(Bell).where(Bell.school_id == school_id))
        existing = {(row.bell_schedule, row.cycle_day, row.period, row.wave, row.starts): row for row in rows}
        names = ("bell_schedule", "cycle_day", "period", "wave", "starts")
        counts["bells"] = sync(
            existing,
            {row.key: row.values for row in stage.bells},
            lambda key: Bell(school_id=school_id, **dict(zip(names, key, strict=True))),
            _delete if stage.whole(kinds.BELLS) else _delete_if_moved(stage.bells),
        )
    if stage.terms is not None:
        terms = db.session.scalars(select(Term).where(Term.school_id == school_id))
        counts["terms"] = sync(
            {term.name: term for term in terms},
            {name: {"starts_on": row.starts_on, "ends_on": row.ends_on} for name, row in stage.terms.items()},
            lambda name: Term(school_id=school_id, name=name),
            _delete if stage.whole(kinds.TERMS) else None,
        )
    if stage.days is not None:
        days = db.session.scalars(select(SchoolDay).where(SchoolDay.school_id == school_id))
        counts["school_days"] = sync(
            {day.on_date: day for day in days},
            {on: row.values(stage.codes[on]) for on, row in stage.days.items()},
            lambda on: SchoolDay(school_id=school_id, on_date=on),
            (lambda on, row: on >= today and _delete(on, row)) if stage.whole(kinds.SCHOOL_DAYS) else None,
        )
    if stage.travel is not None:
        rows_ = db.session.scalars(select(Travel).where(Travel.school_id == school_id))
        counts["travel"] = sync(
            {(row.from_building, row.to_building): row for row in rows_},
            {(one, other): {"minutes": minutes} for one, other, minutes in stage.travel},
            lambda pair: Travel(school_id=school_id, from_building=pair[0], to_building=pair[1]),
            _delete if stage.whole(kinds.TRAVEL) else None,
        )
    return counts


def apply_sections(stage: Stage, member_by_code: Mapping[str, Membership]) -> Counts:
    """Sections with their meetings and teachers; a section that is gone ends, it is not deleted.

    A new section whose row was left out comes in without meetings where somebody known teaches it: what is not known
    of their time is unknown, never free.
    """
    wanted = dict(stage.sections or {})
    query = select(Section).where(Section.school_id == stage.school_id)
    with_parts = query.options(selectinload(Section.meetings), selectinload(Section.teachers))
    sections = db.session.scalars(with_parts)
    existing = {section.code: section for section in sections}
    for code, row in stage.sections_left_out.items():
        if code and code not in existing and row.teachers:
            wanted[code] = row
    counts = Counts()
    for code, row in wanted.items():
        section = existing.get(code)
        is_new = section is None
        if section is None:
            section = Section(school_id=stage.school_id, code=code)
            db.session.add(section)
        differs = change(section, {**row.values, "active": True})
        differs |= _set_meetings(section, row.meetings)
        differs |= _set_teachers(section, [member_by_code[code].id for code in row.teachers])
        counts.new += is_new
        counts.changed += differs and not is_new
        counts.unchanged += not differs and not is_new
    # A row without a section_id could be any section's, and whoever teaches it must not become free.
    staying = existing if "" in stage.sections_left_out else stage.sections_left_out
    for code, section in existing.items():
        if section.active and code not in wanted and code not in staying:
            section.active = False
            counts.deactivated += 1
    return counts


def _set_meetings(section: Section, wanted: tuple[tuple[str, str, str], ...]) -> bool:
    if {(one.period, one.cycle_day, one.rotation) for one in section.meetings} == set(wanted):
        return False
    # A meeting that only goes over to another rotation stays the same row: two for one period would clash.
    standing = {(one.period, one.cycle_day): one for one in section.meetings}
    section.meetings = [
        standing.get((period, day)) or SectionMeeting(period=period, cycle_day=day) for period, day, _ in wanted
    ]
    for meeting, (_, _, rotation) in zip(section.meetings, wanted, strict=True):
        meeting.rotation = rotation
    return True


def _set_teachers(section: Section, wanted: list[int]) -> bool:
    if [one.membership_id for one in section.teachers] == wanted:
        return False
    standing = {one.membership_id: one for one in section.teachers}
    section.teachers = [standing.get(member_id) or SectionTeacher(membership_id=member_id) for member_id in wanted]
    for position, teacher in enumerate(section.teachers):
        teacher.position = position
    return True


def apply_interests(stage: Stage, member_by_code: Mapping[str, Membership]) -> dict[str, Counts]:
    """Profiles of the people named, and focus areas nobody had named before."""
    wanted = stage.interests or {}
    existing = {code: member.profile for code, member in member_by_code.items() if member.profile is not None}
    profiles = sync(existing, wanted, lambda code: Profile(membership=member_by_code[code]), None)
    names = {name for values in wanted.values() for column in FOCUS_LISTS for name in values[column]}
    areas = db.session.scalars(select(FocusArea).where(FocusArea.school_id == stage.school_id))
    standing = {area.name: area for area in areas}
    focus_areas = sync(
        standing,
        {name: {} for name in sorted(names)},
        lambda name: FocusArea(school_id=stage.school_id, name=name),
        None,
    )
    if unknown := sorted(names - set(standing)):
        report = next(file for file in stage.files if file.kind == kinds.INTERESTS.name)
        report.warnings.append(f"New focus areas: {', '.join(unknown)}.")
    return {"interests": profiles, "focus_areas": focus_areas}


def apply_wishes(stage: Stage, member_by_code: Mapping[str, Membership]) -> dict[str, Counts]:
    """Duties, declared planning and pairs kept apart: each file is the whole of its kind."""
    ids = {code: member.id for code, member in member_by_code.items()}
    counts: dict[str, Counts] = {}
    names: tuple[str, ...]
    if stage.duties is not None:
        names = ("membership_id", "kind", "cycle_day", "weekday", "on_date", "period", "starts", "ends")
        counts["duties"] = _sync_entries(Block, names, _resolved(stage.duties, ids, 1), ids, stage.whole(kinds.DUTIES))
    if stage.declared is not None:
        names = ("membership_id", "period", "cycle_day")
        entries = _resolved(stage.declared, ids, 1)
        counts["declared_planning"] = _sync_entries(
            DeclaredPlanning, names, entries, ids, stage.whole(kinds.DECLARED_PLANNING)
        )
    if stage.apart is not None:
        names = ("membership_id", "other_id")
        counts["apart"] = _sync_entries(Apart, names, _resolved(stage.apart, ids, 2), ids, stage.whole(kinds.APART))
    return counts


def _resolved(entries: Iterable[Entry], ids: Mapping[str, int], people: int) -> set[Entry]:
    """Entries with the ids of their first `people` codes."""
    return {(*(ids[code] for code in entry[:people]), *entry[people:]) for entry in entries}


def _sync_entries(
    model: type[Any], names: tuple[str, ...], wanted: set[Entry], ids: Mapping[str, int], whole: bool
) -> Counts:
    rows = db.session.scalars(select(model).where(model.membership_id.in_(list(ids.values()))))
    existing = {tuple(getattr(row, name) for name in names): row for row in rows}
    ordered = sorted(wanted, key=lambda entry: [str(part) for part in entry])
    return sync(
        existing,
        {entry: {} for entry in ordered},
        lambda entry: model(**dict(zip(names, entry, strict=True))),
        _delete_if_filed if whole else None,
    )
