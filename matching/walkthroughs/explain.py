"""Explanations: why a unit is missing, what would fix it, and which other lessons would serve a visit as
well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from matching.walkthroughs.candidates import Candidates, Pair, Plan, Visit, live_visit
from matching.walkthroughs.greedy import Ledger
from matching.walkthroughs.kinds import AnyRule, posted
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS, PAIR_ELIGIBILITY, VISIT_ELIGIBILITY
from matching.walkthroughs.space import Space

ORDER = {limit.key: place for place, limit in enumerate(LIMITS)}
RULES: tuple[AnyRule, ...] = (*PAIR_ELIGIBILITY, *VISIT_ELIGIBILITY, *LIMITS)
TITLES = {rule.key: rule.title for rule in RULES}
LOCAL_LIMITS = tuple(limit for limit in LIMITS if limit.key not in ("fixed_visits_stay", "video_is_needed"))
VISITORS_OWN = frozenset({"visits_as_wanted", "one_visit_a_day", "visits_a_week", "visits_a_month"})
MOST_OTHERS = 3
MOST_FIXES = 3


def add_explanations(space: Space, plan: Plan, found: dict[str, Any]) -> None:
    """Fill in `other_lessons` of each visit, and `reasons` and `would_fix` of each missing unit."""
    explaining = _Explaining(space, plan, {row["person"] for row in found["missing"]})
    made = {visit.place: visit for visit in plan.visits}
    for row in found["visits"]:
        row["other_lessons"] = explaining.other_lessons(made[row["visitor"], row["lesson"]])
    for row in found["missing"]:
        row["reasons"], row["would_fix"] = explaining.why_missing(row["person"], row["unit"])


class _Explaining:
    def __init__(self, space: Space, plan: Plan, lacking: Collection[str]) -> None:
        self.space, self.problem, self.plan = space, space.problem, plan
        candidates = self.candidates = _candidates_to_explain(space, plan, lacking)
        self.ledger = Ledger(posted(LIMITS, candidates).rows, len(candidates.visits) + len(candidates.videos))
        self.numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, visit in candidates.numbered_visits():
            self.numbers[visit.visitor, visit.host].append(number)
        self.taken = _numbers_of(candidates, plan)
        for number in self.taken.values():
            self.ledger.take(number)
        self.talks = any(visit.debrief for visit in plan.visits)

    def other_lessons(self, visit: Visit) -> list[str]:
        """Up to three lessons of the same host, by time, that can replace this visit alone with every limit
        kept."""
        if visit.place in self.problem.fixed_visits:
            return []
        self.ledger.give_back(self.taken[visit.visitor, visit.host])
        found: list[str] = []
        for number in self.numbers[visit.visitor, visit.host]:
            other = self.candidates.visits[number]
            if other.lesson == visit.lesson or not self.ledger.has_room(number):
                continue
            if not self._breaks(other._replace(debrief=visit.debrief), visit):
                found.append(other.lesson)
                if len(found) == MOST_OTHERS:
                    break
        self.ledger.take(self.taken[visit.visitor, visit.host])
        return found

    def why_missing(self, person: str, unit: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rules in their order, each with those whom it removes first, and what would fix it,
        verified."""
        removed: dict[str, list[str]] = defaultdict(list)
        fixes: dict[str, dict[str, Any]] = {}
        for other in sorted(self.problem.person_by_id):
            pair = Pair(person, other) if unit == "visit" else Pair(other, person)
            if other == person or not _play_their_parts(self.problem, pair):
                continue
            rule = self._first_rule(pair, fixes)
            if rule is not None:
                removed[rule].append(other)
        reasons = [
            {
                "rule": key,
                "count": len(others),
                "people": others,
                "values": {},
                "text": f"{len(others)}: {TITLES[key]}",
            }
            for key in TITLES
            if (others := removed.get(key))
        ]
        return reasons, [fixes[key] for key in TITLES if key in fixes][:MOST_FIXES]

    def _first_rule(self, pair: Pair, fixes: dict[str, dict[str, Any]]) -> str | None:
        for rule in PAIR_ELIGIBILITY:
            if not rule.allows(self.problem, pair):
                return rule.key
        lessons = self.problem.lessons_by_host.get(pair.host, ())
        visits = [visit for row in lessons if (visit := live_visit(self.problem, pair.visitor, row.id))]
        if not visits:
            return "free_and_teaching"
        for test in VISIT_ELIGIBILITY:
            visits = [visit for visit in visits if test.allows(self.problem, visit)]
            if not visits:
                return test.key
        last: str | None = None
        for number in self.numbers[pair.visitor, pair.host]:
            blocking = self._blocking(number)
            if not blocking:
                return None
            if len(blocking) == 1:
                self._note_fix(number, next(iter(blocking)), fixes)
            first = min(blocking, key=ORDER.__getitem__)
            last = first if last is None else max(first, last, key=ORDER.__getitem__)
        return last

    def _blocking(self, number: int) -> set[str]:
        return set(self.ledger.blocking(number)) or self._breaks(self.candidates.visits[number], None)

    def _note_fix(self, number: int, rule: str, fixes: dict[str, dict[str, Any]]) -> None:
        """One more of a limit lets this visit in, where that limit alone stands against it."""
        if rule in fixes or rule in ("same_pair_once", "one_place_at_a_time", "debrief_fits"):
            return
        rows = [(row, weight) for row, weight in self.ledger.uses(number) if self.ledger.left[row] < weight]
        visit = self.candidates.visits[number]
        if len(rows) != 1 or rows[0][1] - self.ledger.left[rows[0][0]] != 1 or self._breaks(visit, None) - {rule}:
            return
        person = visit.visitor if rule in VISITORS_OWN or rule == "planning_is_protected" else visit.host
        if rule == "hosts_at_most":
            fix = {"change": "place", "person": person, "rule": None, "text": f"one more place for {person}"}
        else:
            fix = {
                "change": "relax",
                "person": person,
                "rule": rule,
                "text": f"one more for {person}: {TITLES[rule]}",
            }
        fixes[rule] = fix

    def _breaks(self, visit: Visit, instead_of: Visit | None) -> set[str]:
        """The limits that the plan around a visit would break with it. Rows know no debriefs, so they are
        judged."""
        if not self.talks:
            return set()
        people = {visit.visitor, visit.host}
        near = [
            other
            for other in self.plan.visits
            if other is not instead_of and (people & {other.visitor, other.host} or other.day == visit.day)
        ]
        plan = Plan((*near, visit))
        return {finding.rule for limit in LOCAL_LIMITS for finding in limit.check(self.problem, plan)}


def _candidates_to_explain(space: Space, plan: Plan, lacking: Collection[str]) -> Candidates:
    """The visits of the plan's pairs, and of whoever lacks one: no others are asked about, and a limit without them
    says the same of these.
    """
    asked = {people for people in space.pairs if people[0] in lacking or people[1] in lacking}
    visits = space.visits(asked | {visit.people for visit in plan.visits} & space.pairs.keys())
    return Candidates(space.problem, (*space.fixed, *visits), tuple(space.videos()))


def _numbers_of(candidates: Candidates, plan: Plan) -> dict[tuple[str, str], int]:
    place_of = {visit.place: number for number, visit in candidates.numbered_visits()}
    video_of = {(pair.visitor, pair.host): number for number, pair in candidates.numbered_videos()}
    found = {(visit.visitor, visit.host): place_of[visit.place] for visit in plan.visits}
    return found | {(pair.visitor, pair.host): video_of[pair.visitor, pair.host] for pair in plan.videos}


def _play_their_parts(problem: VisitProblem, pair: Pair) -> bool:
    visitor, host = problem.person_by_id[pair.visitor], problem.person_by_id[pair.host]
    return bool(visitor.visits_wanted and host.hosts_most)
