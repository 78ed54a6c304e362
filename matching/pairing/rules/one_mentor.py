"""Everybody in the plan is known, and each mentee has one mentor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Finding, Limit

if TYPE_CHECKING:
    from matching.pairing.candidates import Candidates
    from matching.pairing.network import Network


class OneMentor(Limit[PairingProblem, Pair, PairingPlan]):
    """With two mentors neither feels responsible; a second person can be a content contact without
    being one.
    """

    key = "one_mentor"
    title = "Each new teacher has one mentor, and both take part"

    def post(self, candidates: Candidates, model: Network) -> None:
        model.mentee_places[:] = 1

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        seen: set[str] = set()
        for mentee, mentor in plan.pairs:
            if mentee not in problem.mentee_by_id:
                yield Finding(self.key, f"no mentee has the id {mentee!r}", (mentee,))
            elif mentee in seen:
                yield Finding(self.key, f"{mentee} has more than one mentor", (mentee,))
            if mentor not in problem.mentor_by_id:
                yield Finding(self.key, f"no mentor has the id {mentor!r}", (mentor,))
            seen.add(mentee)
