"""The next best mentors of each pair with their exact price, from the residual graph of the optimal flow.

Forcing a pair (mentee u, mentor b) on a plan that has u with a costs the fit of (u, a) less that of (u, b),
and the shortest way from b back to a on which other people make room: each step is one mentee who leaves one
mentor for another, gives way to an unpaired one, or a seat that is free. With the potentials of the optimal
flow every step has a length of 0 or more, so one search backwards from a finds the exact price of all of a's
mentees at once, and it leaves out whatever is dearer than three alternatives already found (Ahuja, Magnanti
and Orlin, Network Flows, chapter 9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from matching.pairing.network import Network, arcs_of
from matching.pairing.residual import potentials

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates, Ints, SmallInts

MOST = 3
_FAR = 2**61


class Exchange:
    """The ways in which mentors can pass mentees on to each other, as arcs between mentors, a pool and an
    exit.

    Nodes are the mentors, then the pool of free seats, then the exit to and from the unpaired. `cost` is
    reduced, so never negative; `via` is the mentee who moves, or -1 where only a seat changes hands.
    """

    def __init__(self, candidates: Candidates, network: Network, chosen: Bools) -> None:
        self.candidates, self.chosen = candidates, chosen
        self.width = len(candidates.mentors)
        self.pool, self.exit = self.width, self.width + 1
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
        self.first = np.searchsorted(candidates.row, np.arange(height + 1))

    def _gather(self, from_source: Ints, sellers: SmallInts, to_pool: Ints, spare: Bools, loaded: Bools) -> None:
        """Collect the arcs, keep the cheapest of parallel ones (then the first mentee), and sort them by
        head.
        """
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
        order = np.lexsort((via, cost, tail, head))
        tail, head, cost, via = tail[order], head[order], cost[order], via[order]
        best = np.ones(len(tail), dtype=bool)
        best[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        tail, head, cost, via = tail[best], head[best], cost[best], via[best]
        order = np.lexsort((tail, cost, head))
        self.tail, self.cost, self.via = tail[order], cost[order], via[order]
        self.into = np.searchsorted(head[order], np.arange(self.width + 3))
        # Head and cost in one number, so that the arcs into a node up to a length are found for many nodes at
        # once. An arc longer than `span` can be part of no alternative.
        self.scale = self.span + 2
        self.key = head[order] * self.scale + np.minimum(self.cost, self.scale - 1)

    def around(self, mentor: int, mentees: list[int]) -> dict[int, list[dict[str, Any]]]:
        """The cheapest other mentors of each of these mentees of one mentor."""
        search = _Search(self, mentor, mentees)
        search.run()
        return {mentee: search.alternatives(mentee) for mentee in mentees}


class _Search:
    """All ways back to one mentor, in reduced lengths; it follows none that is longer than the prices can
    need.

    Each round extends every way that was shortened in the round before, all arcs at once; few rounds are
    needed.
    """

    def __init__(self, exchange: Exchange, mentor: int, mentees: list[int]) -> None:
        self.exchange, self.mentor = exchange, mentor
        self.distance = np.full(exchange.width + 2, _FAR, dtype=np.int64)
        self.distance[mentor] = 0
        self.by = np.full(exchange.width + 2, -1, dtype=np.int64)
        self.own = {mentee: self._own_prices(mentee) for mentee in mentees}

    def _own_prices(self, mentee: int) -> tuple[Ints, Ints]:
        """The other mentors of a mentee, and what the change costs before anybody makes room."""
        exchange = self.exchange
        own = slice(exchange.first[mentee], exchange.first[mentee + 1])
        mentors = exchange.candidates.column[own]
        others = mentors != self.mentor
        return mentors[others], (exchange.step_to[own] + exchange.step_back[mentee])[others]

    def run(self) -> None:
        changed = np.array([self.mentor])
        limit = self.exchange.span
        while len(changed):
            changed = self._extend(changed, limit)
            limit = max((self._third(*own) for own in self.own.values()), default=-1)

    def _third(self, mentors: Ints, prices: Ints) -> int:
        """No alternative of a mentee is dearer than the third cheapest that is known."""
        if len(mentors) < MOST:
            return self.exchange.span
        known = prices + self.distance[mentors]
        return min(self.exchange.span, int(np.partition(known, MOST - 1)[MOST - 1]))

    def _extend(self, nodes: Ints, limit: int) -> Ints:
        exchange = self.exchange
        far = self.distance[nodes]
        nodes, far = nodes[far <= limit], far[far <= limit]
        first = exchange.into[nodes]
        longest = nodes * exchange.scale + np.minimum(limit - far, exchange.scale - 1)
        count = np.searchsorted(exchange.key, longest, side="right") - first
        ends = np.cumsum(count)
        arcs = np.repeat(first - (ends - count), count) + np.arange(int(count.sum()))
        through = exchange.cost[arcs] + np.repeat(far, count)
        tails = exchange.tail[arcs]
        nearer = through < self.distance[tails]
        arcs, tails, through = arcs[nearer], tails[nearer], through[nearer]
        np.minimum.at(self.distance, tails, through)
        best = through == self.distance[tails]
        self.by[tails[best]] = arcs[best]
        return np.unique(tails)

    def alternatives(self, mentee: int) -> list[dict[str, Any]]:
        mentors, prices = self.own[mentee]
        names = self.exchange.candidates.mentors
        known = prices + self.distance[mentors]
        cheapest = np.lexsort((mentors, known))[:MOST]
        return [
            {
                "mentor": names[mentors[place]].id,
                "loses": int(known[place]),
                "moves": self._moves(int(mentors[place])),
            }
            for place in cheapest
            if known[place] <= self.exchange.span
        ]

    def _moves(self, node: int) -> list[list[str | None]]:
        """Who else changes on the way from a mentor back to the start: [mentee, new mentor or None]."""
        exchange = self.exchange
        people = exchange.candidates
        moves: dict[str, str | None] = {}
        while node != self.mentor:
            arc = int(self.by[node])
            # Arcs are sorted by head, so the place of an arc says which node it leads to.
            node = int(np.searchsorted(exchange.into, arc, side="right")) - 1
            via = int(exchange.via[arc])
            if via >= 0:
                moves[people.mentees[via].id] = people.mentors[node].id if node < exchange.width else None
        return [[mentee, moves[mentee]] for mentee in sorted(moves)]


def alternatives(candidates: Candidates, network: Network, chosen: Bools) -> dict[str, list[dict[str, Any]]]:
    """The alternatives of each mentee in the plan who is not fixed: at most three, cheapest first, then by
    id.
    """
    exchange = Exchange(candidates, network, chosen)
    mentees_of: dict[int, list[int]] = {}
    for mentee in np.flatnonzero(exchange.mentor_of >= 0).tolist():
        mentees_of.setdefault(int(exchange.mentor_of[mentee]), []).append(mentee)
    return {
        candidates.mentees[mentee].id: found
        for mentor, mentees in mentees_of.items()
        for mentee, found in exchange.around(mentor, mentees).items()
    }
