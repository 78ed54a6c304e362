from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class VisitsAWeek(Cap):
    """Visits spread over weeks can be tried out in between; in one week they only cost planning time."""

    key = "visits_a_week"
    title = "A visitor makes only so many visits a week"
    by = ("visitor", "week")

    def most(self, problem: VisitProblem, group: Group) -> int:
        return visiting.per_week if (visiting := problem.person_by_id[group[0]].visit) else 0

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} makes {count} visits in one week"
