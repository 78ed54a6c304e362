"""The program without its whole numbers: HiGHS through scipy gives a bound, a vertex, and what each choice
would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.program import Program, Sum

# Aims are whole numbers below ten million; the solver's answers are good to about 1e-9 of that.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex: `bound` is the best whole value that any plan can have, `cost` what a choice loses
    at least."""

    bound: int
    exact: float
    chosen: list[float]
    cost: list[float]

    def integral(self) -> list[int] | None:
        """The vertex in whole numbers, or None where it has fractions."""
        nearest = np.rint(self.chosen)
        if np.abs(nearest - np.asarray(self.chosen)).max(initial=0.0) > ROUNDING:
            return None
        return [int(value) for value in nearest]


class LinearProgram:
    """The rows of a program as sparse matrices, solved once for each aim."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.bounds = np.column_stack([program.lower, program.upper]).astype(float)
        self._at_most: list[tuple[tuple[int, ...], tuple[int, ...], float]] = []
        self._equal: list[tuple[tuple[int, ...], tuple[int, ...], float]] = []
        for row in program.rows:
            if row.least is not None and row.least == row.most:
                self._equal.append((row.numbers, row.weights, row.most))
                continue
            if row.most is not None:
                self._at_most.append((row.numbers, row.weights, row.most))
            if row.least is not None:
                self._at_most.append((row.numbers, tuple(-weight for weight in row.weights), -row.least))

    def best(self, aim: str, values: Mapping[str, int]) -> Vertex | None:
        """The best vertex for an aim where the aims before it have these values; None where there is none."""
        goal = self.program.aims[aim]
        sign = 1.0 if aim in SMALLER_IS_BETTER else -1.0
        costs = np.zeros(len(self.program.upper))
        costs[list(goal.weights)] = [sign * weight for weight in goal.weights.values()]
        fixed = [_row(self.program.aims[name], value) for name, value in values.items()]
        equal = self._equal + [row for row in fixed if row[0]]
        result: Any = linprog(
            costs,
            A_ub=self._matrix(self._at_most),
            b_ub=[row[2] for row in self._at_most] or None,
            A_eq=self._matrix(equal),
            b_eq=[row[2] for row in equal] or None,
            bounds=self.bounds,
            method="highs",
        )
        if result.status != 0:
            return None
        exact = sign * float(result.fun) + goal.constant
        bound = ceil(exact - ROUNDING) if sign > 0 else floor(exact + ROUNDING)
        return Vertex(bound, exact, list(result.x), list(result.lower.marginals))

    def _matrix(self, rows: list[tuple[tuple[int, ...], tuple[int, ...], float]]) -> Any:
        if not rows:
            return None
        starts = np.cumsum([0] + [len(row[0]) for row in rows])
        numbers = np.concatenate([np.asarray(row[0], dtype=np.int64) for row in rows])
        weights = np.concatenate([np.asarray(row[1], dtype=float) for row in rows])
        return csr_array((weights, numbers, starts), shape=(len(rows), len(self.program.upper)))


def _row(aim: Sum, value: int) -> tuple[tuple[int, ...], tuple[int, ...], float]:
    return tuple(aim.weights), tuple(aim.weights.values()), value - aim.constant
