"""What is wrong with a file is said in one line that begins with where it is."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from matching.errors import ProblemError
from matching.outcome import silent
from matching.pairing.outcome_rows import PairingOutcome, PairingWeights
from matching.pairing.reading import read_problem
from matching.pairing.solve import check, solve
from matching.pairing.weighing import weigh
from matching.schema import schema
from tests.matching.pairing.cases import document, people, random_facts, read, slots

M1, N1 = {"id": "M1"}, {"id": "N1"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown format": ({"format": "pairing-problem/2"}, "format: "),
    "an unknown field": ({"mentees": [], "colour": 1}, "colour: unknown field"),
    "an unknown field of a person": (
        {"mentors": [M1, {"id": "M2", "age": 3}]},
        "mentors[1].age: unknown field",
    ),
    "no id": ({"mentees": [{}]}, "mentees[0].id: is required"),
    "an empty id": ({"mentees": [{"id": ""}]}, "mentees[0].id: "),
    "an id of another type": ({"mentees": [{"id": 7}]}, "mentees[0].id: "),
    "an id twice": ({"mentors": [M1, M1]}, "mentors[1].id: 'M1' is given twice"),
    "an id on both sides": ({"mentors": [{"id": "N1"}]}, "mentees[0].id: 'N1' is given twice"),
    "half a place": ({"mentors": [{"id": "M1", "places": 1.5}]}, "mentors[0].places: "),
    "a whole float as places": ({"mentors": [{"id": "M1", "places": 1.0}]}, "mentors[0].places: "),
    "negative places": ({"mentors": [{"id": "M1", "places": -1}]}, "mentors[0].places: "),
    "true as places": ({"mentors": [{"id": "M1", "places": True}]}, "mentors[0].places: "),
    "a fit over 10,000": ({"candidates": [["N1", "M1", 10001]]}, "candidates[0][2]: "),
    "a fit as text": ({"candidates": [["N1", "M1", "9"]]}, "candidates[0][2]: "),
    "a short row": ({"candidates": [["N1", "M1"]]}, "candidates[0][2]: is required"),
    "a stranger": ({"candidates": [["N1", "M9", 1]]}, "candidates[0][1]: no mentor has the id 'M9'"),
    "a row twice": ({"candidates": [["N1", "M1", 1], ["N1", "M1", 2]]}, "candidates[1]: "),
    "a stranger kept apart": ({"apart": [["N2", "M1"]]}, "apart[0][0]: no mentee has the id 'N2'"),
    "a stranger wished for": ({"mentees": [{"id": "N1", "prefers": ["M8"]}]}, "mentees[0].prefers[0]: "),
    "a previous row twice": ({"previous": [["N1", "M1"], ["N1", "M1"]]}, "previous[1]: "),
    "no time of day": ({"mentees": [{"id": "N1", "free": [["2027-01-11", "x"]]}]}, "mentees[0].free[0][0]: "),
    "a day that is none": (
        {"mentees": [{"id": "N1", "free": [["2027-02-29T08:00", "2027-02-29T09:00"]]}]},
        "mentees[0].free[0][0]: ",
    ),
    "over midnight": (
        {"mentees": [{"id": "N1", "free": [["2027-01-11T23:00", "2027-01-12T01:00"]]}]},
        "mentees[0].free[0]: an interval lies within one date",
    ),
    "an empty interval": (
        {"mentees": [{"id": "N1", "free": [["2027-01-11T08:00", "2027-01-11T08:00"]]}]},
        "mentees[0].free[0]: an interval ends after it starts",
    ),
    "overlapping intervals": (
        {"mentees": [{"id": "N1", "free": [*slots("A1"), ["2027-01-11T08:30", "2027-01-11T09:00"]]}]},
        "mentees[0].free[1]: overlaps",
    ),
    "an unknown rule": ({"weights": {"age": "high"}}, "weights.age: unknown field"),
    "an unknown weight": ({"weights": {"wishes": "huge"}}, "weights.wishes: "),
    "no goal": ({"goal": "fast"}, "goal: "),
    "no minutes": ({"least_common_minutes": 0}, "least_common_minutes: "),
    "no seconds": ({"seconds": 0}, "seconds: "),
    "fixed and apart": (
        {"apart": [["N1", "M1", "evaluator"]], "fixed": [["N1", "M1"]]},
        "fixed[0]: 'N1' and 'M1' are also kept apart",
    ),
    "fixed twice": ({"mentors": [M1, {"id": "M2"}], "fixed": [["N1", "M1"], ["N1", "M2"]]}, "fixed[1]: 'N1'"),
    "more fixed than places": (
        {"mentees": [N1, {"id": "N2"}], "fixed": [["N1", "M1"], ["N2", "M1"]]},
        "fixed[1]: 'M1' has 1 places",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_problem_is_refused_in_one_line_with_its_path(case: str) -> None:
    fields, start = WRONG[case]
    with pytest.raises(ProblemError) as refused:
        read(document(**{"mentors": [M1], "mentees": [N1], **fields}))
    message = str(refused.value)
    assert message.startswith(start), message
    assert "\n" not in message


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe{}", b'{"format": "\xe9"}', b"null", b"NaN"])
def test_what_is_no_problem_file_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ProblemError, match=r"^problem: [^\n]+$"):
        read_problem(data)


def test_a_problem_has_the_hash_of_its_bytes_and_its_defaults() -> None:
    data = json.dumps(document(mentors=people("M1"))).encode()
    problem = read_problem(data)
    assert problem.sha256 == sha256(data).hexdigest()
    assert (problem.mentors[0].places, problem.least_common_minutes, problem.seed, problem.seconds) == (
        1,
        20,
        1,
        10,
    )


@pytest.mark.parametrize("plan", [{}, {"pairs": {}}, {"pairs": [1]}, {"pairs": [{"mentee": "N1"}]}])
def test_a_plan_that_is_none_is_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(ProblemError, match=r"^pairs"):
        check(read(document()), plan)


@pytest.mark.parametrize("seed", range(20))
def test_outcomes_are_what_their_schema_says(seed: int) -> None:
    problem = read(random_facts(seed))
    PairingOutcome.model_validate_json(json.dumps(solve(problem, silent)))
    told = weigh(problem, silent)
    PairingWeights.model_validate_json(json.dumps(told))
    assert told["complete"]


def test_the_schema_lists_the_words_of_every_weight() -> None:
    words = schema("pairing-problem-1")["properties"]["weights"]["properties"]
    assert words["same_subject"] == {"enum": ["must", "high", "medium", "low", "off"], "default": "high"}
    assert words["even_load"] == {"enum": ["on", "off"], "default": "on"}


def test_listed_pairs_are_found_in_any_order_of_their_rows() -> None:
    rows = [["N2", "M1", 4], ["N1", "M2", 0], ["N1", "M1", 9]]
    for listed in (rows, sorted(rows)):
        pairs = read(document(mentors=people("M1 M2"), mentees=people("N1 N2"), candidates=listed)).candidates
        assert pairs is not None
        assert sorted(pairs) == [("N1", "M1", 9), ("N1", "M2", 0), ("N2", "M1", 4)]
        assert [pairs.fit_of(*ids) for ids in (("N1", "M1"), ("N1", "M2"), ("N2", "M2"), ("N9", "M1"))] == [
            9,
            0,
            None,
            None,
        ]
