"""What no plan can do better, by pairs alone: a flow from those who visit to those who host.

Times, days and weeks are left out, so the flow is a bound and takes milliseconds; a plan that reaches it is proven
without any linear program.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from matching.walkthroughs.space import Space


def least_uncovered(space: Space) -> tuple[int, int]:
    """The fewest required units that any plan leaves uncovered, and the fewest that it leaves without a live visit."""
    live = {visit.people for visit in space.fixed}
    live |= {people for people in space.pairs.keys() - live if any(space.visits([people]))}
    shown = {pair.people for pair in space.videos()}
    return _without(space, live | shown), _without(space, live)


def _without(space: Space, pairs: Collection[tuple[str, str]]) -> int:
    """Required units for which these pairs are not enough, visiting and hosting each taken alone."""
    people = space.problem.people
    place = {person.id: number for number, person in enumerate(people)}
    edges = [(place[visitor], place[host]) for visitor, host in pairs]
    visiting, hosting = [person.visits_required for person in people], [person.hosts_required for person in people]
    may_visit, may_host = [person.visits_wanted for person in people], [person.hosts_most for person in people]
    return sum(visiting) + sum(hosting) - _most(edges, visiting, may_host) - _most(edges, may_visit, hosting)


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
