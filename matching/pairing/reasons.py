"""Why this pair: the part of each rule, by the rules that chose it. No solver is loaded for it."""

from __future__ import annotations

from typing import Any

from matching.pairing.problem import Pair, PairingProblem
from matching.pairing.rules import PREFERENCES, fit_of
from matching.pairing.shares import reason


def reasons(problem: PairingProblem, pair: Pair) -> list[dict[str, Any]]:
    """Each rule that speaks for a pair, in their order; where fits are listed, only what is fixed."""
    found = []
    if (pair.mentee.id, pair.mentor.id) in problem.fixed_pairs:
        found.append(reason("fixed", 1.0, "fixed by a person", pair, {}))
    for rule in PREFERENCES if problem.candidates is None else ():
        if problem.weight(rule) == "off":
            continue
        share, fact = rule.share(problem, pair)
        if share > 0:
            found.append(reason(rule.key, share, fact, pair, {"points": rule.points(problem, pair)}))
    return found


def parts(problem: PairingProblem, mentee: str, mentor: str) -> list[dict[str, Any]]:
    """Every preference's part in a pair, those of no share too; empty where the problem lists its fits."""
    if problem.candidates is not None:
        return []
    pair = Pair(problem.mentee_by_id[mentee], problem.mentor_by_id[mentor])
    counting = [rule for rule in PREFERENCES if problem.weight(rule) != "off"]
    return [reason(rule.key, *rule.share(problem, pair), pair, {}) for rule in counting]


def pair_row(problem: PairingProblem, mentee: str, mentor: str) -> dict[str, Any]:
    """A pair as it stands in an outcome, without alternatives: nothing has priced any."""
    pair = Pair(problem.mentee_by_id[mentee], problem.mentor_by_id[mentor])
    fit = fit_of(problem, pair)
    row = {"mentee": mentee, "mentor": mentor, "fit": fit, "reasons": reasons(problem, pair)}
    return row | {"alternatives": []}
