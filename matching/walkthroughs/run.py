"""One solve from the greedy plan to the best one that the work allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matching.walkthroughs.candidates import Plan
from matching.walkthroughs.debrief_search import place_debriefs
from matching.walkthroughs.debriefs import with_first_debriefs
from matching.walkthroughs.greedy import chosen_plan
from matching.walkthroughs.program import Program
from matching.walkthroughs.space import Space
from matching.walkthroughs.tiers import Standing, Tiers
from matching.walkthroughs.work import Work

Bounds = Mapping[str, int | None]


class Run:
    """Holds one solve together: the choices, the program over them, and whom to tell about better plans."""

    def __init__(self, space: Space, program: Program, report: Callable[[str, Plan, Bounds], None]) -> None:
        self.space, self.program, self.report = space, program, report
        self.problem = space.problem
        self.work = Work.for_seconds(self.problem.seconds)

    def best_plan(self, first: list[int]) -> tuple[Plan, Bounds]:
        """The best plan found, with the bound of each aim."""
        tiers = Tiers(self.program, self.work, self.problem.seed, self._better)
        standing = tiers.settle_first(self.program.completed(first))
        tiers.settle("early", standing)
        plan = self._plan(standing)
        bounds: dict[str, int | None] = dict(standing.bounds)
        if self.problem.debrief is None:
            return plan, bounds | {"debriefs": 0}
        standing.values.pop("early")
        most = tiers.linear.best("visits", standing.values)
        plan = place_debriefs(self.space, plan, self.work, self.problem.seed)
        return plan, bounds | {"debriefs": most.bound if most else None}

    def _plan(self, standing: Standing) -> Plan:
        return chosen_plan(
            self.program.candidates, [n for n in range(self.program.choices) if standing.chosen[n]]
        )

    def _better(self, standing: Standing) -> None:
        self.report("aims", with_first_debriefs(self.problem, self._plan(standing)), standing.bounds)
