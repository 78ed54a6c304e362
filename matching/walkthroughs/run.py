"""One solve from the greedy plan to the best one that the work allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from matching.walkthroughs.candidates import Choice, Plan
from matching.walkthroughs.debriefs import with_first_debriefs
from matching.walkthroughs.program import Program, build_program
from matching.walkthroughs.report import missing_units
from matching.walkthroughs.space import Space
from matching.walkthroughs.talking import with_most_debriefs
from matching.walkthroughs.tiers import Standing, Tiers
from matching.walkthroughs.work import Work

Bounds = Mapping[str, int | None]
Partners = dict[tuple[str, str], set[str]]


class Run:
    """Holds one solve together: the choices, and whom to tell about better plans."""

    def __init__(self, space: Space, report: Callable[[str, Plan, Bounds], None]) -> None:
        self.space, self.problem, self.report = space, space.problem, report
        self.work = Work.for_seconds(self.problem.seconds)

    def best_plan(self, program: Program, first: list[int]) -> tuple[Plan, Bounds]:
        """The best plan found from a first one, with the bound of each aim.

        A program in which the whole former plan stands has few choices. Where it misses nothing that another plan
        could reach, its plan is the best of all: nothing moved, and what follows `moved` is best given that.
        """
        tiers = self._tiers(program)
        standing = tiers.settle_first(program.completed(first))
        if program.candidates.stands != self.problem.fixed_visits and not self._misses_nothing(program, standing):
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

        return Tiers(program, self.work, self.problem.seed, better)

    def _talked(self, plan: Plan, bounds: Bounds) -> None:
        self.report("debriefs", plan, bounds)

    def _everything(self, known: Plan) -> tuple[Program, list[int]]:
        """The program over all choices, and a known plan in its numbers."""
        candidates = self.space.candidates()
        return build_program(self.space, candidates), candidates.numbers(known)

    def _misses_nothing(self, program: Program, standing: Standing) -> bool:
        """Whether no plan at all can cover more units, nor more of them live: then nobody lacks what is there."""
        plan = program.plan(standing.chosen)
        lacking = {row["person"] for row in missing_units(self.problem, plan)}
        lacking |= {person for pair in plan.videos for person in pair.people}
        concerned = [people for people in self.space.pairs if lacking & set(people)]
        live = _partners([*self.space.fixed, *self.space.visits(concerned)])
        shown = _partners(pair for pair in self.space.videos() if lacking & set(pair.people))
        without_live = without_any = 0
        for name in lacking:
            person = self.problem.person_by_id[name]
            for unit, required in (("visit", person.visits_required), ("host", person.hosts_required)):
                without_live += max(0, required - len(live[name, unit]))
                without_any += max(0, required - len(live[name, unit] | shown[name, unit]))
        reached = standing.values["covered"], standing.values["live"]
        return reached == (without_any, without_live - without_any)


def _partners(choices: Iterable[Choice]) -> Partners:
    """By person and unit, with whom each could have a visit or a video."""
    found: Partners = defaultdict(set)
    for choice in choices:
        found[choice.visitor, "visit"].add(choice.host)
        found[choice.host, "host"].add(choice.visitor)
    return found
