"""The fit of a pair, in whole points, from the facts about both, or as the problem gives it."""

from __future__ import annotations

from math import floor
from typing import Any

from matching.walkthroughs.candidates import Pair, shared_foci
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Mode
from matching.walkthroughs.rules import PREFERENCES

MODES: tuple[Mode, ...] = ("learn", "feedback")


def rounded(value: float) -> int:
    """The nearest whole number, halves upwards."""
    return floor(value + 0.5)


def step(share: float) -> int:
    """A share in quarters, from 0 to 4; at least 1 where there is any."""
    return max(1, rounded(4 * share)) if share > 0 else 0


def fitted_pair(problem: VisitProblem, visitor: str, host: str) -> Pair:
    """The pair in the mode with the higher fit, then to learn; a pair that shares nothing is there to
    learn."""
    given = problem.given_pairs.get((visitor, host))
    if given is not None:
        return Pair(visitor, host, given[3], given[4], given[2])
    if problem.pairs:
        return Pair(visitor, host)
    options = []
    for mode in MODES:
        foci = shared_foci(problem, visitor, host, mode)
        if foci:
            pair = Pair(visitor, host, mode, foci[0])
            options.append(Pair(visitor, host, mode, foci[0], points(problem, pair)))
    if not options:
        alone = Pair(visitor, host)
        return Pair(visitor, host, fit=points(problem, alone))
    return max(options, key=lambda pair: (pair.fit, pair.mode == "learn"))


def points(problem: VisitProblem, pair: Pair) -> int:
    """The points of a pair: of each preference its share, rounded."""
    total = 0
    for preference in PREFERENCES:
        most = preference.full(problem)
        if most:
            total += rounded(most * preference.share(problem, pair)[0])
    return total


def reasons(problem: VisitProblem, pair: Pair) -> list[dict[str, Any]]:
    """Each preference's part in a pair: the rule, its step and the fact; empty where the problem gave the
    fit."""
    if problem.pairs:
        return []
    found = []
    for preference in PREFERENCES:
        if problem.weight(preference) == "off":
            continue
        share, fact = preference.share(problem, pair)
        people, values = [pair.visitor, pair.host], {"share": round(share, 4)}
        row = {"rule": preference.key, "step": step(share), "fact": fact, "people": people, "values": values}
        if share > 0:
            found.append(row)
    return found
