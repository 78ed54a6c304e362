"""Solve a pairing problem exactly, and judge a finished plan without ever seeing a solver."""

from __future__ import annotations

from collections import Counter
from typing import Any

from matching.outcome import Report
from matching.pairing.problem import PairingPlan, PairingProblem
from matching.pairing.rules import EVEN_LOAD, RULES, fit_of
from matching.rule import Finding


def solve(problem: PairingProblem, report: Report, *, explain: bool = False) -> dict[str, Any]:
    """The best plan as a `pairing-outcome/1`.

    `report(phase, aims, plan)` gets a complete plan after the greedy start and after each tier. Alternatives
    are made for up to 2,000 mentees, or whatever the size with `explain`.
    """
    # NumPy, SciPy and OR-Tools load here, in the solver's own process: whoever only checks a plan needs none
    # of them.
    from matching.pairing.run import Run

    return Run(problem, report).outcome(explain)


def check(problem: PairingProblem, plan: dict[str, Any]) -> tuple[list[Finding], dict[str, int]]:
    """What every rule says about a plan, and its aims counted anew; raises ProblemError when it can't be
    read.
    """
    chosen = PairingPlan.from_json(plan)
    findings = [finding for rule in RULES for finding in rule.check(problem, chosen)]
    return findings, count_aims(problem, chosen)


def count_aims(problem: PairingProblem, plan: PairingPlan) -> dict[str, int]:
    """The value of each aim, in order, of any plan, whether or not it keeps the rules."""
    pairs = plan.known_pairs(problem)
    ids = [(pair.mentee.id, pair.mentor.id) for pair in pairs]
    fits = [fit_of(problem, pair) for pair in pairs]
    free = [fit for fit, pair in zip(fits, ids, strict=True) if pair not in problem.fixed_pairs]
    lift = problem.goal == "nobody_left_behind"
    load = Counter(mentor for _, mentor in ids)
    return {
        "paired": len({mentee for mentee, _ in ids}),
        "worst": min(free, default=0) if lift else 0,
        "kept": len(set(ids) & problem.previous_pairs),
        "fit": sum(fits),
        "even": sum(count * count for count in load.values()) if problem.weight(EVEN_LOAD) != "off" else 0,
    }
