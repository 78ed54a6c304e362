"""CP-SAT on a program, or on a part of its choices: one worker and counted work, so that runs are equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.program import Program, Sum
from matching.walkthroughs.work import Work


@dataclass(frozen=True)
class Answer:
    """What a search found: `chosen` is None where it found nothing; `bound` holds for the choices it was
    given."""

    chosen: Integers | None
    bound: int | None
    impossible: bool = False


def search(
    program: Program,
    aim: str,
    values: Mapping[str, int],
    *,
    hint: NDArray[Any] | None,
    work: Work,
    share: float,
    seed: int,
    left_out: Integers,
) -> Answer:
    """Optimise one aim where the aims before it have these values; it may use this share of the work."""
    model = cp_model.CpModel()
    kept = np.ones(len(program.upper), dtype=bool)
    kept[left_out] = False
    numbers = np.flatnonzero(kept)
    variables = {
        number: model.new_int_var(program.lower[number], program.upper[number], "") for number in numbers.tolist()
    }
    upper = np.asarray(program.upper)

    def weighed(numbers: Integers, weights: Integers) -> cp_model.LinearExprT:
        listed = [variables[number] for number in numbers.tolist()]
        return cp_model.LinearExpr.weighted_sum(listed, weights.tolist())

    def summed(goal: Sum) -> cp_model.LinearExprT:
        counting = np.flatnonzero(kept & (goal.weights != 0))
        return weighed(counting, goal.weights[counting]) + goal.constant

    for row in program.rows:
        here = kept[row.numbers]
        among, weights = row.numbers[here], row.weights[here]
        # With most choices left out, most of the limits can't be broken any more.
        if row.most is not None and (weights.clip(min=0) * upper[among]).sum() > row.most:
            model.add(weighed(among, weights) <= row.most)
        if row.least is not None:
            model.add(weighed(among, weights) >= row.least)
    for name, value in values.items():
        model.add(summed(program.aims[name]) == value)
    objective = summed(program.aims[aim])
    if aim in SMALLER_IS_BETTER:
        model.minimize(objective)
    else:
        model.maximize(objective)
    if hint is not None:
        for number, variable in variables.items():
            model.add_hint(variable, round(float(hint[number])))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work.part(share)
    # What is left is nearly linear: cuts help more than looking for symmetries and trying values out before.
    solver.parameters.linearization_level = 2
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    status = solver.solve(model)
    work.spend(solver.deterministic_time)
    if status == cp_model.INFEASIBLE:
        return Answer(None, None, impossible=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        # Without any plan CP-SAT may not have looked at the aim: what it then gives as a bound is none.
        return Answer(None, None)
    bound = round(solver.best_objective_bound)
    chosen = np.zeros(len(program.upper), dtype=np.int64)
    chosen[numbers] = [solver.value(variable) for variable in variables.values()]
    return Answer(chosen, bound)
