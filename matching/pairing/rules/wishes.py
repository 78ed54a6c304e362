"""Mentor and mentee wish for each other."""

from __future__ import annotations

from collections import Counter

from matching.pairing.problem import Pair, PairingProblem
from matching.pairing.shares import ListedPreference


class Wishes(ListedPreference):
    """A pair that chose each other starts with trust; a wish of one side counts half, so nobody is
    pressed.
    """

    key = "wishes"
    title = "Wishes of both sides"
    removes = "no wish"
    default = "low"

    def listed(self, problem: PairingProblem) -> dict[tuple[str, str], float]:
        counts = Counter((mentee.id, mentor) for mentee in problem.mentees for mentor in mentee.prefers)
        counts.update((mentee, mentor.id) for mentor in problem.mentors for mentee in mentor.prefers)
        return {ids: count / 2 for ids, count in counts.items()}

    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        mentee, mentor = choice
        wished = (mentor.id in mentee.prefers) + (mentee.id in mentor.prefers)
        return wished / 2, ("no wish", "one of them wished for it", "both wished for it")[wished]
