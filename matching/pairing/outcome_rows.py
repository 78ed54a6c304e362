"""The outcomes `pairing-outcome/1` and `pairing-weights/1` as their files hold them; the JSON schemas are made from
these.
"""

from __future__ import annotations

from typing import Literal

from matching.fields import Id, Row
from matching.outcome_rows import AimRow, FindingRow, FixRow, ReasonRow, StatusWord


class AlternativeRow(Row):
    """Another mentor of a pair's mentee: what the fit loses, and who else changes mentors (null: has none then)."""

    mentor: Id
    loses: int
    moves: tuple[tuple[Id, Id | None], ...]


class PairRow(Row):
    mentee: Id
    mentor: Id
    fit: int
    reasons: tuple[ReasonRow, ...]
    alternatives: tuple[AlternativeRow, ...]


class UnpairedRow(Row):
    mentee: Id
    reasons: tuple[ReasonRow, ...]
    would_fix: tuple[FixRow, ...]


class PairingOutcome(Row):
    """What `python -m matching pair` writes."""

    format: Literal["pairing-outcome/1"]
    status: StatusWord
    pairs: tuple[PairRow, ...]
    unpaired: tuple[UnpairedRow, ...]
    aims: tuple[AimRow, ...]
    findings: tuple[FindingRow, ...]
    seconds: float
    explain_seconds: float
    seed: int
    problem_sha256: str


Change = tuple[Id, Id | None, Id | None]


class WeightRow(Row):
    """What another word for one rule would do: how many are paired then, and [mentee, mentor now, mentor then]."""

    rule: str
    word: str
    paired: int
    changes: tuple[Change, ...]


class GoalRow(Row):
    """What the other goal would do; `worst` is the lowest fit of a pair that is not fixed, then and now."""

    goal: Literal["best_fit", "nobody_left_behind"]
    paired: int
    worst: int
    worst_now: int
    changes: tuple[Change, ...]


class PairingWeights(Row):
    """What `python -m matching weigh` writes; not `complete` where the clock or a signal ended it."""

    format: Literal["pairing-weights/1"]
    status: StatusWord
    complete: bool
    rows: tuple[WeightRow, ...]
    goal: GoalRow | None
    seconds: float
    problem_sha256: str
