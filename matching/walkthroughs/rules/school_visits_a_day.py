from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class SchoolVisitsADay(Cap[tuple[int]]):
    """A school that is on its feet all day has no day left for itself."""

    key = "school_visits_a_day"
    title = "Only so many visits take place in the school on one day"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[int] | None:
        return None if problem.most_a_day is None else (visit.day,)

    def most(self, problem: VisitProblem, group: tuple[int]) -> int:
        return problem.most_a_day or 0

    def people(self, problem: VisitProblem, group: tuple[int]) -> tuple[str, ...]:
        return ()

    def sentence(self, problem: VisitProblem, group: tuple[int], count: int) -> str:
        return f"{count} visits take place on {day_text(group[0])}"
