"""Mentor and mentee teach the same subject."""

from __future__ import annotations

from collections.abc import Hashable

from matching.pairing.problem import Mentee, Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference


def _departments(person: Person) -> tuple[str, ...]:
    """Where nobody has said departments, each subject is its own."""
    return person.departments or person.subjects


class SameSubject(FactPreference):
    """Most questions of a first year are about teaching this content; a colleague of the subject can answer
    them.
    """

    key = "same_subject"
    title = "Same subject or department"
    removes = "no subject in common"
    default = "high"

    def facts(self, person: Person) -> Hashable:
        return person.departments, person.subjects

    def meets(self, problem: PairingProblem, person: Person) -> frozenset[Hashable]:
        own = {*person.departments, *person.subjects}
        if isinstance(person, Mentee):
            own |= {b if a in own else a for a, b in problem.related_departments if a in own or b in own}
        return frozenset(own)

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        mentee, mentor = choice
        same = set(_departments(mentee)) & set(_departments(mentor))
        if not (mentee.departments and mentor.departments):
            same |= set(mentee.subjects) & set(mentor.subjects)
        if same:
            return 1.0, f"both teach {min(same)}"
        related = {frozenset(row) for row in problem.related_departments}
        near = sorted((a, b) for a in _departments(mentee) for b in _departments(mentor) if {a, b} in related)
        if near:
            return 0.5, f"{near[0][0]} and {near[0][1]} are related"
        return 0.0, "no subject in common"
