from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class SchoolVisitsADay(Cap):
    """A school that is on its feet all day has no day left for itself."""

    key = "school_visits_a_day"
    title = "Only so many visits take place in the school on one day"
    by = ("day",)

    def most(self, problem: VisitProblem, group: Group) -> int | None:
        return problem.most_a_day

    def people(self, group: Group) -> tuple[str, ...]:
        return ()

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{count} visits take place on {day_text(group[0])}"
