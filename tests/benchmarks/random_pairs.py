"""Made-up but likely pairing problems: schools of a district with their new teachers and mentors, by facts or as a
list of pairs."""

from __future__ import annotations

import random
from typing import Any

from matching.pairing.rules import PREFERENCES
from tests.benchmarks.words import BELLS, DEPARTMENTS, FOCI

Json = dict[str, Any]

# New teachers, mentors for each of them, and how many periods of a rotation somebody plans.
SIZES: dict[str, tuple[tuple[int, int], tuple[float, float], tuple[int, int]]] = {
    "normal": ((5, 60), (0.6, 1.5), (2, 5)),
    "tight": ((10, 60), (0.25, 0.6), (0, 2)),
    "stress": ((120, 400), (0.4, 1.1), (0, 4)),
}
RULES = [rule.key for rule in PREFERENCES]
GRADES = ("PK", "KG", "1", "02", 3, "4", 5, "6", "7", 8, "9", "10", 11, "12")


def pairing_problem(seed: int, case: str) -> Json:
    """A `pairing-problem/1` of a case: normal, tight (few places and few common periods) or stress (larger, wishes
    that can't all be met, strict rules)."""
    draw = random.Random(f"pair {case} {seed}")
    people, share, _ = SIZES[case]
    count = draw.randint(*people)
    mentees = [_person(draw, case, f"N{number:03d}") for number in range(count)]
    mentors = [_person(draw, case, f"M{number:03d}") for number in range(max(2, int(count * draw.uniform(*share))))]
    for person in mentees:
        if draw.random() < 0.1:
            person["trained"] = False
        person |= {"needs": draw.sample(FOCI, draw.randint(0, 3))}
    for person in mentors:
        _as_mentor(draw, case, person)
    _wishes(draw, case, mentees, mentors)
    problem: Json = {"format": "pairing-problem/1", "mentees": mentees, "mentors": mentors}
    problem["goal"] = draw.choice(("best_fit", "nobody_left_behind"))
    problem |= {"seed": draw.randint(0, 99), "seconds": 30}
    if draw.random() < 0.25:
        problem["candidates"] = _listed(draw, mentees, mentors)
    if draw.random() < 0.5:
        problem["related_departments"] = [["Mathematics", "Science"], ["English", "Languages"]]
    if draw.random() < 0.3:
        problem["least_common_minutes"] = draw.choice((15, 30, 45))
    problem["weights"] = _weights(draw, case)
    _agreed(draw, problem)
    return problem


def _person(draw: random.Random, case: str, name: str) -> Json:
    school = draw.randrange(1 if case == "tight" else 6)
    person: Json = {"id": name}
    departments = draw.sample(list(DEPARTMENTS), draw.choice((0, 1, 1, 1, 2)))
    if draw.random() < 0.8:
        person["departments"] = departments
    person["subjects"] = [draw.choice(DEPARTMENTS[department]) for department in departments]
    first = draw.randrange(len(GRADES))
    person["grades"] = list(GRADES[first : first + draw.randint(0, 3)])
    if draw.random() < 0.9:
        person |= {"building": f"school {school}", "district": f"district {school // 3}"}
        person["wing"] = draw.choice(("", "east", "west"))
    # Bells differ from school to school by a few minutes.
    late = 3 * (school % 3)
    hours = sorted(
        draw.sample([(day, period) for day in (11, 12) for period in range(7)], draw.randint(*SIZES[case][2]))
    )
    person["free"] = [[f"2027-01-{day}T{_later(text, late)}" for text in BELLS[period]] for day, period in hours]
    if draw.random() < 0.5:
        person["virtual"] = draw.choice((True, False, None))
    if draw.random() < 0.2:
        person["expertise"] = draw.sample(FOCI, draw.randint(0, 2))
    return person


def _later(text: str, minutes: int) -> str:
    total = int(text[:2]) * 60 + int(text[3:]) + minutes
    return f"{total // 60:02d}:{total % 60:02d}"


def _as_mentor(draw: random.Random, case: str, person: Json) -> None:
    person["expertise"] = draw.sample(FOCI, draw.randint(0, 4))
    if draw.random() < 0.8:
        person["trained"] = draw.choice((True, True, True, True, False, None))
    if draw.random() < 0.8:
        person["places"] = draw.choice((0, 1, 1) if case == "tight" else (0, 1, 1, 2, 3, 5))


def _wishes(draw: random.Random, case: str, mentees: list[Json], mentors: list[Json]) -> None:
    # Under stress nearly everybody wishes for the same few.
    popular = mentors[:3] if case == "stress" else mentors
    for person, others in [(one, popular) for one in mentees] + [(one, mentees) for one in mentors]:
        if draw.random() < (0.8 if case == "stress" else 0.3):
            person["prefers"] = [one["id"] for one in draw.sample(others, min(len(others), draw.randint(1, 3)))]


def _listed(draw: random.Random, mentees: list[Json], mentors: list[Json]) -> list[list[Any]]:
    share, step = draw.choice((0.05, 0.2, 0.6)), draw.choice((1, 10, 250))
    return [
        [one["id"], other["id"], draw.randrange(0, 1001, step)]
        for one in mentees
        for other in mentors
        if draw.random() < share
    ]


def _weights(draw: random.Random, case: str) -> Json:
    strict = {"normal": 1, "tight": 2, "stress": 2}[case]
    words = ("must", "high", "medium", "low", "off")
    found: Json = {rule: draw.choices(words, (strict, 4, 4, 4, 2))[0] for rule in RULES if draw.random() < 0.35}
    if draw.random() < 0.4:
        found["even_load"] = draw.choice(("on", "off"))
    return found


def _agreed(draw: random.Random, problem: Json) -> None:
    """Who is kept apart, who was together in the last cycle, and who already stands: places and all."""
    pairs = [(one["id"], other["id"]) for one in problem["mentees"] for other in problem["mentors"]]
    few = len(problem["mentees"])
    # About an evaluator a reason is always given, else seldom.
    apart = {
        pair: draw.choice((["evaluator"], ["evaluator"], ["asked"], []))
        for pair in draw.sample(pairs, min(len(pairs) // 4, draw.randint(0, few)))
    }
    problem["apart"] = [[*pair, *reason] for pair, reason in sorted(apart.items())]
    if draw.random() < 0.7:
        problem["previous"] = [list(pair) for pair in sorted(draw.sample(pairs, min(len(pairs), few // 2)))]
    places = {person["id"]: person.get("places", 1) for person in problem["mentors"]}
    fixed: dict[str, str] = {}
    for mentee, mentor in draw.sample(pairs, min(len(pairs), draw.choice((0, 0, few // 4, few // 2)))):
        if mentee not in fixed and (mentee, mentor) not in apart and places[mentor]:
            fixed[mentee] = mentor
            places[mentor] -= 1
    problem["fixed"] = [list(pair) for pair in sorted(fixed.items())]
