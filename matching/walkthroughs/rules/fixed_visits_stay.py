from __future__ import annotations

from collections.abc import Iterator

from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, standing_visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class FixedVisitsStay(VisitLimit):
    """What people have agreed on or a coach has locked is a promise; the plan is made around it."""

    key = "fixed_visits_stay"
    title = "Fixed visits stay as they are"

    def post(self, candidates: Candidates, model: Model) -> None:
        """Fixed visits stand in the plan before anything is chosen: the solve gives them no choice."""

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        made = {visit.place: visit for visit in plan.visits}
        for visitor, lesson in problem.fixed:
            people = (visitor, problem.lesson_by_id[lesson].host)
            found = made.get((visitor, lesson))
            if found is None:
                yield Finding(self.key, f"the fixed visit of {visitor} in {lesson} is missing", people)
            elif found.span != standing_visit(problem, visitor, lesson).span:
                yield Finding(self.key, f"the fixed visit of {visitor} in {lesson} has another time", people)
