"""A walkthrough problem read anew, from the words of its format alone: what a peer of the engine may choose from.

Nothing of the engine is used here, so that a peer's plan that the engine's judge lets pass is a second opinion on the
rules. Debriefs, videos, fixed and former visits, given pairs, weights and `most_at_once` are not read: `School` raises
ValueError where a problem has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations
from math import floor
from typing import Any, NamedTuple

Json = dict[str, Any]
# What is counted, for whom and when; every choice that counts there counts one.
Key = tuple[str, ...]
NOT_READ = ("debrief", "fixed", "previous", "pairs", "weights", "most_at_once")
# Points of the defaults: high, medium, low.
FOCUS, NOT_AGAIN, ANOTHER_DEPARTMENT, MENTORING = 300, 150, 100, 100
SHARE_BY_CYCLES_AGO = {1: 0.0, 2: 0.5}
MIN_MINUTES, VISIT_MINUTES = 20, 40


class Interval(NamedTuple):
    """Minutes of one date, half-open."""

    start: int
    end: int


@dataclass(frozen=True)
class Choice:
    """A visitor in a lesson: `start` and `end` in minutes of its date."""

    visitor: str
    host: str
    lesson: str
    on: str
    start: int
    end: int
    fit: int

    @property
    def week(self) -> str:
        year, week, _ = date.fromisoformat(self.on).isocalendar()
        return f"{year}-{week:02d}"

    def row(self) -> Json:
        """As it stands in a plan."""
        start, end = (f"{self.on}T{minute // 60:02d}:{minute % 60:02d}" for minute in (self.start, self.end))
        return {"visitor": self.visitor, "host": self.host, "lesson": self.lesson, "start": start, "end": end}


@dataclass(frozen=True)
class Counted:
    """The aims that these problems differ in."""

    covered: int
    wanted: int
    fit: int


class School:
    """A problem with every choice there is and each limit that a choice counts in."""

    def __init__(self, problem: Json) -> None:
        found = [name for name in NOT_READ if problem.get(name)]
        found += [f"video of {row['id']}" for row in problem["people"] if any(row.get("video", {}).values())]
        if found:
            raise ValueError(f"The peer does not know {found[0]}.")
        self.problem = problem
        self.people: dict[str, Json] = {row["id"]: row for row in problem["people"]}
        self.lessons: list[Json] = problem["lessons"]
        self.apart = {frozenset(row[:2]) for row in problem.get("apart", ())}
        self.declined = {tuple(row) for row in problem.get("declined", ())}
        self.mentoring = {frozenset(row) for row in problem.get("mentoring", ())}
        self.cycles_ago: dict[tuple[str, str], int] = {}
        for visitor, host, ago in problem.get("past_pairs", ()):
            self.cycles_ago[visitor, host] = min(ago, self.cycles_ago.get((visitor, host), ago))
        self.travel = {frozenset(row[:2]): int(row[2]) for row in problem.get("travel_minutes", ())}

    # -- what people require and want

    def required(self, name: str, role: str) -> int:
        return int(self.people[name].get(role, {}).get("required", 0))

    def wanted(self, name: str) -> int:
        visit = self.people[name].get("visit", {})
        return int(visit.get("wanted", visit.get("required", 0)))

    def counted(self, plan: Iterable[Choice]) -> Counted:
        """The aims of a plan."""
        plan = list(plan)
        visits, hosted = ([getattr(one, side) for one in plan] for side in ("visitor", "host"))
        covered = sum(max(0, self.required(name, "visit") - visits.count(name)) for name in self.people)
        covered += sum(max(0, self.required(name, "host") - hosted.count(name)) for name in self.people)
        extra = (min(visits.count(name), self.wanted(name)) - self.required(name, "visit") for name in self.people)
        return Counted(covered, sum(max(0, more) for more in extra), sum(one.fit for one in plan))

    @cached_property
    def weights(self) -> tuple[int, int]:
        """What a unit uncovered costs and a wanted one brings, in points of fit: more than all that comes after."""
        units = sum(self.wanted(name) for name in self.people)
        one_wanted = 1 + units * max((one.fit for one in self.choices), default=0)
        return one_wanted * (units + 2), one_wanted

    def value(self, aims: Counted) -> int:
        """One number that orders plans as their aims do."""
        uncovered, one_wanted = self.weights
        return aims.fit + one_wanted * aims.wanted - uncovered * aims.covered

    # -- every choice

    @cached_property
    def choices(self) -> list[Choice]:
        found = []
        for lesson in self.lessons:
            on, host = lesson["start"][:10], self.people[lesson["host"]]
            if host.get("host", {}).get("most", self.required(host["id"], "host")) < 1:
                continue
            if on in host.get("closed_days", ()):
                continue
            for visitor, fit in self._visitors_of(host["id"]):
                window = self._window(visitor, lesson, on)
                if window is not None and (visitor, lesson["id"]) not in self.declined:
                    found.append(Choice(visitor, host["id"], lesson["id"], on, *window, fit))
        return found

    def _visitors_of(self, host: str) -> list[tuple[str, int]]:
        if host not in self._eligible:
            fits = ((name, self._fit(name, host)) for name in self.people if self.wanted(name) and name != host)
            self._eligible[host] = [(name, fit) for name, fit in fits if fit is not None]
        return self._eligible[host]

    @cached_property
    def _eligible(self) -> dict[str, list[tuple[str, int]]]:
        return {}

    def _fit(self, visitor: str, host: str) -> int | None:
        """The points of the better mode; None where they share no focus or are kept apart."""
        guest, receiver = self.people[visitor], self.people[host]
        if frozenset((visitor, host)) in self.apart:
            return None
        modes = (("wants_to_learn", "shows"), ("gives_feedback_on", "wants_feedback_on"))
        shared = max(len({*guest.get(own, ())} & {*receiver.get(theirs, ())}) for own, theirs in modes)
        if not shared:
            return None
        fit = floor(FOCUS * (1 if shared > 1 else 2 / 3) + 0.5)
        fit += floor(NOT_AGAIN * SHARE_BY_CYCLES_AGO.get(self.cycles_ago.get((visitor, host), 0), 1.0) + 0.5)
        own, theirs = ({*row.get("departments", ())} for row in (guest, receiver))
        fit += ANOTHER_DEPARTMENT if own and theirs and not own & theirs else 0
        return fit + (MENTORING if frozenset((visitor, host)) in self.mentoring else 0)

    @cached_property
    def _free(self) -> dict[tuple[str, str], list[Interval]]:
        found = defaultdict(list)
        for name, row in self.people.items():
            for start, end in row.get("free", ()):
                found[name, start[:10]].append(_interval(start, end))
        return found

    def _window(self, visitor: str, lesson: Json, on: str) -> Interval | None:
        """When the visit is: in the free interval that gives it the most time, else None."""
        held = _interval(lesson["start"], lesson["end"])
        from_, to = self.people[visitor].get("building"), lesson.get("building")
        to = to or self.people[lesson["host"]].get("building")
        way = self.travel.get(frozenset((from_, to)), 0) if from_ and to and from_ != to else 0
        windows = (
            Interval(max(held.start, free.start + way), min(held.end, free.end - way))
            for free in self._free.get((visitor, on), ())
        )
        best = max(windows, key=lambda one: (one.end - one.start, -one.start), default=Interval(0, 0))
        if best.end - best.start < self.problem.get("min_minutes", MIN_MINUTES):
            return None
        return Interval(best.start, min(best.end, best.start + self.problem.get("visit_minutes", VISIT_MINUTES)))

    # -- every limit

    def limits(self, one: Choice) -> Iterator[tuple[Key, int]]:
        """Each limit that a choice counts in, and how many it lets pass."""
        visit, host = self.people[one.visitor]["visit"], self.people[one.host]["host"]
        yield ("same pair", one.visitor, one.host), 1
        yield ("visits", one.visitor), self.wanted(one.visitor)
        yield ("visits on", one.visitor, one.on), 1
        # Each takes one planning interval of its week, and enough of them must stay whole.
        spare = self._planning_by_week[one.visitor, one.week] - self.people[one.visitor].get("keep_free_per_week", 0)
        yield ("visits in week", one.visitor, one.week), max(0, min(visit.get("per_week", 1), spare))
        if "per_month" in visit:
            left = visit["per_month"] - visit.get("used", {}).get(one.on[:7], 0)
            yield ("visits in month", one.visitor, one.on[:7]), max(0, left)
        yield ("hosted", one.host), host.get("most", host.get("required", 0))
        yield ("hosted on", one.host, one.on), host.get("per_day", 1)
        yield ("hosted in week", one.host, one.week), host.get("per_week", 1)
        yield ("in lesson", one.lesson), self.problem.get("most_visitors_in_a_lesson", 1)
        if self.problem.get("most_a_day"):
            yield ("school on", one.on), self.problem["most_a_day"]

    @cached_property
    def _planning_by_week(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for name, row in self.people.items():
            for start, _ in row.get("free", ()):
                year, week, _ = date.fromisoformat(start[:10]).isocalendar()
                found[name, f"{year}-{week:02d}"] += 1
        return found

    @cached_property
    def clashes(self) -> list[tuple[str, str]]:
        """Lessons of one host that overlap: not both are visited, which matters where a day lets two visits pass."""
        rows = defaultdict(list)
        for lesson in self.lessons:
            if self.people[lesson["host"]].get("host", {}).get("per_day", 1) > 1:
                rows[lesson["host"], lesson["start"][:10]].append(lesson)
        return [
            (one["id"], other["id"])
            for own in rows.values()
            for one, other in combinations(own, 2)
            if one["start"] < other["end"] and other["start"] < one["end"]
        ]


def _interval(start: str, end: str) -> Interval:
    return Interval(_minute(start), _minute(end))


def _minute(text: str) -> int:
    return int(text[11:13]) * 60 + int(text[14:16])
