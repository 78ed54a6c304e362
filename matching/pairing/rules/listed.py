"""Where a problem lists the possible pairs, only these are possible."""

from __future__ import annotations

from collections.abc import Iterator

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Eligibility, Finding


class Listed(Eligibility[PairingProblem, Pair, PairingPlan]):
    """A list of possible pairs is the decision of whoever made it: nothing outside it is proposed."""

    key = "candidates"
    title = "Only listed pairs are possible where a list is given"
    removes = "not a possible pair"

    def allows(self, problem: PairingProblem, choice: Pair) -> bool:
        listed = problem.candidates
        return listed is None or listed.fit_of(choice.mentee.id, choice.mentor.id) is not None

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        for pair in plan.known_pairs(problem):
            ids = (pair.mentee.id, pair.mentor.id)
            if ids not in problem.fixed_pairs and not self.allows(problem, pair):
                yield Finding(self.key, f"{ids[1]} for {ids[0]} is not among the possible pairs", ids)
