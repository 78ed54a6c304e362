"""The made-up problems: readable, repeatable, and between them they use every feature of both formats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from matching.kinds import read
from tests.benchmarks import problems
from tests.house import CHECKOUT
from tests.make_problems import CASES, COMMANDS, MAKERS, Made, judged, made, main

SEEDS = range(60)
FORMATS = {"pairing": "pairing-problem-1.json", "visit": "visit-problem-1.json"}


@cache
def documents(kind: str) -> list[dict[str, Any]]:
    return [one.problem() for one in made(SEEDS, kind, None)]


def schema(kind: str) -> dict[str, Any]:
    text = (CHECKOUT / "matching" / "schemas" / FORMATS[kind]).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def features(whole: dict[str, Any], part: dict[str, Any], path: str = "") -> Iterator[str]:
    """Every field of a schema by its path, and every word that a field may take."""
    if "$ref" in part:
        yield from features(whole, whole["$defs"][part["$ref"].rpartition("/")[2]], path)
    for choice in part.get("anyOf", ()):
        yield from features(whole, choice, path)
    yield from (f"{path}={word}" for word in part.get("enum", ()))
    for name, field in part.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from features(whole, field, f"{path}.{name}")
    for place, field in enumerate(part.get("prefixItems", ())):
        yield from features(whole, field, f"{path}.{place}")
    if isinstance(part.get("items"), dict):
        yield from features(whole, part["items"], path)
    for field in part.get("patternProperties", {}).values():
        yield f"{path}.*"
        yield from features(whole, field, f"{path}.*")


def used(value: Any, path: str = "") -> Iterator[str]:
    """The fields and words of a document, in the same writing."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{path}.{name}"
            yield f"{path}.*"
            yield from used(part, f"{path}.{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            # A list of rows, or one row: its places count only where the schema says so.
            yield from used(part, path)
            if not isinstance(part, (dict, list)):
                yield from used(part, f"{path}.{place}")
    elif isinstance(value, str):
        yield f"{path}={value}"


@pytest.mark.parametrize("kind", MAKERS)
def test_every_feature_of_the_format_appears(kind: str) -> None:
    there = {name for document in documents(kind) for name in used(document)}
    whole = schema(kind)
    assert sorted(set(features(whole, whole)) - there) == []


@pytest.mark.parametrize("kind", MAKERS)
def test_every_problem_is_accepted(kind: str) -> None:
    for document in documents(kind)[:24]:
        read(COMMANDS[kind], json.dumps(document).encode(), {})  # type: ignore[arg-type]


def test_a_seed_gives_the_same_problem_again_and_another_seed_another() -> None:
    for kind in MAKERS:
        for case in CASES:
            first, again, other = (Made(kind, case, seed).problem() for seed in (7, 7, 8))
            assert first == again != other


def test_measured_problems_are_accepted_too() -> None:
    for document in (problems.dense(6), problems.sparse(40), problems.survey(9, 0.05), problems.facts(120)):
        read("pair", json.dumps(document).encode(), {})


def test_a_wrong_outcome_is_told() -> None:
    one = Made("pairing", "normal", 0)
    outcome = {
        "status": "stopped",
        "seconds": 1.5,
        "pairs": [],
        "aims": [{"name": "paired", "value": 1, "bound": None}],
    }
    assert judged(one, one.problem() | {"fixed": []}, outcome).faults == [
        "paired: reported 1, counted 0",
        "paired: 1 is not at its bound None, stopped after 1.5 s",
    ]


def test_problems_are_solved_judged_and_summed_up_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--kind", "pairing", "--solve"]) == 0
    line = capsys.readouterr().out
    assert line.startswith("1 problems, 1 as they must be; pair proven of 1: paired 1 worst 1 kept 1 fit 1 even 1; ")
    assert "; 0 stopped by the clock; " in line
