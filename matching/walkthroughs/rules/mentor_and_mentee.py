from __future__ import annotations

from typing import ClassVar

from matching.rule import Weight
from matching.walkthroughs.candidates import Pair
from matching.walkthroughs.kinds import VisitPreference
from matching.walkthroughs.problem import VisitProblem


class MentorAndMentee(VisitPreference):
    """A mentor and a mentee who have seen each other teach have something concrete to talk about."""

    key = "mentor_and_mentee"
    title = "Mentor and new teacher visit each other"
    default: ClassVar[Weight] = "low"

    def share(self, problem: VisitProblem, choice: Pair) -> tuple[float, str]:
        if (choice.visitor, choice.host) in problem.mentoring_pairs:
            return 1.0, "mentor and mentee"
        return 0.0, "not mentor and mentee"
