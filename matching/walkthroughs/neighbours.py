"""Large neighbourhood search: nearly all of a plan stands, and a few visitors choose anew, again and again.

After Shaw, Using constraint programming and local search methods to solve vehicle routing problems (1998).
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.linear import LinearProgram
from matching.walkthroughs.parts import Parts
from matching.walkthroughs.work import Work

# How many visitors choose anew at first; one more each time that so many tries in a row have found nothing better.
VISITORS, PATIENCE, MOST_VISITORS = 4, 4, 10
MOST_CHOICES = 8_000
# So many tries in a row without anything better are the end.
LAST = 28


class Neighbourhoods:
    """The search over one program, from one plan, for one aim at given values of the aims before it."""

    def __init__(self, linear: LinearProgram, aim: str, values: dict[str, int], work: Work, seed: int) -> None:
        self.program, self.work, self.draw = linear.program, work, random.Random(seed)
        self.parts = Parts(linear, aim, values, work)
        self.numbers = self.program.candidates.by_visitor

    def best(
        self,
        chosen: Integers,
        share: float,
        enough: Callable[[Integers], bool],
        report: Callable[[Integers], None],
    ) -> Integers:
        """The best plan found from this one, with this share of the work; it ends early where one is good enough."""
        now, stop_at, in_vain = chosen, self.work.left * (1 - share), 0
        while in_vain < LAST and self.work.left > stop_at and not enough(now):
            better = self._tried(now, self._visitors(now, VISITORS + in_vain // PATIENCE))
            in_vain = in_vain + 1 if better is None else 0
            if better is not None:
                now = better
                report(now)
        return now

    def _visitors(self, chosen: Integers, count: int) -> list[str]:
        """Somebody who has no debrief yet, some who meet the same people, and some others."""
        visits = self.program.candidates.visits
        made = [visits[number] for number in np.flatnonzero(chosen[: len(visits)])]
        waiting = [visit for visit in made if visit.debrief is None] or made
        if not waiting:
            return []
        first = self.draw.choice(waiting)
        near = [visit.visitor for visit in made if set(visit.people) & set(first.people)]
        others = sorted(self.numbers.keys() - set(near))
        self.draw.shuffle(near)
        self.draw.shuffle(others)
        ordered = dict.fromkeys([first.visitor, *near[: (count + 1) // 2], *others])
        return list(ordered)[: min(count, MOST_VISITORS)]

    def _tried(self, chosen: Integers, visitors: list[str]) -> Integers | None:
        """A better plan in which only these visitors have other visits; None where none was found."""
        free = self.parts.units[:0]
        for visitor in visitors:
            if len(free) + len(self.numbers[visitor]) > MOST_CHOICES and len(free):
                break
            free = np.append(free, self.numbers[visitor])
        found, costs = self.parts.decided(chosen, free), self.parts.costs
        return None if found is None or costs @ found > costs @ chosen - 0.5 else found
