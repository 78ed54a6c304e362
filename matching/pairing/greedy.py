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
    left = np.arange(len(candidates))
    width = len(candidates.mentors)
    # The best mentor of a mentee is the highest of these numbers, of equal ones the first by id.
    wish = candidates.fit.astype(np.int64) * width + (width - 1 - candidates.column)
    while True:
        row, column = candidates.row[left], candidates.column[left]
        left = left[waiting[row] & (seats[column] > 0)]
        if not len(left):
            return chosen
        row = candidates.row[left]
        starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))
        best = np.maximum.reduceat(wish[left], starts)
        asks = left[wish[left] == np.repeat(best, np.diff(np.append(starts, len(left))))]
        asks = asks[np.lexsort((candidates.row[asks], -candidates.fit[asks], candidates.column[asks]))]
        mentor = candidates.column[asks]
        firsts = np.flatnonzero(np.concatenate([[True], mentor[1:] != mentor[:-1]]))
        rank = np.arange(len(asks)) - np.repeat(firsts, np.diff(np.append(firsts, len(asks))))
        taken = asks[rank < seats[mentor]]
        chosen[taken] = True
        waiting[candidates.row[taken]] = False
        np.subtract.at(seats, candidates.column[taken], 1)
