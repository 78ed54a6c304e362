from __future__ import annotations

from matching.intervals import week_of
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class VisitsAWeek(Cap[tuple[str, int]]):
    """Visits spread over weeks can be tried out in between; in one week they only cost planning time."""

    key = "visits_a_week"
    title = "A visitor makes only so many visits a week"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, int]:
        return (visit.visitor, week_of(visit.day))

    def most(self, problem: VisitProblem, group: tuple[str, int]) -> int:
        return visiting.per_week if (visiting := problem.person_by_id[group[0]].visit) else 0

    def sentence(self, problem: VisitProblem, group: tuple[str, int], count: int) -> str:
        return f"{group[0]} makes {count} visits in one week"
