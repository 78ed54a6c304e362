"""The pairing problems that are measured: seeded, so that every run of every version meets the same ones."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tests.benchmarks.words import BELLS, DEPARTMENTS, FOCI

Json = dict[str, Any]
CANDIDATES = 34
MOST_FIT = 1000


def _document(**fields: Any) -> Json:
    # The clock must not end what is measured.
    return {"format": "pairing-problem/1", "goal": "best_fit", "seconds": 600, **fields}


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:06d}" for number in range(count)]


def dense(people: int, seed: int = 1) -> Json:
    """Everybody with everybody, one place a mentor, any fit."""
    draw = random.Random(seed)
    mentees, mentors = _ids("N", people), _ids("M", people)
    return _document(
        mentors=[{"id": name} for name in mentors],
        mentees=[{"id": name} for name in mentees],
        candidates=[[one, other, draw.randrange(MOST_FIT + 1)] for one in mentees for other in mentors],
    )


def sparse(people: int, seed: int = 1, goal: str = "nobody_left_behind") -> Json:
    """All tiers at work: 34 candidates a mentee, 1 to 3 places, last cycle's mentor for one mentee in twenty."""
    draw = random.Random(seed)
    mentees, mentors = _ids("N", people), _ids("M", people)
    candidates, previous = [], []
    for name in mentees:
        own = sorted(draw.sample(range(people), CANDIDATES))
        candidates += [[name, mentors[place], draw.randrange(MOST_FIT + 1)] for place in own]
        if draw.random() < 0.05:
            previous.append([name, mentors[draw.choice(own)]])
    return _document(
        goal=goal,
        mentors=[{"id": name, "places": draw.randint(1, 3)} for name in mentors],
        mentees=[{"id": name} for name in mentees],
        candidates=candidates,
        previous=previous,
        weights={"even_load": "on"},
    )


def survey(people: int, excluded: float, seed: int = 1) -> Json:
    """What mentor-match knows of people: a grade, a profession (a subject) and an organisation (a building)."""
    draw = random.Random(seed)

    def person(name: str) -> Json:
        facts: Json = {"id": name, "subjects": [draw.choice(list(DEPARTMENTS))], "grades": [draw.randint(1, 12)]}
        return facts | {"building": f"B{draw.randrange(6)}"}

    mentees, mentors = ([person(name) for name in _ids(letter, people)] for letter in "NM")
    pairs = ([one["id"], other["id"]] for one in mentees for other in mentors)
    return _document(
        mentors=mentors,
        mentees=mentees,
        apart=[pair for pair in pairs if draw.random() < excluded],
        weights={"common_planning": "off", "expertise": "off", "wishes": "off", "even_load": "off"},
    )


def facts(people: int, seed: int = 1) -> Json:
    """A district without listed pairs: schools of a hundred mentors and as many mentees, who share a building and
    a department with whom they may be paired, and plan, teach and wish for different things."""
    draw = random.Random(seed)
    schools = max(1, people // 100)

    def person(name: str, number: int) -> Json:
        school = number % schools
        department = draw.choice(list(DEPARTMENTS))
        return {
            "id": name,
            "departments": [department],
            "subjects": [draw.choice(DEPARTMENTS[department])],
            "grades": draw.sample(range(6, 13), 2),
            "district": f"D{school // 50}",
            "building": f"B{school:04d}",
            "wing": draw.choice(("", "east", "west")),
            "free": [[f"2027-01-{11 + day}T{start}", f"2027-01-{11 + day}T{end}"] for day, start, end in _free(draw)],
        }

    mentees, mentors = _ids("N", people), _ids("M", people)
    return _document(
        goal="nobody_left_behind",
        mentees=[person(name, at) | {"needs": draw.sample(FOCI, 2)} for at, name in enumerate(mentees)],
        mentors=[
            person(name, at) | {"expertise": draw.sample(FOCI, 3), "places": draw.randint(1, 3)}
            for at, name in enumerate(mentors)
        ],
        previous=[[mentees[at], mentors[at]] for at in range(0, people, 20)],
        weights={"building": "must", "same_subject": "must", "keep_last": "low"},
        related_departments=[["Mathematics", "Science"], ["English", "Languages"]],
    )


def _free(draw: random.Random) -> list[tuple[int, str, str]]:
    hours = [(day, start, end) for day in (0, 1) for start, end in BELLS]
    return sorted(draw.sample(hours, 3))


def written(problem: Json, path: Path) -> Path:
    """A problem as its file."""
    path.write_text(json.dumps(problem), encoding="utf-8")
    return path
