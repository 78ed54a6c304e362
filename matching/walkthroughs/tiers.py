"""The aims one after another: a linear program bounds each, and where its vertex is whole, nothing is left to
do.

A vertex with fractions is settled by CP-SAT over the choices that the linear program does not price out: a
plan with a choice that costs more than the gap can't be better than the one in hand, so leaving it out loses
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from matching.walkthroughs.exact import Answer, search
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.linear import ROUNDING, LinearProgram, Vertex
from matching.walkthroughs.program import Program, better
from matching.walkthroughs.work import Work

FIRST_AIMS = ("covered", "live", "moved", "wanted", "fit")
# How far from the best vertex a choice may be priced and still take part in a search, by aim; then all.
MARGINS: dict[str, tuple[float | None, ...]] = {"fit": (50.5, 200.5, None), "early": (1.5, 6.5, None)}
# The part of the work left that one search may use.
SHARES = {"fit": 0.5, "early": 0.25}
OTHER_SHARE = 0.3
OTHER_MARGINS: tuple[float | None, ...] = (1.5, None)


@dataclass
class Standing:
    """The best plan so far as numbers, with the value and the bound of each aim already settled."""

    chosen: list[int]
    values: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, int | None] = field(default_factory=dict)


@dataclass
class Tiers:
    """Settles the aims of one program in their order.

    `uncovered` are the fewest required units that any plan leaves uncovered, and the fewest without a live visit.
    """

    program: Program
    uncovered: tuple[int, int]
    work: Work
    seed: int
    report: Callable[[Standing], None]

    def __post_init__(self) -> None:
        self.linear = LinearProgram(self.program)
        self._fit: Vertex | None = None

    def value(self, aim: str, chosen: Sequence[float]) -> int:
        return round(self.program.aims[aim].value(chosen))

    def settle_first(self, first: list[int]) -> Standing:
        """From a first plan to one that is best in all aims up to the fit, as far as the work allows."""
        standing = Standing(first)
        targets: dict[str, int] = {}
        for aim in FIRST_AIMS:
            value = self.value(aim, standing.chosen)
            if self._same(standing, targets) and value == self._ideal(aim, targets):
                targets[aim] = value
                continue
            vertex = self._best(aim, targets, standing.chosen)
            if vertex is None:
                return self._settle_one_by_one(first)
            targets[aim] = vertex.bound
            whole = vertex.integral()
            if whole is not None:
                standing = Standing(whole)
                self.report(standing)
            elif aim == "fit" and not self._settle_fit(standing, targets, vertex):
                return self._settle_one_by_one(first)
        standing.values = {aim: self.value(aim, standing.chosen) for aim in FIRST_AIMS}
        standing.bounds = dict(targets)
        self.report(standing)
        return standing

    def settle(self, aim: str, standing: Standing) -> None:
        """Settle one more aim, with all aims before it at the values they have."""
        now = self.value(aim, standing.chosen)
        ideal = now == self._ideal(aim, standing.values)
        vertex = None if ideal else self._best(aim, standing.values, standing.chosen)
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

    def within_reach(self, standing: Standing) -> list[bool]:
        """Of each choice, whether a plan can have it that is as good in all aims up to the fit."""
        if self._fit is None:
            return [True] * self.program.choices
        gap = self._fit.exact - self.value("fit", standing.chosen)
        return [cost <= gap + ROUNDING for cost in self._fit.cost[: self.program.choices]]

    def _best(self, aim: str, values: dict[str, int], known: Sequence[int]) -> Vertex | None:
        vertex = self.linear.best(aim, values, known)
        if aim == "fit":
            self._fit = vertex
        return vertex

    def misses_nothing(self, standing: Standing) -> bool:
        """Whether no plan, of other choices too, can cover more units or more of them live."""
        return all(standing.values[aim] == self._by_pairs(aim, standing.values) for aim in ("covered", "live"))

    def _by_pairs(self, aim: str, before: Mapping[str, int]) -> int:
        return self.uncovered[0] if aim == "covered" else max(0, self.uncovered[1] - before["covered"])

    def _ideal(self, aim: str, before: Mapping[str, int]) -> int:
        """What no plan can exceed, whatever else it does."""
        if aim in ("covered", "live"):
            return self._by_pairs(aim, before)
        # No plan is better than one in which every choice that helps is made and none that hurts.
        goal = self.program.aims[aim]
        helps = -1 if aim in SMALLER_IS_BETTER else 1
        upper = self.program.upper
        return goal.constant + sum(w * upper[n] for n, w in goal.weights.items() if w * helps > 0)

    def _same(self, standing: Standing, targets: dict[str, int]) -> bool:
        return all(self.value(aim, standing.chosen) == target for aim, target in targets.items())

    def _settle_fit(self, standing: Standing, targets: dict[str, int], vertex: Vertex) -> bool:
        before = {aim: target for aim, target in targets.items() if aim != "fit"}
        known = standing.chosen if self._same(standing, before) else None
        whole, bound = self._search("fit", before, vertex, known)
        if whole is None and known is None:
            return False
        if whole is not None and (known is None or self.value("fit", whole) > self.value("fit", known)):
            standing.chosen = whole
        targets["fit"] = vertex.bound if bound is None else bound
        self.report(standing)
        return True

    def _search(
        self, aim: str, values: dict[str, int], vertex: Vertex, known: list[int] | None
    ) -> tuple[list[int] | None, int | None]:
        """Search near the vertex, then among all choices; returns the best found and a bound for every
        plan."""
        best, bound = self._dive(aim, values, vertex, known), vertex.bound
        for margin in MARGINS.get(aim, OTHER_MARGINS):
            if best is not None and self.value(aim, best) == bound:
                break
            out = self._priced_out(vertex, margin)
            if margin is not None and not out:
                continue
            answer = self._searched(aim, values, best if best is not None else vertex.chosen, out)
            best = self._better_of(aim, best, answer.chosen)
            if answer.impossible and margin is None:
                break
            bound = self._tighter(aim, vertex, margin, answer.bound, bound, answer.impossible)
        return best, bound

    def _searched(self, aim: str, values: dict[str, int], hint: Sequence[float], out: set[int]) -> Answer:
        share = SHARES.get(aim, OTHER_SHARE)
        return search(self.program, aim, values, hint=hint, work=self.work, share=share, seed=self.seed, left_out=out)

    def _better_of(self, aim: str, one: list[int] | None, other: list[int] | None) -> list[int] | None:
        if one is None or other is None:
            return one or other
        return other if better(aim, self.value(aim, other), self.value(aim, one)) else one

    def _dive(self, aim: str, values: dict[str, int], vertex: Vertex, known: list[int] | None) -> list[int] | None:
        """Search where visitors with whole visits at the vertex keep them: small, most often enough."""
        broken = {
            visit.visitor
            for number, visit in self.program.candidates.numbered_visits()
            if ROUNDING < vertex.chosen[number] < 1 - ROUNDING
        }
        near = self._priced_out(vertex, MARGINS.get(aim, OTHER_MARGINS)[0])
        out = {
            number
            for number, visit in self.program.candidates.numbered_visits()
            if not self.program.lower[number]
            and (number in near if visit.visitor in broken else vertex.chosen[number] <= ROUNDING)
        }
        answer = self._searched(aim, values, vertex.chosen, out)
        return self._better_of(aim, known, answer.chosen)

    def _priced_out(self, vertex: Vertex, margin: float | None) -> set[int]:
        if margin is None:
            return set()
        return {
            number
            for number in range(self.program.choices)
            if vertex.cost[number] > margin and not self.program.lower[number]
        }

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

    def _settle_one_by_one(self, first: list[int]) -> Standing:
        # The bounds of several aims can't be reached together: each aim is settled at what is really reached.
        standing = Standing(first)
        for aim in FIRST_AIMS:
            self.settle(aim, standing)
        return standing
