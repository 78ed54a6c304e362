"""The kinds of rule and what a rule reports.

A rule is one class in one file. Its docstring says why it exists, its `title` what it asks, and both are shown to
coaches. The same class serves the solver (through `allows`, `post` or `share`) and the judge (through `check`), so a
plan that a person has edited is held to exactly what the solver was held to. A `key` is stored with plans: it is
never renamed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, get_args

from matching.errors import ProblemError

Weight = Literal["must", "high", "medium", "low", "off"]
WeightWord = Literal["must", "high", "medium", "low", "off", "on"]
POINTS: Mapping[Weight, int] = {"must": 0, "high": 300, "medium": 150, "low": 100, "off": 0}

ProblemT = TypeVar("ProblemT")
ChoiceT = TypeVar("ChoiceT")
PlanT = TypeVar("PlanT")


@dataclass(frozen=True)
class Finding:
    """One thing that a rule says about a plan; `text` is for the terminal, the app words it with names and dates."""

    rule: str
    text: str
    people: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "text": self.text, "people": list(self.people), "values": dict(self.values)}


def words_of(default: WeightWord) -> tuple[WeightWord, ...]:
    """The words that can say how much a rule counts; one that is `on` by default is a switch."""
    return ("on", "off") if default == "on" else get_args(Weight)


class Weighted(Protocol):
    """A rule whose weight in words a problem may set: its key, and the word that holds where it does not."""

    @property
    def key(self) -> str: ...

    @property
    def default(self) -> WeightWord: ...


def refuse_weights(said: Mapping[str, WeightWord], rules: Iterable[Weighted]) -> None:
    """Raise ProblemError for the first weight of no rule, or in a word that its rule does not know."""
    default_by_key = {rule.key: rule.default for rule in rules}
    for key, word in said.items():
        if key not in default_by_key:
            raise ProblemError(f"weights.{key}: unknown field")
        words = words_of(default_by_key[key])
        if word not in words:
            raise ProblemError(f"weights.{key}: must be {', '.join(words[:-1])} or {words[-1]}")


class Rule(ABC, Generic[ProblemT, ChoiceT, PlanT]):
    """What every rule has: a stored key, a title, and a judgement of a finished plan.

    `removes` says of the people whom a rule keeps from somebody what they are, as in "3 mentors: full".
    """

    key: ClassVar[str]
    title: ClassVar[str]
    removes: ClassVar[str] = ""

    @classmethod
    def why(cls) -> str:
        """The reason for the rule, in the words of its docstring."""
        return " ".join((cls.__doc__ or "").split())

    @abstractmethod
    def check(self, problem: ProblemT, plan: PlanT) -> Iterable[Finding]:
        """Yield a finding for each place where a finished plan breaks this rule."""


class Eligibility(Rule[ProblemT, ChoiceT, PlanT]):
    """Prunes choices before variables exist; the same `allows` judges a finished plan."""

    @abstractmethod
    def allows(self, problem: ProblemT, choice: ChoiceT) -> bool:
        """Whether this choice is possible at all."""


class Limit(Rule[ProblemT, ChoiceT, PlanT]):
    """Must hold: `post` tells the solver, `check` judges."""

    @abstractmethod
    def post(self, candidates: Any, model: Any) -> None:
        """Tell the solver."""


class Preference(Rule[ProblemT, ChoiceT, PlanT]):
    """Wanted with a weight in words; `share` (0 to 1, with the fact behind it) gives its part of the fit."""

    default: ClassVar[Weight]

    @abstractmethod
    def share(self, problem: ProblemT, choice: ChoiceT) -> tuple[float, str]:
        """The share of this preference's points that a choice gets, 0 to 1, and the fact behind it."""

    def check(self, problem: ProblemT, plan: PlanT) -> Iterator[Finding]:
        """A preference is never broken; what it costs is counted in the aims."""
        return iter(())
