from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class RoomIsNotCrowded(Cap):
    """A class behaves differently once visitors outnumber the empty chairs."""

    key = "room_is_not_crowded"
    title = "A lesson receives only so many visitors"
    by = ("host", "lesson")

    def most(self, problem: VisitProblem, group: Group) -> int:
        return problem.most_visitors_in_a_lesson

    def is_implied(self, problem: VisitProblem, group: Group) -> bool:
        # Who receives no more on a whole day than a lesson has seats for is limited by the day.
        hosting = problem.person_by_id[group[0]].host
        return hosting is not None and hosting.per_day <= problem.most_visitors_in_a_lesson

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{count} visitors come to {group[1]}"
