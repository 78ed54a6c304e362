"""How a preference gives points: what of a person it looks at, and the share of its points that a
pair earns.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matching.pairing.problem import Mentee, Mentor, Pair, PairingPlan, PairingProblem, Person
from matching.rule import POINTS, Finding, Preference

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray


class SharePreference(Preference[PairingProblem, Pair, PairingPlan]):
    """A preference whose share depends on the pair alone; with the weight `must` no share means not
    eligible.
    """

    def excuses(self, problem: PairingProblem, pair: Pair) -> bool:
        """Whether a pair is eligible under `must` although it has no share."""
        return False

    def allows(self, problem: PairingProblem, pair: Pair) -> bool:
        """Whether the pair may stand under this rule's weight."""
        if problem.weight(self) != "must" or problem.candidates is not None:
            return True
        return self.share(problem, pair)[0] > 0 or self.excuses(problem, pair)

    def full(self, problem: PairingProblem) -> int:
        """The points of a whole share, by the weight in words."""
        word = problem.weight(self)
        return 0 if word == "on" else POINTS[word]

    def points(self, problem: PairingProblem, pair: Pair) -> int:
        """This rule's part of the fit, a whole number; halves are rounded to the even neighbour."""
        full = self.full(problem)
        return round(full * self.share(problem, pair)[0]) if full else 0

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        """Under `must`, yield each pair that is neither fixed nor allowed."""
        if problem.weight(self) != "must":
            return
        for pair in plan.known_pairs(problem):
            ids = (pair.mentee.id, pair.mentor.id)
            if ids not in problem.fixed_pairs and not self.allows(problem, pair):
                yield Finding(self.key, f"{ids[1]} for {ids[0]} breaks: {self.title}", ids)


class FactPreference(SharePreference):
    """A share that follows from facts: people with equal facts are judged once, so a school is one small
    table.
    """

    @abstractmethod
    def facts(self, person: Person) -> Hashable:
        """What of a person this rule looks at."""

    def meets(self, problem: PairingProblem, person: Person) -> frozenset[Hashable] | None:
        """What two people need in common to have a share or an excuse: who has nothing in common has neither.

        None for everybody where it cannot be told, as here.
        """
        return None

    def table(
        self, problem: PairingProblem, mentees: Sequence[Mentee], mentors: Sequence[Mentor]
    ) -> tuple[NDArray[numpy.float64], NDArray[numpy.bool_]]:
        """Shares, and whether `must` would allow, for each of these mentees (rows) with each mentor
        (columns).
        """
        import numpy as np

        shares = np.zeros((len(mentees), len(mentors)))
        allowed = np.zeros((len(mentees), len(mentors)), dtype=bool)
        for row, mentee in enumerate(mentees):
            for column, mentor in enumerate(mentors):
                pair = Pair(mentee, mentor)
                shares[row, column] = self.share(problem, pair)[0]
                allowed[row, column] = shares[row, column] > 0 or self.excuses(problem, pair)
        return shares, allowed


class ListedPreference(SharePreference):
    """A share that only the pairs of a short list have."""

    @abstractmethod
    def listed(self, problem: PairingProblem) -> Mapping[tuple[str, str], float]:
        """The share of each (mentee, mentor) that has any."""

    @abstractmethod
    def share(self, problem: PairingProblem, choice: Pair) -> tuple[float, str]:
        """The share of this preference's points that a choice gets, 0 to 1, and the fact behind it."""


def step(share: float) -> int:
    """The share in quarters as shown, 0 to 4: at least 1 where there is any."""
    return max(1, round(4 * share)) if share > 0 else 0


def reason(key: str, share: float, fact: str, pair: Pair, values: Mapping[str, Any]) -> dict[str, Any]:
    """One reason of a pair as it stands in the outcome."""
    people = [pair.mentee.id, pair.mentor.id]
    return {"rule": key, "step": step(share), "fact": fact, "people": people, "values": dict(values)}
