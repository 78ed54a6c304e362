from __future__ import annotations

from matching.intervals import day_text
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class HostsADay(Cap[tuple[str, int]]):
    """A day with guest after guest is a show, and the lesson they came to see is no longer an ordinary
    one."""

    key = "hosts_a_day"
    title = "A host receives only so many visitors a day"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, int]:
        return (visit.host, visit.day)

    def most(self, problem: VisitProblem, group: tuple[str, int]) -> int:
        return hosting.per_day if (hosting := problem.person_by_id[group[0]].host) else 0

    def sentence(self, problem: VisitProblem, group: tuple[str, int], count: int) -> str:
        return f"{group[0]} receives {count} visitors on {day_text(group[1])}"
