"""Large neighbourhood search: nearly all of a plan stands, and a few visitors choose anew, again and again.

After Shaw, Using constraint programming and local search methods to solve vehicle routing problems (1998). Each small
program goes to the branch and bound of HiGHS, which is at its best where linear programs are nearly whole; limited by
nodes, it ends equally in equal runs.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.linear import LinearProgram
from matching.walkthroughs.work import Work

# How many visitors choose anew at first; one more each time that so many tries in a row have found nothing better.
VISITORS, PATIENCE, MOST_VISITORS = 4, 4, 10
MOST_CHOICES, MOST_NODES = 8_000, 200
# What a try costs in units of work: for itself, and for each choice.
A_TRY, A_CHOICE = 0.12, 3e-5
# So many tries in a row without anything better are the end.
LAST = 28


class Neighbourhoods:
    """The search over one program, from one plan, for one aim at given values of the aims before it."""

    def __init__(self, linear: LinearProgram, aim: str, values: dict[str, int], work: Work, seed: int) -> None:
        self.program, self.work, self.draw = linear.program, work, random.Random(seed)
        self.costs = linear.costs(aim)
        self.matrix, self.least, self.most = linear.limits(values)
        self.by_row = self.matrix.tocsr()
        # Units count each other, so all of them follow; what counts planning that is used stays near the visits.
        counters = range(self.program.choices, len(self.program.upper))
        self.units = np.asarray([number for number in counters if number not in self.program.uses], dtype=np.int64)
        candidates = self.program.candidates
        groups = candidates.groups("visitor")
        self.numbers = {candidates.visits[numbers[0]].visitor: numbers for numbers in groups}
        for number, pair in candidates.numbered_videos():
            self.numbers[pair.visitor] = np.append(self.numbers.get(pair.visitor, self.units[:0]), number)

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
        free = np.empty(0, dtype=np.int64)
        for visitor in visitors:
            if len(free) + len(self.numbers[visitor]) > MOST_CHOICES and len(free):
                break
            free = np.append(free, self.numbers[visitor])
        self.work.spend(A_TRY + A_CHOICE * len(free))
        asked, rows = self._with_counters(np.sort(free))
        values, stands = chosen.copy(), chosen.copy()
        stands[asked] = 0
        held = self.by_row[rows] @ stands
        found: Any = milp(
            self.costs[asked],
            integrality=np.ones(len(asked)),
            bounds=Bounds(np.asarray(self.program.lower)[asked], np.asarray(self.program.upper)[asked]),
            constraints=LinearConstraint(self.by_row[rows][:, asked], self.least[rows] - held, self.most[rows] - held),
            options={"node_limit": MOST_NODES},
        )
        if found.x is None or found.fun > self.costs[asked] @ values[asked] - 0.5:
            return None
        values[asked] = np.rint(found.x).astype(np.int64)
        return values

    def _with_counters(self, free: Integers) -> tuple[Integers, Integers]:
        """These choices with the numbers that count them, and the rows that say anything about either."""
        rows = np.unique(self.matrix[:, free].indices)
        beside = np.unique(self.by_row[rows].indices)
        asked = np.union1d(np.concatenate([free, self.units]), beside[beside >= self.program.choices])
        return asked, np.unique(self.matrix[:, asked].indices)
