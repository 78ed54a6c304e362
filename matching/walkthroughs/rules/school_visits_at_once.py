from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from matching.intervals import at_once, moment_text
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class SchoolVisitsAtOnce(VisitLimit):
    """Free colleagues also stand in for absent ones: not all of them can be in other people's lessons at
    once."""

    key = "school_visits_at_once"
    title = "Only so many visits take place in the school at the same time"

    def post(self, candidates: Candidates, model: Model) -> None:
        most = candidates.problem.most_at_once
        if most is None:
            return
        for _, numbers in _present(candidates.numbered_visits()):
            model.at_most(self.key, numbers, most)

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        if problem.most_at_once is None:
            return
        for start, numbers in _present(enumerate(plan.visits)):
            if len(numbers) > problem.most_at_once:
                text = f"{len(numbers)} visits take place at {moment_text(start)}"
                yield Finding(self.key, text, (), {"count": len(numbers), "most": problem.most_at_once})


def _present(visits: Iterable[tuple[int, Visit]]) -> Iterator[tuple[int, list[int]]]:
    by_day: dict[int, list[tuple[int, Visit]]] = defaultdict(list)
    for number, visit in visits:
        by_day[visit.day].append((number, visit))
    for _, held in sorted(by_day.items()):
        yield from at_once((visit.span, number) for number, visit in held)
