"""One visit of a plan that a person wants elsewhere: where it could go, and what a move would break.

Everything else in the plan stays. A move is held to what the solver was held to, but only for what it makes worse: a
plan that breaks a rule already, since the school has changed, does not forbid a move that has nothing to do with it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from matching.intervals import moment_text
from matching.rule import Finding
from matching.walkthroughs.candidates import Pair, Plan, Visit, live_visit, shared_foci, standing_visit
from matching.walkthroughs.fit import MODES, fitted_pair, reasons
from matching.walkthroughs.judge import counted_aims, read_plan
from matching.walkthroughs.kinds import AnyRule
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Mode
from matching.walkthroughs.rules import LIMITS, PAIR_ELIGIBILITY, VISIT_ELIGIBILITY

# A move changes neither how often anybody visits, so videos stay as needed as they were, nor what was fixed.
WHOLE_PLAN = frozenset({"fixed_visits_stay", "video_is_needed"})
LOCAL_LIMITS = tuple(limit for limit in LIMITS if limit.key not in WHOLE_PLAN)


class Moves:
    """The moves of one visit; `plan` is everything else that stands."""

    def __init__(self, problem: VisitProblem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self._by_person: dict[str, list[Visit]] = defaultdict(list)
        self._by_day: dict[int, list[Visit]] = defaultdict(list)
        for visit in plan.visits:
            for person in (visit.visitor, visit.host):
                self._by_person[person].append(visit)
            self._by_day[visit.day].append(visit)

    def possible(self, visitor: str, focus: str, near: tuple[str, int], most: int) -> list[dict[str, str]]:
        """At most so many moves that break nothing, as `lesson`, `start` and `end`, the nearest first.

        `near` is the host and the moment (minutes, see `intervals`) that the visit leaves; without a focus any will do.
        """
        found: list[dict[str, str]] = []
        for visit in sorted(self._open_to(visitor, focus), key=lambda visit: _distance(visit, near)):
            if not self._limits(visit):
                found.append(_row(visit))
                if len(found) == most:
                    break
        return found

    def broken(self, visitor: str, lesson: str) -> list[Finding]:
        """What the visit of this visitor in this lesson would break, in the order of the rule book."""
        visit = live_visit(self.problem, visitor, lesson) or standing_visit(self.problem, visitor, lesson)
        alone = Plan((visit,))
        rules: tuple[AnyRule, ...] = (*PAIR_ELIGIBILITY, *VISIT_ELIGIBILITY)
        return [finding for rule in rules for finding in rule.check(self.problem, alone)] + self._limits(visit)

    def row(self, visitor: str, lesson: str, focus: str = "") -> dict[str, Any]:
        """The visit as it stands in an outcome; about the same focus, where the two share it."""
        visit = live_visit(self.problem, visitor, lesson) or standing_visit(self.problem, visitor, lesson)
        pair = fitted_pair(self.problem, visitor, visit.host)
        for mode in (pair.mode, *MODES):
            if focus in shared_foci(self.problem, visitor, visit.host, mode):
                pair = replace(pair, mode=mode, focus=focus)
                break
        about = {"mode": pair.mode, "focus": pair.focus, "fit": pair.fit, "reasons": reasons(self.problem, pair)}
        return {"visitor": visitor, "host": visit.host, **_row(visit), **about, "debrief": None, "other_lessons": []}

    def aims(self, plan: dict[str, Any]) -> dict[str, int]:
        """The value of each aim of a plan as an outcome holds it; raises ProblemError where it can't be read."""
        return counted_aims(self.problem, read_plan(self.problem, plan))

    def _open_to(self, visitor: str, focus: str) -> Iterator[Visit]:
        """Every visit of this visitor about this focus that eligibility allows."""
        for host, lessons in self.problem.lessons_by_host.items():
            if not self._is_about(visitor, host, focus):
                continue
            if not all(rule.allows(self.problem, Pair(visitor, host)) for rule in PAIR_ELIGIBILITY):
                continue
            for lesson in lessons:
                visit = live_visit(self.problem, visitor, lesson.id)
                if visit and all(rule.allows(self.problem, visit) for rule in VISIT_ELIGIBILITY):
                    yield visit

    def _is_about(self, visitor: str, host: str, focus: str) -> bool:
        modes: Iterable[Mode] = MODES
        return not focus or any(focus in shared_foci(self.problem, visitor, host, mode) for mode in modes)

    def _limits(self, visit: Visit) -> list[Finding]:
        """What the limits say with this visit and did not say without it; only what is near can matter."""
        near = {id(other): other for person in (visit.visitor, visit.host) for other in self._by_person[person]}
        near |= {id(other): other for other in self._by_day[visit.day]}
        videos = tuple(pair for pair in self.plan.videos if {pair.visitor, pair.host} & {visit.visitor, visit.host})
        before, after = Plan(tuple(near.values()), videos), Plan((*near.values(), visit), videos)
        known = Counter(_key(finding) for limit in LOCAL_LIMITS for finding in limit.check(self.problem, before))
        new: list[Finding] = []
        for limit in LOCAL_LIMITS:
            for finding in limit.check(self.problem, after):
                if known[_key(finding)]:
                    known[_key(finding)] -= 1
                else:
                    new.append(finding)
        return new


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.text


def _row(visit: Visit) -> dict[str, str]:
    return {"lesson": visit.lesson, "start": moment_text(visit.start), "end": moment_text(visit.end)}


def _distance(visit: Visit, near: tuple[str, int]) -> tuple[int, bool, int, str]:
    host, left = near
    days = abs(visit.day - left // (24 * 60))
    return days, visit.host != host, abs(visit.start - left), visit.lesson
