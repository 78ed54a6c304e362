"""Why this pair, the next best and what it changes, why somebody is left, and what would fix it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from matching.pairing.alternatives import alternatives
from matching.pairing.problem import Pair, PairingProblem
from matching.pairing.rules import PREFERENCES
from matching.pairing.shares import reason
from matching.pairing.unpaired import Unpaired

if TYPE_CHECKING:
    from matching.pairing.run import Run


def explained(run: Run, plan: dict[str, Any], priced: bool) -> dict[str, Any]:
    """A copy of the plan with the reasons of its pairs, their alternatives where `priced`, and why others are
    left.
    """
    problem = run.problem
    plan = deepcopy(plan)
    others = alternatives(run.candidates, run.network, run.chosen) if priced else {}
    for row in plan["pairs"]:
        pair = Pair(problem.mentee_by_id[row["mentee"]], problem.mentor_by_id[row["mentor"]])
        row["reasons"] = reasons(problem, pair)
        row["alternatives"] = others.get(pair.mentee.id, [])
    unpaired = Unpaired(run)
    for row in plan["unpaired"]:
        unpaired.explain(row)
    return plan


def reasons(problem: PairingProblem, pair: Pair) -> list[dict[str, Any]]:
    """Each rule that speaks for a pair, in their order; where fits are listed, only what is fixed."""
    found = []
    if (pair.mentee.id, pair.mentor.id) in problem.fixed_pairs:
        found.append(reason("fixed", 1.0, "fixed by a person", pair, {}))
    for rule in PREFERENCES:
        if problem.weight(rule.key) == "off" or problem.candidates is not None:
            continue
        share, fact = rule.share(problem, pair)
        if share > 0:
            found.append(reason(rule.key, share, fact, pair, {"points": rule.points(problem, pair)}))
    return found
