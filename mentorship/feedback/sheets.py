"""A sheet: the form that one person may fill in now, with what it is about and what it holds so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import joinedload, lazyload

from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import current_cycle
from mentorship.errors import NotFound
from mentorship.extensions import db
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.instruments.base import Instrument
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.queries import WITH_TEXT, WITH_THINGS, evaluators_among, has_begun, own_entries
from mentorship.people.models import FocusArea, Membership, Person
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.timetable.models import LESSON_DAYS, SchoolDay

LOOK_AGAIN_AFTER = timedelta(days=14)
NOTHING_HERE = "There is nothing here to write about."


@dataclass
class Sheet:
    """Whose form, about what (a visit, a pairing, or neither), and the entry that holds it, if there is one."""

    instrument: Instrument
    author: Membership
    cycle: Cycle
    thing: Visit | Pairing | None
    entry: Entry | None
    # The goal that a reflection carried forward already: it is the newer of the two.
    goal: Entry | None = None

    @property
    def visit(self) -> Visit | None:
        return self.thing if isinstance(self.thing, Visit) else None

    @property
    def other(self) -> Membership | None:
        """The other person of the visit or the pairing."""
        if self.thing is None:
            return None
        return next(member for member in self.thing.people if member.id != self.author.id)

    @property
    def answers(self) -> dict[str, Any]:
        """What the page opens with: the newest text, its goal as it stands on the goals page."""
        found = dict(self.entry.newest) if self.entry else {}
        if self.goal is not None and (self.entry is None or self.entry.draft is None):
            found |= {name: value for name, value in self.goal.answers.items() if name in self.instrument.fields}
        return found


def sheet_of_visit(person: Person, visit_id: int, key: str, now: datetime) -> Sheet:
    """The person's own form about a visit that they took part in. Raises `NotFound` for everybody else."""
    took_part = or_(Visit.visitor_id.in_(_mine(person)), Visit.host_id.in_(_mine(person)))
    visit = _visit(Visit.id == visit_id, took_part)
    author = next(member for member in visit.people if member.person_id == person.id)
    return _about_visit(INSTRUMENTS[key], author, visit, now)


def sheet_of_request(request: FormRequest, now: datetime) -> Sheet:
    """The form that a mailed link asks for."""
    visit = _visit(Visit.id == request.visit_id)
    author = next(member for member in visit.people if member.id == request.membership_id)
    return _about_visit(INSTRUMENTS[request.instrument], author, visit, now)


def _visit(*which: ColumnElement[bool]) -> Visit:
    query = select(Visit).where(*which).options(joinedload(Visit.plan).load_only(Plan.cycle_id).joinedload(Plan.cycle))
    visit = db.session.scalars(query).first()
    if visit is None:
        raise NotFound(NOTHING_HERE)
    return visit


def _about_visit(instrument: Instrument, author: Membership, visit: Visit, now: datetime) -> Sheet:
    keys = [instrument.key, *(["goal"] if instrument.carries_goal else [])]
    query = select(Entry).where(Entry.author_id == author.id, Entry.visit_id == visit.id, Entry.instrument.in_(keys))
    found = {entry.instrument: entry for entry in db.session.scalars(query.options(*WITH_TEXT))}
    entry = found.get(instrument.key)
    # What somebody began stays theirs, though the visit turned out not to have happened.
    may_begin = author.active and author in instrument.writers(visit) and has_begun(visit, now)
    if entry is None and not may_begin:
        raise NotFound(NOTHING_HERE)
    goal = found.get("goal") if instrument.carries_goal else None
    return Sheet(instrument, author, visit.plan.cycle, visit, entry, goal)


def sheet_of_pairing(person: Person, pairing_id: int, key: str, entry_id: int | None) -> Sheet:
    """A new page of somebody's log about their pairing, the one begun already, or the one named."""
    instrument = INSTRUMENTS[key]
    query = (
        select(Pairing)
        .where(Pairing.id == pairing_id)
        .options(joinedload(Pairing.plan).load_only(Plan.cycle_id).joinedload(Plan.cycle))
    )
    pairing = db.session.scalars(query).first()
    author = next((m for m in instrument.writers(pairing) if m.person_id == person.id), None) if pairing else None
    if pairing is None or author is None:
        raise NotFound(NOTHING_HERE)
    about = (Entry.pairing_id == pairing.id) & (Entry.instrument == key)
    entry = _named_or_begun(person, about, entry_id)
    if entry is None and not (pairing.status == "active" and author.active):
        raise NotFound(NOTHING_HERE)
    return Sheet(instrument, author, pairing.plan.cycle, pairing, entry)


def sheet_of_oneself(person: Person, member: Membership | None, key: str, entry_id: int | None) -> Sheet:
    """A form about nothing but oneself, such as a goal; a new one belongs to the school's cycle that runs."""
    entry = _named_or_begun(person, (Entry.instrument == key) & _is_free(entry_id), entry_id)
    if entry is not None:
        return Sheet(INSTRUMENTS[key], entry.author, entry.cycle, entry.thing, entry)
    cycle = current_cycle(member.school) if member is not None and member.active else None
    if cycle is None or member is None:
        raise NotFound(NOTHING_HERE)
    return Sheet(INSTRUMENTS[key], member, cycle, None, None)


def _is_free(entry_id: int | None) -> ColumnElement[bool]:
    """Opened without a number, the page goes on with a draft of its own, never with one that a reflection carried."""
    return Entry.visit_id.is_(None) if entry_id is None else Entry.id == entry_id


def _named_or_begun(person: Person, about: ColumnElement[bool], entry_id: int | None) -> Entry | None:
    query = own_entries(person).where(about).options(*WITH_TEXT, *WITH_THINGS, joinedload(Entry.cycle))
    if entry_id is None:
        return db.session.scalars(query.where(Entry.finished_at.is_(None)).order_by(Entry.id)).first()
    entry = db.session.scalars(query.where(Entry.id == entry_id)).first()
    if entry is None:
        raise NotFound(NOTHING_HERE)
    return entry


def sheet_of_entry(person: Person, entry_id: int) -> Sheet:
    """The sheet behind one of the person's own entries."""
    query = own_entries(person).where(Entry.id == entry_id).options(*WITH_TEXT, *WITH_THINGS, joinedload(Entry.cycle))
    entry = db.session.scalars(query).first()
    if entry is None:
        raise NotFound(NOTHING_HERE)
    return Sheet(entry.form, entry.author, entry.cycle, entry.thing, entry)


def _mine(person: Person) -> Any:
    return select(Membership.id).where(Membership.person_id == person.id)


def possible_readers(sheet: Sheet) -> list[Membership]:
    """Whom the author may let read it, by family name; nobody who appraises them is among these."""
    instrument, author = sheet.instrument, sheet.author
    found: dict[int, Membership] = {}
    if "other" in instrument.readers and sheet.other is not None:
        found[sheet.other.id] = sheet.other
    if "pair" in instrument.readers:
        found |= {member.id: member for member in _pair_of(author)}
    if "coach" in instrument.readers:
        found |= {member.id: member for member in _coaches_of(author)}
    there = [member for member in found.values() if member.active]
    kept_out = evaluators_among(there, author)
    return sorted((m for m in there if m.id not in kept_out), key=lambda member: member.sort_name)


def _pair_of(author: Membership) -> list[Membership]:
    query = select(Pairing).where(
        or_(Pairing.mentee_id == author.id, Pairing.mentor_id == author.id), Pairing.status == "active"
    )
    names_only = (
        joinedload(Pairing.mentee).lazyload(Membership.profile),
        joinedload(Pairing.mentor).lazyload(Membership.profile),
    )
    pairings: Sequence[Pairing] = db.session.scalars(query.options(*names_only)).all()
    return [member for pairing in pairings for member in pairing.people if member.id != author.id]


def _coaches_of(author: Membership) -> list[Membership]:
    """Sought by the word in the list of roles, so that not everybody is loaded; the role itself decides."""
    query = select(Membership).where(
        Membership.school_id == author.school_id,
        Membership.active,
        Membership.person_id != author.person_id,
        cast(Membership.roles, String).contains("coach"),
    )
    return [m for m in db.session.scalars(query.options(lazyload(Membership.profile))) if m.has_role("coach")]


def focus_names(sheet: Sheet) -> list[str]:
    """The school's focus areas, that of the visit first."""
    query = select(FocusArea.name).where(FocusArea.school_id == sheet.author.school_id).order_by(FocusArea.name)
    first = [sheet.visit.focus] if sheet.visit is not None and sheet.visit.focus else []
    return list(dict.fromkeys([*first, *db.session.scalars(query)]))


def day_to_look_again(sheet: Sheet, today: date) -> date:
    """The first school day in two weeks' time; that very date where the calendar does not reach so far."""
    wanted = today + LOOK_AGAIN_AFTER
    query = select(SchoolDay.on_date).where(
        SchoolDay.school_id == sheet.author.school_id, SchoolDay.kind.in_(LESSON_DAYS), SchoolDay.on_date >= wanted
    )
    return db.session.scalars(query.order_by(SchoolDay.on_date).limit(1)).first() or wanted


def time_of_note(sheet: Sheet, now: datetime) -> str:
    """The time to begin a note with: that of writing on the day of the visit, else when the visit began."""
    visit = sheet.visit
    if visit is None or visit.starts is None:
        return ""
    local = now.astimezone(ZoneInfo(sheet.author.school.time_zone))
    return f"{local:%H:%M}" if local.date() == visit.on_date else f"{visit.starts:%H:%M}"
