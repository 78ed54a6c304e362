"""The outcome `visit-outcome/1` as its file holds it; the JSON schema is made from these."""

from __future__ import annotations

from typing import Literal

from matching.fields import Id, Moment, Row
from matching.outcome_rows import AimRow, FindingRow, FixRow, ReasonRow, StatusWord
from matching.walkthroughs.rows import Mode


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


class MissingRow(Row):
    person: Id
    unit: Literal["visit", "host"]
    count: int
    reasons: tuple[ReasonRow, ...]
    would_fix: tuple[FixRow, ...]


class MovedRow(Row):
    visitor: Id
    lesson: Id
    to: Id | None


class VisitOutcome(Row):
    """What `python -m matching visit` writes."""

    format: Literal["visit-outcome/1"]
    status: StatusWord
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
