"""Made-up but likely walkthrough problems: a school with bells, lunch waves, two buildings and all that people
agreed on.

Rows of `fixed` are made so that all of them can stand: each on a date of its own, each with another visitor and
another host, inside planning time that is spare.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.benchmarks.words import BELLS, DEPARTMENTS, FOCI

Json = dict[str, Any]
Span = tuple[str, str]

# People, school days, share of the periods that are planning, share of the people who host.
SIZES: dict[str, tuple[tuple[int, int], tuple[int, int], tuple[float, float], float]] = {
    "normal": ((18, 55), (8, 15), (0.2, 0.34), 0.8),
    "tight": ((14, 40), (5, 9), (0.1, 0.16), 0.5),
    "stress": ((60, 110), (8, 12), (0.14, 0.28), 0.18),
}
# On days of early release every period is shorter.
SHORT_BELLS = (
    ("08:00", "08:31"),
    ("08:35", "09:06"),
    ("09:10", "09:41"),
    ("09:45", "10:16"),
    ("10:20", "11:10"),
    ("11:14", "11:45"),
    ("11:49", "12:20"),
)
# The fifth period holds lunch: the first wave eats before its lesson, the second after it.
LUNCH, LUNCH_MINUTES = 4, 25


def visit_problem(seed: int, case: str) -> Json:
    """A `visit-problem/1` of a case: normal, tight (few common periods, low caps) or stress (larger, wishes that
    can't all be met, few hosts)."""
    return _School(random.Random(f"visit {case} {seed}"), case).problem()


def _clock(text: str, minutes: int) -> str:
    total = int(text[:2]) * 60 + int(text[3:]) + minutes
    return f"{total // 60:02d}:{total % 60:02d}"


def _minutes(span: Span) -> tuple[int, int]:
    return tuple(int(text[11:13]) * 60 + int(text[14:16]) for text in span)  # type: ignore[return-value]


class _School:
    """One school while it is made up."""

    def __init__(self, draw: random.Random, case: str) -> None:
        self.draw, self.case = draw, case
        people, days, self.planning, self.host_share = SIZES[case]
        self.names = [f"T{number:03d}" for number in range(draw.randint(*people))]
        first = draw.choice((date(2027, 1, 11), date(2027, 1, 18), date(2027, 1, 20)))
        self.days = list(self._school_days(first, draw.randint(*days)))
        self.cycle_days = draw.choice((1, 2, 2, 4))
        self.early = draw.choice((None, 2, 4))
        self.buildings = draw.choice((("main",), ("main", "annex"), ("main", "annex")))
        self.ways = [["main", "annex", draw.choice((0, 5, 10))]] if len(self.buildings) > 1 else []
        self.foci = FOCI[: draw.randint(3, len(FOCI))]
        shares = (6, 3, 1) if len(self.buildings) > 1 else (9, 1)
        self.building = {name: draw.choices((*self.buildings, None), shares)[0] for name in self.names}
        self.departments = {name: draw.sample(list(DEPARTMENTS), draw.choice((0, 1, 1, 1, 2))) for name in self.names}
        self.lessons: list[Json] = []
        self.free: dict[str, list[Span]] = {name: [] for name in self.names}
        self.taught: dict[str, list[Json]] = defaultdict(list)

    def _school_days(self, first: date, count: int) -> Iterator[date]:
        day = first
        while count:
            if day.weekday() < 5 and self.draw.random() > 0.04:
                yield day
                count -= 1
            day += timedelta(days=1)

    def problem(self) -> Json:
        self._teach()
        people = [self._person(name) for name in self.names]
        self.by_name = {person["id"]: person for person in people}
        draw, stress = self.draw, self.case == "stress"
        found: Json = {"format": "visit-problem/1", "people": people, "lessons": self.lessons}
        found |= self._limits()
        found["apart"] = self._pairs(draw.randint(0, 12 if stress else 4))
        found["mentoring"] = self._pairs(draw.randint(0, 6))
        found["past_pairs"] = [[*pair, draw.randint(1, 4)] for pair in self._pairs(draw.randint(0, 3 * len(people)))]
        found["travel_minutes"] = self.ways
        if draw.random() < 0.12:
            found["pairs"] = self._given_pairs()
        if draw.random() < 0.6:
            keys = draw.sample(("focus", "mentor_and_mentee", "another_department", "not_again_soon"), 3)
            found["weights"] = {key: draw.choice(("high", "medium", "low", "off", "must")) for key in keys}
        self._stand(found)
        return {name: rows for name, rows in found.items() if rows or name in ("people", "lessons")}

    def _limits(self) -> Json:
        draw, tight = self.draw, self.case == "tight"
        found: Json = {"seconds": 30, "seed": draw.randint(0, 99)}
        found["most_visitors_in_a_lesson"] = 1 if tight else draw.choice((1, 1, 2, 3))
        if draw.random() < 0.7:
            found |= {"min_minutes": draw.choice((15, 20, 25)), "visit_minutes": draw.choice((20, 30, 40, 45))}
        if draw.random() < 0.3:
            found["most_a_day"] = draw.randint(2, 12)
        if draw.random() < 0.3:
            found["most_at_once"] = draw.randint(1, 4)
        if draw.random() < 0.7:
            found["debrief"] = {"minutes": draw.choice((10, 15, 20)), "within_days": draw.choice((0, 1, 2, 2))}
        return found

    # -- who teaches when

    def _teach(self) -> None:
        common = {name: self.draw.sample(range(len(BELLS)), 2) for name in DEPARTMENTS}
        for number, name in enumerate(self.names):
            share = self.draw.uniform(*self.planning)
            week = {
                cycle_day: [self._period(name, period, share, common) for period in range(len(BELLS))]
                for cycle_day in range(self.cycle_days)
            }
            wave = self.draw.choice((1, 2))
            for place, day in enumerate(self.days):
                self._teach_day(name, number, day, week[place % self.cycle_days], wave)
        self._teach_together()

    def _period(self, name: str, period: int, share: float, common: dict[str, list[int]]) -> str:
        # Departments plan together; in a tight school nearly everybody plans then and at no other time.
        together = any(period in common[department] for department in self.departments[name][:1])
        odds = share * (2.2 if together else 0.7)
        if self.draw.random() < odds:
            return "plans"
        return "teaches" if self.draw.random() < 0.93 else "duty"

    def _teach_day(self, name: str, number: int, day: date, periods: list[str], wave: int) -> None:
        early = day.weekday() == self.early
        open_since: str | None = None
        for period, does in enumerate(periods):
            start, end = (SHORT_BELLS if early else BELLS)[period]
            if self.building[name] == "annex":
                start, end = _clock(start, 7), _clock(end, 7)
            if period == LUNCH and not early:
                start, end = (_clock(start, LUNCH_MINUTES), end) if wave == 1 else (start, _clock(end, -LUNCH_MINUTES))
            span = (f"{day}T{start}", f"{day}T{end}")
            if does == "plans":
                # Now and then two planning periods in a row are one long one.
                if open_since and number % 5 == 0:
                    self.free[name][-1] = (open_since, span[1])
                else:
                    self.free[name].append(span)
                open_since = span[0]
                continue
            open_since = None
            if does == "teaches":
                self._add_lesson(name, span, f"S{number:03d}{period}")

    def _add_lesson(self, host: str, span: Span, section: str) -> None:
        row: Json = {"id": f"L{len(self.lessons):05d}", "host": host, "start": span[0], "end": span[1]}
        if self.draw.random() < 0.6:
            row |= {"room": f"{100 + self.draw.randrange(60)}", "section": section}
        if len(self.buildings) > 1 and self.draw.random() < 0.1:
            row["building"] = self.draw.choice(self.buildings)
        self.lessons.append(row)
        self.taught[host].append(row)

    def _teach_together(self) -> None:
        """A few meetings have two teachers, and a few teachers are down for two classes at once."""
        for row in self.draw.sample(self.lessons, len(self.lessons) // 40):
            host = row["host"] if self.draw.random() < 0.3 else self.draw.choice(self.names)
            start, end = _minutes((row["start"], row["end"]))
            day = row["start"][:10]
            planned = [_minutes(free) for free in self.free[host] if free[0][:10] == day]
            if all(last <= start or end <= first for first, last in planned):
                self._add_lesson(host, (row["start"], row["end"]), row.get("section", "S"))

    # -- what people want

    def _person(self, name: str) -> Json:
        draw, case = self.draw, self.case
        popular = self.foci[:1] if case == "stress" else self.foci
        person: Json = {"id": name, "free": [list(span) for span in self.free[name]]}
        if self.building[name]:
            person["building"] = self.building[name]
        if draw.random() < 0.92:
            person["visit"] = self._visiting()
            person["wants_to_learn"] = draw.sample(popular, min(len(popular), draw.randint(1, 3)))
        if draw.random() < self.host_share:
            person["host"] = self._hosting()
            person["shows"] = draw.sample(self.foci, draw.randint(1, 3))
        if draw.random() < 0.3:
            person["wants_feedback_on"] = draw.sample(self.foci, draw.randint(1, 2))
        if draw.random() < 0.3:
            person["gives_feedback_on"] = draw.sample(self.foci, draw.randint(1, 3))
        if draw.random() < 0.4:
            person["keep_free_per_week"] = draw.randint(1, 6 if case == "stress" else 3)
        if draw.random() < 0.4:
            person["video"] = {"host": draw.random() < 0.5, "visit": draw.random() < 0.7}
        if self.departments[name]:
            person["departments"] = self.departments[name]
        if draw.random() < 0.15:
            person["closed_days"] = [str(day) for day in sorted(draw.sample(self.days, 2))]
        return person

    def _visiting(self) -> Json:
        draw, stress = self.draw, self.case == "stress"
        required = draw.choice((0, 1, 1, 1, 2))
        found: Json = {"required": required}
        if draw.random() < 0.6:
            found["wanted"] = required + draw.choice((0, 1, 1, 3 if stress else 2))
        if self.case != "tight" and draw.random() < 0.4:
            found["per_week"] = draw.randint(1, 3)
        if draw.random() < 0.4:
            found["per_month"] = draw.randint(1, 4)
            if draw.random() < 0.6:
                found["used"] = {str(self.days[0])[:7]: draw.randint(0, 2)}
        return found

    def _hosting(self) -> Json:
        draw, tight = self.draw, self.case == "tight"
        required = draw.choice((0, 0, 0, 1))
        more = draw.choice((0, 1, 1)) if tight else draw.randint(0, 4)
        found: Json = {"required": required, "most": required + more}
        if not tight and draw.random() < 0.5:
            found |= {"per_week": draw.randint(1, 3), "per_day": draw.randint(1, 2)}
        return found

    # -- what people agreed on

    def _pairs(self, count: int) -> list[list[str]]:
        return [list(pair) for pair in sorted({tuple(self.draw.sample(self.names, 2)) for _ in range(count)})]

    def _given_pairs(self) -> list[list[Any]]:
        modes = ("learn", "learn", "feedback")
        return [
            [*pair, self.draw.randrange(0, 1001, 20), self.draw.choice(modes), self.draw.choice(self.foci)]
            for pair in self._pairs(12 * len(self.names))
        ]

    def _stand(self, problem: Json) -> None:
        """Some visits of the former plan, of which a few are fixed and a few were declined."""
        draw = self.draw
        likely = list(self._likely_visits(problem))
        apart = {frozenset(pair) for pair in problem["apart"]}
        days: set[str] = set()
        fixed: list[list[str]] = []
        for visitor, row in likely:
            day, together = row["start"][:10], frozenset((visitor, row["host"])) not in apart
            if len(fixed) < self.fixed_wanted and day not in days and together and self._may_be_fixed(visitor, row):
                fixed.append([visitor, row["id"]])
                days.add(day)
        former = [[visitor, row["id"]] for visitor, row in likely]
        standing = {tuple(row) for row in fixed}
        problem["fixed"] = fixed
        problem["previous"] = sorted(former) if draw.random() < 0.5 else []
        problem["declined"] = sorted(row for row in former if tuple(row) not in standing and draw.random() < 0.15)

    @property
    def fixed_wanted(self) -> int:
        return {"normal": 3, "tight": 2, "stress": 5}[self.case]

    def _likely_visits(self, problem: Json) -> Iterator[tuple[str, Json]]:
        """Visits of different people in lessons that lie in the visitor's planning, way and all."""
        way = self.ways[0][2] if self.ways else 0
        least = problem.get("min_minutes", 20)
        by_day: dict[str, list[Json]] = defaultdict(list)
        for row in self.lessons:
            by_day[row["start"][:10]].append(row)
        hosts: set[str] = set()
        for visitor in self.draw.sample(self.names, len(self.names) // 2):
            spans = self.free[visitor]
            if not spans or "visit" not in self.by_name[visitor]:
                continue
            span = self.draw.choice(spans)
            first, last = _minutes(span)
            for row in self.draw.sample(by_day[span[0][:10]], min(30, len(by_day[span[0][:10]]))):
                start, end = _minutes((row["start"], row["end"]))
                fits = min(last - way, end) - max(first + way, start) >= least
                if fits and row["host"] not in hosts | {visitor} and "host" in self.by_name[row["host"]]:
                    hosts.add(row["host"])
                    yield visitor, row
                    break

    def _may_be_fixed(self, visitor: str, row: Json) -> bool:
        """Whether the visitor has a unit and planning to spare, and the host a place."""
        visit, host = self.by_name[visitor]["visit"], self.by_name[row["host"]]["host"]
        keep = self.by_name[visitor].get("keep_free_per_week", 0)
        week = date.fromisoformat(row["start"][:10]).isocalendar()[:2]
        own = [span for span in self.free[visitor] if date.fromisoformat(span[0][:10]).isocalendar()[:2] == week]
        left = visit.get("per_month", 1) - visit.get("used", {}).get(row["start"][:7], 0)
        wanted = visit.get("wanted", visit["required"])
        return wanted > 0 and host["most"] > 0 and len(own) > keep and left > 0 and self.draw.random() < 0.3
