"""The rows of a walkthrough problem as they stand in its file.

Only what one row can know is checked here; what rows say about each other is checked in `problem`.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from matching.fields import AtLeastOne, Count, Day, Fit, FreeInterval, Id, Moment, Month, Row, forward
from matching.intervals import Span, moment

Mode = Literal["learn", "feedback"]


class Visiting(Row):
    """A person's part as a visitor; `wanted` is a total and includes `required`."""

    required: Count = 0
    wanted: Count | None = None
    per_week: AtLeastOne = 1
    per_month: AtLeastOne | None = None
    used: dict[Month, Count] = {}

    @model_validator(mode="after")
    def _wanted_includes_required(self) -> Self:
        if self.wanted is not None and self.wanted < self.required:
            raise ValueError("wanted is a total and can't be less than required")
        return self

    @property
    def total(self) -> int:
        return self.required if self.wanted is None else self.wanted


class Hosting(Row):
    """A person's part as a host; each visitor in a lesson counts one."""

    required: Count = 0
    most: Count | None = None
    per_week: AtLeastOne = 1
    per_day: AtLeastOne = 1

    @model_validator(mode="after")
    def _most_includes_required(self) -> Self:
        if self.most is not None and self.most < self.required:
            raise ValueError("required is over most")
        return self

    @property
    def total(self) -> int:
        return self.required if self.most is None else self.most


class Video(Row):
    """Whether a person may be shown, and may watch, by video where no live visit is found."""

    host: bool = False
    visit: bool = False


class Debriefing(Row):
    """Each visit would like a talk of exactly `minutes`, at most `within_days` of the problem's days
    later."""

    minutes: AtLeastOne
    within_days: Count


class Person(Row):
    """Somebody who visits, hosts, or both; a part that is absent is not played."""

    id: Id
    building: str | None = None
    free: tuple[FreeInterval, ...] = ()
    visit: Visiting | None = None
    host: Hosting | None = None
    keep_free_per_week: Count = 0
    video: Video = Video()
    departments: tuple[str, ...] = ()
    wants_to_learn: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    wants_feedback_on: tuple[str, ...] = ()
    gives_feedback_on: tuple[str, ...] = ()
    closed_days: tuple[Day, ...] = ()

    @property
    def visits_required(self) -> int:
        return self.visit.required if self.visit else 0

    @property
    def visits_wanted(self) -> int:
        return self.visit.total if self.visit else 0

    @property
    def hosts_required(self) -> int:
        return self.host.required if self.host else 0

    @property
    def hosts_most(self) -> int:
        return self.host.total if self.host else 0


class Lesson(Row):
    """One meeting of a class with one teacher; a co-taught meeting is one lesson for each teacher."""

    id: Id
    host: Id
    start: Moment
    end: Moment
    building: str | None = None
    room: str | None = None
    section: str | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        forward((self.start, self.end))
        return self

    @property
    def span(self) -> Span:
        return moment(self.start), moment(self.end)


GivenPair = tuple[Id, Id, Fit, Mode, str]
TwoPeople = tuple[Id, Id]
PersonInLesson = tuple[Id, Id]
PastPair = tuple[Id, Id, AtLeastOne]
TravelTime = tuple[str, str, Count]
