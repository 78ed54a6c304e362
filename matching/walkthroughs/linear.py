"""The program without its whole numbers: HiGHS through scipy gives a bound, a vertex, and what each choice
would cost.

A large program is solved by column generation: over a few choices first, then again with those that the duals price
below nothing, until there are none (Desaulniers, Desrosiers and Solomon, Column Generation, chapter 1). What it ends
with is optimal over all choices, and the reduced costs are those of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, vstack

from matching.walkthroughs.arrays import Integers, Numbers, Which
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.program import Between, Program

# Aims are whole numbers below ten million; the solver's answers are good to about 1e-9 of that.
ROUNDING = 1e-5
# Below nothing by more than the solver's own tolerance.
PRICED = 1e-7
# Choices up to which a program is solved at once; of a larger one, how many choices a round adds at most, and how many
# there are at first for each of those that a plan may hold.
WHOLE = 100_000
ADDED = 10_000
AT_FIRST = 20
# So many times more where these are too few.
MORE = 4
# Costs are scaled down to this: HiGHS takes up to ten times longer with much larger or smaller ones.
MOST_COST = 1000.0


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex: `bound` is the best whole value that any plan can have, `cost` what a choice loses
    at least."""

    bound: int
    exact: float
    chosen: Numbers
    cost: Numbers

    def integral(self) -> Integers | None:
        """The vertex in whole numbers, or None where it has fractions."""
        nearest = np.rint(self.chosen)
        if np.abs(nearest - self.chosen).max(initial=0.0) > ROUNDING:
            return None
        return nearest.astype(np.int64)


class LinearProgram:
    """The rows of a program as sparse matrices, solved for one aim after another."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.bounds = np.column_stack([program.lower, program.upper]).astype(float)
        equal = [row for row in program.rows if row.least is not None and row.least == row.most]
        most = [row for row in program.rows if row.most is not None and row.least != row.most]
        least = [row for row in program.rows if row.least is not None and row.least != row.most]
        self._at_most = vstack([self._matrix(most), -self._matrix(least)], format="csc")
        self._most = np.asarray([row.most for row in most] + [-(row.least or 0) for row in least], dtype=float)
        self._equal, self._values = self._matrix(equal), np.asarray([row.most for row in equal], dtype=float)
        self._active: Which | None = None
        # Looking through the rows before the first step takes longer than the steps it saves.
        self._options = {"presolve": False}

    def best(
        self, aim: str, values: Mapping[str, int], known: Integers | None = None, within: Which | None = None
    ) -> Vertex | None:
        """The best vertex for an aim where the aims before it have these values; None where there is none.

        `known` are the values of a plan: its choices are among the first. Choices that are not `within` are left out.
        """
        costs, (equal, wanted) = self.costs(aim), self._equalities(values)
        allowed = np.ones(len(costs), dtype=bool)
        if within is not None:
            allowed[: len(within)] = within
        scale = min(1.0, MOST_COST / np.abs(costs).max(initial=1.0))
        solved = self._solved(allowed, scale * costs, equal, wanted, known)
        if solved is None:
            return None
        value, chosen, reduced = solved
        goal = self.program.aims[aim]
        sign = 1.0 if aim in SMALLER_IS_BETTER else -1.0
        exact = sign * value / scale + goal.constant
        bound = ceil(exact - ROUNDING * goal.unit) if sign > 0 else floor(exact + ROUNDING * goal.unit)
        return Vertex(bound, exact, chosen, reduced / scale)

    def costs(self, aim: str) -> Numbers:
        """What each number costs for an aim: the less the better."""
        weights = self.program.aims[aim].weights.astype(float)
        return weights if aim in SMALLER_IS_BETTER else -weights

    def limits(self, values: Mapping[str, int]) -> tuple[Any, Numbers, Numbers]:
        """All rows as one matrix with the least and the most of each, where the aims before have these values."""
        equal, wanted = self._equalities(values)
        least = np.concatenate([np.full(len(self._most), -np.inf), wanted])
        return vstack([self._at_most, equal], format="csc"), least, np.concatenate([self._most, wanted])

    def _equalities(self, values: Mapping[str, int]) -> tuple[Any, Numbers]:
        aims = [(self.program.aims[name], value) for name, value in values.items()]
        goals = [(goal, value) for goal, value in aims if goal.weights.any()]
        rows = csc_array(np.asarray([goal.weights for goal, _ in goals]).reshape(len(goals), len(self.program.upper)))
        equal = vstack([self._equal, rows], format="csc")
        return equal, np.concatenate([self._values, [value - goal.constant for goal, value in goals]])

    def _solved(
        self, allowed: Which, costs: Numbers, equal: Any, wanted: Numbers, known: Integers | None
    ) -> tuple[float, Numbers, Numbers] | None:
        """Value, vertex and reduced costs, which have no end for what is not allowed."""
        if np.count_nonzero(allowed[: self.program.choices]) <= WHOLE:
            return self._over(allowed, costs, equal, wanted)[0]
        active = (self._first(known, AT_FIRST) if self._active is None else self._active) & allowed
        at_first = AT_FIRST
        while True:
            found, duals = self._over(active, costs, equal, wanted)
            if found is None and (active == allowed).all():
                return None
            if found is None:
                # A few choices may be too few for the aims before: more of them decide, in the end all.
                at_first *= MORE
                active = (active | self._first(known, at_first)) & allowed
                continue
            reduced = costs - self._at_most.T @ duals[0] - equal.T @ duals[1]
            left = np.flatnonzero(allowed & ~active)
            if not (reduced[left] < -PRICED).any():
                self._active = active
                found[2][left] = reduced[left]
                return found
            # Those that are nearly as good come along: the duals of the next round often ask for them.
            active = active.copy()
            active[left[np.argsort(reduced[left], kind="stable")[:ADDED]]] = True

    def _first(self, known: Integers | None, many: int) -> Which:
        """The choices to begin with: all that count units, those of the plan, and a spread of the others."""
        choices = self.program.choices
        active = np.ones(len(self.program.upper), dtype=bool)
        active[:choices] = False
        active[: choices : max(1, choices // (many * max(1, len(self.program.units))))] = True
        active[np.asarray(self.program.lower) > 0] = True
        if known is not None:
            active |= known > 0
        return active

    def _over(
        self, active: Which, costs: Numbers, equal: Any, wanted: Numbers
    ) -> tuple[tuple[float, Numbers, Numbers] | None, tuple[Numbers, Numbers]]:
        """The best over these choices, all others being left out, and the duals of both kinds of row."""
        few = not active.all()
        result: Any = linprog(
            costs[active],
            A_ub=self._at_most[:, active] if few else self._at_most,
            b_ub=self._most,
            A_eq=equal[:, active] if few else equal,
            b_eq=wanted,
            bounds=self.bounds[active],
            method="highs-ds",
            options=self._options,
        )
        if result.status != 0:
            return None, (np.empty(0), np.empty(0))
        chosen, reduced = np.zeros(len(costs)), np.full(len(costs), np.inf)
        chosen[active], reduced[active] = result.x, result.lower.marginals
        return (float(result.fun), chosen, reduced), (result.ineqlin.marginals, result.eqlin.marginals)

    def _matrix(self, rows: Iterable[Between]) -> Any:
        listed = list(rows)
        shape = (len(listed), len(self.program.upper))
        if not listed:
            return csc_array(shape)
        numbers = np.concatenate([row.numbers for row in listed])
        weights = np.concatenate([row.weights for row in listed]).astype(float)
        at = np.repeat(np.arange(len(listed)), [len(row.numbers) for row in listed])
        return csc_array((weights, (at, numbers)), shape=shape)
