"""The next best mentors of each pair with their exact price, from the residual graph of the optimal flow.

Forcing a pair (mentee u, mentor b) on a plan that has u with a costs the fit of (u, a) less that of (u, b),
and the shortest way from b back to a on which other people make room: each step is one mentee who leaves one
mentor for another, gives way to an unpaired one, or a seat that is free. With the potentials of the optimal
flow every step has a length of 0 or more, so one search backwards from a finds the exact price of all of a's
mentees at once (Ahuja, Magnanti and Orlin, Network Flows, chapter 9). The searches stay within a radius that grows
until each mentee has as many alternatives as are told: what costs no more than the radius is found exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from matching.pairing.exchange import Exchange

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates, Ints, SmallInts
    from matching.pairing.network import Network

MOST = 3
GROWTH = 8
MENTEES_ASKED = 50
LENGTHS_AT_ONCE = 2_000_000
_FAR = 2**61


def alternatives(candidates: Candidates, network: Network, chosen: Bools) -> dict[str, list[dict[str, Any]]]:
    """The alternatives of each mentee in the plan who is not fixed: at most three, cheapest first, then by
    id.
    """
    exchange = Exchange(candidates, network, chosen)
    found: dict[int, list[dict[str, Any]]] = {row: [] for row in np.flatnonzero(exchange.mentor_of >= 0).tolist()}
    changes = _Changes(exchange)
    radius = changes.usual_price()
    while len(changes.edges):
        for row, told in changes.within(radius):
            found[row] = told
        if radius >= exchange.span:
            break
        changes.leave([row for row, told in found.items() if len(told) == MOST])
        radius = min(radius * GROWTH + 1, exchange.span)
    return {candidates.mentees[row].id: told for row, told in found.items()}


class _Changes:
    """The edges to another mentor of mentees in the plan, each with what it costs before anybody makes room."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        row, column = exchange.candidates.row, exchange.candidates.column
        own = exchange.mentor_of[row]
        cost = exchange.step_to + exchange.step_back[row]
        self.edges = np.flatnonzero((own >= 0) & (own != column) & (cost <= exchange.span))
        self.cost = cost[self.edges]

    @property
    def row(self) -> SmallInts:
        return self.exchange.candidates.row[self.edges]

    def leave(self, rows: list[int]) -> None:
        """Look no further for these mentees."""
        done = np.zeros(len(self.exchange.mentor_of), dtype=bool)
        done[rows] = True
        left = ~done[self.row]
        self.edges, self.cost = self.edges[left], self.cost[left]

    def usual_price(self) -> int:
        """What the third cheapest change costs half of some mentees before anybody makes room."""
        if not len(self.edges):
            return self.exchange.span
        rows = np.unique(self.row)
        asked = np.isin(self.row, rows[:: max(1, len(rows) // MENTEES_ASKED)])
        row, cost = self.row[asked], self.cost[asked]
        order = np.lexsort((cost, row))
        starts = np.flatnonzero(np.diff(row[order], prepend=-1))
        third = np.minimum(starts + MOST - 1, np.append(starts[1:], len(order)) - 1)
        return int(np.median(cost[order][third]))

    def within(self, radius: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The row of each mentee and the cheapest changes that cost no more than the radius."""
        exchange = self.exchange
        near = self.edges[self.cost <= radius]
        own = exchange.mentor_of[exchange.candidates.row[near]]
        mentors = np.unique(own)
        block = max(1, LENGTHS_AT_ONCE // exchange.nodes)
        for start in range(0, len(mentors), block):
            some = mentors[start : start + block]
            edges = near[(own >= some[0]) & (own <= some[-1])]
            yield from _Ways(exchange, some, radius).cheapest(edges)


class _Ways:
    """The shortest ways to some mentors from all nodes that are no longer than a radius.

    A length holds the price, and of equal prices the way on which fewer people move, in one number.
    """

    def __init__(self, exchange: Exchange, mentors: Ints, radius: int) -> None:
        self.exchange, self.mentors, self.radius = exchange, mentors, radius
        near = exchange.cost <= radius
        length = (exchange.cost[near] * exchange.nodes + 1).astype(np.float64)
        shape = (exchange.nodes, exchange.nodes)
        backwards = csr_array((length, (exchange.head[near], exchange.tail[near])), shape=shape)
        limit = radius * exchange.nodes + exchange.nodes - 1
        lengths, self.then = dijkstra(backwards, indices=mentors, limit=limit, return_predecessors=True)
        self.price = np.full(lengths.shape, _FAR, dtype=np.int64)
        reached = np.isfinite(lengths)
        self.price[reached] = (lengths[reached] // exchange.nodes).astype(np.int64)

    def cheapest(self, edges: Ints) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """By mentee, the cheapest of these edges with all that they cost."""
        exchange, people = self.exchange, self.exchange.candidates
        row, column = people.row[edges], people.column[edges]
        place = np.searchsorted(self.mentors, exchange.mentor_of[row])
        price = exchange.step_to[edges] + exchange.step_back[row] + self.price[place, column]
        good = price <= self.radius
        row, column, place, price = row[good], column[good], place[good], price[good]
        order = np.lexsort((column, price, row))
        row, column, place, price = row[order], column[order], place[order], price[order]
        bounds = np.flatnonzero(np.diff(row, prepend=-1, append=-1)).tolist()
        for start, end in pairwise(bounds):
            told = [
                {
                    "mentor": people.mentors[column[at]].id,
                    "loses": int(price[at]),
                    "moves": self._moves(int(place[at]), int(column[at])),
                }
                for at in range(start, min(end, start + MOST))
            ]
            yield int(row[start]), told

    def _moves(self, place: int, node: int) -> list[list[str | None]]:
        """Who else changes on the way from a mentor back to the start: [mentee, new mentor or None]."""
        people, width = self.exchange.candidates, self.exchange.width
        moves: dict[str, str | None] = {}
        while node != self.mentors[place]:
            then = int(self.then[place, node])
            mover = self.exchange.mover(node, then)
            if mover >= 0:
                moves[people.mentees[mover].id] = people.mentors[then].id if then < width else None
            node = then
        return [[mentee, moves[mentee]] for mentee in sorted(moves)]
