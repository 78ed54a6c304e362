from __future__ import annotations

from typing import ClassVar

from matching.rule import Weight
from matching.walkthroughs.candidates import Pair
from matching.walkthroughs.kinds import VisitPreference
from matching.walkthroughs.problem import VisitProblem


class NotAgainSoon(VisitPreference):
    """New eyes see new things: who met last cycle should meet somebody else first."""

    key = "not_again_soon"
    title = "The two have not met in the last cycles"
    default: ClassVar[Weight] = "medium"

    def share(self, problem: VisitProblem, choice: Pair) -> tuple[float, str]:
        cycles = problem.cycles_since.get((choice.visitor, choice.host))
        if cycles is None:
            return 1.0, "never met before"
        return min((cycles - 1) / 2, 1.0), f"met {cycles} cycle{'s' if cycles > 1 else ''} ago"
