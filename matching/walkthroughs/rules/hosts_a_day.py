from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.kinds import Cap, Group
from matching.walkthroughs.problem import VisitProblem


class HostsADay(Cap):
    """A day with guest after guest is a show, and the lesson they came to see is no longer an ordinary
    one."""

    key = "hosts_a_day"
    title = "A host receives only so many visitors a day"
    by = ("host", "day")

    def most(self, problem: VisitProblem, group: Group) -> int:
        return hosting.per_day if (hosting := problem.person_by_id[group[0]].host) else 0

    def sentence(self, problem: VisitProblem, group: Group, count: int) -> str:
        return f"{group[0]} receives {count} visitors on {day_text(group[1])}"
