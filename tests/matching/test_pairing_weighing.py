"""What another weight would do is what a solve with that weight does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matching.outcome import silent
from matching.pairing.rules import WEIGHTED
from matching.pairing.weighing import weigh
from matching.rule import words_of
from tests.matching.pairing.cases import chosen, document, random_document, random_facts, read, solved

OTHER_WORDS = sum(len(words_of(rule.default)) - 1 for rule in WEIGHTED)


def pairs(fields: dict[str, Any]) -> dict[str, str]:
    return chosen(solved(**{name: value for name, value in fields.items() if name != "format"}))


def difference(now: dict[str, str], then: dict[str, str]) -> list[list[str | None]]:
    return [[one, now.get(one), then.get(one)] for one in sorted({*now, *then}) if now.get(one) != then.get(one)]


@pytest.mark.parametrize("seed", range(6))
def test_each_row_is_what_a_solve_with_that_word_changes(seed: int) -> None:
    fields = random_facts(seed, most=7)
    now = pairs(fields)
    told = weigh(read(fields), silent)
    for row in told["rows"]:
        then = pairs(fields | {"weights": fields["weights"] | {row["rule"]: row["word"]}})
        assert row["changes"] == difference(now, then), row
        assert row["paired"] == len(then)
    assert told["goal"]["changes"] == difference(now, pairs(fields | {"goal": told["goal"]["goal"]}))


def test_every_word_but_the_present_one_is_tried_once() -> None:
    told = weigh(read(document(weights={"wishes": "off", "even_load": "off"})), silent)
    tried = sorted((row["rule"], row["word"]) for row in told["rows"])
    assert len(tried) == len(set(tried)) == OTHER_WORDS
    assert ("even_load", "on") in tried
    assert [word for rule, word in tried if rule == "wishes"] == ["high", "low", "medium", "must"]


def test_where_the_pairs_are_listed_only_the_load_can_be_weighed() -> None:
    told = weigh(read(random_document(4)), silent)
    assert [(row["rule"], row["word"]) for row in told["rows"]] in ([("even_load", "off")], [("even_load", "on")])


def test_the_command_writes_it(tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    problem.write_text(json.dumps(random_facts(2)), encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "matching", "weigh", str(problem)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["complete"] and len(told["rows"]) == OTHER_WORDS
