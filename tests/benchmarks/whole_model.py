"""The peer of walkthroughs: CP-SAT over every visitor in every lesson, stopped as soon as it is as good as a plan.

    python -m tests.benchmarks.whole_model PROBLEM.json --covered 0 --wanted 68 --fit 68300 --seconds 60

It prints one JSON object: whether and after how many seconds it had that value (counted from the parsed problem, as
the engine counts), its bound of the same, how many booleans it had, its aims and its plan.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

from ortools.sat.python import cp_model

from tests.benchmarks.choices import Counted, Key, School

Json = dict[str, Any]
WORKERS = 2
STATUS = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "feasible"}


class _UntilAsGood(cp_model.CpSolverSolutionCallback):
    """Notes when each better plan came, and ends the search at the first that is good enough."""

    def __init__(self, target: int, begun: float) -> None:
        super().__init__()
        self.target, self.begun = target, begun
        self.at = 0.0
        self.reached = False

    def on_solution_callback(self) -> None:
        self.at = perf_counter() - self.begun
        if self.objective_value >= self.target:
            self.reached = True
            self.stop_search()


def solved(problem: Json, target: Counted, seconds: float) -> Json:
    """What the whole model has after at most so many seconds, or as soon as it is as good as the target."""
    begun = perf_counter()
    school = School(problem)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in school.choices]
    _limit(model, school, chosen)
    _aim(model, school, chosen)
    until = _UntilAsGood(school.value(target), begun)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.max_time_in_seconds = max(0.1, seconds - (perf_counter() - begun))
    built = perf_counter() - begun
    status = solver.solve(model, until)
    took = perf_counter() - begun
    has_plan = status in STATUS
    plan = [one for one, is_chosen in zip(school.choices, chosen, strict=True) if has_plan and solver.value(is_chosen)]
    aims = school.counted(plan)
    return {
        "reached": until.reached,
        "seconds": round(until.at if until.reached else took, 3),
        "built": round(built, 3),
        "status": STATUS.get(status, "none"),
        "booleans": len(chosen),
        "target": school.value(target),
        "value": school.value(aims) if has_plan else None,
        "bound": solver.best_objective_bound if has_plan else None,
        "aims": vars(aims),
        "plan": {"visits": [one.row() for one in plan], "videos": []},
    }


def _limit(model: cp_model.CpModel, school: School, chosen: list[Any]) -> None:
    groups: dict[Key, list[Any]] = defaultdict(list)
    most: dict[Key, int] = {}
    in_lesson: dict[str, list[Any]] = defaultdict(list)
    for one, is_chosen in zip(school.choices, chosen, strict=True):
        in_lesson[one.lesson].append(is_chosen)
        for key, limit in school.limits(one):
            groups[key].append(is_chosen)
            most[key] = limit
    for key, group in groups.items():
        if most[key] == 1:
            model.add_at_most_one(group)
        elif len(group) > most[key]:
            model.add(sum(group) <= most[key])
    for one_lesson, other in school.clashes:
        if in_lesson[one_lesson] and in_lesson[other]:
            first = model.new_bool_var("")
            model.add_bool_and(~each for each in in_lesson[other]).only_enforce_if(first)
            model.add_bool_and(~each for each in in_lesson[one_lesson]).only_enforce_if(~first)


def _aim(model: cp_model.CpModel, school: School, chosen: list[Any]) -> None:
    """As few units uncovered as can be, then as many wanted, then the best fit: in one number."""
    by_person: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for one, is_chosen in zip(school.choices, chosen, strict=True):
        by_person["visit", one.visitor].append(is_chosen)
        by_person["host", one.host].append(is_chosen)
    uncovered, one_wanted = school.weights
    terms = [one.fit * is_chosen for one, is_chosen in zip(school.choices, chosen, strict=True)]
    for name in school.people:
        for role in ("visit", "host"):
            required = school.required(name, role)
            short = model.new_int_var(0, required, "")
            model.add(sum(by_person[role, name]) + short >= required)
            terms.append(-uncovered * short)
            if role == "visit":
                # Visits beyond the required ones: nobody has more than are wanted.
                terms.append(one_wanted * (sum(by_person[role, name]) + short - required))
    model.maximize(sum(terms))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.whole_model", description="Solve it whole.")
    parser.add_argument("problem", type=Path)
    for aim in ("covered", "wanted", "fit"):
        parser.add_argument(f"--{aim}", type=int, required=True, help="of the plan that it must equal")
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args(arguments)
    target = Counted(asked.covered, asked.wanted, asked.fit)
    print(json.dumps(solved(json.loads(asked.problem.read_bytes()), target, asked.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
