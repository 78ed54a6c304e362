"""One solve from the greedy plan to the best one that the work allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matching.walkthroughs.candidates import Plan
from matching.walkthroughs.debrief_search import place_debriefs
from matching.walkthroughs.debriefs import with_first_debriefs
from matching.walkthroughs.greedy import chosen_plan
from matching.walkthroughs.program import Program
from matching.walkthroughs.space import Space
from matching.walkthroughs.tiers import FIRST_AIMS, Standing, Tiers
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
        most = self._most_visits(tiers, standing)
        bounds["debriefs"] = most

        def placed(better: Plan) -> None:
            self.report("debriefs", better, bounds)

        plan = place_debriefs(self.space, plan, self.work, self.problem.seed, placed)
        return plan, bounds

    def _most_visits(self, tiers: Tiers, standing: Standing) -> int | None:
        """How many visits, and so debriefs, a plan with the same aims up to the fit can have."""
        if not any(person.hosts_required for person in self.problem.people):
            # Each visit is then a unit that its visitor requires or wants, and those are counted already.
            return tiers.value("visits", standing.chosen)
        vertex = tiers.linear.best("visits", {aim: standing.values[aim] for aim in FIRST_AIMS}, standing.chosen)
        return vertex.bound if vertex else None

    def _plan(self, standing: Standing) -> Plan:
        return chosen_plan(self.program.candidates, [n for n in range(self.program.choices) if standing.chosen[n]])

    def _better(self, standing: Standing) -> None:
        self.report("aims", with_first_debriefs(self.problem, self._plan(standing)), standing.bounds)
