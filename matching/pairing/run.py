"""One solve from candidates to outcome, reporting a complete plan after each step."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

# These two are loaded here so that `seconds` counts no import.
import ortools.graph.python.min_cost_flow  # noqa: F401
import scipy.sparse.csgraph  # noqa: F401

from matching.outcome import Aim, Report
from matching.pairing.candidates import build
from matching.pairing.explain import explain
from matching.pairing.greedy import greedy
from matching.pairing.network import Network
from matching.pairing.problem import Pair, PairingProblem
from matching.pairing.rules import BANS, LIMITS, PREFERENCES, fit_of
from matching.pairing.tiers import aims_of, best_plan, lifted

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools

PRICED_MENTEES = 2_000


class Run:
    """A problem on its way to its plan.

    `eligible` are all possible pairs, `candidates` those that do not fall below the worst pair, `chosen`
    which of the latter the plan takes: the explanations start from these.
    """

    def __init__(self, problem: PairingProblem, report: Report) -> None:
        self.problem, self.report = problem, report
        self.started = perf_counter()
        banned = [ids for rule in BANS for ids in rule.banned(problem)]
        self.candidates = self.eligible = build(problem, PREFERENCES, banned)
        self.network = Network(len(problem.mentees), len(problem.mentors))
        for rule in LIMITS:
            rule.post(self.candidates, self.network)
        people = [(problem.mentee_by_id[a], problem.mentor_by_id[b]) for a, b in problem.fixed]
        self.fixed_fits = [fit_of(problem, Pair(*both)) for both in people]
        self.fixed_kept = len(problem.fixed_pairs & problem.previous_pairs)
        self.chosen: Bools = np.zeros(len(self.candidates), dtype=bool)
        self.aims: list[Aim] = []

    def plan(self) -> None:
        """Choose the pairs, tier by tier."""
        self.chosen = greedy(self.candidates, self.network)
        self._tell("greedy", {})
        bounds: dict[str, int] = {}
        if self.problem.goal == "nobody_left_behind":
            most, least = lifted(self.candidates, self.network)
            bounds = {"paired": most + len(self.problem.fixed), "worst": least}
            self._tell("worst pair", bounds)
            if least:
                kept = self.candidates.fit >= least
                self.candidates, self.chosen = self.candidates.only(kept), self.chosen[kept]
        self.chosen = best_plan(self.candidates, self.network)
        self.aims = self._bounded(self._aims())

    def outcome(self, everything: bool) -> dict[str, Any]:
        """The plan with its reasons, as a `pairing-outcome/1`; with `everything` whatever the size."""
        self.plan()
        seconds = perf_counter() - self.started
        plan = self._outcome("optimal" if self.candidates.complete else "feasible", self.aims, seconds)
        self.report("plan", self.aims, plan)
        started = perf_counter()
        # What a pair would cost is exact, or it is not told.
        priced = everything or len(self.problem.mentees) <= PRICED_MENTEES
        explain(self, plan, priced and self.candidates.complete)
        plan["explain_seconds"] = round(perf_counter() - started, 3)
        return plan

    def pairs(self) -> Iterable[tuple[str, str, int]]:
        """(mentee, mentor, fit) of the plan, sorted by mentee."""
        mentees, mentors = self.candidates.mentees, self.candidates.mentors
        rows = self.candidates.row[self.chosen].tolist()
        columns = self.candidates.column[self.chosen].tolist()
        fits = self.candidates.fit[self.chosen].tolist()
        chosen = zip(rows, columns, fits, strict=True)
        found = [(mentees[row].id, mentors[column].id, fit) for row, column, fit in chosen]
        found += [(a, b, fit) for (a, b), fit in zip(self.problem.fixed, self.fixed_fits, strict=True)]
        return sorted(found)

    def _bounded(self, aims: list[Aim]) -> list[Aim]:
        """The aims at their bounds; of pairs that were too many to hold only what no plan can beat is known."""
        if self.candidates.complete:
            return [Aim(aim.name, aim.value, aim.value) for aim in aims]
        most = min(len(self.problem.mentees), sum(mentor.places for mentor in self.problem.mentors))
        return [Aim(aim.name, aim.value, most if aim.name == "paired" else None) for aim in aims]

    def _aims(self) -> list[Aim]:
        return aims_of(self.candidates, self.network, self.chosen, sum(self.fixed_fits), self.fixed_kept)

    def _tell(self, phase: str, bounds: dict[str, int]) -> None:
        """Report the plan at hand; a bound is known only while the aims before it stand at theirs."""
        aims, known = [], True
        for aim in self._aims():
            bound = bounds.get(aim.name) if known else None
            known = bound == aim.value
            aims.append(Aim(aim.name, aim.value, bound))
        self.report(phase, aims, self._outcome("feasible", aims, perf_counter() - self.started))

    def _outcome(self, status: str, aims: list[Aim], seconds: float) -> dict[str, Any]:
        pairs = [
            {"mentee": mentee, "mentor": mentor, "fit": fit, "reasons": [], "alternatives": []}
            for mentee, mentor, fit in self.pairs()
        ]
        paired = {pair["mentee"] for pair in pairs}
        left = [person.id for person in self.candidates.mentees if person.id not in paired]
        return {
            "format": "pairing-outcome/1",
            "status": status,
            "pairs": pairs,
            "unpaired": [{"mentee": mentee, "reasons": [], "would_fix": []} for mentee in left],
            "aims": [aim.as_json() for aim in aims],
            "findings": [],
            "seconds": round(seconds, 3),
            "explain_seconds": 0.0,
            "seed": self.problem.seed,
            "problem_sha256": self.problem.sha256,
        }
