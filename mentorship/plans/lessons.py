"""Which lessons of a person may be visited, as the engine's problem has them, and when a person closed the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from mentorship.availability.planning_periods import Block, Piece
from mentorship.availability.queries import CalendarDate, PersonTime
from mentorship.cycles.models import Participant
from mentorship.people.models import Membership
from mentorship.plans.elsewhere import Elsewhere
from mentorship.timetable.models import Section

BUFFER_MINUTES, MINUTES_A_DAY = 3, 24 * 60


@dataclass(frozen=True)
class Lesson:
    """What a lesson id of the problem stands for."""

    host: Membership
    section: Section
    on_date: date
    period: str
    cycle_day: str


@dataclass(frozen=True)
class Near:
    """The lessons that concern one visitor: those at the time of their planning, and those that have a visit."""

    planning: Mapping[date, Sequence[Piece]]
    visited: frozenset[str]

    def holds(self, on: date, piece: Piece, key: str) -> bool:
        return key in self.visited or any(_share(piece, other) for other in self.planning.get(on, ()))


def hosts(wishes: Mapping[str, Any]) -> bool:
    """Whether somebody with these wishes may be visited at all."""
    return bool(wishes["open_to_visits"] and wishes["hosts_at_most"] and wishes["hosts_a_week"])


def lessons_of(
    one: Participant,
    time: PersonTime,
    dates: Sequence[CalendarDate],
    sections: Mapping[str, Section],
    elsewhere: Elsewhere,
    near: Near | None = None,
) -> dict[str, tuple[dict[str, Any], Lesson]]:
    """The lessons in which this person may be visited: three minutes after the bell, not when closed or away.

    A duty over a lesson may be a slip in the files; whether the person is in the room is not known then. `near` leaves
    out the others.
    """
    found: dict[str, tuple[dict[str, Any], Lesson]] = {}
    if not hosts(one.profile):
        return found
    for each in dates:
        if not elsewhere.may_host(one.membership_id, each.on, one.profile["hosts_a_week"]):
            continue
        for piece in time.days[each.on].teaching:
            section = sections[piece.section]
            starts = _after(piece.starts, BUFFER_MINUTES)
            if starts is None or starts >= piece.ends or _is_closed(time, each, piece) or _is_away(time, each, piece):
                continue
            key = f"{_quoted(section.code)}@{_quoted(one.membership.code)}@{each.on}T{piece.starts:%H:%M}"
            if near is not None and not near.holds(each.on, piece, key):
                continue
            row = {
                "id": key,
                "host": one.membership.code,
                "start": f"{each.on}T{starts:%H:%M}",
                "end": f"{each.on}T{piece.ends:%H:%M}",
                "building": section.building or one.membership.building,
                "room": section.room,
                "section": section.code,
            }
            found[key] = (row, Lesson(one.membership, section, each.on, piece.period, each.cycle_day))
    return found


def _after(at: time, minutes: int) -> time | None:
    """So many minutes later on the same date; None past midnight."""
    total = at.hour * 60 + at.minute + minutes
    return time(*divmod(total, 60)) if total < MINUTES_A_DAY else None


def _quoted(code: str) -> str:
    """A code in which the separator cannot stand, so that no two lessons share an id."""
    return code.replace("%", "%25").replace("@", "%40")


def span_of(on: date, piece: Piece) -> list[str]:
    return [f"{on}T{piece.starts:%H:%M}", f"{on}T{piece.ends:%H:%M}"]


def _holds(block: Block, each: CalendarDate) -> bool:
    codes = set(each.day.cycle_days.values()) if each.day else set()
    return (
        (block.on is None or block.on == each.on)
        and (block.weekday is None or block.weekday == each.on.weekday())
        and (block.cycle_day is None or block.cycle_day in codes)
    )


def closed_all_day(time: PersonTime, each: CalendarDate) -> bool:
    whole = (block for block in time.closed if block.period is None and block.starts is None)
    return each.day is not None and any(_holds(block, each) for block in whole)


def _is_away(time: PersonTime, each: CalendarDate, piece: Piece) -> bool:
    return any(starts < piece.ends and piece.starts < ends for starts, ends in time.days[each.on].away)


def _is_closed(time: PersonTime, each: CalendarDate, piece: Piece) -> bool:
    for block in time.closed:
        if not _holds(block, each):
            continue
        if block.period is not None and block.period == piece.period:
            return True
        if (
            block.starts is not None
            and block.ends is not None
            and block.starts < piece.ends
            and piece.starts < block.ends
        ):
            return True
    return False


def _share(one: Piece, other: Piece) -> bool:
    return one.starts < other.ends and other.starts < one.ends
