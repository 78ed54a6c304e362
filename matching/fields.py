"""The kinds of value that the files of both problems hold: exact types, unchangeable, nothing unknown."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from matching.intervals import moment

MOST_FIT = 10_000
Id = Annotated[str, StringConstraints(min_length=1)]
AtLeastOne = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Fit = Annotated[int, Field(ge=0, le=MOST_FIT)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


def _real_moment(text: str) -> str:
    try:
        moment(text)
    except ValueError:
        raise ValueError("no clock shows this time") from None
    return text


def _real_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("no calendar has this date") from None
    return text


def forward(free: tuple[str, str]) -> tuple[str, str]:
    """Refuse an interval that is empty, runs backwards or crosses midnight."""
    if free[0] >= free[1]:
        raise ValueError("an interval ends after it starts")
    if free[0][:10] != free[1][:10]:
        raise ValueError("an interval lies within one date")
    return free


Moment = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"),
    AfterValidator(_real_moment),
]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
FreeInterval = Annotated[tuple[Moment, Moment], AfterValidator(forward)]


class Row(BaseModel):
    """A row of a file: exact types, unchangeable, no field that the format does not know."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
