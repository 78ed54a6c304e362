"""The limits as plain rows, which a greedy choice, a linear program and CP-SAT all read alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Numbers, and how many of them a plan can choose at most.
Together = tuple[tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class AtMost:
    """A row: the chosen numbers, each with its weight, weigh at most `bound` together."""

    rule: str
    numbers: tuple[int, ...]
    weights: tuple[int, ...]
    bound: int


@dataclass(frozen=True, slots=True)
class AtMostUsed:
    """A row over what is used up: of these groups at most `bound` have anything chosen.

    Each group says of its parts how many a plan can choose at most: the fewer, the nearer a linear program stays to
    whole numbers.
    """

    rule: str
    groups: tuple[tuple[Together, ...], ...]
    bound: int


@dataclass
class Model:
    """What the limits have posted. All weights are positive, so that leaving something out never breaks a
    row."""

    rows: list[AtMost] = field(default_factory=list)
    used: list[AtMostUsed] = field(default_factory=list)

    def at_most(self, rule: str, numbers: Iterable[int], bound: int, weights: Iterable[int] | None = None) -> None:
        """Post a row, unless it can't be broken."""
        chosen = tuple(numbers)
        weighed = tuple(weights) if weights is not None else (1,) * len(chosen)
        if sum(weighed) > bound:
            self.rows.append(AtMost(rule, chosen, weighed, max(bound, 0)))

    def at_most_used(self, rule: str, groups: Iterable[Iterable[Together]], bound: int) -> None:
        """Post a row over groups, unless it can't be broken."""
        listed = tuple(tuple(sets) for sets in groups)
        if len(listed) > bound:
            self.used.append(AtMostUsed(rule, listed, max(bound, 0)))
