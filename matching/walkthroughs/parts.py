"""A part of a program decided anew while all else stands, by the branch and bound of HiGHS.

HiGHS is at its best where linear programs are nearly whole; limited by nodes, it ends equally in equal runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.linear import LinearProgram
from matching.walkthroughs.work import Work

MOST_NODES = 200
# What a part costs in units of work: for itself, and for each choice.
A_PART, A_CHOICE = 0.12, 3e-5


class Parts:
    """The parts of one program, for one aim at given values of the aims before it."""

    def __init__(self, linear: LinearProgram, aim: str, values: Mapping[str, int], work: Work) -> None:
        self.program, self.work = linear.program, work
        self.costs = linear.costs(aim)
        self.matrix, self.least, self.most = linear.limits(values)
        self.by_row = self.matrix.tocsr()
        # Units count each other, so all of them follow; what counts planning that is used stays near the visits.
        counters = range(self.program.choices, len(self.program.upper))
        self.units = np.asarray([number for number in counters if number not in self.program.uses], dtype=np.int64)

    def decided(self, chosen: Integers, free: Integers) -> Integers | None:
        """The best values of all numbers where only these choices may differ; None where none were found."""
        self.work.spend(A_PART + A_CHOICE * len(free))
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
        if found.x is None:
            return None
        values[asked] = np.rint(found.x).astype(np.int64)
        return values

    def _with_counters(self, free: Integers) -> tuple[Integers, Integers]:
        """These choices with the numbers that count them, and the rows that say anything about either."""
        rows = np.unique(self.matrix[:, free].indices)
        beside = np.unique(self.by_row[rows].indices)
        asked = np.union1d(np.concatenate([free, self.units]), beside[beside >= self.program.choices])
        return asked, np.unique(self.matrix[:, asked].indices)
