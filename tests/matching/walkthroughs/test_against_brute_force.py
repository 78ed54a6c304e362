"""Small random problems, solved and compared with every plan there is."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from matching.errors import ProblemError
from matching.walkthroughs.candidates import Pair, Plan, Visit
from matching.walkthroughs.judge import AIMS, SMALLER_IS_BETTER, broken_rules, check, counted_aims
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS
from matching.walkthroughs.rules.debrief_fits import debrief_fault
from matching.walkthroughs.space import build_space
from tests.matching.walkthroughs.school_week import aims, problem, solved

FIRST_AIMS = AIMS[:5]
TALK_LIMITS = [limit for limit in LIMITS if limit.key not in ("video_is_needed", "fixed_visits_stay")]
STEP = 10
DAYS = ("2027-01-11", "2027-01-12", "2027-01-18")
HOURS = (("08:00", "08:50"), ("08:30", "09:20"), ("09:00", "09:50"), ("10:00", "10:50"))
FOCI = ("questioning", "routines")


def random_problem(number: int, debriefs: bool = False) -> VisitProblem:
    """A small problem; in each third one a visit that can be made is fixed."""
    asked = _without_fixed(random.Random(number), debriefs)
    able = list(build_space(asked).visits())
    if number % 3 or not able:
        return asked
    rows = json.loads(asked.model_dump_json(exclude={"format"}))
    try:
        return problem(**rows | {"fixed": [able[number % len(able)].place]})
    except ProblemError:
        return asked


def _without_fixed(dice: random.Random, debriefs: bool) -> VisitProblem:
    names = [f"T{place}" for place in range(dice.choice((3, 4)))]
    lessons: list[dict[str, Any]] = []
    free: dict[str, list[list[str]]] = {name: [] for name in names}
    for name in names:
        for day in DAYS:
            taught: list[tuple[str, str]] = []
            for start, end in dice.sample(HOURS, dice.choice((0, 1, 1, 2))):
                taught.append((start, end))
                building = dice.choice(("main", "annex", None))
                row = {"id": f"L{len(lessons)}", "host": name, "building": building}
                lessons.append(row | {"start": f"{day}T{start}", "end": f"{day}T{end}"})
            for start, end in (HOURS[0], HOURS[2], HOURS[3]):
                if all(end <= begun or ended <= start for begun, ended in taught) and dice.random() < 0.8:
                    free[name].append([f"{day}T{start}", f"{day}T{end}"])
    people = [_random_person(dice, name, free[name]) for name in names]
    more: dict[str, Any] = {"most_visitors_in_a_lesson": dice.choice((1, 2)), "seconds": 5}
    if dice.random() < 0.3:
        more["most_at_once"] = 1
    if dice.random() < 0.2:
        more["most_a_day"] = dice.choice((1, 2))
    if debriefs:
        more["debrief"] = {"minutes": 30, "within_days": dice.choice((0, 1))}
    if dice.random() < 0.5 and lessons:
        rows = dice.sample(lessons, min(len(lessons), dice.choice((1, 2, 3))))
        more["previous"] = [[dice.choice([n for n in names if n != row["host"]]), row["id"]] for row in rows]
    if dice.random() < 0.2 and lessons:
        row = dice.choice(lessons)
        more["declined"] = [[dice.choice([n for n in names if n != row["host"]]), row["id"]]]
    more["past_pairs"] = [["T0", "T1", dice.choice((1, 2, 3))]]
    more["apart"] = [["T1", "T2"]] if dice.random() < 0.2 else []
    more["travel_minutes"] = [["main", "annex", 10]]
    return problem(people, lessons, **more)


def _random_person(dice: random.Random, name: str, free: list[list[str]]) -> dict[str, Any]:
    required = dice.choice((0, 1, 1, 2))
    visit: dict[str, Any] = {
        "required": required,
        "wanted": required + dice.choice((0, 1)),
        "per_week": dice.choice((1, 2)),
    }
    if dice.random() < 0.3:
        visit |= {"per_month": dice.choice((1, 2)), "used": {"2027-01": dice.choice((0, 1))}}
    wished = dice.choice((0, 0, 1))
    host = {"required": wished, "most": wished + dice.choice((0, 1, 2)), "per_week": dice.choice((1, 2))}
    host["per_day"] = dice.choice((1, 1, 2))
    return {
        "id": name,
        "building": dice.choice(("main", "annex")),
        "free": free,
        "visit": visit,
        "host": host,
        "video": {"host": dice.random() < 0.4, "visit": dice.random() < 0.4},
        "keep_free_per_week": dice.choice((0, 0, 1, 2)),
        "departments": dice.sample(("maths", "science"), dice.choice((0, 1, 2))),
        "wants_to_learn": dice.sample(FOCI, dice.choice((0, 1, 2))),
        "shows": dice.sample(FOCI, dice.choice((1, 2))),
        "wants_feedback_on": dice.sample(FOCI, dice.choice((0, 1))),
        "gives_feedback_on": dice.sample(FOCI, dice.choice((0, 1))),
        "closed_days": [dice.choice(DAYS)] if dice.random() < 0.1 else [],
    }


def every_plan(asked: VisitProblem, visits: tuple[Visit, ...], videos: tuple[Pair, ...]) -> Iterator[Plan]:
    """Every plan that keeps all rules; a limit once broken stays broken, so a branch ends there."""

    def grow(plan: Plan, place: int) -> Iterator[Plan]:
        if any(True for limit in TALK_LIMITS for _ in limit.check(asked, plan)):
            return
        if place == len(visits) + len(videos):
            if not broken_rules(asked, plan):
                yield plan
            return
        yield from grow(plan, place + 1)
        if place < len(visits):
            yield from grow(replace(plan, visits=(*plan.visits, visits[place])), place + 1)
        else:
            yield from grow(replace(plan, videos=(*plan.videos, videos[place - len(visits)])), place + 1)

    yield from grow(Plan(build_space(asked).fixed), 0)


def best_by_hand(asked: VisitProblem) -> tuple[int, ...]:
    """The aims of the best of all plans, in their order, each as the larger the better."""
    space = build_space(asked)
    best: tuple[int, ...] = ()
    for plan in every_plan(asked, tuple(space.visits()), tuple(space.videos())):
        first = signed(counted_aims(asked, plan))[: len(FIRST_AIMS)]
        if first >= best[: len(FIRST_AIMS)]:
            best = max(best, signed(counted_aims(asked, with_most_talks(asked, plan))))
    return best


def signed(counted: dict[str, int]) -> tuple[int, ...]:
    return tuple(-counted[aim] if aim in SMALLER_IS_BETTER else counted[aim] for aim in AIMS)


def with_most_talks(asked: VisitProblem, plan: Plan) -> Plan:
    """The plan with as many debriefs as any choice of their minutes allows."""
    if asked.debrief is None:
        return plan
    best = plan
    minutes = asked.debrief.minutes

    def talk(held: tuple[Visit, ...], place: int) -> None:
        nonlocal best
        now = replace(plan, visits=held)
        if any(True for limit in TALK_LIMITS for _ in limit.check(asked, now)):
            return
        left = len(held) - place
        if talks(held) + left <= talks(best.visits):
            return
        if not left:
            best = now
            return
        for start in starts(asked, held[place]):
            debriefed = held[place]._replace(debrief=(start, start + minutes))
            talk((*held[:place], debriefed, *held[place + 1 :]), place + 1)
        talk(held, place + 1)

    talk(plan.visits, 0)
    return best


def talks(visits: tuple[Visit, ...]) -> int:
    return sum(visit.debrief is not None for visit in visits)


def starts(asked: VisitProblem, visit: Visit) -> Iterator[int]:
    """Every start at which the two could talk: all clock times of these problems are multiples of STEP."""
    minutes = asked.debrief.minutes if asked.debrief else 0
    for begun, ended in asked.free_by_person[visit.visitor]:
        for start in range(begun, ended - minutes + 1, STEP):
            if start >= visit.end and debrief_fault(asked, visit, (start, start + minutes)) is None:
                yield start


def is_small(asked: VisitProblem) -> bool:
    space = build_space(asked)
    return len(list(space.visits())) <= 14 and len(list(space.videos())) <= 3


@pytest.mark.parametrize("first", range(0, 700, 20))
def test_the_solve_is_as_good_as_the_best_of_all_plans(first: int) -> None:
    for number in range(first, first + 20):
        asked = random_problem(number, debriefs=number % 2 == 1)
        if not is_small(asked):
            continue
        outcome = solved(asked)
        findings, counted = check(asked, outcome)
        assert findings == [], number
        assert counted == aims(outcome), number
        assert dict(zip(AIMS, signed(counted), strict=True)) == dict(zip(AIMS, best_by_hand(asked), strict=True)), (
            number
        )
        assert outcome["status"] == "optimal", number
        for aim in outcome["aims"]:
            smaller = aim["name"] in SMALLER_IS_BETTER
            assert aim["bound"] is None or (aim["bound"] <= aim["value"] if smaller else aim["bound"] >= aim["value"])


def test_most_random_problems_are_small_enough_to_compare() -> None:
    assert sum(is_small(random_problem(number, debriefs=number % 2 == 1)) for number in range(700)) >= 500


def test_columns_generated_in_rounds_give_the_same_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        asked = random_problem(number)
        whole = solved(asked)
        with monkeypatch.context() as few:
            few.setattr("matching.walkthroughs.linear.WHOLE", 0)
            few.setattr("matching.walkthroughs.linear.ADDED", 3)
            few.setattr("matching.walkthroughs.linear.AT_FIRST", 1)
            assert solved(asked)["aims"] == whole["aims"], number
