"""The peers of walkthroughs are a second reading of the rules: their plans are judged and held against the engine's."""

from __future__ import annotations

from typing import Any

import pytest

from matching import judge_and_count
from mentorship.plans.solving import solve
from tests.benchmarks import whole_model
from tests.benchmarks.choices import NOT_READ, Counted, School
from tests.benchmarks.greedy import greedy
from tests.benchmarks.random_visits import visit_problem

Json = dict[str, Any]
CASES = ("normal", "tight")
# Of tight schools the whole model proves nothing within minutes.
EVERYDAY, SEEDS = (0, 2), range(30)
SECONDS = 10.0
NEVER = Counted(0, 1000, 1000)
ROUNDS = [pytest.param(seed, marks=() if seed in EVERYDAY else pytest.mark.long) for seed in SEEDS]


def readable(seed: int) -> Json:
    """A made-up school with what the peers read of it."""
    problem = visit_problem(seed, CASES[seed % len(CASES)])
    people = [{name: value for name, value in row.items() if name != "video"} for row in problem["people"]]
    return {name: value for name, value in problem.items() if name not in NOT_READ} | {"people": people}


def assert_judged(problem: Json, plan: Json, aims: Counted) -> None:
    findings, counted = judge_and_count(problem, plan)
    assert findings == []
    assert {name: counted[name] for name in vars(aims)} == vars(aims)


@pytest.mark.parametrize("seed", ROUNDS)
def test_a_greedy_plan_keeps_every_rule(seed: int) -> None:
    problem = readable(seed)
    school = School(problem)
    plan = greedy(school)
    assert plan
    assert_judged(problem, {"visits": [one.row() for one in plan]}, school.counted(plan))


@pytest.mark.parametrize("seed", ROUNDS)
def test_the_engine_and_the_whole_model_agree_on_the_best_plan(seed: int) -> None:
    problem = readable(seed)
    outcome = solve("visits", problem, seconds=60)
    peer = whole_model.solved(problem, NEVER, SECONDS)
    assert_judged(problem, peer["plan"], Counted(**peer["aims"]))
    by_name = {aim["name"]: aim["value"] for aim in outcome["aims"]}
    value = School(problem).value(Counted(*(by_name[name] for name in peer["aims"])))
    assert outcome["status"] != "stopped"
    # Neither has more than the other proves that anybody can have.
    assert value <= round(peer["bound"])
    assert outcome["status"] != "optimal" or peer["value"] <= value


def test_the_peers_say_what_they_do_not_read() -> None:
    problem = readable(0) | {"debrief": {"minutes": 15, "within_days": 2}}
    with pytest.raises(ValueError, match="does not know debrief"):
        School(problem)
