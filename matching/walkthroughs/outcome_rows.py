"""The outcome `visit-outcome/1` as its file holds it; the JSON schema is made from these."""

from __future__ import annotations

from typing import Any, Literal

from matching.walkthroughs.rows import Id, Mode, Moment, Row


class ReasonRow(Row):
    rule: str
    people: tuple[Id, ...] = ()
    values: dict[str, Any] = {}
    step: int | None = None
    fact: str | None = None
    count: int | None = None
    text: str | None = None


class VisitRow(Row):
    visitor: Id
    host: Id
    lesson: Id
    start: Moment
    end: Moment
    mode: Mode
    focus: str
    fit: int
    debrief: tuple[Moment, Moment] | None
    reasons: tuple[ReasonRow, ...]
    other_lessons: tuple[Id, ...]


class VideoRow(Row):
    visitor: Id
    host: Id
    mode: Mode
    focus: str


class FixRow(Row):
    change: Literal["place", "relax", "unfix"]
    person: Id | None
    rule: str | None
    text: str


class MissingRow(Row):
    person: Id
    unit: Literal["visit", "host"]
    count: int
    reasons: tuple[ReasonRow, ...]
    would_fix: tuple[FixRow, ...]


class AimRow(Row):
    name: str
    value: int
    bound: int | None


class MovedRow(Row):
    visitor: Id
    lesson: Id
    to: Id | None


class FindingRow(Row):
    rule: str
    text: str
    people: tuple[Id, ...]
    values: dict[str, Any]


class VisitOutcome(Row):
    """What `python -m matching visit` writes."""

    format: Literal["visit-outcome/1"]
    status: Literal["optimal", "feasible", "stopped"]
    visits: tuple[VisitRow, ...]
    videos: tuple[VideoRow, ...]
    missing: tuple[MissingRow, ...]
    aims: tuple[AimRow, ...]
    moved: tuple[MovedRow, ...]
    findings: tuple[FindingRow, ...]
    seconds: float
    explain_seconds: float
    seed: int
    problem_sha256: str
