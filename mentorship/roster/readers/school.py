"""`school.json`: the school's name, zone, rotation and departments."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from mentorship.tables import Source, Unreadable

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class NamedRotation(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: Words
    cycle_days: list[Code] = Field(min_length=1)
    grades: list[Words] = Field(default_factory=list)

    @field_validator("cycle_days")
    @classmethod
    def _days_once(cls, days: list[str]) -> list[str]:
        return _each_once(days, "cycle day")


class SchoolFile(BaseModel):
    """The contents of `school.json`, checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Words
    name: Words
    time_zone: Words
    cycle_days: list[Code] = Field(min_length=1)
    weekday_bound: bool = False
    rotation_policy: Literal["shift", "fixed"] = "shift"
    first_day: date | None = None
    rotations: list[NamedRotation] = Field(default_factory=list)
    departments: dict[Words, list[Words]] = Field(default_factory=dict)
    related: list[tuple[Words, Words]] = Field(default_factory=list)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"there is no time zone “{zone}”; write one such as America/New_York")
        return zone

    @field_validator("cycle_days")
    @classmethod
    def _days_once(cls, days: list[str]) -> list[str]:
        return _each_once(days, "cycle day")

    @field_validator("rotations")
    @classmethod
    def _rotations_apart(cls, rotations: list[NamedRotation]) -> list[NamedRotation]:
        _each_once([rotation.name for rotation in rotations], "rotation")
        _each_once([grade for rotation in rotations for grade in dict.fromkeys(rotation.grades)], "grade")
        return rotations

    @model_validator(mode="before")
    @classmethod
    def _days_of_the_first_rotation(cls, data: Any) -> Any:
        """A school with named rotations may leave out the list of its own: the first rotation's serves."""
        rotations = data.get("rotations") if isinstance(data, dict) else None
        if "cycle_days" in data or not isinstance(rotations, list) or not rotations:
            return data
        first = rotations[0]
        return {**data, "cycle_days": first.get("cycle_days") if isinstance(first, dict) else None}


def _each_once(codes: list[str], noun: str) -> list[str]:
    for code, count in Counter(codes).items():
        if count > 1:
            raise ValueError(f"the {noun} {code} stands twice")
    return codes


@dataclass(frozen=True)
class ReadSchool:
    """What the file said; `unknown` are fields that were reported and ignored."""

    facts: SchoolFile
    unknown: tuple[str, ...]


def read_school(source: Source) -> ReadSchool:
    """Raises `Unreadable` with the field and what would mend it."""
    try:
        data = json.loads(source.data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"{source.name} is not UTF-8 text; save it as UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" near line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(
            f"{source.name} is not readable JSON{where}; check its commas, quotes and brackets."
        ) from error
    if not isinstance(data, dict):
        raise Unreadable(
            f"{source.name} must hold one JSON object with the school's id, name, time_zone and cycle_days."
        )
    try:
        facts = SchoolFile.model_validate(data)
    except ValidationError as error:
        raise Unreadable(_sentence(source.name, error)) from error
    return ReadSchool(facts, tuple(sorted(set(data) - set(SchoolFile.model_fields))))


def _sentence(name: str, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the object"
    if first["type"] == "missing":
        return f"{name} lacks “{where}”; add it and import again."
    what = first["msg"].removeprefix("Value error, ")
    return f"{name}: “{where}” can't be used: {what[0].lower() + what[1:]}."
