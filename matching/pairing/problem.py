"""The pairing problem as it is read from its file, and a finished plan as the judge sees it.

Everything here is frozen and checked on reading. The format is `matching/schemas/pairing-problem-1.json`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import from_json

from matching.errors import ProblemError

Goal = Literal["best_fit", "nobody_left_behind"]
WeightWord = Literal["must", "high", "medium", "low", "off", "on"]

# The weights that hold where a problem names none; `even_load` is a switch, the others are weights in words.
DEFAULT_WEIGHTS: dict[str, WeightWord] = {
    "trained": "must",
    "same_subject": "high",
    "grade_near": "medium",
    "common_planning": "high",
    "expertise": "medium",
    "building": "medium",
    "wishes": "low",
    "keep_last": "off",
    "even_load": "on",
}
MOST_FIT = 10_000
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_EPOCH = datetime(1970, 1, 1)


def _clock_time(text: str) -> str:
    try:
        if _CLOCK.fullmatch(text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass
    raise ValueError("must be a time like 2027-01-11T09:30")


def _minute(text: str) -> int:
    return int((datetime.fromisoformat(text) - _EPOCH).total_seconds()) // 60


Id = Annotated[str, Field(min_length=1)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Fit = Annotated[int, Field(ge=0, le=MOST_FIT)]
Stretch = tuple[int, int]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Person(_Strict):
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
    free: tuple[tuple[ClockTime, ClockTime], ...] = ()
    expertise: tuple[str, ...] = ()
    virtual: bool | None = None
    trained: bool | None = None
    prefers: tuple[Id, ...] = ()

    @cached_property
    def free_minutes(self) -> tuple[Stretch, ...]:
        """`free` as (first, end) in minutes of the school's clock since 1970, in order of time."""
        return tuple(sorted((_minute(start), _minute(end)) for start, end in self.free))


class Mentor(Person):
    """Somebody who can take up to `places` mentees in this plan, fixed ones included."""

    places: Annotated[int, Field(ge=0)] = 1


class Mentee(Person):
    """Somebody who is to get one mentor; `needs` is what this person wants to learn."""

    needs: tuple[str, ...] = ()


class Pair(NamedTuple):
    """One choice: this mentor for this mentee."""

    mentee: Mentee
    mentor: Mentor


class PairingProblem(_Strict):
    """Who is to be paired with whom, under which weights. Read it with `from_json`, which checks it as a
    whole.
    """

    format: Literal["pairing-problem/1"]
    goal: Goal
    mentors: tuple[Mentor, ...]
    mentees: tuple[Mentee, ...]
    candidates: tuple[tuple[Id, Id, Fit], ...] | None = None
    apart: tuple[tuple[Id, Id] | tuple[Id, Id, str], ...] = ()
    fixed: tuple[tuple[Id, Id], ...] = ()
    previous: tuple[tuple[Id, Id], ...] = ()
    weights: dict[str, WeightWord] = Field(default_factory=dict)
    related_departments: tuple[tuple[str, str], ...] = ()
    least_common_minutes: Annotated[int, Field(ge=1)] = 20
    seed: Annotated[int, Field(ge=0)] = 1
    seconds: Annotated[int, Field(ge=1)] = 10
    _sha256: str = PrivateAttr(default="")

    @classmethod
    def from_json(cls, data: bytes) -> PairingProblem:
        """Read a problem from the bytes of its file; raises ProblemError with the path of the first fault."""
        from matching.pairing.refusals import refuse_contradictions, refuse_unknown_and_twice

        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProblemError(f"problem: is not UTF-8 text (byte {error.start})") from None
        try:
            problem = cls.model_validate(_frozen(from_json(data, allow_inf_nan=False)))
        except ValidationError as error:
            raise ProblemError(_first_fault(error)) from None
        except ValueError as error:
            raise ProblemError(f"problem: is not JSON: {error}") from None
        problem._sha256 = sha256(data).hexdigest()
        refuse_unknown_and_twice(problem)
        refuse_contradictions(problem)
        return problem

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes that the problem was read from, in hex; empty when it was built
        in memory.
        """
        return self._sha256

    def weight(self, key: str) -> WeightWord:
        """The weight in words of the rule with this key."""
        return self.weights.get(key, DEFAULT_WEIGHTS[key])

    @cached_property
    def mentor_by_id(self) -> dict[str, Mentor]:
        return {mentor.id: mentor for mentor in self.mentors}

    @cached_property
    def mentee_by_id(self) -> dict[str, Mentee]:
        return {mentee.id: mentee for mentee in self.mentees}

    @cached_property
    def fixed_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.fixed)

    @cached_property
    def previous_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.previous)

    @cached_property
    def fit_by_listed_pair(self) -> dict[tuple[str, str], int] | None:
        """The fit of each listed pair, or None where eligibility comes from facts."""
        if self.candidates is None:
            return None
        return {(mentee, mentor): fit for mentee, mentor, fit in self.candidates}


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


def _frozen(value: Any) -> Any:
    """JSON lists as tuples, each list let go as soon as it is copied.

    Parsed so, millions of candidate rows take half the memory that the model's own JSON reader needs.
    """
    if isinstance(value, dict):
        return {name: _frozen(part) for name, part in value.items()}
    if isinstance(value, list):
        for place, part in enumerate(value):
            if isinstance(part, (list, dict)):
                value[place] = _frozen(part)
        return tuple(value)
    return value


def _pair_of_row(place: int, row: Any) -> tuple[str, str]:
    if not isinstance(row, dict):
        raise ProblemError(f"pairs[{place}]: must be an object")
    for name in ("mentee", "mentor"):
        if not isinstance(row.get(name), str):
            raise ProblemError(f"pairs[{place}].{name}: must be an id")
    return row["mentee"], row["mentor"]


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    words = {"extra_forbidden": "unknown field", "missing": "is required"}
    text = words.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{path_of(fault['loc'])}: {text}"


def path_of(steps: tuple[int | str, ...]) -> str:
    """Where in a file a value stands: ("mentors", 3, "id") is "mentors[3].id"; the whole file is
    "problem".
    """
    named = [step for step in steps if isinstance(step, int) or not step.startswith("tuple[")]
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in named)
    return path.removeprefix(".") or "problem"
