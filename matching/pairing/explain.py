"""Why this pair, the next best and what it changes, why somebody is left, and what would fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matching.pairing.alternatives import alternatives
from matching.pairing.problem import Pair
from matching.pairing.reasons import reasons
from matching.pairing.unpaired import Unpaired

if TYPE_CHECKING:
    from matching.pairing.run import Run


def explain(run: Run, plan: dict[str, Any], priced: bool) -> None:
    """Write the reasons of its pairs into a plan, their alternatives where `priced`, and why others are left."""
    problem = run.problem
    others = alternatives(run.candidates, run.network, run.chosen) if priced else {}
    for row in plan["pairs"]:
        row["reasons"] = reasons(
            problem, Pair(problem.mentee_by_id[row["mentee"]], problem.mentor_by_id[row["mentor"]])
        )
        row["alternatives"] = others.get(row["mentee"], [])
    unpaired = Unpaired(run)
    for row in plan["unpaired"]:
        unpaired.explain(row)
