from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class OneVisitADay(Cap[tuple[str, int]]):
    """A visit needs room in the head afterwards, and nobody should lose two planning periods on one day."""

    key = "one_visit_a_day"
    title = "A visitor makes one visit a day"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, int]:
        return (visit.visitor, visit.day)

    def most(self, problem: VisitProblem, group: tuple[str, int]) -> int:
        return 1

    def sentence(self, problem: VisitProblem, group: tuple[str, int], count: int) -> str:
        return f"{group[0]} makes {count} visits on {day_text(group[1])}"
