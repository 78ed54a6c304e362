"""Mentor and mentee plan at the same time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from matching.intervals import Span
from matching.pairing.problem import Mentee, Mentor, Pair, PairingProblem, Person
from matching.pairing.shares import FactPreference

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_SHARE_BY_COUNT = (0.0, 2 / 3, 1.0)


def common_stretches(own: Sequence[Span], theirs: Sequence[Span], least: int) -> list[Span]:
    """The stretches of at least `least` minutes that a free interval of each side has in common, in order of
    time.
    """
    found = []
    for start, end in own:
        for other_start, other_end in theirs:
            first, last = max(start, other_start), min(end, other_end)
            if last - first >= least:
                found.append((first, last))
    return sorted(found)


class CommonPlanning(FactPreference):
    """Two people who never plan at the same time meet after hours or not at all. Time is compared by the
    clock.
    """

    key = "common_planning"
    title = "Planning time in common"
    removes = "no common time"
    default = "high"

    def facts(self, person: Person) -> Hashable:
        return person.free_spans

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        least = problem.least_common_minutes
        common = common_stretches(choice.mentee.free_spans, choice.mentor.free_spans, least)
        if not common:
            return 0.0, "no common time"
        noun = "time" if len(common) == 1 else "times"
        return _SHARE_BY_COUNT[min(2, len(common))], f"{len(common)} common {noun} in a rotation"

    def table(
        self, problem: PairingProblem, mentees: Sequence[Mentee], mentors: Sequence[Mentor]
    ) -> tuple[NDArray[numpy.float64], NDArray[numpy.bool_]]:
        """The same by two incidence products: person x interval, interval x interval, interval x person."""
        import numpy as np

        ours, own_places = _incidence([person.free_spans for person in mentees])
        others, their_places = _incidence([person.free_spans for person in mentors])
        if not ours.size or not others.size:
            counts = np.zeros((len(mentees), len(mentors)))
        else:
            first = np.maximum(ours[:, None, 0], others[None, :, 0])
            last = np.minimum(ours[:, None, 1], others[None, :, 1])
            meets = (last - first >= problem.least_common_minutes).astype(np.float32)
            counts = np.minimum(own_places @ meets @ their_places.T, 2)
        shares = np.asarray(_SHARE_BY_COUNT)[counts.astype(int)]
        return shares, shares > 0


def _incidence(
    stretches_by_person: Sequence[Sequence[Span]],
) -> tuple[NDArray[numpy.int64], NDArray[numpy.float32]]:
    import numpy as np

    distinct = sorted({stretch for stretches in stretches_by_person for stretch in stretches})
    place_by_stretch = {stretch: place for place, stretch in enumerate(distinct)}
    has = np.zeros((len(stretches_by_person), len(distinct)), dtype=np.float32)
    for row, stretches in enumerate(stretches_by_person):
        has[row, [place_by_stretch[stretch] for stretch in stretches]] = 1
    return np.asarray(distinct, dtype=np.int64).reshape(-1, 2), has
