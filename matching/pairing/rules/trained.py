"""Mentors are trained."""

from __future__ import annotations

from collections.abc import Hashable

from matching.pairing.problem import Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference


class Trained(FactPreference):
    """Mentoring is a craft of its own; without training a kind colleague gives advice instead of asking."""

    key = "trained"
    title = "Mentors are trained for it"
    removes = "not trained"
    default = "must"

    def facts(self, person: Person) -> Hashable:
        return person.trained is False

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        return (0.0, "not trained yet") if choice.mentor.trained is False else (1.0, "trained as a mentor")
