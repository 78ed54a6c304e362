from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import VisitEligibility
from matching.walkthroughs.problem import VisitProblem


class DateIsOpen(VisitEligibility):
    """A host who has a test or a trip that day has said so, and a door that was closed stays closed."""

    key = "date_is_open"
    title = "Nobody comes on a date that the host closed"

    def is_asked(self, problem: VisitProblem) -> bool:
        return any(problem.closed_days.values())

    def allows(self, problem: VisitProblem, choice: Visit) -> bool:
        return choice.day not in problem.closed_days[choice.host]

    def sentence(self, problem: VisitProblem, visit: Visit) -> str:
        return f"{visit.host} closed {day_text(visit.day)}"
