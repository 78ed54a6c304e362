from __future__ import annotations

from matching.intervals import week_of
from matching.walkthroughs.candidates import Visit
from matching.walkthroughs.kinds import Cap
from matching.walkthroughs.problem import VisitProblem


class HostsAWeek(Cap[tuple[str, int]]):
    """Classes need weeks in which nobody watches."""

    key = "hosts_a_week"
    title = "A host receives only so many visitors a week"

    def group(self, problem: VisitProblem, visit: Visit) -> tuple[str, int]:
        return (visit.host, week_of(visit.day))

    def most(self, problem: VisitProblem, group: tuple[str, int]) -> int:
        return hosting.per_week if (hosting := problem.person_by_id[group[0]].host) else 0

    def sentence(self, problem: VisitProblem, group: tuple[str, int], count: int) -> str:
        return f"{group[0]} receives {count} visitors in one week"
