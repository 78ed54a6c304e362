from __future__ import annotations

from typing import ClassVar

from matching.rule import Weight
from matching.walkthroughs.candidates import Pair, shared_foci
from matching.walkthroughs.kinds import VisitPreference
from matching.walkthroughs.problem import VisitProblem


class Focus(VisitPreference):
    """Two people with more than one thing in common find something to see whatever the lesson brings."""

    key = "focus"
    title = "Visitor and host share what the visit is about"
    default: ClassVar[Weight] = "high"

    def share(self, problem: VisitProblem, choice: Pair) -> tuple[float, str]:
        foci = shared_foci(problem, choice.visitor, choice.host, choice.mode)
        if not foci:
            return 0.0, "no shared focus"
        return (1.0 if len(foci) > 1 else 2 / 3), ", ".join(foci)
