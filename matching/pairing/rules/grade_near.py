"""Mentor and mentee teach grades that are near."""

from __future__ import annotations

from collections.abc import Hashable

from matching.pairing.problem import Mentee, Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference

# The codes before grade 1 in the order of the school years (OneRoster and CEDS); pre- and transitional
# kindergarten are the same year in different states.
_BEFORE_ONE = {"IT": -3, "PR": -2, "PK": -1, "TK": -1, "KG": 0, "K": 0}


def _year(grade: str | int) -> int | None:
    text = str(grade).strip().upper()
    if text in _BEFORE_ONE:
        return _BEFORE_ONE[text]
    return int(text) if text.isdecimal() else None


class GradeNear(FactPreference):
    """Children two years apart need different lessons; a colleague of the same grade shares parents and
    topics too.
    """

    key = "grade_near"
    title = "Same or adjacent grade"
    removes = "grades apart"
    default = "medium"

    def facts(self, person: Person) -> Hashable:
        return person.grades

    def meets(self, problem: PairingProblem, person: Person) -> frozenset[Hashable]:
        own: set[Hashable] = set()
        for grade in person.grades:
            year = _year(grade)
            own.add(grade if year is None else year)
            if year is not None and isinstance(person, Mentee):
                own |= {year - 1, year + 1}
        return frozenset(own)

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        mentee, mentor = choice
        theirs = {_year(grade) if _year(grade) is not None else grade for grade in mentor.grades}
        own = {_year(grade) if _year(grade) is not None else grade for grade in mentee.grades}
        if theirs & own:
            return 1.0, "same grade"
        years = [(a, b) for a in theirs for b in own if isinstance(a, int) and isinstance(b, int)]
        if any(abs(a - b) == 1 for a, b in years):
            return 8 / 15, "next grade"
        return 0.0, "grades apart"
