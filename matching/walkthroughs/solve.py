"""Walkthroughs solved: greedy first, so that there is always a plan; then the aims in their order."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from matching.outcome import Report
from matching.walkthroughs.candidates import Plan
from matching.walkthroughs.debriefs import with_first_debriefs
from matching.walkthroughs.explain import add_explanations
from matching.walkthroughs.greedy import greedy_choice
from matching.walkthroughs.judge import check
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.program import build_program
from matching.walkthroughs.report import counted, outcome, status_of
from matching.walkthroughs.space import Space, build_space

__all__ = ["check", "solve"]


def solve(problem: VisitProblem, report: Report, *, explain: bool = True) -> dict[str, Any]:
    """Find the best plan; returns the outcome as JSON, with `problem_sha256` left for whoever has the file.

    `report` is called with each better complete plan; `explain` adds what takes longer to say.
    """
    begun = perf_counter()
    space = build_space(problem)
    plan, bounds, importing = _best_plan(space, report)
    aims = counted(problem, plan, bounds)
    found = outcome(problem, plan, aims, status_of(aims))
    found["seconds"] = round(perf_counter() - begun - importing, 3)
    explained = perf_counter()
    if explain:
        add_explanations(space, plan, found)
    found["explain_seconds"] = round(perf_counter() - explained, 3)
    return found


def _best_plan(space: Space, report: Report) -> tuple[Plan, Mapping[str, int | None], float]:
    """The plan, its bounds, and the seconds that went into importing the solvers."""
    problem = space.problem
    stood = space.stood()
    program = build_program(space, space.candidates_beside(stood) if stood else space.candidates())
    first = greedy_choice(space, program.candidates, program.limits)
    greedy = with_first_debriefs(problem, program.candidates.plan(first))
    _report(problem, greedy, {}, "greedy", report)
    # The solvers take a while to import: the greedy plan is out by then.
    imported = perf_counter()
    from matching.walkthroughs.run import Run

    importing = perf_counter() - imported

    def better_plan(phase: str, plan: Plan, bounds: Mapping[str, int | None]) -> None:
        _report(problem, plan, bounds, phase, report)

    return *Run(space, better_plan).best_plan(program, first), importing


def _report(problem: VisitProblem, plan: Plan, bounds: Mapping[str, int | None], phase: str, report: Report) -> None:
    aims = counted(problem, plan, bounds)
    report(phase, aims, outcome(problem, plan, aims, "stopped"))
