"""The matching engine: problems in, outcomes out; no database, no web.

Two problems: `matching.pairing` (which mentor for which new teacher) and `matching.walkthroughs` (who visits whose
lesson, when). Nothing heavy is imported here: OR-Tools and SciPy load inside a solve, in the solver's own process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matching.kinds import judge as judge_of
from matching.kinds import kind_of, read
from matching.rule import Finding, Rule

if TYPE_CHECKING:
    from matching.pairing.problem import PairingProblem
    from matching.walkthroughs.moves import Moves


def judge(problem: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[Finding]:
    """What a finished plan breaks in a problem of either format, by the same rule files that made it.

    Raises `matching.errors.ProblemError` for a problem or a plan that cannot be read.
    """
    return judge_and_count(problem, outcome)[0]


def judge_and_count(problem: Mapping[str, Any], outcome: Mapping[str, Any]) -> tuple[list[Finding], dict[str, int]]:
    """What a finished plan breaks, and the value of each aim counted anew; raises as `judge`."""
    data = json.dumps(problem).encode()
    kind = kind_of(data)
    return judge_of(kind)(read(kind, data, {}), dict(outcome))


def pairing_facts(problem: Mapping[str, Any]) -> PairingProblem:
    """A pairing problem for `pair_row`: read once, asked often. Raises as `judge`."""
    from matching.pairing.reading import read_problem

    return read_problem(json.dumps(problem).encode())


def pair_row(facts: PairingProblem, mentee: str, mentor: str) -> dict[str, Any]:
    """What the rules say for a pair, as it stands in an outcome: fit and reasons."""
    from matching.pairing.reasons import pair_row as row

    return row(facts, mentee, mentor)


def pair_parts(facts: PairingProblem, mentee: str, mentor: str) -> list[dict[str, Any]]:
    """Every preference's part in a pair: `rule`, `step` (0 to 4) and `fact`."""
    from matching.pairing.reasons import parts

    return parts(facts, mentee, mentor)


def pair_fits(facts: PairingProblem) -> dict[tuple[str, str], int]:
    """The fit of every pair (mentee, mentor) that the rules allow, whatever is fixed. It loads NumPy, and no solver."""
    from matching.pairing.candidates import build
    from matching.pairing.rules import BANS, PREFERENCES

    found = build(facts.changed(fixed=()), PREFERENCES, [ids for rule in BANS for ids in rule.banned(facts)])
    rows = zip(found.row.tolist(), found.column.tolist(), found.fit.tolist(), strict=True)
    return {(found.mentees[row].id, found.mentors[column].id): fit for row, column, fit in rows}


def visit_moves(problem: Mapping[str, Any], others: Mapping[str, Any]) -> Moves:
    """Where one visit could go while all the others stand. Raises as `judge`."""
    from matching.walkthroughs.judge import read_plan
    from matching.walkthroughs.moves import Moves

    facts = read("visit", json.dumps(problem).encode(), {})
    return Moves(facts, read_plan(facts, dict(others)))


def rule_book(problem_format: str) -> list[dict[str, Any]]:
    """The rules of a format in their order: `key`, `title`, `why`, `weight` and `words`.

    `weight` is the word that holds by default, None for what always holds by default; `words` are those that a problem
    may choose from, none where the rule has no weight.
    """
    from matching.rule import words_of

    book: list[dict[str, Any]] = []
    for rule in _rules(problem_format):
        default = getattr(rule, "default", None)
        weight = None if default == "must" else default
        words = list(words_of(default)) if default else []
        book.append({"key": rule.key, "title": rule.title, "why": rule.why(), "weight": weight, "words": words})
    return book


def rule_titles(problem_format: str) -> dict[str, str]:
    """What each rule of a format asks, by its key."""
    return {rule.key: rule.title for rule in _rules(problem_format)}


def _rules(problem_format: str) -> Sequence[Rule[Any, Any, Any]]:
    if problem_format == "pairing-problem/1":
        from matching.pairing.rules import RULES as PAIRING_RULES

        return PAIRING_RULES
    from matching.walkthroughs.rules import RULES as VISIT_RULES

    return VISIT_RULES
