from __future__ import annotations

from matching.walkthroughs.candidates import Choice
from matching.walkthroughs.kinds import PairEligibility
from matching.walkthroughs.problem import VisitProblem


class PeopleKeptApart(PairEligibility):
    """Nobody learns freely before the person who evaluates them, and some people should not be sent to each
    other."""

    key = "people_kept_apart"
    title = "People who are kept apart do not visit each other"

    def allows(self, problem: VisitProblem, choice: Choice) -> bool:
        return (choice.visitor, choice.host) not in problem.apart_pairs

    def sentence(self, problem: VisitProblem, choice: Choice) -> str:
        return f"{choice.visitor} and {choice.host} are kept apart"
