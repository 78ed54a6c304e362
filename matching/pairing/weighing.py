"""What each other weight would do to the best plan: the problem solved again, one word changed at a time."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from matching.outcome import Report, silent
from matching.pairing.problem import Goal, Pair, PairingProblem
from matching.pairing.rules import EVEN_LOAD, WEIGHTED, fit_of
from matching.rule import words_of


def weigh(problem: PairingProblem, report: Report) -> dict[str, Any]:
    """A `pairing-weights/1`: for each rule and each other word of it, and for the other goal, whose mentor changes.

    A change is [mentee, mentor now or None, mentor then or None]. `report` gets what is known so far after each solve.
    Raises nothing of its own: a problem that was read can be solved under any weights.
    """
    started = perf_counter()
    now, _ = _solved(problem)
    found = nothing_weighed(problem)

    def told(complete: bool) -> dict[str, Any]:
        found["status"] = "optimal" if complete else "feasible"
        found["complete"], found["seconds"] = complete, round(perf_counter() - started, 3)
        return found

    report("weights", [], told(False))
    other: Goal = "best_fit" if problem.goal == "nobody_left_behind" else "nobody_left_behind"
    then, values = _solved(problem.changed(goal=other))
    found["goal"] = {
        "goal": other,
        "paired": values["paired"],
        "worst": _worst(problem, then),
        "worst_now": _worst(problem, now),
        "changes": _changes(now, then),
    }
    for rule, word in _other_words(problem):
        then, values = _solved(problem.changed(weights={**problem.weights, rule: word}))
        row = {"rule": rule, "word": word, "paired": values["paired"], "changes": _changes(now, then)}
        found["rows"].append(row)
        report("weights", [], told(False))
    return told(True)


def nothing_weighed(problem: PairingProblem) -> dict[str, Any]:
    """What is known before the first solve has ended."""
    return {
        "format": "pairing-weights/1",
        "status": "stopped",
        "complete": False,
        "rows": [],
        "goal": None,
        "seconds": 0.0,
        "problem_sha256": problem.sha256,
    }


def _other_words(problem: PairingProblem) -> Iterator[tuple[str, str]]:
    """Every (rule, word) but those that hold; where the pairs are listed, facts give no fit and only the load counts.

    One word of every rule comes first, so that a run that is stopped says something of each.
    """
    rules = WEIGHTED if problem.candidates is None else (EVEN_LOAD,)
    words = {rule.key: [word for word in words_of(rule.default) if word != problem.weight(rule)] for rule in rules}
    for place in range(max(map(len, words.values()))):
        for key, others in words.items():
            if place < len(others):
                yield key, others[place]


def _solved(problem: PairingProblem) -> tuple[dict[str, str], dict[str, int]]:
    from matching.pairing.run import Run

    run = Run(problem, silent)
    run.plan()
    return {mentee: mentor for mentee, mentor, _ in run.pairs()}, {aim.name: aim.value for aim in run.aims}


def _worst(problem: PairingProblem, pairs: dict[str, str]) -> int:
    people = (Pair(problem.mentee_by_id[a], problem.mentor_by_id[b]) for a, b in pairs.items())
    fits = [fit_of(problem, pair) for pair in people if (pair.mentee.id, pair.mentor.id) not in problem.fixed_pairs]
    return min(fits, default=0)


def _changes(now: dict[str, str], then: dict[str, str]) -> list[list[str | None]]:
    people = sorted({*now, *then})
    return [[one, now.get(one), then.get(one)] for one in people if now.get(one) != then.get(one)]
