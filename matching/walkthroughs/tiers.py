"""The aims one after another: a linear program bounds each, and where its vertex is whole, nothing is left to
do.

A vertex with fractions is mended where it is broken: the visitors concerned are decided anew. What that leaves is
settled by CP-SAT over the choices that the linear program does not price out: a plan with a choice that costs more
than the gap can't be better than the one in hand, so leaving it out loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.walkthroughs.arrays import Integers, Which
from matching.walkthroughs.exact import Answer, search
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.linear import ROUNDING, LinearProgram, Vertex
from matching.walkthroughs.pair_flow import PairBounds
from matching.walkthroughs.parts import Parts
from matching.walkthroughs.program import FIT_THEN_EARLY, Program, better
from matching.walkthroughs.work import Work

FIRST_AIMS = ("covered", "live", "moved", "wanted", "fit")
# How far from the best vertex a choice may be priced and still take part in a search, by aim; then all.
MARGINS: dict[str, tuple[float | None, ...]] = {
    "fit": (50.5, 200.5, None),
    "early": (1.5, 6.5, None),
    FIT_THEN_EARLY: (6.5,),
}
# The part of the work left that one search may use.
SHARES = {"fit": 0.5, "early": 0.25}
OTHER_SHARE = 0.3
OTHER_MARGINS: tuple[float | None, ...] = (1.5, None)


@dataclass
class Standing:
    """The best plan so far as numbers, with the value and the bound of each aim already settled."""

    chosen: Integers
    values: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, int | None] = field(default_factory=dict)


@dataclass
class Tiers:
    """Settles the aims of one program in their order; `by_pairs` bounds some of them from the start."""

    program: Program
    by_pairs: PairBounds
    work: Work
    seed: int
    report: Callable[[Standing], None]

    def __post_init__(self) -> None:
        self.linear = LinearProgram(self.program)
        self._fit: Vertex | None = None
        self._earliest: int | None = None

    def value(self, aim: str, chosen: Integers) -> int:
        return self.program.aims[aim].value(chosen)

    def settle_first(self, first: Integers) -> Standing:
        """From a first plan to one that is best in all aims up to the fit, as far as the work allows."""
        standing = Standing(first)
        targets: dict[str, int] = {}
        for aim in FIRST_AIMS:
            targets[aim] = self._ideal(aim, targets)
        if self._same(standing, targets):
            return self._settled(standing, targets)
        del targets["fit"]
        self._fit = self.linear.best(FIT_THEN_EARLY, targets, first)
        if self._fit is None:
            # Not all of them are at their best together: each is bounded in its turn.
            found = self._targets(standing)
            self._fit = None if found is None else self.linear.best(FIT_THEN_EARLY, found, standing.chosen)
            if found is None or self._fit is None:
                return self._settle_one_by_one(first)
            targets = found
        if not self._settle_both(standing, targets, self._fit) and not self._settle_fit(standing, targets):
            return self._settle_one_by_one(first)
        return self._settled(standing, targets)

    def _settled(self, standing: Standing, targets: dict[str, int]) -> Standing:
        standing.values = {aim: self.value(aim, standing.chosen) for aim in FIRST_AIMS}
        standing.bounds = dict(targets)
        self.report(standing)
        return standing

    def _settle_both(self, standing: Standing, targets: dict[str, int], vertex: Vertex) -> bool:
        """Whether a plan near the vertex has the best fit that there is; its visits are most often the earliest too."""
        whole, goal = vertex.integral(), self.program.aims[FIT_THEN_EARLY]
        if whole is None:
            known = standing.chosen if self._same(standing, targets) else None
            whole = self._dive(FIT_THEN_EARLY, targets, vertex, known)
        most = goal.step * floor((vertex.exact + goal.late) / (goal.unit * goal.step))
        if whole is None or self.value("fit", whole) != most:
            return False
        standing.chosen = whole
        targets["fit"] = most
        self._earliest = goal.unit * most - vertex.bound
        return True

    def _targets(self, standing: Standing) -> dict[str, int] | None:
        """The best value of each aim before the fit, given those before it, by one linear program for each."""
        targets: dict[str, int] = {}
        for aim in FIRST_AIMS[:-1]:
            value = self.value(aim, standing.chosen)
            if self._same(standing, targets) and value == self._ideal(aim, targets):
                targets[aim] = value
                continue
            vertex = self.linear.best(aim, targets, standing.chosen)
            if vertex is None:
                return None
            targets[aim] = vertex.bound
            whole = vertex.integral()
            if whole is not None:
                standing.chosen = whole
                self.report(standing)
        return targets

    def settle(self, aim: str, standing: Standing) -> None:
        """Settle one more aim, with all aims before it at the values they have."""
        now = self.value(aim, standing.chosen)
        ideal = now == self._ideal(aim, standing.values) or (aim == "early" and now == self._earliest)
        within = self.within_reach(standing) if aim == "early" and not ideal else None
        vertex = None if ideal else self.linear.best(aim, standing.values, standing.chosen, within)
        bound = now if ideal else None if vertex is None else vertex.bound
        if vertex is not None and now != bound:
            whole = vertex.integral()
            if whole is None:
                whole, bound = self._search(aim, standing.values, vertex, standing.chosen)
            if whole is not None and better(aim, self.value(aim, whole), now):
                standing.chosen = whole
                self.report(standing)
        standing.values[aim] = self.value(aim, standing.chosen)
        standing.bounds[aim] = bound

    def within_reach(self, standing: Standing) -> Which:
        """Of each choice, whether a plan can have it that is as good in all aims up to the fit."""
        if self._fit is None:
            before = {aim: standing.values[aim] for aim in FIRST_AIMS[:-1]}
            self._fit = self.linear.best(FIT_THEN_EARLY, before, standing.chosen)
        if self._fit is None:
            return np.ones(self.program.choices, dtype=bool)
        goal = self.program.aims[FIT_THEN_EARLY]
        gap = self._fit.exact - (goal.unit * self.value("fit", standing.chosen) - goal.late)
        choices = self.program.choices
        # What stands in every plan may cost any amount.
        found: Which = (self._fit.cost[:choices] <= gap) | (np.asarray(self.program.lower[:choices]) > 0)
        return found

    def misses_nothing(self, standing: Standing) -> bool:
        """Whether no plan, of other choices too, can cover more units or more of them live."""
        return all(standing.values[aim] == self.by_pairs.best(aim, standing.values) for aim in ("covered", "live"))

    def _ideal(self, aim: str, before: Mapping[str, int]) -> int:
        """What no plan can exceed, whatever else it does."""
        if aim in ("covered", "live"):
            return self.by_pairs.best(aim, before)
        # No plan is better than one in which every choice that helps is made and none that hurts.
        goal = self.program.aims[aim]
        helps = -1 if aim in SMALLER_IS_BETTER else 1
        upper = np.asarray(self.program.upper)
        most = goal.constant + int((goal.weights * upper)[goal.weights * helps > 0].sum())
        return min(most, self.by_pairs.best(aim, before)) if aim == "wanted" else most

    def _same(self, standing: Standing, targets: dict[str, int]) -> bool:
        return all(self.value(aim, standing.chosen) == target for aim, target in targets.items())

    def _settle_fit(self, standing: Standing, targets: dict[str, int]) -> bool:
        before = dict(targets)
        vertex = self.linear.best("fit", before, standing.chosen)
        if vertex is None:
            return False
        known = standing.chosen if self._same(standing, before) else None
        whole, bound = vertex.integral(), vertex.bound
        if whole is None:
            whole, bound = self._search("fit", before, vertex, known)
        if whole is None and known is None:
            return False
        if whole is not None and (known is None or self.value("fit", whole) > self.value("fit", known)):
            standing.chosen = whole
        targets["fit"] = bound
        self.report(standing)
        return True

    def _search(
        self, aim: str, values: dict[str, int], vertex: Vertex, known: Integers | None
    ) -> tuple[Integers | None, int]:
        """Search near the vertex, then among all choices; returns the best found and a bound for every
        plan."""
        best, bound = self._dive(aim, values, vertex, known), vertex.bound
        for margin in MARGINS.get(aim, OTHER_MARGINS):
            if best is not None and self.value(aim, best) == bound:
                break
            out = self._priced_out(vertex, inf if margin is None else margin)
            if margin is not None and not len(out):
                continue
            answer = self._searched(aim, values, best if best is not None else vertex.chosen, out)
            best = self._better_of(aim, best, answer.chosen)
            if answer.impossible and margin is None:
                break
            bound = self._tighter(aim, vertex, margin, answer.bound, bound, answer.impossible)
        return best, bound

    def _searched(self, aim: str, values: dict[str, int], hint: NDArray[Any], out: Integers) -> Answer:
        share = SHARES.get(aim, OTHER_SHARE)
        return search(self.program, aim, values, hint=hint, work=self.work, share=share, seed=self.seed, left_out=out)

    def _better_of(self, aim: str, one: Integers | None, other: Integers | None) -> Integers | None:
        if one is None or other is None:
            return other if one is None else one
        return other if better(aim, self.value(aim, other), self.value(aim, one)) else one

    def _dive(self, aim: str, values: dict[str, int], vertex: Vertex, known: Integers | None) -> Integers | None:
        """The best plan in which visitors with whole visits at the vertex keep them: small, most often enough."""
        nearest = np.rint(vertex.chosen).astype(np.int64)
        is_broken = np.abs(vertex.chosen - nearest) > ROUNDING
        is_near = np.ones(self.program.choices, dtype=bool)
        is_near[self._priced_out(vertex, MARGINS.get(aim, OTHER_MARGINS)[0] or inf)] = False
        free = []
        for numbers in self.program.candidates.by_visitor.values():
            if is_broken[numbers].any():
                nearest[numbers] = 0
                free.append(numbers[is_near[numbers]])
        found = Parts(self.linear, aim, values, self.work).decided(nearest, np.concatenate(free)) if free else None
        return self._better_of(aim, known, found)

    def _priced_out(self, vertex: Vertex, margin: float) -> Integers:
        choices = self.program.choices
        is_open = np.asarray(self.program.lower[:choices]) == 0
        return np.flatnonzero(is_open & (vertex.cost[:choices] > margin))

    def _tighter(
        self, aim: str, vertex: Vertex, margin: float | None, found: int | None, bound: int, impossible: bool
    ) -> int:
        # A plan either keeps to the choices that were searched, or has one that costs more than the margin.
        sign = 1 if aim in SMALLER_IS_BETTER else -1
        sides: list[float] = []
        if not impossible:
            sides.append(sign * (bound if found is None else found))
        if margin is not None:
            sides.append(sign * vertex.exact + margin)
        if not sides:
            return bound
        reached = ceil(min(sides) - ROUNDING)
        return max(bound, reached) if sign > 0 else min(bound, -reached)

    def _settle_one_by_one(self, first: Integers) -> Standing:
        # The bounds of several aims can't be reached together: each aim is settled at what is really reached.
        self._fit = None
        standing = Standing(first)
        for aim in FIRST_AIMS:
            self.settle(aim, standing)
        return standing
