from __future__ import annotations

from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class RoomIsNotCrowded(Cap[tuple[str, str]]):
    """A class behaves differently once visitors outnumber the empty chairs."""

    key = "room_is_not_crowded"
    title = "A lesson receives only so many visitors"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, str]:
        return (visit.host, visit.lesson)

    def most(self, problem: VisitProblem, group: tuple[str, str]) -> int:
        return problem.most_visitors_in_a_lesson

    def sentence(self, problem: VisitProblem, group: tuple[str, str], count: int) -> str:
        return f"{count} visitors come to {group[1]}"
