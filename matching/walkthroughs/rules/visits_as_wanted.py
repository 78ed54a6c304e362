from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class VisitsAsWanted(Cap):
    """Visits use planning time; more of them than somebody asked for would be a duty and no gift."""

    key = "visits_as_wanted"
    title = "Nobody visits more often than they want"
    by = ("visitor",)
    counts_videos = True

    def most(self, problem: VisitProblem, group: Group) -> int:
        return problem.person_by_id[group[0]].visits_wanted

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} visits {count} times and wants {self.most(problem, group)}"
