"""What a person has fixed stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Finding, Limit

if TYPE_CHECKING:
    from matching.pairing.candidates import Candidates
    from matching.pairing.network import Network


class Fixed(Limit[PairingProblem, Pair, PairingPlan]):
    """A pair that works, or that a coach has settled, is not moved for a few points."""

    key = "fixed"
    title = "Fixed pairs stand"

    def post(self, candidates: Candidates, model: Network) -> None:
        column_by_id = {mentor.id: column for column, mentor in enumerate(candidates.mentors)}
        row_by_id = {mentee.id: row for row, mentee in enumerate(candidates.mentees)}
        for mentee, mentor in candidates.problem.fixed:
            model.mentee_places[row_by_id[mentee]] = 0
            model.seats[column_by_id[mentor]] -= 1
            model.standing[column_by_id[mentor]] += 1

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        chosen = set(plan.pairs)
        for mentee, mentor in problem.fixed:
            if (mentee, mentor) not in chosen:
                yield Finding(self.key, f"{mentee} is fixed with {mentor}", (mentee, mentor))
