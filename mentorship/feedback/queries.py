"""Who may read what: one condition gives the rows and the sentence that says who reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload, undefer

from mentorship import keys
from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.instruments.base import Instrument
from mentorship.feedback.models import Entry, EntryReader, FormRequest
from mentorship.people.models import EvaluatorLink, Membership, Person
from mentorship.plans.models import Pairing, Plan, Visit

FEWEST = 5
LINK_LASTS = timedelta(days=30)
REFLECTIONS = tuple(key for key, each in INSTRUMENTS.items() if each.is_asked_for and not each.tells_reader)
NOTES = tuple(key for key, each in INSTRUMENTS.items() if each.tells_reader)
_reader, _author = aliased(Membership), aliased(Membership)
# Two people of a visit, each with their name, and nobody's wishes. Never by `joinedload` from a row that may have no
# visit: SQLAlchemy 2.1 then joins both names to the visitor.
_PEOPLE_OF_VISIT = (
    joinedload(Visit.visitor).lazyload(Membership.profile),
    joinedload(Visit.host).lazyload(Membership.profile),
)
_AUTHOR = joinedload(Entry.author).lazyload(Membership.profile)
WITH_THINGS: tuple[Any, ...] = (
    selectinload(Entry.visit).options(*_PEOPLE_OF_VISIT),
    selectinload(Entry.pairing).options(
        joinedload(Pairing.mentee).lazyload(Membership.profile), joinedload(Pairing.mentor).lazyload(Membership.profile)
    ),
)
WITH_TEXT: tuple[Any, ...] = (undefer(Entry.written), undefer(Entry.draft))


def _evaluates(reader: type[Membership], author: type[Membership]) -> ColumnElement[bool]:
    """Whether one appraises the other, at whichever school either is known."""
    above, below = aliased(Membership), aliased(Membership)
    return exists().where(
        EvaluatorLink.evaluator_id == above.id,
        EvaluatorLink.membership_id == below.id,
        above.person_id == reader.person_id,
        below.person_id == author.person_id,
    )


def _standing_readers() -> Select[EntryReader]:
    """Everybody who can read somebody else's entry now: named by its author, still here, and no evaluator of theirs."""
    return (
        select(EntryReader)
        .join(Entry, EntryReader.entry_id == Entry.id)
        .join(_reader, EntryReader.membership_id == _reader.id)
        .join(_author, Entry.author_id == _author.id)
        .where(_reader.active, Entry.written.is_not(None), ~_evaluates(_reader, _author))
    )


def _is_own(person: Person) -> ColumnElement[bool]:
    return Entry.author_id.in_(select(Membership.id).where(Membership.person_id == person.id))


def entries_visible_to(person: Person) -> Select[Entry]:
    """One's own entries, and those that their authors let one read; no role shows more."""
    shared = _standing_readers().where(_reader.person_id == person.id).with_only_columns(EntryReader.entry_id)
    return select(Entry).where(or_(_is_own(person), Entry.id.in_(shared))).options(_AUTHOR)


def own_entries(person: Person) -> Select[Entry]:
    return select(Entry).where(_is_own(person)).options(_AUTHOR)


def shared_with(person: Person) -> list[Entry]:
    """What others let this person read, newest first."""
    query = entries_visible_to(person).where(~_is_own(person)).order_by(Entry.finished_at.desc(), Entry.id.desc())
    return list(db.session.scalars(query.options(*WITH_THINGS)))


def readers_by_entry(entries: Iterable[Entry]) -> dict[int, list[EntryReader]]:
    """Who can read each entry now besides its author, by family name: the same condition that shows the rows."""
    ids = [entry.id for entry in entries]
    found: dict[int, list[EntryReader]] = defaultdict(list)
    if ids:
        query = _standing_readers().where(EntryReader.entry_id.in_(ids))
        light = joinedload(EntryReader.membership).lazyload(Membership.profile)
        for row in sorted(db.session.scalars(query.options(light)), key=lambda row: row.membership.sort_name):
            found[row.entry_id].append(row)
    return found


def readers_words(readers: Sequence[EntryReader]) -> str:
    """Who can read an entry now, as its author is told, from the rows themselves."""
    names = [row.membership.person.name for row in readers]
    return "only you" if not names else f"{', '.join(['you', *names[:-1]])} and {names[-1]}"


def evaluators_among(members: Sequence[Membership], author: Membership) -> set[int]:
    """The ids of those members who appraise the author, and so can't be let read anything."""
    if not members:
        return set()
    query = select(_reader.id).where(_reader.id.in_([member.id for member in members]))
    query = query.join(_author, _author.id == author.id).where(_evaluates(_reader, _author))
    return set(db.session.scalars(query))


@dataclass(frozen=True)
class OpenForm:
    """A form that somebody was asked for and has not finished."""

    instrument: Instrument
    visit: Visit
    author: Membership
    is_begun: bool

    @property
    def words(self) -> str:
        other = self.visit.other(self.author.id).person.name
        is_visitor = self.author.id == self.visit.visitor_id
        whose = f"your visit to {other}" if is_visitor else f"{other}’s visit"
        return f"{'Notes from' if self.instrument.tells_reader else self.instrument.title + ':'} {whose}"


def open_forms(person: Person, now: datetime) -> list[OpenForm]:
    """What the person was asked for and has not finished, by the date of the visit."""
    query = (
        select(FormRequest, Entry.id)
        .join(Membership, FormRequest.membership_id == Membership.id)
        .join(Visit, FormRequest.visit_id == Visit.id)
        .outerjoin(Entry, _answers_request())
        .where(
            Membership.person_id == person.id, Membership.active, Visit.status == "held", Entry.finished_at.is_(None)
        )
        .where(FormRequest.instrument.in_(INSTRUMENTS), FormRequest.asked_at <= now)
        .options(
            joinedload(FormRequest.membership).lazyload(Membership.profile),
            selectinload(FormRequest.visit).options(*_PEOPLE_OF_VISIT),
        )
    )
    order = list(INSTRUMENTS)
    found = [
        OpenForm(INSTRUMENTS[request.instrument], request.visit, request.membership, begun is not None)
        for request, begun in db.session.execute(query)
    ]
    return sorted(found, key=lambda form: (str(form.visit.starts_at), form.visit.id, order.index(form.instrument.key)))


def _answers_request() -> ColumnElement[bool]:
    return and_(
        Entry.visit_id == FormRequest.visit_id,
        Entry.author_id == FormRequest.membership_id,
        Entry.instrument == FormRequest.instrument,
    )


def has_begun(visit: Visit, now: datetime) -> bool:
    """Whether there is something to write about: it was held, or it goes on (a recording is watched at any time)."""
    if visit.status == "accepted":
        return visit.medium == "video" or (visit.starts_at is not None and visit.starts_at <= now)
    return visit.status == "held"


def forms_of_visit(visit: Visit, person: Person, now: datetime) -> list[Instrument]:
    """Which forms the person may fill in about a visit now; none for whoever took no part in it."""
    if not has_begun(visit, now):
        return []
    return [
        each
        for each in INSTRUMENTS.values()
        if each.about == "visit"
        and any(member.person_id == person.id and member.active for member in each.writers(visit))
    ]


def request_of_link(token: str, now: datetime) -> FormRequest | None:
    """By the token of a mailed link; None where it was revoked or is old, nobody visited, or the person has left."""
    query = (
        select(FormRequest)
        .join(Visit, FormRequest.visit_id == Visit.id)
        .join(Membership, FormRequest.membership_id == Membership.id)
        .where(FormRequest.link_digest == keys.ring().digest(token), FormRequest.asked_at > now - LINK_LASTS)
        .where(Visit.status == "held", Membership.active, FormRequest.instrument.in_(INSTRUMENTS))
    )
    return db.session.scalars(query).first()


@dataclass(frozen=True)
class NotesCounts:
    """Of the visits of a cycle that were held: how many, and of how many the host was given notes."""

    held: int
    shared: int

    @property
    def not_yet(self) -> int:
        return self.held - self.shared


def notes_shared_by_visit(cycle: Cycle) -> set[int]:
    """The visits whose visitor shared notes with the host: of writing, all that a coach may know of a single visit."""
    query = (
        select(Entry.visit_id)
        .join(EntryReader, EntryReader.entry_id == Entry.id)
        .join(Visit, Entry.visit_id == Visit.id)
        .join(Plan, Visit.plan_id == Plan.id)
        .where(Plan.cycle_id == cycle.id, Entry.instrument.in_(NOTES), EntryReader.membership_id == Visit.host_id)
    )
    return {visit_id for visit_id in db.session.scalars(query) if visit_id is not None}


def notes_counts(cycle: Cycle) -> NotesCounts:
    held = select(Visit.id).join(Plan).where(Plan.cycle_id == cycle.id, Visit.status == "held")
    ids = set(db.session.scalars(held))
    return NotesCounts(len(ids), len(ids & notes_shared_by_visit(cycle)))


@dataclass(frozen=True)
class ReflectionCounts:
    """How many of those who were asked for a reflection have finished one, and how many have not."""

    written: int
    not_written: int


def reflection_counts(cycle: Cycle) -> ReflectionCounts | None:
    """People by whether they reflected; None where either number is so small that it would speak of somebody."""
    asked = (
        select(FormRequest.membership_id, func.max(Entry.finished_at))
        .join(Visit, FormRequest.visit_id == Visit.id)
        .join(Plan, Visit.plan_id == Plan.id)
        .outerjoin(Entry, _answers_request())
        .where(Plan.cycle_id == cycle.id, FormRequest.instrument.in_(REFLECTIONS))
        .group_by(FormRequest.membership_id)
    )
    rows = db.session.execute(asked).all()
    written = sum(finished is not None for _, finished in rows)
    counts = ReflectionCounts(written, len(rows) - written)
    return counts if min(counts.written, counts.not_written) >= FEWEST else None
