"""Mentor and mentee work near each other, or can meet online."""

from __future__ import annotations

from collections.abc import Hashable

from matching.pairing.problem import Mentee, Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference


class Building(FactPreference):
    """Help is asked for in the five minutes between lessons, from whoever is near."""

    key = "building"
    title = "Same wing or building, or virtual"
    removes = "another building"
    default = "medium"

    def facts(self, person: Person) -> Hashable:
        return person.building, person.wing, person.virtual

    def meets(self, problem: PairingProblem, person: Person) -> frozenset[Hashable]:
        keys: set[Hashable] = set()
        mentee = isinstance(person, Mentee)
        if (person.virtual is not False) if mentee else (person.virtual is True):
            keys.add("online")
        if person.building:
            keys.add(("building", person.building))
        if person.wing:
            # A wing counts where the building of at least one of the two is unknown.
            known = bool(person.building)
            sides = [(known, other) if mentee else (other, known) for other in (True, False)]
            keys.update(("wing", person.wing, *side) for side in sides if side != (True, True))
        return frozenset(keys)

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        mentee, mentor = choice
        apart = bool(mentee.building and mentor.building and mentee.building != mentor.building)
        if mentee.wing and mentee.wing == mentor.wing and not apart:
            return 1.0, "same wing"
        if mentee.building and mentee.building == mentor.building:
            return 8 / 15, "same building"
        return 0.0, "online" if self.excuses(problem, choice) else "another building"

    def excuses(self, problem: PairingProblem, pair: Pair) -> bool:
        """Virtual mentoring is allowed when the mentor offers it and the mentee does not rule it out."""
        return pair.mentor.virtual is True and pair.mentee.virtual is not False
