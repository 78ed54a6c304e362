from __future__ import annotations

from matching.walkthroughs.candidates import Visit, live_visit
from matching.walkthroughs.kinds import VisitEligibility
from matching.walkthroughs.problem import VisitProblem


class FreeAndTeaching(VisitEligibility):
    """A visit costs no cover only where the visitor's own planning time and the host's lesson meet long
    enough."""

    key = "free_and_teaching"
    title = "The visitor is free while the host teaches"

    def allows(self, problem: VisitProblem, choice: Visit) -> bool:
        found = live_visit(problem, choice.visitor, choice.lesson)
        return found is not None and found.span == choice.span

    def sentence(self, problem: VisitProblem, visit: Visit) -> str:
        if live_visit(problem, visit.visitor, visit.lesson) is None:
            return f"{visit.visitor} has no free interval long enough for {visit.lesson}"
        return f"{visit.visitor} in {visit.lesson} is not at the time that her free interval gives"
