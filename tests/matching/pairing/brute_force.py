"""Every plan of a small problem, to compare the engine with: slow, short and obviously right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matching.pairing.problem import PairingProblem
from matching.pairing.rules import EVEN_LOAD

Plan = dict[str, str]


def every_plan(problem: PairingProblem) -> Iterator[Plan]:
    apart = {(row[0], row[1]) for row in problem.apart}
    fixed = dict(problem.fixed)
    options: list[list[str | None]] = []
    for mentee in problem.mentees:
        if mentee.id in fixed:
            options.append([fixed[mentee.id]])
        else:
            rows = problem.candidates or ()
            options.append([None, *(b for a, b, _ in rows if a == mentee.id and (a, b) not in apart)])
    places = {mentor.id: mentor.places for mentor in problem.mentors}

    def extend(at: int, plan: Plan) -> Iterator[Plan]:
        if at == len(options):
            yield dict(plan)
            return
        for mentor in options[at]:
            if mentor is None:
                yield from extend(at + 1, plan)
            elif places[mentor] > 0:
                places[mentor] -= 1
                plan[problem.mentees[at].id] = mentor
                yield from extend(at + 1, plan)
                del plan[problem.mentees[at].id]
                places[mentor] += 1

    return extend(0, {})


def aims_of(problem: PairingProblem, plan: Plan) -> tuple[int, int, int, int, int]:
    fit = {(a, b): value for a, b, value in problem.candidates or ()}
    fits = {pair: fit.get(pair, 0) for pair in plan.items()}
    free = [value for pair, value in fits.items() if pair not in set(problem.fixed)]
    loads = [list(plan.values()).count(mentor.id) for mentor in problem.mentors]
    return (
        len(plan),
        min(free, default=0) if problem.goal == "nobody_left_behind" else 0,
        len(set(plan.items()) & set(problem.previous)),
        sum(fits.values()),
        sum(load * load for load in loads) if problem.weight(EVEN_LOAD) != "off" else 0,
    )


def rank(aims: tuple[int, int, int, int, int]) -> tuple[int, int, int, int, int]:
    """Greater is better: `even` is the only aim that is made small."""
    return (*aims[:4], -aims[4])


def best_aims(problem: PairingProblem) -> tuple[int, int, int, int, int]:
    return max((aims_of(problem, plan) for plan in every_plan(problem)), key=rank)


def prices(problem: PairingProblem, outcome: dict[str, Any], mentee: str) -> dict[str, int]:
    """For each other mentor of a mentee what any plan with that pair must lose, where there is such
    a plan.
    """
    paired, worst, kept, fit, _ = (aim["value"] for aim in outcome["aims"])
    own = {pair["mentee"]: pair["mentor"] for pair in outcome["pairs"]}[mentee]
    found: dict[str, int] = {}
    for plan in every_plan(problem):
        mentor = plan.get(mentee)
        if mentor is None or mentor == own:
            continue
        other = aims_of(problem, plan)
        if other[0] == paired and other[1] >= worst and other[2] == kept:
            found[mentor] = min(found.get(mentor, fit), fit - other[3])
    return found
