"""A person's day around a visit: what they do just before it and just after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from mentorship.availability.queries import calendar, sections_taught_by, times
from mentorship.people.models import Membership
from mentorship.plans.models import Visit

WORDS = {"planning": "Planning", "teaching": "You teach", "unknown": "Not known to us"}


@dataclass(frozen=True)
class Stretch:
    """One stretch of a day on the school's clock; `is_visit` marks those that the visit lies in."""

    starts: time
    ends: time
    period: str
    words: str
    is_visit: bool


def day_around(visit: Visit, member: Membership) -> list[Stretch]:
    """The person's own stretches of that date, by the clock; nothing for a recording, which has no time."""
    if visit.on_date is None or visit.starts is None or visit.ends is None:
        return []
    on: date = visit.on_date
    sections = sections_taught_by(member)
    (found,) = times(member.school, [member], calendar(member.school, on, on), sections)
    day = found.days[on]
    pieces = [(kind, piece) for kind in WORDS for piece in getattr(day, kind)]
    return [
        Stretch(
            starts=piece.starts,
            ends=piece.ends,
            period=piece.period,
            words=f"{WORDS[kind]} {sections[piece.section].course}" if piece.section in sections else WORDS[kind],
            is_visit=piece.starts < visit.ends and visit.starts < piece.ends,
        )
        for kind, piece in sorted(pieces, key=lambda each: (each[1].starts, each[1].ends))
    ]
