"""The pairing problem as it is read from its file, and a finished plan as the judge sees it.

Everything here is frozen and checked on reading. The format is `matching/schemas/pairing-problem-1.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import Field, PrivateAttr

from matching.errors import ProblemError
from matching.fields import AtLeastOne, Count, FreeInterval, Id, Row, Seed
from matching.intervals import Span, moment
from matching.pairing.listed import ListedField
from matching.rule import Weighted, WeightWord

Goal = Literal["best_fit", "nobody_left_behind"]


class Person(Row):
    """The facts that mentors and mentees share; all but the id may be left out.

    `free` holds the planning intervals of one rotation, half-open, each within one date. A fact that is None
    is unknown: only an explicit false says that a person is untrained or can't meet online.
    """

    id: Id
    subjects: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    grades: tuple[str | int, ...] = ()
    building: str = ""
    wing: str = ""
    district: str = ""
    free: tuple[FreeInterval, ...] = ()
    expertise: tuple[str, ...] = ()
    virtual: bool | None = None
    trained: bool | None = None
    prefers: tuple[Id, ...] = ()

    @cached_property
    def free_spans(self) -> tuple[Span, ...]:
        """`free` as spans of moments (minutes by the school's clock), in order of time."""
        return tuple(sorted((moment(start), moment(end)) for start, end in self.free))


class Mentor(Person):
    """Somebody who can take up to `places` mentees in this plan, fixed ones included."""

    places: Count = 1


class Mentee(Person):
    """Somebody who is to get one mentor; `needs` is what this person wants to learn."""

    needs: tuple[str, ...] = ()


class Pair(NamedTuple):
    """One choice: this mentor for this mentee."""

    mentee: Mentee
    mentor: Mentor


class PairingProblem(Row):
    """Who is to be paired with whom, under which weights. `reading.read_problem` makes one and checks it as a whole."""

    format: Literal["pairing-problem/1"]
    goal: Goal
    mentors: tuple[Mentor, ...]
    mentees: tuple[Mentee, ...]
    candidates: ListedField | None = None
    apart: tuple[tuple[Id, Id] | tuple[Id, Id, str], ...] = ()
    fixed: tuple[tuple[Id, Id], ...] = ()
    previous: tuple[tuple[Id, Id], ...] = ()
    weights: dict[str, WeightWord] = Field(default_factory=dict)
    related_departments: tuple[tuple[str, str], ...] = ()
    least_common_minutes: AtLeastOne = 20
    seed: Seed = 1
    seconds: AtLeastOne = 10
    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes that the problem was read from, in hex; empty when it was built in memory."""
        return self._sha256

    def weight(self, rule: Weighted) -> WeightWord:
        """The weight in words of a rule."""
        return self.weights.get(rule.key, rule.default)

    def changed(self, **changes: Any) -> PairingProblem:
        """The problem with some fields changed; built anew, for a copy would keep what this one has worked out."""
        fields = {name: getattr(self, name) for name in PairingProblem.model_fields}
        return PairingProblem.model_construct(**{**fields, **changes})

    @cached_property
    def mentor_by_id(self) -> dict[str, Mentor]:
        return {mentor.id: mentor for mentor in self.mentors}

    @cached_property
    def mentee_by_id(self) -> dict[str, Mentee]:
        return {mentee.id: mentee for mentee in self.mentees}

    @cached_property
    def word_by_apart(self) -> dict[tuple[str, str], str]:
        """The (mentee, mentor) who are kept apart, each with the word given for it."""
        return {(row[0], row[1]): row[2] if len(row) > 2 else "" for row in self.apart}

    @cached_property
    def fixed_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.fixed)

    @cached_property
    def previous_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.previous)


@dataclass(frozen=True)
class PairingPlan:
    """A finished plan as the judge sees it: (mentee, mentor) ids, in the order of the file."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def from_json(cls, plan: dict[str, Any]) -> PairingPlan:
        """Take the pairs of an outcome or of an edited plan; raises ProblemError where one is not
        readable.
        """
        rows = plan.get("pairs")
        if not isinstance(rows, list):
            raise ProblemError("pairs: must be a list")
        return cls(tuple(_pair_of_row(place, row) for place, row in enumerate(rows)))

    def known_pairs(self, problem: PairingProblem) -> list[Pair]:
        """The pairs whose people both exist; the others are a finding of their own."""
        mentees, mentors = problem.mentee_by_id, problem.mentor_by_id
        return [Pair(mentees[a], mentors[b]) for a, b in self.pairs if a in mentees and b in mentors]


def _pair_of_row(place: int, row: Any) -> tuple[str, str]:
    if not isinstance(row, dict):
        raise ProblemError(f"pairs[{place}]: must be an object")
    for name in ("mentee", "mentor"):
        if not isinstance(row.get(name), str):
            raise ProblemError(f"pairs[{place}].{name}: must be an id")
    return row["mentee"], row["mentor"]
