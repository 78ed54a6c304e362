"""Whether a draft of pairings is settled: no two people would rather have each other than whom they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from matching import pair_fits, pairing_facts

Fits = Mapping[tuple[str, str], int]
# Beyond so many possible pairs a page would wait for the answer.
MOST_PAIRS = 40_000


def eligible_fits(problem: Mapping[str, Any]) -> Fits | None:
    """The fit of every pair (new teacher, mentor) that the rules allow; None where there are too many to look at."""
    if len(problem["mentees"]) * len(problem["mentors"]) > MOST_PAIRS:
        return None
    return pair_fits(pairing_facts(problem))


def is_settled(fits: Fits, pairs: Mapping[str, str], places: Mapping[str, int], held: Collection[str]) -> bool:
    """Whether no new teacher and mentor would both have a higher fit together than where they are.

    `fits` are those of all pairs that may be; `pairs` says who mentors whom, `places` how many each mentor offers, and
    `held` are the new teachers whose pair is locked or goes on. A mentor gains by a free place, or by a pair of theirs
    that fits less and is not held.
    """
    own = {mentee: fits.get((mentee, mentor)) for mentee, mentor in pairs.items()}
    if any(fit is None for mentee, fit in own.items() if mentee not in held):
        return False
    load = Counter(pairs.values())
    least: dict[str, int] = {}
    for mentee, mentor in pairs.items():
        if mentee not in held:
            least[mentor] = min(least.get(mentor, own[mentee] or 0), own[mentee] or 0)
    for (mentee, mentor), fit in fits.items():
        if mentee in held or pairs.get(mentee) == mentor:
            continue
        here = own.get(mentee)
        gains = here is None or fit > here
        has_room = load[mentor] < places.get(mentor, 0)
        if gains and (has_room or fit > least.get(mentor, fit)):
            return False
    return True
