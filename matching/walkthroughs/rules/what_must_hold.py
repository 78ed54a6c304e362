from __future__ import annotations

from matching.walkthroughs.candidates import Choice, Pair
from matching.walkthroughs.kinds import PairEligibility, VisitPreference
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules.another_department import AnotherDepartment
from matching.walkthroughs.rules.mentor_and_mentee import MentorAndMentee
from matching.walkthroughs.rules.not_again_soon import NotAgainSoon
from matching.walkthroughs.weights import weight

# A shared focus is needed in any case: `visit_has_a_purpose` sees to it.
POSSIBLE_MUSTS: tuple[VisitPreference, ...] = (MentorAndMentee(), AnotherDepartment(), NotAgainSoon())


class WhatMustHold(PairEligibility):
    """What a coach has raised to a must is no longer weighed against anything else: without it there is no
    visit."""

    key = "what_must_hold"
    title = "What the coach calls a must holds for each visit"

    def allows(self, problem: VisitProblem, choice: Choice) -> bool:
        return self._failing(problem, choice) is None

    def sentence(self, problem: VisitProblem, choice: Choice) -> str:
        failing = self._failing(problem, choice)
        return f"{choice.visitor} and {choice.host} lack a must: {failing.title if failing else ''}"

    def _failing(self, problem: VisitProblem, choice: Choice) -> VisitPreference | None:
        if problem.pairs:
            return None
        pair = Pair(choice.visitor, choice.host)
        for preference in POSSIBLE_MUSTS:
            if weight(problem, preference) == "must" and preference.share(problem, pair)[0] == 0:
                return preference
        return None
