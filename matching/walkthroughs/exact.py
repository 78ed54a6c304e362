"""CP-SAT on a program, or on a part of its choices: one worker and counted work, so that runs are equal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.program import Program
from matching.walkthroughs.work import Work


@dataclass(frozen=True)
class Answer:
    """What a search found: `chosen` is None where it found nothing; `bound` holds for the choices it was
    given."""

    chosen: list[int] | None
    bound: int | None
    impossible: bool = False


def search(
    program: Program,
    aim: str,
    values: Mapping[str, int],
    *,
    hint: Sequence[float] | None,
    work: Work,
    share: float,
    seed: int,
    left_out: Collection[int] = (),
) -> Answer:
    """Optimise one aim where the aims before it have these values; it may use this share of the work."""
    model = cp_model.CpModel()
    out = set(left_out)
    variables = [
        None if number in out else model.new_int_var(lower, upper, "")
        for number, (lower, upper) in enumerate(zip(program.lower, program.upper, strict=True))
    ]

    def weighed(numbers: Sequence[int], weights: Sequence[int]) -> cp_model.LinearExprT:
        terms = [
            (variable, weight)
            for number, weight in zip(numbers, weights, strict=True)
            if (variable := variables[number]) is not None
        ]
        return cp_model.LinearExpr.weighted_sum([term[0] for term in terms], [term[1] for term in terms])

    for row in program.rows:
        total = weighed(row.numbers, row.weights)
        if row.most is not None:
            model.add(total <= row.most)
        if row.least is not None:
            model.add(total >= row.least)
    for name, value in values.items():
        goal = program.aims[name]
        model.add(weighed(list(goal.weights), list(goal.weights.values())) == value - goal.constant)
    goal = program.aims[aim]
    objective = weighed(list(goal.weights), list(goal.weights.values())) + goal.constant
    if aim in SMALLER_IS_BETTER:
        model.minimize(objective)
    else:
        model.maximize(objective)
    if hint is not None:
        for number, variable in enumerate(variables):
            if variable is not None:
                model.add_hint(variable, round(hint[number]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work.part(share)
    status = solver.solve(model)
    work.spend(solver.deterministic_time)
    if status == cp_model.INFEASIBLE:
        return Answer(None, None, impossible=True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        # Without any plan CP-SAT may not have looked at the aim: what it then gives as a bound is none.
        return Answer(None, None)
    bound = round(solver.best_objective_bound)
    return Answer([0 if variable is None else solver.value(variable) for variable in variables], bound)
