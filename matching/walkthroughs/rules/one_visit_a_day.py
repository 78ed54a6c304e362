from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class OneVisitADay(Cap):
    """A visit needs room in the head afterwards, and nobody should lose two planning periods on one day."""

    key = "one_visit_a_day"
    title = "A visitor makes one visit a day"
    by = ("visitor", "day")

    def most(self, problem: VisitProblem, group: Group) -> int:
        return 1

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} makes {count} visits on {day_text(group[1])}"
