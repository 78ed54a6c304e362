"""The mentor shows what the mentee wants to learn."""

from __future__ import annotations

from collections.abc import Hashable

from matching.pairing.problem import Mentee, Mentor, Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference


class Expertise(FactPreference):
    """Somebody who does well what a new teacher wants to learn can show it instead of describing it."""

    key = "expertise"
    title = "Expertise in what the new teacher wants to learn"
    removes = "none of what is wanted"
    default = "medium"

    def facts(self, person: Person) -> Hashable:
        if isinstance(person, Mentee):
            return frozenset(person.needs)
        return frozenset(person.expertise) if isinstance(person, Mentor) else frozenset()

    def meets(self, problem: PairingProblem, person: Person) -> frozenset[Hashable]:
        return frozenset(person.needs if isinstance(person, Mentee) else person.expertise)

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        needs = set(choice.mentee.needs)
        shown = needs & set(choice.mentor.expertise)
        if not shown:
            return 0.0, "none of what is wanted"
        return len(shown) / len(needs), f"shows {', '.join(sorted(shown))}"
