"""Clock-time arithmetic: a moment is a whole number of minutes, a span a half-open pair of moments.

Moments count from midnight of day 0 of the proleptic Gregorian calendar (`datetime.date.toordinal`), in the
school's own clock: there are no zones here and no summer time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeVar

Span = tuple[int, int]
ItemT = TypeVar("ItemT")

MINUTES_A_DAY = 24 * 60


def moment(text: str) -> int:
    """Read `YYYY-MM-DDTHH:MM`; raises ValueError when no calendar or clock has that moment."""
    hour, minute = int(text[11:13]), int(text[14:16])
    if hour > 23 or minute > 59:
        raise ValueError(f"no clock shows {text[11:]}")
    day = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal()
    return day * MINUTES_A_DAY + hour * 60 + minute


def moment_text(at: int) -> str:
    """Write a moment as `YYYY-MM-DDTHH:MM`."""
    day, minute = divmod(at, MINUTES_A_DAY)
    return f"{day_text(day)}T{minute // 60:02d}:{minute % 60:02d}"


def day_of(at: int) -> int:
    """The day (ordinal of its date) on which a moment lies."""
    return at // MINUTES_A_DAY


def day_text(day: int) -> str:
    """Write a day as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()


def week_of(day: int) -> int:
    """The week of a day, Monday to Sunday: ordinal 1 was a Monday."""
    return (day - 1) // 7


def month_of(day: int) -> str:
    """The month of a day as `YYYY-MM`."""
    return day_text(day)[:7]


def overlap(one: Span, other: Span) -> bool:
    """Whether two half-open spans share a minute; spans that touch do not."""
    return one[0] < other[1] and other[0] < one[1]


def at_once(spans: Iterable[tuple[Span, ItemT]]) -> Iterator[tuple[int, list[ItemT]]]:
    """The largest sets of items whose spans share a moment, each with the moment at which the last one joins."""
    present: list[tuple[int, ItemT]] = []
    joined: int | None = None
    for (start, end), item in sorted(spans, key=lambda one: one[0]):
        if any(until <= start for until, _ in present):
            if joined is not None:
                yield joined, [held for _, held in present]
            present = [(until, held) for until, held in present if until > start]
        present.append((end, item))
        joined = start
    if joined is not None:
        yield joined, [held for _, held in present]


def common(one: Span, other: Span) -> Span | None:
    """The minutes that two spans share, or None."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def widened(span: Span, minutes: int) -> Span:
    """A span with some minutes more at both ends, as a visit with the way there and back."""
    return span[0] - minutes, span[1] + minutes
