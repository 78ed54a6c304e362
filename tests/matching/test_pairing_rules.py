"""Each rule is kept by the solver, found broken by the judge, and decides a plan."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from matching.pairing.rules import PREFERENCES, RULES, WEIGHTED
from matching.pairing.solve import check
from tests.matching.pairing.cases import chosen, people, problem, slots, solved

# For each preference: the facts of the mentee, of the mentor who has its share, and of one who has not.
FACTS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "trained": ({}, {"trained": True}, {"trained": False}),
    "same_subject": ({"subjects": ["art"]}, {"subjects": ["math", "art"]}, {"subjects": ["math"]}),
    "grade_near": ({"grades": ["KG"]}, {"grades": ["01"]}, {"grades": ["2"]}),
    "common_planning": ({"free": slots("A1")}, {"free": slots("A1")}, {"free": slots("B1")}),
    "expertise": ({"needs": ["routines"]}, {"expertise": ["routines"]}, {"expertise": ["groups"]}),
    "building": ({"building": "north"}, {"building": "north"}, {"building": "south"}),
    "wishes": ({"prefers": ["Mz"]}, {}, {}),
    "keep_last": ({}, {}, {}),
}


def two_mentors(key: str, word: str) -> dict[str, Any]:
    """The mentor with the share has the later id, so nothing but the rule can prefer them."""
    mentee, has, has_not = FACTS[key]
    previous = [["N", "Mz"]] if key == "keep_last" else []
    return {
        "mentees": [{"id": "N", **mentee}],
        "previous": previous,
        "weights": {key: word},
        "mentors": [{"id": "Mz", **has}, {"id": "Ma", **has_not}],
    }


@pytest.mark.parametrize("key", FACTS)
def test_a_preference_decides_between_mentors_who_are_equal_else(key: str) -> None:
    outcome = solved(**two_mentors(key, "low"))
    assert chosen(outcome) == {"N": "Mz"}
    assert key in [reason["rule"] for reason in outcome["pairs"][0]["reasons"]]


@pytest.mark.parametrize("key", FACTS)
def test_a_must_leaves_nobody_with_the_wrong_mentor_and_the_judge_finds_it(key: str) -> None:
    fields = two_mentors(key, "must")
    fields["mentors"][0]["places"] = 0
    outcome = solved(**fields)
    assert outcome["pairs"] == []
    assert {reason["rule"]: reason["count"] for reason in outcome["unpaired"][0]["reasons"]} == {
        "mentor_capacity": 1,
        key: 1,
    }
    findings, _ = check(problem(**fields), {"pairs": [{"mentee": "N", "mentor": "Ma"}]})
    assert [finding.rule for finding in findings] == [key]


@pytest.mark.parametrize("key", FACTS)
def test_relaxing_a_must_is_offered_when_it_helps(key: str) -> None:
    fields = two_mentors(key, "must")
    fields["mentors"][0]["places"] = 0
    fixes = solved(**fields)["unpaired"][0]["would_fix"]
    assert [(fix["change"], fix["person"], fix["rule"]) for fix in fixes] == [
        ("place", "Mz", None),
        ("relax", None, key),
    ]


def test_the_usual_weights_are_those_of_the_design() -> None:
    usual = {rule.key: rule.default for rule in WEIGHTED}
    designed = {
        "trained": "must",
        "same_subject": "high",
        "grade_near": "medium",
        "common_planning": "high",
        "expertise": "medium",
        "building": "medium",
        "wishes": "low",
        "keep_last": "off",
        "even_load": "on",
    }
    assert usual | designed == usual


def test_every_rule_has_its_cases() -> None:
    assert {rule.key for rule in PREFERENCES} == FACTS.keys()
    assert {rule.key for rule in RULES} == {*FACTS, *BROKEN, "even_load"}


BROKEN: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "apart": ({"apart": [["N1", "M1", "veto"]]}, [("N1", "M1")]),
    "evaluator": ({"apart": [["N1", "M1", "evaluator"]]}, [("N1", "M1")]),
    "mentor_capacity": ({}, [("N1", "M1"), ("N2", "M1")]),
    "fixed": ({"fixed": [["N1", "M1"]]}, [("N1", "M2")]),
    "candidates": ({"candidates": [["N1", "M2", 5]]}, [("N1", "M1")]),
    "one_mentor": ({}, [("N1", "M1"), ("N1", "M2")]),
}


@pytest.mark.parametrize("key", BROKEN)
def test_the_judge_names_the_rule_that_a_plan_breaks(key: str) -> None:
    fields, pairs = BROKEN[key]
    given = problem(mentees=people("N1 N2"), mentors=people("M1 M2"), **fields)
    findings, _ = check(given, {"pairs": [{"mentee": a, "mentor": b} for a, b in pairs]})
    assert {finding.rule for finding in findings} == {key}
    assert all(finding.people and finding.text for finding in findings)


def test_people_nobody_knows_are_found() -> None:
    findings, counted = check(problem(mentees=people("N1")), {"pairs": [{"mentee": "X", "mentor": "Y"}]})
    assert [finding.people for finding in findings] == [("X",), ("Y",)]
    assert counted["paired"] == 0


@pytest.mark.parametrize("word", ["evaluator", "veto", ""])
def test_people_kept_apart_are_never_paired(word: str) -> None:
    apart = [["N1", "M1", word] if word else ["N1", "M1"]]
    outcome = solved(mentees=people("N1"), mentors=people("M1"), apart=apart)
    rule = "evaluator" if word == "evaluator" else "apart"
    assert [reason["rule"] for reason in outcome["unpaired"][0]["reasons"]] == [rule]
    assert outcome["unpaired"][0]["would_fix"] == []


def test_a_related_department_counts_half() -> None:
    mentees, mentors = people("N", departments=["science"]), people("M", departments=["math"])
    related = solved(mentees=mentees, mentors=mentors, related_departments=[["math", "science"]])
    assert [pair["fit"] for pair in related["pairs"]] == [150]


def test_last_cycles_pairs_are_kept_before_fit_counts() -> None:
    listed = [["N1", "M1", 0], ["N1", "M2", 900], ["N2", "M1", 900], ["N2", "M2", 0]]
    fields: dict[str, Any] = {"mentees": people("N1 N2"), "mentors": people("M1 M2"), "candidates": listed}
    assert chosen(solved(**fields)) == {"N1": "M2", "N2": "M1"}
    assert chosen(solved(**fields, previous=[["N1", "M1"]])) == {"N1": "M1", "N2": "M2"}


def test_an_even_load_decides_between_plans_of_equal_fit_only() -> None:
    fields: dict[str, Any] = {"mentees": people("N1 N2 N3"), "mentors": people("M1 M2", places=3)}
    loads = sorted(list(chosen(solved(**fields, fixed=[["N1", "M1"]])).values()).count(m) for m in ("M1", "M2"))
    assert loads == [1, 2]
    listed = [[f"N{i}", mentor, fit] for i in (1, 2, 3) for mentor, fit in (("M1", 10), ("M2", 9))]
    assert set(chosen(solved(**fields, candidates=listed)).values()) == {"M1"}
    even = solved(**fields, weights={"even_load": "off"})["aims"][-1]
    assert even == {"name": "even", "value": 0, "bound": 0}


def test_the_worst_pair_is_lifted_only_when_nobody_is_to_be_left_behind() -> None:
    listed = [["N1", "M1", 900], ["N1", "M2", 400], ["N2", "M1", 400], ["N2", "M2", 100]]
    fields: dict[str, Any] = {"mentees": people("N1 N2"), "mentors": people("M1 M2"), "candidates": listed}
    assert chosen(solved(**fields)) == {"N1": "M1", "N2": "M2"}
    lifted = solved(**fields, goal="nobody_left_behind")
    assert chosen(lifted) == {"N1": "M2", "N2": "M1"}
    assert lifted["aims"][1] == {"name": "worst", "value": 400, "bound": 400}


def test_a_crowd_says_how_many_share_how_many_places() -> None:
    outcome = solved(mentees=people("N1 N2 N3"), mentors=people("M1 M2"))
    assert len(outcome["unpaired"]) == 1
    reason = outcome["unpaired"][0]["reasons"][0]
    assert (reason["rule"], reason["count"]) == ("mentor_capacity", 2)
    assert reason["values"] == {"mentees": 3, "places": 2}
    assert outcome["unpaired"][0]["would_fix"][0]["change"] == "place"


def test_a_crowd_of_hundreds_is_offered_places_of_the_nearest_mentors() -> None:
    mentees, mentors = (
        people(" ".join(f"N{i:03}" for i in range(300))),
        people(" ".join(f"M{i:03}" for i in range(290))),
    )
    listed = [[n["id"], m["id"], (7 * i + 3 * k) % 1000] for i, n in enumerate(mentees) for k, m in enumerate(mentors)]
    given: dict[str, Any] = {"mentees": mentees, "mentors": mentors, "candidates": listed}
    outcome = solved(**given)
    fit_by_pair = {(a, b): fit for a, b, fit in listed}
    assert len(outcome["unpaired"]) == 10
    for row in outcome["unpaired"]:
        assert row["reasons"][0]["values"] == {"mentees": 300, "places": 290}
        offered = [fix["person"] for fix in row["would_fix"] if fix["change"] == "place"]
        nearest = sorted(mentors, key=lambda mentor: (-fit_by_pair[row["mentee"], mentor["id"]], mentor["id"]))
        assert offered == [mentor["id"] for mentor in nearest[:2]]
        more = [{**mentor, "places": 2} if mentor["id"] == offered[0] else mentor for mentor in mentors]
        assert len(solved(**given | {"mentors": more})["pairs"]) == 291


def test_unfixing_is_offered_when_it_makes_room() -> None:
    listed = [["N1", "M1", 5], ["N1", "M2", 5], ["N2", "M1", 5]]
    outcome = solved(mentees=people("N1 N2"), mentors=people("M1 M2"), candidates=listed, fixed=[["N1", "M1"]])
    fixes = outcome["unpaired"][0]["would_fix"]
    assert [(fix["change"], fix["person"]) for fix in fixes] == [("place", "M1"), ("unfix", "N1")]


@pytest.mark.parametrize(
    ("mentees", "mentors", "paired"),
    [("", "", 0), ("N1", "", 0), ("", "M1", 0), ("N1", "M1", 1), ("N1 N2", "M1", 1)],
)
def test_nobody_one_and_everybody_give_a_plan(mentees: str, mentors: str, paired: int) -> None:
    for goal in ("best_fit", "nobody_left_behind"):
        outcome = solved(mentees=people(mentees), mentors=people(mentors), goal=goal)
        assert outcome["status"] == "optimal"
        assert len(outcome["pairs"]) == paired
        assert len(outcome["unpaired"]) == len(mentees.split()) - paired


def test_no_places_leave_everybody_unpaired_with_the_reason() -> None:
    outcome = solved(mentees=people("N1 N2"), mentors=people("M1", places=0))
    assert [row["reasons"][0]["rule"] for row in outcome["unpaired"]] == ["mentor_capacity"] * 2


def test_reading_and_judging_load_no_solver_and_no_arrays() -> None:
    heavy = "{'numpy', 'scipy', 'ortools', 'pandas'} & set(sys.modules)"
    code = f"import sys, matching.pairing.solve, matching.pairing.rules; sys.exit(bool({heavy}))"
    subprocess.run([sys.executable, "-c", code], check=True)
