"""Finding cycles and their people."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, func, select

from mentorship.cycles.models import Cycle, Participant
from mentorship.errors import NotFound, Refused
from mentorship.extensions import db
from mentorship.people.models import Person, School
from mentorship.people.queries import schools_coached_by


def cycle_named(word: str, school_id: str | None) -> Cycle:
    """The cycle of that name or id, in the school if one is said. Raises `NotFound` or `Refused`."""
    query = select(Cycle).where(Cycle.name == word)
    if school_id is not None:
        query = query.where(Cycle.school_id == school_id)
    found = db.session.scalars(query).all()
    if not found and word.isascii() and word.isdigit() and len(word) < 10:
        by_id = db.session.get(Cycle, int(word))
        found = [by_id] if by_id is not None and school_id in (None, by_id.school_id) else []
    if not found:
        raise NotFound(f"There is no cycle named {word}; open it with “mentorship cycle open”.")
    if len(found) > 1:
        raise Refused(f"More than one school has a cycle named {word}; say which with --school.")
    return found[0]


def cycles_visible_to(person: Person) -> Select[Cycle]:
    """The cycles of the schools where the person is a coach now; nobody else sees a cycle as a whole."""
    return select(Cycle).where(Cycle.school_id.in_(schools_coached_by(person)))


def current_cycle(school: School) -> Cycle | None:
    """The latest cycle that is not closed, else the latest; None where the school never had one."""
    query = select(Cycle).where(Cycle.school_id == school.id)
    latest = query.order_by((Cycle.status == "closed"), Cycle.starts_on.desc(), Cycle.id.desc())
    return db.session.scalars(latest.limit(1)).first()


def counts_of_participants(cycles: Iterable[Cycle]) -> dict[int, int]:
    """How many people take part in each cycle."""
    ids = [cycle.id for cycle in cycles]
    query = select(Participant.cycle_id, func.count()).where(Participant.cycle_id.in_(ids))
    rows = db.session.execute(query.group_by(Participant.cycle_id)).all()
    return {row[0]: row[1] for row in rows}


def participants(cycle: Cycle) -> list[Participant]:
    """Who takes part, by family name."""
    rows = db.session.scalars(select(Participant).where(Participant.cycle_id == cycle.id))
    return sorted(rows, key=lambda row: row.membership.sort_name)
