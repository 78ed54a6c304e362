"""A district of about 5,000 teachers: the real timetables over and over, each school with its own ids and wishes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.timetables import NAMES, visit_problem

Json = dict[str, Any]
# The three timetables have 43 teachers on average.
SCHOOLS = 115
DAYS = 20


@dataclass(frozen=True)
class DistrictSchool:
    """One school of the district by its number."""

    number: int

    @property
    def timetable(self) -> str:
        return NAMES[self.number % len(NAMES)]

    @property
    def name(self) -> str:
        return f"school-{self.number:03d}"

    def problem(self) -> Json:
        """Its timetable with wishes drawn anew, and with other ids in another order."""
        return relabelled(visit_problem(self.timetable, seed=100 + self.number, days=DAYS), self.number)


def district() -> list[DistrictSchool]:
    return [DistrictSchool(number) for number in range(SCHOOLS)]


def relabelled(problem: Json, seed: int) -> Json:
    """The same school under other ids, its people and lessons in another order."""
    draw = random.Random(f"names {seed}")
    codes = {
        letter: dict(zip((row["id"] for row in rows), _codes(draw, letter, len(rows)), strict=True))
        for letter, rows in (("P", problem["people"]), ("L", problem["lessons"]))
    }
    people = [row | {"id": codes["P"][row["id"]]} for row in problem["people"]]
    lessons = [row | {"id": codes["L"][row["id"]], "host": codes["P"][row["host"]]} for row in problem["lessons"]]
    draw.shuffle(people)
    draw.shuffle(lessons)
    return problem | {"people": people, "lessons": lessons}


def _codes(draw: random.Random, letter: str, count: int) -> list[str]:
    return [f"{letter}{number:05d}" for number in draw.sample(range(count), count)]
