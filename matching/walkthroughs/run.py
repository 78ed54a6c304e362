"""One solve from the greedy plan to the best one that the work allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matching.walkthroughs.candidates import Plan
from matching.walkthroughs.debriefs import with_first_debriefs
from matching.walkthroughs.pair_flow import pair_bounds
from matching.walkthroughs.program import Program, build_program
from matching.walkthroughs.space import Space
from matching.walkthroughs.talking import with_most_debriefs
from matching.walkthroughs.tiers import Standing, Tiers
from matching.walkthroughs.work import Work

Bounds = Mapping[str, int | None]


class Run:
    """Holds one solve together: the choices, and whom to tell about better plans."""

    def __init__(self, space: Space, report: Callable[[str, Plan, Bounds], None]) -> None:
        self.space, self.problem, self.report = space, space.problem, report
        self.work = Work.for_seconds(self.problem.seconds)
        self.by_pairs = pair_bounds(space)

    def best_plan(self, program: Program, first: list[int]) -> tuple[Plan, Bounds]:
        """The best plan found from a first one, with the bound of each aim.

        A program in which the whole former plan stands has few choices. Where it misses nothing that another plan
        could reach, its plan is the best of all: nothing moved, and what follows `moved` is best given that.
        """
        tiers = self._tiers(program)
        standing = tiers.settle_first(program.completed(first))
        if program.candidates.stands != self.problem.fixed_visits and not tiers.misses_nothing(standing):
            program, first = self._everything(program.plan(standing.chosen))
            tiers = self._tiers(program)
            standing = tiers.settle_first(program.completed(first))
        if self.problem.debrief is not None:
            return with_most_debriefs(self.space, tiers, standing, self._talked)
        tiers.settle("early", standing)
        return program.plan(standing.chosen), {"debriefs": 0} | standing.bounds

    def _tiers(self, program: Program) -> Tiers:
        def better(standing: Standing) -> None:
            plan = with_first_debriefs(self.problem, program.plan(standing.chosen))
            self.report("aims", plan, standing.bounds)

        return Tiers(program, self.by_pairs, self.work, self.problem.seed, better)

    def _talked(self, plan: Plan, bounds: Bounds) -> None:
        self.report("debriefs", plan, bounds)

    def _everything(self, known: Plan) -> tuple[Program, list[int]]:
        """The program over all choices, and a known plan in its numbers."""
        candidates = self.space.candidates()
        return build_program(self.space, candidates), candidates.numbers(known)
