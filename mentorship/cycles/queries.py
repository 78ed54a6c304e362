"""Finding cycles and their people."""

from __future__ import annotations

from sqlalchemy import select

from mentorship.cycles.models import Cycle, Participant
from mentorship.errors import NotFound, Refused
from mentorship.extensions import db


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


def participants(cycle: Cycle) -> list[Participant]:
    """Who takes part, by family name."""
    rows = db.session.scalars(select(Participant).where(Participant.cycle_id == cycle.id))
    return sorted(rows, key=lambda row: row.membership.sort_name)
