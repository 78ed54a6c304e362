"""Last cycle's pair stays together."""

from __future__ import annotations

from matching.pairing.problem import Pair, PairingProblem
from matching.pairing.shares import ListedPreference


class KeepLast(ListedPreference):
    """Trust takes a year to grow. Off by default: the aim `kept` already keeps such pairs before
    fit counts.
    """

    key = "keep_last"
    title = "Last cycle's pairs stay together"
    removes = "not last cycle's pair"
    default = "off"

    def listed(self, problem: PairingProblem) -> dict[tuple[str, str], float]:
        return dict.fromkeys(problem.previous, 1.0)

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        kept = (choice.mentee.id, choice.mentor.id) in problem.previous_pairs
        return (1.0, "a pair last cycle") if kept else (0.0, "not a pair last cycle")
