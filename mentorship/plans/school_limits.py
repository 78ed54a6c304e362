"""Where there are more visits in the school than its limits allow; plain values, nothing is read.

The engine knows one limit for every day. Where people have agreed to more than that on some day, it is told a limit
that they keep, and the days that must not fill up any further are found here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from matching import rule_titles
from mentorship.plans.findings import Broken
from mentorship.plans.models import Visit
from mentorship.web.filters import clock_time, short_date

# Visits a day and at once; None is no limit.
Limits = tuple[int | None, int | None]
NO_LIMITS: Limits = (None, None)


@dataclass(frozen=True)
class Crowd:
    """More visits than a limit allows, as rows of an outcome: on a date, or at a moment (`YYYY-MM-DDTHH:MM`)."""

    rule: str
    at: str
    most: int
    rows: tuple[Mapping[str, Any], ...]

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether something from `start` to `end`, a visit or a lesson, counts here."""
        if self.rule == "school_visits_a_day":
            return bool(row["start"][:10] == self.at)
        return bool(row["start"] <= self.at < row["end"])


def crowds(rows: Iterable[Mapping[str, Any]], limits: Limits) -> Iterator[Crowd]:
    """Every date and every moment at which there are too many of these visits."""
    most_a_day, most_at_once = limits
    by_date: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_date[row["start"][:10]].append(row)
    for on, found in sorted(by_date.items()):
        if most_a_day is not None and len(found) > most_a_day:
            yield Crowd("school_visits_a_day", on, most_a_day, tuple(found))
        if most_at_once is not None:
            yield from _at_once(found, most_at_once)


def _at_once(rows: Sequence[Mapping[str, Any]], most: int) -> Iterator[Crowd]:
    """There are most where one of them begins."""
    for moment in sorted({row["start"] for row in rows}):
        present = tuple(row for row in rows if row["start"] <= moment < row["end"])
        if len(present) > most:
            yield Crowd("school_visits_at_once", moment, most, present)


def newly_crowded(rows: Sequence[Mapping[str, Any]], standing: int, limits: Limits) -> list[Broken]:
    """Where rows that come after those `standing` put more visits than the limits of the school allow."""
    new = {(row["visitor"], row["lesson"]) for row in rows[standing:]}
    faults = []
    for crowd in crowds(rows, limits):
        if any((row["visitor"], row["lesson"]) in new for row in crowd.rows):
            on, at = short_date(date.fromisoformat(crowd.at[:10])), crowd.at[11:]
            when = f"at {clock_time(time.fromisoformat(at))} on {on}" if at else f"on {on}"
            words = f"{len(crowd.rows)} visits would take place {when}; the limit is {crowd.most}."
            faults.append(Broken(rule_titles("visit-problem/1")[crowd.rule], words))
    return faults


def most_at_once(visits: Iterable[Visit]) -> int:
    """How many of these visits there are at the same time: there are most where one of them begins."""
    spans = [(one.starts_at, one.ends_at) for one in visits if one.starts_at and one.ends_at]
    return max((sum(start <= begins < end for start, end in spans) for begins, _ in spans), default=0)
