"""Mentors carry an even load."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Finding, Limit, WeightWord

if TYPE_CHECKING:
    from matching.pairing.candidates import Candidates
    from matching.pairing.network import Network


class EvenLoad(Limit[PairingProblem, Pair, PairingPlan]):
    """Two mentors with two new teachers each do better than one with four. It decides only between plans of equal
    fit.
    """

    key = "even_load"
    title = "An even load among mentors of equal fit"
    default: ClassVar[WeightWord] = "on"

    def post(self, candidates: Candidates, model: Network) -> None:
        model.even = candidates.problem.weight(self) != "off"

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterable[Finding]:
        """An uneven load is never a fault; its cost is the aim `even`."""
        return ()
