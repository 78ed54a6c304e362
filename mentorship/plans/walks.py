"""The arithmetic of a walk: several colleagues through several rooms within one period, with a talk at the end.

Nothing is searched for: the rooms follow one another by the clock, and what does not fit is refused with the times that
say so. Times are wall-clock times of the school, lengths are minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from random import Random
from typing import TypeVar

from mentorship.errors import Refused

# Nobody walks in while a class settles, and everybody is back before the next one comes.
BUFFER, HALLWAY, TALK = 3, 5, 15
Stop = TypeVar("Stop")


@dataclass(frozen=True)
class Kind:
    """What is usual for a kind of group: minutes in a room, and how many people come, whoever leads them included."""

    key: str
    words: str
    minutes: int
    shortest: int
    longest: int
    fewest: int
    most: int


KINDS = {
    "walk": Kind("walk", "Learning walk", 10, 5, 15, 2, 4),
    "round": Kind("round", "Rounds", 20, 15, 35, 4, 6),
}


@dataclass(frozen=True)
class Span:
    """From when to when."""

    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"


@dataclass(frozen=True)
class Timing:
    """The stops in their order and the talk after them."""

    stops: tuple[Span, ...]
    talk: Span


class DoesNotFit(Refused):
    """The rooms do not fit into the period; `fitting` is how many do."""

    def __init__(self, sentence: str, fitting: int) -> None:
        super().__init__(sentence)
        self.fitting = fitting


def refuse_unusual(kind: str, minutes: int, walkers: int) -> None:
    """Raises `Refused` where a room is too short or too long for the kind, or the group too small or too large."""
    usual = KINDS[kind]
    if not usual.shortest <= minutes <= usual.longest:
        raise Refused(f"{usual.words}: a room takes {usual.shortest} to {usual.longest} minutes, not {minutes}.")
    if not usual.fewest <= walkers <= usual.most:
        few, many = usual.fewest, usual.most
        raise Refused(f"{usual.words}: {few} to {many} people go together, the lead among them; these are {walkers}.")


def timed(bell: Span, rooms: int, *, minutes: int, hallway: int = HALLWAY, talk: int = TALK) -> Timing:
    """The times of so many rooms within a period's bells, and of the talk, which lasts to the end.

    Raises `DoesNotFit` with the first room that leaves too little time for the talk.
    """
    if rooms < 1:
        raise Refused("A walk needs at least one room.")
    at, ends = _minutes(bell.starts) + BUFFER, _minutes(bell.ends) - BUFFER
    stops: list[Span] = []
    for room in range(1, rooms + 1):
        leaves = at + minutes
        left = ends - (leaves + hallway)
        if left < talk:
            stop = Span(_clock(at), _clock(leaves))
            raise DoesNotFit(_why_not(room, stop, _clock(leaves + hallway), left, talk, _clock(ends)), room - 1)
        stops.append(Span(_clock(at), _clock(leaves)))
        at = leaves + hallway
    return Timing(tuple(stops), Span(_clock(at), _clock(ends)))


def _why_not(room: int, stop: Span, hall: time, left: int, talk: int, ends: time) -> str:
    what = f"{left} min left" if left >= 0 else f"the time ends at {ends:%H:%M}"
    return f"Room {room} does not fit with a talk of {talk} minutes ({stop}, hall {hall:%H:%M}, {what})."


def fitting(bell: Span, *, minutes: int, hallway: int = HALLWAY, talk: int = TALK) -> int:
    """How many rooms fit."""
    room = _minutes(bell.ends) - _minutes(bell.starts) - 2 * BUFFER - talk
    return max(room // (minutes + hallway), 0)


def shuffled(room_list: Sequence[Stop], seed: int) -> list[Stop]:
    """The order of the stops: by the seed, and never the room list itself, so that no sheet gives away a room."""
    order = list(room_list)
    Random(seed).shuffle(order)
    if len(order) > 1 and order == list(room_list):
        order = [*order[1:], order[0]]
    return order


def later(at: time, minutes: int) -> time:
    """So many minutes later on the same day, or earlier."""
    return _clock(_minutes(at) + minutes)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minutes: int) -> time:
    """A time of the same day; what would lie behind midnight is its last minute."""
    return time(*divmod(min(minutes, 24 * 60 - 1), 60))
