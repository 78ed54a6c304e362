from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class HostsAtMost(Cap):
    """Opening the door is a gift: a host says how often, and the popular ones are not used up."""

    key = "hosts_at_most"
    title = "A host receives only so many visitors in all"
    by = ("host",)
    counts_videos = True

    def most(self, problem: VisitProblem, group: Group) -> int:
        return problem.person_by_id[group[0]].hosts_most

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} receives {count} visitors and takes {self.most(problem, group)}"
