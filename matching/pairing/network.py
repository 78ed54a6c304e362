"""The pairing as a network: source, mentees, mentors with their seats, sink; and its exact flows, aim after
aim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.pairing.residual import potentials, signs

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates, Ints, SmallInts

# OR-Tools multiplies each cost by the number of nodes and adds a few of them up; beyond this it may overflow.
SAFE_COST = 2**58


class Network:
    """What the limits say about a plan: `Limit.post` fills it in, the tiers solve it.

    `mentee_places` is 1 for a mentee who needs a mentor; `seats` are what a mentor has left for others than
    fixed mentees, `standing` how many fixed ones there are; `even` says whether an even load is wanted.
    """

    def __init__(self, mentees: int, mentors: int) -> None:
        self.mentee_places: Ints = np.zeros(mentees, dtype=np.int64)
        self.seats: Ints = np.zeros(mentors, dtype=np.int64)
        self.standing: Ints = np.zeros(mentors, dtype=np.int64)
        self.even = False


@dataclass(frozen=True)
class Objective:
    """One aim over a plan of the most pairs: a gain for each pair, a cost for each seat taken, and the most
    by which two plans can differ in it.
    """

    pair_gain: Ints | None
    seat_cost: Ints | None
    span: int


@dataclass(frozen=True)
class Arcs:
    """The arcs of the network, the pairs first, then source to mentees, then mentors' seats to the sink."""

    tail: SmallInts
    head: SmallInts
    capacity: SmallInts
    nodes: int
    pairs: int
    seats: int

    def only(self, left: Bools) -> Arcs:
        """The same network with fewer arcs."""
        return Arcs(
            tail=self.tail[left],
            head=self.head[left],
            capacity=self.capacity[left],
            nodes=self.nodes,
            pairs=int(left[: self.pairs].sum()),
            seats=int(left[len(left) - self.seats :].sum()),
        )

    def solve(self, cost: Ints, units: int) -> Ints:
        """The flow on each arc of a cheapest largest flow; raises RuntimeError when OR-Tools refuses the
        numbers.
        """
        from ortools.graph.python import min_cost_flow

        model = min_cost_flow.SimpleMinCostFlow()
        arcs = model.add_arcs_with_capacity_and_unit_cost(self.tail, self.head, self.capacity, cost)
        model.set_node_supply(self.nodes - 2, units)
        model.set_node_supply(self.nodes - 1, -units)
        status = model.solve_max_flow_with_min_cost()
        if status != model.OPTIMAL:
            raise RuntimeError(f"the flow was not solved: {status.name}")
        return np.asarray(model.flows(arcs))


def arcs_of(candidates: Candidates, network: Network) -> tuple[Arcs, Ints]:
    """The arcs of a problem, and the number of mentees beside each seat before it is taken.

    A mentor's seats are unit arcs when an even load is wanted: the k-th seat adds 2(k-1)+1 to the sum of
    squares, so a cheapest flow fills them in order. Seats beyond a mentor's eligible mentees could never be
    taken and are left out.
    """
    height, width = len(candidates.mentees), len(candidates.mentors)
    open_rows = np.flatnonzero((np.bincount(candidates.row, minlength=height) > 0) & (network.mentee_places > 0))
    seats = np.minimum(network.seats, np.bincount(candidates.column, minlength=width))
    source, sink = height + width, height + width + 1
    if network.even and bool((seats > 1).any() or network.standing.any()):
        mentor = np.repeat(np.arange(width), seats)
        first = np.repeat(np.cumsum(seats) - seats, seats)
        beside = network.standing[mentor] + np.arange(len(mentor)) - first
        capacity = np.ones(len(mentor), dtype=np.int64)
    else:
        mentor = np.flatnonzero(seats)
        beside, capacity = np.zeros(len(mentor), dtype=np.int64), seats[mentor]
    arcs = Arcs(
        tail=np.concatenate([candidates.row, np.full(len(open_rows), source), height + mentor]).astype(np.int32),
        head=np.concatenate([height + candidates.column, open_rows, np.full(len(mentor), sink)]).astype(np.int32),
        capacity=np.concatenate([np.ones(len(candidates) + len(open_rows), dtype=np.int64), capacity]).astype(np.int32),
        nodes=height + width + 2,
        pairs=len(candidates),
        seats=len(mentor),
    )
    return arcs, beside


def lexicographic(arcs: Arcs, objectives: Sequence[Objective], units: int) -> Bools:
    """Which pairs a largest flow takes that is best in the first objective, among those in the second, and so
    on.

    As many objectives as go into one cost without overflow are one flow: each is multiplied by more than all that the
    later ones can differ by. Then the reduced costs say which arcs every optimal flow leaves empty: these go, which
    makes the next network a small one; and which it fills: to fill them comes before the objectives that are left.
    """
    taken = np.zeros(arcs.pairs, dtype=bool)
    pairs = np.arange(arcs.pairs)
    costs = [(_arc_cost(arcs, objective), objective.span) for objective in objectives]
    least = 1
    while True:
        cost, number = _combined(costs, arcs.nodes, least)
        flow = arcs.solve(cost, units)
        if number == len(costs):
            taken[pairs[flow[: arcs.pairs] > 0]] = True
            return taken
        sign = signs(arcs, cost, potentials(arcs, cost, flow))
        left = sign <= 0
        pairs, arcs = pairs[left[: arcs.pairs]], arcs.only(left)
        costs = [(sign[left], units), *((cost[left], span) for cost, span in costs[number:])]
        least = 2


def _combined(costs: Sequence[tuple[Ints, int]], nodes: int, least: int) -> tuple[Ints, int]:
    """The first few costs as one, and how many these are: as many as are safe, but no fewer than `least`."""
    for number in range(len(costs), least - 1, -1):
        scales = [1]
        for _, span in reversed(costs[1:number]):
            scales.insert(0, scales[0] * (span + 1))
        largest = sum(scale * int(np.abs(cost).max(initial=0)) for (cost, _), scale in zip(costs, scales, strict=False))
        if largest * (nodes + 3) < SAFE_COST or number == least:
            parts = [cost * scale for (cost, _), scale in zip(costs, scales, strict=False)]
            return np.sum(parts, axis=0, dtype=np.int64), number
    raise ValueError("there are fewer costs than must be combined")


def _arc_cost(arcs: Arcs, objective: Objective) -> Ints:
    cost = np.zeros(len(arcs.tail), dtype=np.int64)
    if objective.pair_gain is not None:
        cost[: arcs.pairs] = -objective.pair_gain
    if objective.seat_cost is not None:
        cost[len(cost) - arcs.seats :] = objective.seat_cost
    return cost
