from __future__ import annotations

from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import VisitEligibility
from matching.walkthroughs.problem import VisitProblem


class NotDeclined(VisitEligibility):
    """Who said no once is not asked the same again: a second invitation would not take the answer
    seriously."""

    key = "not_declined"
    title = "A visit that was declined is not planned again"

    def is_asked(self, problem: VisitProblem) -> bool:
        return bool(problem.declined)

    def allows(self, problem: VisitProblem, choice: Visit) -> bool:
        return choice.place not in problem.declined_visits

    def sentence(self, problem: VisitProblem, visit: Visit) -> str:
        return f"{visit.visitor} in {visit.lesson} was declined"
