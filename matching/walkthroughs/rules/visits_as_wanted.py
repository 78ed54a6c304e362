from __future__ import annotations

from matching.walkthroughs.candidates import Pair, Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class VisitsAsWanted(Cap[tuple[str]]):
    """Visits use planning time; more of them than somebody asked for would be a duty and no gift."""

    key = "visits_as_wanted"
    title = "Nobody visits more often than they want"
    counts_videos = True

    def video_group(self, pair: Pair) -> tuple[str]:
        return (pair.visitor,)

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str]:
        return (visit.visitor,)

    def most(self, problem: VisitProblem, group: tuple[str]) -> int:
        return problem.person_by_id[group[0]].visits_wanted

    def sentence(self, problem: VisitProblem, group: tuple[str], count: int) -> str:
        return f"{group[0]} visits {count} times and wants {self.most(problem, group)}"
