from __future__ import annotations

from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class HostsAWeek(Cap):
    """Classes need weeks in which nobody watches."""

    key = "hosts_a_week"
    title = "A host receives only so many visitors a week"
    by = ("host", "week")

    def most(self, problem: VisitProblem, group: Group) -> int:
        return hosting.per_week if (hosting := problem.person_by_id[group[0]].host) else 0

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} receives {count} visitors in one week"
