"""The two kinds of problem behind one door: how each is read, solved and judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from matching.errors import ProblemError
from matching.outcome import Report
from matching.rule import Finding

# `weigh` reads a pairing problem too, and says what other weights would do to its plan.
Kind = Literal["pair", "visit", "weigh"]
KIND_BY_FORMAT: dict[str, Kind] = {"pairing-problem/1": "pair", "visit-problem/1": "visit"}

Judged = tuple[list[Finding], dict[str, int]]


def document(text: bytes, whole: str) -> dict[str, Any]:
    """A file's JSON object; raises ProblemError where it is none."""
    try:
        found = json.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProblemError(f"{whole}: byte {error.start} is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise ProblemError(f"{whole}: is not JSON: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise ProblemError(f"{whole}: is not a JSON object")
    return found


def kind_of(text: bytes) -> Kind:
    """Which kind of problem a file holds, by its `format`."""
    said = document(text, "problem").get("format")
    if not isinstance(said, str) or said not in KIND_BY_FORMAT:
        raise ProblemError(f"format: is none of {', '.join(KIND_BY_FORMAT)}")
    return KIND_BY_FORMAT[said]


def read(kind: Kind, text: bytes, changes: dict[str, int]) -> Any:
    """Read a problem and check it, with what the command line changes (`seed`, `seconds`)."""
    if kind == "visit":
        from matching.walkthroughs.reading import read_problem as read_visits

        return read_visits(text).model_copy(update=changes)
    from matching.pairing.reading import read_problem

    return read_problem(text).model_copy(update=changes)


def solver(kind: Kind) -> Callable[[Any, Report, bool], dict[str, Any]]:
    """The solve function of a kind: it takes the problem, whom to report to, and whether to explain at any
    size."""
    if kind == "visit":
        from matching.walkthroughs.solve import solve as solve_visits

        return lambda problem, report, _: solve_visits(problem, report)
    if kind == "weigh":
        from matching.pairing.weighing import weigh

        return lambda problem, report, _: weigh(problem, report)
    from matching.pairing.solve import solve as solve_pairs

    return lambda problem, report, explain: solve_pairs(problem, report, explain=explain)


def judge(kind: Kind) -> Callable[[Any, dict[str, Any]], Judged]:
    """The check function of a kind."""
    if kind == "visit":
        from matching.walkthroughs.judge import check as check_visits

        return check_visits
    from matching.pairing.solve import check as check_pairs

    return check_pairs


def nothing_chosen(kind: Kind, problem: Any) -> dict[str, Any]:
    """The outcome with only what is fixed, for a solve that was ended before it had said anything."""
    if kind == "visit":
        from matching.walkthroughs.report import standing_outcome

        return standing_outcome(problem)
    if kind == "weigh":
        from matching.pairing.weighing import nothing_weighed

        return nothing_weighed(problem)
    return _standing_pairs(problem)


def _standing_pairs(problem: Any) -> dict[str, Any]:
    from matching.pairing.solve import check as check_pairs

    rows = [{"mentee": mentee, "mentor": mentor} for mentee, mentor in sorted(problem.fixed)]
    taken = {row["mentee"] for row in rows}
    aims = check_pairs(problem, {"pairs": rows})[1]
    return {
        "format": "pairing-outcome/1",
        "status": "stopped",
        "pairs": [row | {"fit": 0, "reasons": [], "alternatives": []} for row in rows],
        "unpaired": [
            {"mentee": mentee.id, "reasons": [], "would_fix": []}
            for mentee in sorted(problem.mentees, key=lambda mentee: mentee.id)
            if mentee.id not in taken
        ],
        "aims": [{"name": name, "value": value, "bound": None} for name, value in aims.items()],
        "findings": [],
        "seconds": 0.0,
        "explain_seconds": 0.0,
        "seed": problem.seed,
        "problem_sha256": "",
    }
