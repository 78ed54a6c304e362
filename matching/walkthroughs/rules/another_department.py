from __future__ import annotations

from typing import ClassVar

from matching.rule import Weight
from matching.walkthroughs.candidates import Pair
from matching.walkthroughs.kinds import VisitPreference
from matching.walkthroughs.problem import VisitProblem


class AnotherDepartment(VisitPreference):
    """In another department one watches the teaching, since the content gives nothing to argue about."""

    key = "another_department"
    title = "The visit goes to another department"
    default: ClassVar[Weight] = "low"

    def share(self, problem: VisitProblem, choice: Pair) -> tuple[float, str]:
        ours = set(problem.person_by_id[choice.visitor].departments)
        theirs = set(problem.person_by_id[choice.host].departments)
        if not ours or not theirs:
            return 0.0, "a department is not known"
        if ours & theirs:
            return 0.0, f"both in {', '.join(sorted(ours & theirs))}"
        return 1.0, f"{', '.join(sorted(ours))} visits {', '.join(sorted(theirs))}"
