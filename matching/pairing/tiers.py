"""The aims one after another, each exact: most pairs, the worst pair lifted, last cycle's kept, total fit,
even load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.outcome import Aim
from matching.pairing.network import Network, Objective, arcs_of, lexicographic

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates

# The share of all pairs from which on a problem is dense, and up to how many pairs a matrix is held.
DENSE = 0.5
MOST_CELLS = 16_000_000
AIMS = ("paired", "worst", "kept", "fit", "even")


def lifted(candidates: Candidates, network: Network) -> tuple[int, int]:
    """The most pairs beside the fixed ones, and the highest worst fit that such a plan can have (0 without
    pairs).
    """
    most = _matched(candidates, network, 0)
    if not most:
        return 0, 0
    levels = np.unique(candidates.fit)
    if most == len(np.unique(candidates.row)):
        # Everybody with an eligible mentor gets one, so nobody can get better than their own best.
        best = np.zeros(len(candidates.mentees), dtype=np.int64)
        np.maximum.at(best, candidates.row, candidates.fit)
        levels = levels[levels <= best[np.unique(candidates.row)].min()]
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _matched(candidates, network, int(levels[middle])) == most:
            low = middle
        else:
            high = middle - 1
    return most, int(levels[low])


def _matched(candidates: Candidates, network: Network, least: int) -> int:
    """How many mentees can have a mentor with at least this fit: a matching of mentees with single seats."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    chosen = candidates.fit >= least
    row, column = candidates.row[chosen], candidates.column[chosen]
    width, height = len(candidates.mentors), len(candidates.mentees)
    seats = np.minimum(network.seats, np.bincount(column, minlength=width))
    if not len(row) or not seats.any():
        return 0
    first = np.cumsum(seats) - seats
    copies = seats[column]
    rows = np.repeat(row, copies)
    ends = np.cumsum(copies)
    seat = np.repeat(first[column] - (ends - copies), copies) + np.arange(len(rows))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=height))])
    graph = csr_array((np.ones(len(rows), dtype=np.int8), seat, starts), shape=(height, int(seats.sum())))
    return int((maximum_bipartite_matching(graph, perm_type="column") >= 0).sum())


def best_plan(candidates: Candidates, network: Network) -> Bools:
    """Which pairs the best plan takes: most pairs, then most kept, then the highest fit, then the most even
    load.
    """
    arcs, beside = arcs_of(candidates, network)
    units = int(network.mentee_places.sum())
    if not len(candidates) or not arcs.seats:
        return np.zeros(len(candidates), dtype=bool)
    if not (candidates.kept.any() or beside.any()) and _is_assignment(candidates, network):
        assigned = _assigned(candidates, network)
        if assigned is not None:
            return assigned
    spread = int(candidates.fit.max()) - int(candidates.fit.min())
    objectives = [Objective(candidates.fit.astype(np.int64), None, units * spread)]
    if candidates.kept.any():
        most = _matched(candidates.only(candidates.kept), network, 0)
        objectives.insert(0, Objective(candidates.kept.astype(np.int64), None, most, most))
    if beside.any():
        span = min(int(beside.sum()), units * int(beside.max()))
        objectives.append(Objective(None, beside, span))
    return lexicographic(arcs, objectives, units)


def _is_assignment(candidates: Candidates, network: Network) -> bool:
    """Whether each mentor has one seat at most and most pairs are possible: then a matrix is faster than a flow."""
    size = len(candidates.mentees) * len(candidates.mentors)
    return bool((network.seats <= 1).all()) and DENSE * size <= len(candidates) and size <= MOST_CELLS


def _assigned(candidates: Candidates, network: Network) -> Bools | None:
    """The pairs of the highest fit that fill the smaller side, by SciPy's sparse assignment; None where none do."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    open_pairs = (network.mentee_places[candidates.row] > 0) & (network.seats[candidates.column] > 0)
    rows, columns = np.flatnonzero(network.mentee_places), np.flatnonzero(network.seats > 0)
    row = np.searchsorted(rows, candidates.row[open_pairs])
    column = np.searchsorted(columns, candidates.column[open_pairs])
    # A cost of 0 would be no pair.
    cost = int(candidates.fit.max()) + 1 - candidates.fit[open_pairs].astype(np.float64)
    matrix = csr_array((cost, (row, column)), shape=(len(rows), len(columns)))
    try:
        chosen = min_weight_full_bipartite_matching(matrix)
    except ValueError:
        return None
    pairs = np.zeros(matrix.shape, dtype=bool)
    pairs[chosen] = True
    taken = open_pairs
    taken[open_pairs] = pairs[row, column]
    return taken


def aims_of(candidates: Candidates, network: Network, chosen: Bools, fixed_fit: int, fixed_kept: int) -> list[Aim]:
    """The aims of a plan, fixed pairs included, with no bounds yet."""
    load = network.standing + np.bincount(candidates.column[chosen], minlength=len(candidates.mentors))
    fits = candidates.fit[chosen]
    lift = candidates.problem.goal == "nobody_left_behind" and len(fits)
    values = (
        int(load.sum()),
        int(fits.min()) if lift else 0,
        int(candidates.kept[chosen].sum()) + fixed_kept,
        int(fits.sum(dtype=np.int64)) + fixed_fit,
        int((load * load).sum()) if network.even else 0,
    )
    return [Aim(name, value, None) for name, value in zip(AIMS, values, strict=True)]
