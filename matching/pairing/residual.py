"""What an optimal flow leaves open: potentials of its residual arcs, which prove it optimal and price each
change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matching.pairing.candidates import Ints
    from matching.pairing.network import Arcs


def potentials(arcs: Arcs, cost: Ints, flow: Ints) -> Ints:
    """Shortest distances from everywhere to each node over the residual arcs of an optimal flow
    (Bellman-Ford).

    Raises ArithmeticError when a round too many is needed: then the flow was not optimal.
    """
    forward, backward = flow < arcs.capacity, flow > 0
    tail = np.concatenate([arcs.tail[forward], arcs.head[backward]])
    head = np.concatenate([arcs.head[forward], arcs.tail[backward]])
    length = np.concatenate([cost[forward], -cost[backward]])
    return shortest(tail, head, length, arcs.nodes)


def shortest(tail: Ints, head: Ints, length: Ints, nodes: int) -> Ints:
    """Distances to each node from a start that reaches every node at 0; each round relaxes all arcs
    at once.
    """
    distance = np.zeros(nodes, dtype=np.int64)
    if not len(tail):
        return distance
    order = np.argsort(head, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    starts = np.flatnonzero(np.concatenate([[True], head[1:] != head[:-1]]))
    reached = head[starts]
    for _ in range(nodes + 1):
        best = np.minimum.reduceat(distance[tail] + length, starts)
        nearer = best < distance[reached]
        if not nearer.any():
            return distance
        distance[reached[nearer]] = best[nearer]
    raise ArithmeticError("the flow has a cycle that would improve it")


def signs(arcs: Arcs, cost: Ints, distance: Ints) -> Ints:
    """1 for arcs that every optimal flow leaves empty, -1 for those it fills, 0 for those that are free."""
    reduced: Ints = cost + distance[arcs.tail] - distance[arcs.head]
    return np.sign(reduced)
