from __future__ import annotations

from matching.walkthroughs.candidates import Choice, shared_foci
from matching.walkthroughs.kinds import PairEligibility
from matching.walkthroughs.problem import VisitProblem


class VisitHasAPurpose(PairEligibility):
    """A visit without something to look for soon becomes an inspection, so each one has a focus both people
    chose."""

    key = "visit_has_a_purpose"
    title = "The visitor wants to learn what the host shows, or gives feedback on what the host asks for"

    def allows(self, problem: VisitProblem, choice: Choice) -> bool:
        if choice.visitor == choice.host:
            return False
        if problem.pairs:
            return (choice.visitor, choice.host) in problem.given_pairs
        return bool(
            shared_foci(problem, choice.visitor, choice.host, "learn")
            or shared_foci(problem, choice.visitor, choice.host, "feedback")
        )

    def sentence(self, problem: VisitProblem, choice: Choice) -> str:
        return f"{choice.visitor} and {choice.host} share no focus"
