from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class SamePairOnce(Cap):
    """A second look at the same colleague in one cycle takes the place of a new one."""

    key = "same_pair_once"
    title = "The same two people meet once, live or by video"
    by = ("visitor", "host")
    counts_videos = True

    def people(self, group: Group) -> tuple[str, ...]:
        return group

    def most(self, problem: VisitProblem, group: Group) -> int:
        return 1

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} visits {group[1]} {count} times"
