"""The weight in words of each preference: as the problem says, else as the rule has it."""

from __future__ import annotations

from matching.rule import Weight
from matching.walkthroughs.kinds import VisitPreference
from matching.walkthroughs.problem import VisitProblem


def weight(problem: VisitProblem, preference: VisitPreference) -> Weight:
    """The weight of a preference in this problem."""
    said: Weight | None = getattr(problem.weights, preference.key)
    return said or preference.default
