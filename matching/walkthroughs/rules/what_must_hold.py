from __future__ import annotations

from matching.walkthroughs.candidates import Choice, Pair
from matching.walkthroughs.kinds import PairEligibility, VisitPreference
from matching.walkthroughs.problem import VisitProblem


class WhatMustHold(PairEligibility):
    """What a coach has raised to a must is no longer weighed against anything else: without it there is no
    visit."""

    key = "what_must_hold"
    title = "What the coach calls a must holds for each visit"

    def __init__(self, preferences: tuple[VisitPreference, ...]) -> None:
        self.preferences = preferences

    def allows(self, problem: VisitProblem, choice: Choice) -> bool:
        return self._failing(problem, choice) is None

    def sentence(self, problem: VisitProblem, choice: Choice) -> str:
        failing = self._failing(problem, choice)
        return f"{choice.visitor} and {choice.host} lack a must: {failing.title if failing else ''}"

    def _failing(self, problem: VisitProblem, choice: Choice) -> VisitPreference | None:
        if problem.pairs:
            return None
        pair = Pair(choice.visitor, choice.host)
        for preference in self.preferences:
            if problem.weight(preference) == "must" and preference.share(problem, pair)[0] == 0:
                return preference
        return None
