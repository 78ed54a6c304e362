"""The exchanges that an optimal plan leaves open: who could pass whom on to whom, and what each step costs."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from matching.pairing.network import Network, arcs_of
from matching.pairing.residual import potentials

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates, Ints, SmallInts


class Exchange:
    """The ways in which mentors can pass mentees on to each other, as arcs between mentors, a pool and an
    exit.

    Nodes are the mentors, then the pool of free seats, then the exit to and from the unpaired. `cost` is
    reduced, so never negative; `via` is the mentee who moves, or -1 where only a seat changes hands.
    """

    def __init__(self, candidates: Candidates, network: Network, chosen: Bools) -> None:
        self.candidates, self.chosen = candidates, chosen
        self.width = len(candidates.mentors)
        self.pool, self.exit, self.nodes = self.width, self.width + 1, self.width + 2
        height = len(candidates.mentees)
        fit = candidates.fit.astype(np.int64)
        self.span = int(network.mentee_places.sum()) * int(fit.max(initial=0))
        # A lost pair of last cycle outweighs any fit, so a price up to `span` loses none.
        gain = fit + candidates.kept * (2 * self.span + 2)
        load = np.bincount(candidates.column[chosen], minlength=self.width)
        self.mentor_of = np.full(height, -1, dtype=np.int64)
        self.mentor_of[candidates.row[chosen]] = candidates.column[chosen]
        plain = Network(height, self.width)
        plain.seats, plain.mentee_places = network.seats, network.mentee_places
        arcs, _ = arcs_of(candidates, plain)
        sources = arcs.head[arcs.pairs : len(arcs.head) - arcs.seats]
        sellers = arcs.tail[len(arcs.tail) - arcs.seats :] - height
        flow = np.concatenate([chosen, self.mentor_of[sources] >= 0, load[sellers]]).astype(np.int64)
        cost = np.concatenate([-gain, np.zeros(len(flow) - len(gain), dtype=np.int64)])
        distance = potentials(arcs, cost, flow)
        reduced = cost + distance[arcs.tail] - distance[arcs.head]
        self.step_to = reduced[: arcs.pairs]
        self.step_back = np.zeros(height, dtype=np.int64)
        self.step_back[candidates.row[chosen]] = -self.step_to[chosen]
        from_source = np.zeros(height, dtype=np.int64)
        from_source[sources] = reduced[arcs.pairs : len(reduced) - arcs.seats]
        to_pool = reduced[len(reduced) - arcs.seats :]
        spare, loaded = load[sellers] < arcs.capacity[len(arcs.tail) - arcs.seats :], load[sellers] > 0
        self._gather(from_source, sellers, to_pool, spare, loaded)

    def _gather(self, from_source: Ints, sellers: SmallInts, to_pool: Ints, spare: Bools, loaded: Bools) -> None:
        """Collect the arcs, and keep the cheapest of parallel ones (then the first mentee)."""
        row, column = self.candidates.row[~self.chosen], self.candidates.column[~self.chosen]
        start = self.mentor_of[row]
        paired = start >= 0
        enter = np.where(paired, self.step_back[row], from_source[row])
        leaving = np.flatnonzero(self.mentor_of >= 0)
        nobody = np.full(len(sellers), -1)
        tail = np.concatenate(
            [
                np.where(paired, start, self.exit),
                self.mentor_of[leaving],
                sellers[spare],
                np.full(int(loaded.sum()), self.pool),
            ]
        )
        head = np.concatenate(
            [column, np.full(len(leaving), self.exit), np.full(int(spare.sum()), self.pool), sellers[loaded]]
        )
        cost = np.concatenate(
            [
                self.step_to[~self.chosen] + enter,
                self.step_back[leaving] - from_source[leaving],
                to_pool[spare],
                -to_pool[loaded],
            ]
        )
        via = np.concatenate([row, leaving, nobody[spare], nobody[loaded]])
        # What is dearer than all that a plan can lose is part of no alternative.
        order = np.flatnonzero(cost <= self.span)
        order = order[np.lexsort((via[order], cost[order], head[order], tail[order]))]
        tail, head = tail[order], head[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        self.tail, self.head = tail[first], head[first]
        self.cost, self.via = cost[order][first], via[order][first]
        # Looked up one by one and often: a plain view is several times faster than an array of NumPy.
        self._code = np.ascontiguousarray(self.tail * self.nodes + self.head).data

    def mover(self, node: int, then: int) -> int:
        """Who moves on the arc from one node to another; -1 where only a seat changes hands."""
        return int(self.via[bisect_left(self._code, node * self.nodes + then)])
