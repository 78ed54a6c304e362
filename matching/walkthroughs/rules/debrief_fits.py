from __future__ import annotations

from collections.abc import Iterator

from matching.intervals import Span, day_of
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class DebriefFits(VisitLimit):
    """A talk soon after the visit, while both remember it and both are free, is worth more than the visit
    alone."""

    key = "debrief_fits"
    title = "A debrief follows its visit soon, while both are free"

    def post(self, candidates: Candidates, model: Model) -> None:
        """A debrief is never owed, so it takes nothing from the choice of visits."""

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for visit in plan.visits:
            if visit.debrief is not None:
                fault = debrief_fault(problem, visit, visit.debrief)
                if fault:
                    text = f"the debrief of {visit.visitor} with {visit.host} {fault}"
                    yield Finding(self.key, text, (visit.visitor, visit.host), {"lesson": visit.lesson})


def debrief_fault(problem: VisitProblem, visit: Visit, debrief: Span) -> str | None:
    """What is wrong with a debrief of this visit, taken alone; None where nothing is."""
    wish = problem.debrief
    if wish is None:
        return "was not asked for"
    if debrief[1] - debrief[0] != wish.minutes:
        return f"does not take {wish.minutes} minutes"
    if debrief[0] < visit.end:
        return "starts before the visit ends"
    day = day_of(debrief[0])
    for person in (visit.visitor, visit.host):
        free = problem.free_by_person_day.get((person, day), ())
        if not any(start <= debrief[0] and debrief[1] <= end for start, end in free):
            return f"is not inside a free interval of {person}"
    if problem.day_numbers[day] - problem.day_numbers[visit.day] > wish.within_days:
        return f"is more than {wish.within_days} days later"
    return None
