"""The availability of people as JSON, by date with wall-clock times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from mentorship.availability.planning_periods import Piece, shared_times
from mentorship.availability.queries import OUTSIDE, CalendarDate, PersonTime, calendar, sections_of, times
from mentorship.errors import Refused
from mentorship.people.models import Membership, School
from mentorship.people.queries import active_members, member_named

LONGEST_DAYS = 400


def availability_report(
    school: School, people: Sequence[str], other: str | None, starts_on: date, ends_on: date
) -> dict[str, Any]:
    """Planning, teaching, unknown and shared pieces of the people named (of every teacher where none is named)."""
    if starts_on > ends_on:
        raise Refused(f"The range ends on {ends_on}, before it starts on {starts_on}.")
    if (ends_on - starts_on).days > LONGEST_DAYS:
        raise Refused(f"The range is longer than {LONGEST_DAYS} days; ask for less at once.")
    members = [member_named(school, word) for word in people]
    if not people:
        members = [member for member in active_members(school) if member.has_role("teacher")]
    partner = member_named(school, other) if other else None
    asked = [*members, *([partner] if partner else [])]
    dates = calendar(school, starts_on, ends_on)
    found = times(school, asked, dates, sections_of(school))
    partner_time = found.pop() if partner else None
    return {"people": [_person(member, time, partner_time, dates) for member, time in zip(members, found, strict=True)]}


def _person(
    member: Membership, time: PersonTime, partner: PersonTime | None, dates: Sequence[CalendarDate]
) -> dict[str, Any]:
    return {
        "person": member.code,
        "unknown_because": time.unknown_because,
        "days": [_day(each, time, partner) for each in dates],
    }


def _day(each: CalendarDate, time: PersonTime, partner: PersonTime | None) -> dict[str, Any]:
    mine = time.days[each.on]
    shared = shared_times(mine.planning, partner.days[each.on].planning) if partner else ()
    filed = each.filed
    notes = [filed.note if filed else OUTSIDE, *mine.conflicts]
    return {
        "date": str(each.on),
        "kind": filed.kind if filed else "",
        "cycle_day": each.cycle_day,
        "bell_schedule": filed.bell_schedule if filed else "",
        "note": "; ".join(note for note in notes if note),
        "planning": [{**_piece(piece), "certainty": piece.certainty} for piece in mine.planning],
        "teaching": [{**_piece(piece), "section": piece.section} for piece in mine.teaching],
        "unknown": [_piece(piece) for piece in mine.unknown],
        "shared": [{"starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"} for starts, ends in shared],
    }


def _piece(piece: Piece) -> dict[str, str]:
    return {"starts": f"{piece.starts:%H:%M}", "ends": f"{piece.ends:%H:%M}", "period": piece.period}
