"""What the outcomes of both problems have in common, as their files hold it; the JSON schemas are made from these."""

from __future__ import annotations

from typing import Any, Literal

from matching.fields import Id, Row

StatusWord = Literal["optimal", "feasible", "stopped"]


class ReasonRow(Row):
    rule: str
    people: tuple[Id, ...] = ()
    values: dict[str, Any] = {}
    step: int | None = None
    fact: str | None = None
    count: int | None = None
    text: str | None = None


class FixRow(Row):
    change: Literal["place", "relax", "unfix"]
    person: Id | None
    rule: str | None
    text: str


class AimRow(Row):
    name: str
    value: int
    bound: int | None


class FindingRow(Row):
    rule: str
    text: str
    people: tuple[Id, ...]
    values: dict[str, Any]
