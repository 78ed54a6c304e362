"""Two people who are kept apart."""

from __future__ import annotations

from collections.abc import Iterator

from matching.pairing.problem import Pair, PairingPlan, PairingProblem
from matching.rule import Eligibility, Finding


class Apart(Eligibility[PairingProblem, Pair, PairingPlan]):
    """A pair that the coach, a veto or a past refusal rules out would only start badly."""

    key = "apart"
    title = "Nobody is paired with a person they are kept apart from"
    removes = "kept apart"

    def banned(self, problem: PairingProblem) -> dict[tuple[str, str], str]:
        """The pairs (mentee, mentor) that this rule forbids, each with the word given for it."""
        return {ids: word for ids, word in problem.word_by_apart.items() if self.concerns(word)}

    def concerns(self, word: str) -> bool:
        """Whether a row with this word belongs to this rule and not to its sibling."""
        return word != "evaluator"

    def allows(self, problem: PairingProblem, choice: Pair) -> bool:
        word = problem.word_by_apart.get((choice.mentee.id, choice.mentor.id))
        return word is None or not self.concerns(word)

    def check(self, problem: PairingProblem, plan: PairingPlan) -> Iterator[Finding]:
        banned = self.banned(problem)
        for mentee, mentor in plan.pairs:
            if (mentee, mentor) in banned:
                word = banned[mentee, mentor]
                yield Finding(self.key, self.sentence(mentee, mentor, word), (mentee, mentor), {"word": word})

    def sentence(self, mentee: str, mentor: str, word: str) -> str:
        because = f" ({word})" if word else ""
        return f"{mentee} and {mentor} are kept apart{because}"
