"""A person's day around a visit: what they do just before it and just after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from mentorship.availability.queries import calendar, sections_taught_by, times
from mentorship.people.models import Membership
from mentorship.plans.models import Visit

WORDS = {"planning": "Planning", "teaching": "You teach", "unknown": "Not known to us"}
AWAY = "A duty, or away"


@dataclass(frozen=True)
class Stretch:
    """One stretch of a day on the school's clock; `is_visit` marks those that the visit lies in."""

    starts: time
    ends: time
    period: str
    words: str
    is_visit: bool


def day_around(visit: Visit, member: Membership) -> list[Stretch]:
    """What the person has in the time of the visit, just before it and just after, by the clock.

    Nothing for a recording, which has no time.
    """
    if visit.on_date is None or visit.starts is None or visit.ends is None:
        return []
    whole = _whole_day(visit, member, visit.on_date)
    before = [each for each in whole if each.ends <= visit.starts][-1:]
    after = [each for each in whole if each.starts >= visit.ends][:1]
    return [*before, *(each for each in whole if each.is_visit), *after]


def _whole_day(visit: Visit, member: Membership, on: date) -> list[Stretch]:
    assert visit.starts and visit.ends, "only a live visit lies in a day"
    sections = sections_taught_by(member)
    (found,) = times(member.school, [member], calendar(member.school, on, on), sections)
    day = found.days[on]
    rows = [
        (piece.starts, piece.ends, piece.period, _words(kind, sections[piece.section].course if piece.section else ""))
        for kind in WORDS
        for piece in getattr(day, kind)
    ]
    # What is open to one side is the time outside somebody's hours, and nothing that stands in their day.
    rows += [(starts, ends, "", AWAY) for starts, ends in day.away if starts > time.min and ends < time.max]
    return [Stretch(*row, is_visit=row[0] < visit.ends and visit.starts < row[1]) for row in sorted(rows)]


def _words(kind: str, course: str) -> str:
    return f"{WORDS[kind]} {course}".strip()
