"""The pairing as a network: source, mentees, mentors with their seats, sink; and its exact flows, aim after
aim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from matching.pairing.residual import potentials, signs

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates, Ints, SmallInts

# OR-Tools multiplies each cost by the number of nodes and adds a few of them up; beyond this it may overflow.
SAFE_COST = 2**58
# Arcs up to which a flow is fast whatever the costs, and up to which one flow is still faster than two.
SMALL, MIDDLING = 50_000, 250_000
# How many times the second objective is worth in the first guess at two.
GUESS = 4


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
    by which two plans can differ in it. No plan gains more than `most`, where that is known.
    """

    pair_gain: Ints | None
    seat_cost: Ints | None
    span: int
    most: int | None = None


@dataclass(frozen=True)
class Arcs:
    """The arcs of the network, the pairs first, then source to mentees, then mentors' seats to the sink."""

    tail: SmallInts
    head: SmallInts
    capacity: SmallInts
    nodes: int
    pairs: int
    seats: int

    def without(self, settled: Bools, never: Bools) -> tuple[Arcs, Bools]:
        """The network once some pairs are settled and some arcs are never used, and which of its arcs are left.

        A settled pair takes its mentee along, and the mentor's first seats: these are the cheapest.
        """
        left = ~never
        leaving = np.zeros(self.nodes, dtype=bool)
        leaving[self.tail[: self.pairs][settled]] = True
        left[: self.pairs] &= ~leaving[self.tail[: self.pairs]]
        sources = slice(self.pairs, len(self.tail) - self.seats)
        left[sources] &= ~leaving[self.head[sources]]
        first_seat = len(self.tail) - self.seats
        sellers, offered = self.tail[first_seat:], self.capacity[first_seat:]
        seated = np.bincount(self.head[: self.pairs][settled], minlength=self.nodes)[sellers]
        before = np.cumsum(offered) - offered
        before -= before[np.searchsorted(sellers, sellers)]
        capacity = self.capacity.copy()
        capacity[first_seat:] -= np.clip(seated - before, 0, offered).astype(np.int32)
        left &= capacity > 0
        # Seats that nobody left can take only make the network large.
        wanted = np.zeros(self.nodes, dtype=bool)
        wanted[self.head[: self.pairs][left[: self.pairs]]] = True
        left[first_seat:] &= wanted[sellers]
        arcs = Arcs(
            tail=self.tail[left],
            head=self.head[left],
            capacity=capacity[left],
            nodes=self.nodes,
            pairs=int(left[: self.pairs].sum()),
            seats=int(left[len(left) - self.seats :].sum()),
        )
        return arcs, left

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

    A few objectives at a time are one flow. Then the reduced costs say which arcs every optimal flow leaves empty, and
    which it fills: the empty ones go, and filled pairs with their people, so that what is left for the next objectives
    is a small network, in which filling the others comes first.
    """
    taken = np.zeros(arcs.pairs, dtype=bool)
    pairs = np.arange(arcs.pairs)
    costs = [_Cost(_arc_cost(arcs, objective), objective.span, objective.most) for objective in objectives]
    least = 1
    while True:
        cost, flow, costs = _guessed(arcs, costs, units) or _together(arcs, costs, units, least)
        if not costs:
            taken[pairs[flow[: arcs.pairs] > 0]] = True
            return taken
        sign = signs(arcs, cost, potentials(arcs, cost, flow))
        settled = _settled(arcs, sign, flow)
        taken[pairs[settled]] = True
        arcs, left = arcs.without(settled, sign > 0)
        pairs, units, least = pairs[left[: len(pairs)]], units - int(settled.sum()), 2
        to_fill = _Cost(np.minimum(sign, 0), units, None)
        costs = [_Cost(each.by_arc[left], each.span, None) for each in (to_fill, *costs)]


def _settled(arcs: Arcs, sign: Ints, flow: Ints) -> Bools:
    """The pairs of every optimal flow: filled in each, or all that is left for somebody who is paired in each."""
    pairs = slice(0, arcs.pairs)
    open_pairs = sign[pairs] <= 0
    settled: Bools = sign[pairs] < 0
    if flow[arcs.pairs : len(flow) - arcs.seats].all():
        choices = np.bincount(arcs.tail[pairs][open_pairs], minlength=arcs.nodes)
        settled |= open_pairs & (choices[arcs.tail[pairs]] == 1)
    return settled


class _Cost(NamedTuple):
    """An objective as a cost of each arc; see `Objective` for the rest."""

    by_arc: Ints
    span: int
    most: int | None


_Flow = tuple[Any, Any, list[_Cost]]  # the cost of each arc, the flow, and the objectives that are left


def _guessed(arcs: Arcs, costs: Sequence[_Cost], units: int) -> _Flow | None:
    """The first two objectives with the first worth only a few times the second, which makes a large flow faster.

    If that reaches the most that any plan can gain in the first, no plan with as much of it is better in the second
    either. Plans with less of the first could still be as good in the sum, so it stays among what is left.
    """
    if len(arcs.tail) <= SMALL or len(costs) < 2 or costs[0].most is None:
        return None
    first, second = costs[0].by_arc, costs[1].by_arc
    cost = first * (GUESS * int(np.abs(second).max(initial=0)) + 1) + second
    flow = arcs.solve(cost, units)
    if -int(first @ flow) != costs[0].most:
        return None
    return cost, flow, [costs[0], *costs[2:]] if len(costs) > 2 else []


def _together(arcs: Arcs, costs: Sequence[_Cost], units: int, least: int) -> _Flow:
    """As many of the first objectives as are safe in one cost, but no fewer than `least`: each is multiplied by more
    than all that the later ones can differ by. A large network takes no more than `least`, for large costs are slow.
    """
    number = len(costs) if len(arcs.tail) <= MIDDLING else least
    while True:
        scales = [1]
        for each in reversed(costs[1:number]):
            scales.insert(0, scales[0] * (each.span + 1))
        parts = list(zip(costs, scales, strict=False))
        largest = sum(scale * int(np.abs(each.by_arc).max(initial=0)) for each, scale in parts)
        if largest * (arcs.nodes + 3) < SAFE_COST or number <= least:
            cost = sum((each.by_arc * scale for each, scale in parts), np.zeros(len(arcs.tail), dtype=np.int64))
            return cost, arcs.solve(cost, units), list(costs[number:])
        number -= 1


def _arc_cost(arcs: Arcs, objective: Objective) -> Ints:
    cost = np.zeros(len(arcs.tail), dtype=np.int64)
    if objective.pair_gain is not None:
        cost[: arcs.pairs] = -objective.pair_gain
    if objective.seat_cost is not None:
        cost[len(cost) - arcs.seats :] = objective.seat_cost
    return cost
