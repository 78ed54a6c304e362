"""Builders of pairing problems for the tests: as little as a test needs, through the same door as a file."""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

from matching.outcome import silent
from matching.pairing.problem import PairingProblem
from matching.pairing.reading import read_problem
from matching.pairing.solve import solve

DATES = {"A": "2027-01-11", "B": "2027-01-12"}
STARTS = ["08:00", "08:50", "09:40", "10:30", "11:20", "12:10", "13:00", "13:50"]
ENDS = ["08:45", "09:35", "10:25", "11:15", "12:05", "12:55", "13:45", "14:35"]


def document(**fields: Any) -> dict[str, Any]:
    return {"format": "pairing-problem/1", "goal": "best_fit", "mentors": [], "mentees": [], **fields}


def read(fields: dict[str, Any]) -> PairingProblem:
    return read_problem(json.dumps(fields).encode())


def problem(**fields: Any) -> PairingProblem:
    return read(document(**fields))


def people(names: str, **facts: Any) -> list[dict[str, Any]]:
    return [{"id": name, **facts} for name in names.split()]


def solved(**fields: Any) -> dict[str, Any]:
    return solve(problem(**fields), silent)


def chosen(outcome: dict[str, Any]) -> dict[str, str]:
    return {pair["mentee"]: pair["mentor"] for pair in outcome["pairs"]}


def aims(outcome: dict[str, Any]) -> dict[str, int]:
    return {aim["name"]: aim["value"] for aim in outcome["aims"]}


def slots(*names: str) -> list[list[str]]:
    """Periods by cycle day and number, as "A7"; in both buildings the bells are the same."""
    return [[f"{DATES[n[0]]}T{STARTS[int(n[1]) - 1]}", f"{DATES[n[0]]}T{ENDS[int(n[1]) - 1]}"] for n in names]


def random_document(seed: int) -> dict[str, Any]:
    """A small problem with everything in it: explicit fits, apart, fixed, previous, places, both goals."""
    draw = random.Random(seed)
    mentees = [f"N{i}" for i in range(draw.randint(0, 5))]
    mentors = [{"id": f"M{i}", "places": draw.randint(0, 3)} for i in range(draw.randint(0, 4))]
    pairs = list(product(mentees, [str(mentor["id"]) for mentor in mentors]))
    levels = draw.choice([[0, 1], [0, 5, 7, 100], list(range(0, 1000, 37))])
    listed = [[*pair, draw.choice(levels)] for pair in pairs if draw.random() < draw.choice([0.4, 0.8, 1.0])]
    apart = [list(pair) for pair in pairs if draw.random() < 0.1]
    places = {str(mentor["id"]): int(str(mentor["places"])) for mentor in mentors}
    fixed: list[list[str]] = []
    for mentee, mentor in draw.sample(pairs, len(pairs)):
        new = [mentee, mentor] not in apart and mentee not in [row[0] for row in fixed]
        if new and places[mentor] > 0 and draw.random() < 0.08:
            fixed.append([mentee, mentor])
            places[mentor] -= 1
    previous = [list(pair) for pair in pairs if draw.random() < draw.choice([0.0, 0.3])]
    return document(
        goal=draw.choice(["best_fit", "nobody_left_behind"]),
        mentors=mentors,
        mentees=people(" ".join(mentees)),
        candidates=listed,
        apart=apart,
        fixed=fixed,
        previous=previous,
        weights={"even_load": draw.choice(["on", "on", "off"])},
    )


def random_facts(seed: int, most: int = 12) -> dict[str, Any]:
    """A problem whose fits come from facts, with random weights."""
    draw = random.Random(seed)
    hours = [f"{day}{period}" for day in "AB" for period in range(1, 9)]

    def person(name: str) -> dict[str, Any]:
        return {
            "id": name,
            "subjects": draw.sample(["math", "ELA", "art", "French"], draw.randint(0, 2)),
            "departments": draw.sample(["science", "languages"], draw.randint(0, 1)),
            "grades": draw.sample(["KG", "01", "2", "3", "12"], draw.randint(0, 3)),
            "building": draw.choice(["", "north", "south"]),
            "wing": draw.choice(["", "East", "West"]),
            "free": slots(*draw.sample(hours, draw.randint(0, 4))),
            "virtual": draw.random() < 0.4,
        }

    skills = ["questioning", "routines", "groups", "feedback"]
    mentees = [{**person(f"N{i}"), "needs": draw.sample(skills, draw.randint(0, 4))} for i in range(most)]
    mentors = [
        {
            **person(f"M{i}"),
            "expertise": draw.sample(skills, draw.randint(0, 4)),
            "trained": draw.random() < 0.8,
            "places": draw.randint(1, 2),
            "prefers": draw.sample([f"N{k}" for k in range(most)], 2),
        }
        for i in range(most)
    ]
    for mentee in mentees:
        mentee["prefers"] = draw.sample([f"M{k}" for k in range(most)], 2)
    keys = [
        "trained",
        "same_subject",
        "grade_near",
        "common_planning",
        "expertise",
        "building",
        "wishes",
        "keep_last",
    ]
    words = ["must", "high", "medium", "low", "off"]
    weights = {key: draw.choices(words, [1, 3, 3, 3, 3])[0] for key in keys if draw.random() < 0.6}
    return document(
        mentees=mentees,
        mentors=mentors,
        weights=weights,
        goal=draw.choice(["best_fit", "nobody_left_behind"]),
        previous=[[f"N{i}", f"M{draw.randrange(most)}"] for i in range(0, most, 3)],
        related_departments=[["science", "math"]],
    )
