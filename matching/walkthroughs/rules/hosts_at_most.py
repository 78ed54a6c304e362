from __future__ import annotations

from matching.walkthroughs.candidates import Pair, Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class HostsAtMost(Cap[tuple[str]]):
    """Opening the door is a gift: a host says how often, and the popular ones are not used up."""

    key = "hosts_at_most"
    title = "A host receives only so many visitors in all"
    counts_videos = True

    def video_group(self, pair: Pair) -> tuple[str]:
        return (pair.host,)

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str]:
        return (visit.host,)

    def most(self, problem: VisitProblem, group: tuple[str]) -> int:
        return problem.person_by_id[group[0]].hosts_most

    def sentence(self, problem: VisitProblem, group: tuple[str], count: int) -> str:
        return f"{group[0]} receives {count} visitors and takes {self.most(problem, group)}"
