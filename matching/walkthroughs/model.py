"""The limits as plain rows, which a greedy choice, a linear program and CP-SAT all read alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.walkthroughs.arrays import Integers

# Numbers, and how many of them a plan can choose at most.
Together = tuple["Integers", int]


@dataclass(frozen=True, slots=True, eq=False)
class AtMost:
    """A row: the chosen numbers, each with its weight, weigh at most `bound` together."""

    rule: str
    numbers: Integers
    weights: Integers
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class AtMostUsed:
    """A row over what is used up: of these groups at most `bound` have anything chosen.

    Each group says of its parts how many a plan can choose at most: the fewer, the nearer a linear program stays to
    whole numbers.
    """

    rule: str
    groups: tuple[tuple[Together, ...], ...]
    bound: int


def integers(values: Any) -> Integers:
    """Whole numbers as one array, from an array, a sequence, or anything that can be gone through."""
    import numpy as np

    if isinstance(values, np.ndarray):
        return values
    return np.asarray(values if isinstance(values, Sequence) else list(values), dtype=np.int64)


def joined(parts: Iterable[Any]) -> Integers:
    """The numbers of several arrays or lists as one array."""
    import numpy as np

    return np.concatenate([integers(part) for part in parts])


@dataclass
class Model:
    """What the limits have posted. All weights are positive, so that leaving something out never breaks a
    row."""

    rows: list[AtMost] = field(default_factory=list)
    used: list[AtMostUsed] = field(default_factory=list)

    def at_most(
        self, rule: str, numbers: Iterable[int] | Integers, bound: int, weights: Iterable[int] | Integers | None = None
    ) -> None:
        """Post a row, unless it can't be broken."""
        chosen = integers(numbers)
        weighed = None if weights is None else integers(weights)
        if (len(chosen) if weighed is None else weighed.sum()) > bound:
            self.rows.append(AtMost(rule, chosen, chosen * 0 + 1 if weighed is None else weighed, max(bound, 0)))

    def at_most_used(self, rule: str, groups: Iterable[Iterable[tuple[Iterable[int], int]]], bound: int) -> None:
        """Post a row over groups, unless it can't be broken."""
        listed = tuple(tuple((integers(numbers), most) for numbers, most in parts) for parts in groups)
        if len(listed) > bound:
            self.used.append(AtMostUsed(rule, listed, max(bound, 0)))
