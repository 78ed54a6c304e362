from __future__ import annotations

from matching.walkthroughs.candidates import Pair, Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class SamePairOnce(Cap[tuple[str, str]]):
    """A second look at the same colleague in one cycle takes the place of a new one."""

    key = "same_pair_once"
    title = "The same two people meet once, live or by video"
    counts_videos = True

    def video_group(self, pair: Pair) -> tuple[str, str]:
        return pair.visitor, pair.host

    def people(self, problem: VisitProblem, group: tuple[str, str]) -> tuple[str, ...]:
        return group

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, str]:
        return (visit.visitor, visit.host)

    def most(self, problem: VisitProblem, group: tuple[str, str]) -> int:
        return 1

    def sentence(self, problem: VisitProblem, group: tuple[str, str], count: int) -> str:
        return f"{group[0]} visits {group[1]} {count} times"
