"""A complete plan at once: each mentee asks for the best mentor that is left, each mentor takes the best who
ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Candidates
    from matching.pairing.network import Network


def greedy(candidates: Candidates, network: Network) -> Bools:
    """Which pairs a greedy plan takes; it keeps all limits and need not be the best in any aim."""
    chosen = np.zeros(len(candidates), dtype=bool)
    seats = network.seats.copy()
    waiting = network.mentee_places > 0
    best_first = np.lexsort((candidates.column, -candidates.fit, candidates.row))
    while True:
        row, column = candidates.row[best_first], candidates.column[best_first]
        best_first = best_first[waiting[row] & (seats[column] > 0)]
        if not len(best_first):
            return chosen
        row = candidates.row[best_first]
        asks = best_first[np.concatenate([[True], row[1:] != row[:-1]])]
        asks = asks[np.lexsort((candidates.row[asks], -candidates.fit[asks], candidates.column[asks]))]
        mentor = candidates.column[asks]
        starts = np.flatnonzero(np.concatenate([[True], mentor[1:] != mentor[:-1]]))
        rank = np.arange(len(asks)) - np.repeat(starts, np.diff(np.append(starts, len(asks))))
        taken = asks[rank < seats[mentor]]
        chosen[taken] = True
        waiting[candidates.row[taken]] = False
        np.subtract.at(seats, candidates.column[taken], 1)
