"""The plans are the best there are, and the prices of the alternatives are exact."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from matching.outcome import silent
from matching.pairing.problem import Pair
from matching.pairing.rules import PREFERENCES, RULES, fit_of
from matching.pairing.solve import check, solve
from tests.matching.pairing import brute_force
from tests.matching.pairing.cases import (
    aims,
    chosen,
    document,
    people,
    random_document,
    random_facts,
    read,
)


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_small_problems_reach_the_best_value_in_every_aim(first: int) -> None:
    for seed in range(first, first + 50):
        problem = read(random_document(seed))
        outcome = solve(problem, silent)
        assert tuple(aims(outcome).values()) == brute_force.best_aims(problem), seed
        assert all(aim["bound"] == aim["value"] for aim in outcome["aims"])
        assert check(problem, outcome) == ([], aims(outcome)), seed


def test_alternatives_cost_exactly_what_forcing_them_costs() -> None:
    verified = 0
    for seed in range(500, 1200):
        problem = read(random_document(seed))
        outcome = solve(problem, silent)
        for pair in outcome["pairs"]:
            if (pair["mentee"], pair["mentor"]) in problem.fixed_pairs:
                assert pair["alternatives"] == []
                continue
            price_by_mentor = brute_force.prices(problem, outcome, pair["mentee"])
            cheapest = sorted((price, mentor) for mentor, price in price_by_mentor.items())[:3]
            offered = [(other["loses"], other["mentor"]) for other in pair["alternatives"]]
            assert offered == cheapest, (seed, pair)
            for other in pair["alternatives"]:
                assert_applies(problem, outcome, pair, other)
                verified += 1
    assert verified > 200


def assert_applies(problem: Any, outcome: dict[str, Any], pair: Any, other: Any) -> None:
    plan: dict[str, str | None] = dict(chosen(outcome))
    plan.update({pair["mentee"]: other["mentor"], **dict(other["moves"])})
    rows = [{"mentee": mentee, "mentor": mentor} for mentee, mentor in plan.items() if mentor]
    findings, counted = check(problem, {"pairs": rows})
    before = aims(outcome)
    assert findings == []
    assert counted["fit"] == before["fit"] - other["loses"]
    assert (counted["paired"], counted["kept"]) == (before["paired"], before["kept"])
    assert counted["worst"] >= before["worst"]


@pytest.mark.parametrize("goal", ["best_fit", "nobody_left_behind"])
def test_alternatives_of_larger_problems_agree_with_forced_solves(goal: str) -> None:
    draw = random.Random(7)
    listed: list[list[Any]]
    mentees, mentors = [f"N{i}" for i in range(40)], [f"M{i}" for i in range(30)]
    listed = [[a, b, draw.randrange(100)] for a in mentees for b in draw.sample(mentors, 8)]
    fields = document(
        goal=goal,
        mentees=people(" ".join(mentees)),
        mentors=people(" ".join(mentors), places=2),
        candidates=listed,
        previous=[[a, b] for a, b, _ in listed[::11]],
    )
    problem = read(fields)
    outcome = solve(problem, silent)
    before = aims(outcome)
    fit_by_pair = {(a, b): fit for a, b, fit in listed}
    for pair in outcome["pairs"][::4]:
        for other in pair["alternatives"]:
            ids = [pair["mentee"], other["mentor"]]
            forced = {
                **fields,
                "fixed": [ids],
                "goal": "best_fit",
                "candidates": [row for row in listed if row[2] >= before["worst"]],
            }
            again = aims(solve(read(forced), silent))
            lost = fit_by_pair[ids[0], ids[1]]
            assert again["paired"] == before["paired"] and again["kept"] == before["kept"]
            assert before["fit"] - again["fit"] == other["loses"], lost
            assert_applies(problem, outcome, pair, other)


def test_fits_from_blocks_equal_the_sum_of_the_rules_pair_by_pair() -> None:
    from matching.pairing.candidates import build

    for seed in range(40):
        problem = read(random_facts(seed))
        candidates = build(problem, PREFERENCES, [])
        found = {
            (candidates.mentees[a].id, candidates.mentors[b].id): fit
            for a, b, fit in zip(
                candidates.row.tolist(), candidates.column.tolist(), candidates.fit.tolist(), strict=True
            )
        }
        expected = {}
        for mentee in problem.mentees:
            for mentor in problem.mentors:
                pair = Pair(mentee, mentor)
                if all(rule.allows(problem, pair) for rule in PREFERENCES):
                    expected[mentee.id, mentor.id] = fit_of(problem, pair)
        assert found == expected, seed


def test_plans_from_facts_satisfy_the_judge_and_its_count() -> None:
    for seed in range(40):
        problem = read(random_facts(seed))
        outcome = solve(problem, silent)
        assert check(problem, outcome) == ([], aims(outcome)), seed


def test_the_order_of_rows_changes_nothing() -> None:
    for seed in range(8):
        fields = random_facts(seed)
        shuffled = json.loads(json.dumps(fields))
        for name in ("mentors", "mentees", "previous"):
            random.Random(seed).shuffle(shuffled[name])
        first, second = (solve(read(each), silent) for each in (fields, shuffled))
        for outcome in (first, second):
            for name in ("seconds", "explain_seconds", "problem_sha256"):
                del outcome[name]
        assert first == second


def test_reports_start_with_a_complete_greedy_plan() -> None:
    for seed in range(40):
        problem = read(random_document(seed))
        reports: list[tuple[str, dict[str, Any]]] = []

        def keep(phase: str, told: Any, plan: Any, reports: Any = reports) -> None:
            assert [aim.name for aim in told] == ["paired", "worst", "kept", "fit", "even"]
            reports.append((phase, plan))

        solve(problem, keep)
        assert reports[0][0] == "greedy"
        for _, plan in reports:
            findings, counted = check(problem, plan)
            assert findings == [] and counted == aims(plan)


def test_costs_too_large_for_one_flow_are_solved_aim_after_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.pairing.network.SAFE_COST", 0)
    for seed in range(80):
        problem = read(random_document(seed))
        assert tuple(aims(solve(problem, silent)).values()) == brute_force.best_aims(problem), seed


def test_small_blocks_give_the_same_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = random_facts(3)
    whole = solve(read(fields), silent)["pairs"]
    monkeypatch.setattr("matching.pairing.facts.BLOCK", 7)
    assert solve(read(fields), silent)["pairs"] == whole


def test_every_rule_says_why_and_has_its_own_key() -> None:
    assert len({rule.key for rule in RULES}) == len(RULES)
    assert all(rule.title and rule.why().endswith(".") for rule in RULES)


@pytest.mark.parametrize("safe", [0, 2**58])
def test_large_networks_are_solved_aim_after_aim(monkeypatch: pytest.MonkeyPatch, safe: int) -> None:
    monkeypatch.setattr("matching.pairing.network.SMALL", 0)
    monkeypatch.setattr("matching.pairing.network.MIDDLING", 0)
    monkeypatch.setattr("matching.pairing.network.SAFE_COST", safe)
    for seed in range(400):
        problem = read(random_document(seed))
        assert tuple(aims(solve(problem, silent)).values()) == brute_force.best_aims(problem), seed


def test_of_too_many_pairs_the_best_are_kept_and_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.pairing.facts.MOST_PAIRS", 60)
    for seed in range(12):
        fields = random_facts(seed) | {"weights": {"trained": "off"}}
        problem = read(fields)
        outcome = solve(problem, silent)
        assert outcome["status"] == "feasible"
        assert check(problem, outcome) == ([], aims(outcome))
        assert [aim["bound"] for aim in outcome["aims"][1:]] == [None] * 4
        assert outcome["aims"][0]["bound"] >= outcome["aims"][0]["value"]
        assert all(not pair["alternatives"] for pair in outcome["pairs"])


def test_an_index_finds_the_same_pairs_as_looking_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from matching.pairing.candidates import build

    monkeypatch.setattr("matching.pairing.facts.BLOCK", 3)
    for seed in range(60):
        fields = random_facts(seed, most=9)
        fields["weights"] |= {"building": "must", "same_subject": "must", "grade_near": "must", "expertise": "low"}
        problem = read(fields)
        candidates = build(problem, PREFERENCES, [])
        found = {
            (candidates.mentees[a].id, candidates.mentors[b].id)
            for a, b in zip(candidates.row.tolist(), candidates.column.tolist(), strict=True)
        }
        pairs = [Pair(mentee, mentor) for mentee in problem.mentees for mentor in problem.mentors]
        assert found == {
            (pair.mentee.id, pair.mentor.id)
            for pair in pairs
            if all(rule.allows(problem, pair) for rule in PREFERENCES)
        }


def test_single_seats_are_assigned_as_well_as_by_a_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matching.pairing.tiers.DENSE", 0)
    for seed in range(400):
        fields = random_document(seed) | {"previous": []}
        fields["mentors"] = [{**mentor, "places": min(1, mentor["places"])} for mentor in fields["mentors"]]
        taken = {mentor["id"] for mentor in fields["mentors"] if mentor["places"]}
        fields["fixed"] = [row for row in {row[1]: row for row in fields["fixed"]}.values() if row[1] in taken]
        problem = read(fields)
        assert tuple(aims(solve(problem, silent)).values()) == brute_force.best_aims(problem), seed
