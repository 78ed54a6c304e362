"""A mentor has only so many places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Finding, Limit

if TYPE_CHECKING:
    from matching.pairing.candidates import Candidates
    from matching.pairing.network import Network


class Places(Limit[PairingProblem, Pair, PairingPlan]):
    """Each new teacher needs an hour a week of their mentor; beyond the agreed number everybody gets less."""

    key = "mentor_capacity"
    title = "No mentor has more new teachers than places"
    removes = "full"

    def post(self, candidates: Candidates, model: Network) -> None:
        for column, mentor in enumerate(candidates.mentors):
            model.seats[column] = min(mentor.places, len(candidates.problem.mentees))

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        load = Counter(pair.mentor.id for pair in plan.known_pairs(problem))
        for mentor in problem.mentors:
            if load[mentor.id] > mentor.places:
                text = f"{mentor.id} has {load[mentor.id]} mentees and {mentor.places} places"
                values = {"load": load[mentor.id], "places": mentor.places}
                yield Finding(self.key, text, (mentor.id,), values)
