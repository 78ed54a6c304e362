"""What no plan can do better, by pairs alone: a flow from those who visit to those who host.

Times, days and weeks are left out, so the flow is a bound and takes milliseconds; a plan that reaches it is proven
without any linear program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from matching.walkthroughs.space import Space


@dataclass(frozen=True)
class PairBounds:
    """Of any plan: the fewest required units uncovered, the fewest without a live visit, and the most live visits."""

    uncovered: int
    without_live: int
    visits: int
    required: int

    def best(self, aim: str, before: Mapping[str, int]) -> int:
        """The best value of `covered`, `live` or `wanted` for any plan with these values of the aims before it."""
        if aim == "covered":
            return self.uncovered
        if aim == "live":
            return max(0, self.without_live - before["covered"])
        # At least so many of all visits are required ones.
        return max(0, self.visits - max(0, self.required - before["covered"] - before["live"]))


def pair_bounds(space: Space) -> PairBounds:
    """The bounds of one problem."""
    people = space.problem.people
    place = {person.id: number for number, person in enumerate(people)}
    live = {visit.people for visit in space.fixed}
    live |= {pair for pair in space.pairs.keys() - live if any(space.visits([pair]))}
    shown = {pair.people for pair in space.videos()}
    by_pair = [(place[visitor], place[host]) for visitor, host in sorted(live | shown)]
    by_visit = [(place[visitor], place[host]) for visitor, host in sorted(live)]
    visiting, hosting = [person.visits_required for person in people], [person.hosts_required for person in people]
    may_visit, may_host = [person.visits_wanted for person in people], [person.hosts_most for person in people]
    required = sum(visiting) + sum(hosting)
    return PairBounds(
        required - _most(by_pair, visiting, may_host) - _most(by_pair, may_visit, hosting),
        required - _most(by_visit, visiting, may_host) - _most(by_visit, may_visit, hosting),
        _most(by_visit, may_visit, may_host),
        sum(visiting),
    )


def _most(edges: Sequence[tuple[int, int]], visits: Sequence[int], hosts: Sequence[int]) -> int:
    """How many of these pairs can meet where nobody visits and nobody hosts more often than this."""
    count = len(visits)
    if not edges or not any(visits) or not any(hosts):
        return 0
    source, sink = 2 * count, 2 * count + 1
    visitors, receivers = np.asarray(edges, dtype=np.int32).T
    people = np.arange(count, dtype=np.int32)
    start = np.concatenate([np.full(count, source, dtype=np.int32), visitors, people + count])
    end = np.concatenate([people, receivers + count, np.full(count, sink, dtype=np.int32)])
    room = np.concatenate([visits, np.ones(len(edges)), hosts]).astype(np.int32)
    network = csr_array((room, (start, end)), shape=(2 * count + 2, 2 * count + 2), dtype=np.int32)
    return int(maximum_flow(network, source, sink).flow_value)
