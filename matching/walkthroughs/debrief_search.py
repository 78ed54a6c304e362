"""The most debriefs by CP-SAT: the pairs stand, and each takes the lesson and the window that serve
all best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from matching.intervals import Span, day_of, month_of, overlap, week_of
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.debriefs import Window, common_windows, debrief_days, with_first_debriefs
from matching.walkthroughs.kinds import posted
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS
from matching.walkthroughs.rules.planning_is_protected import spare_entries, used_entries
from matching.walkthroughs.rules.visits_a_month import dates_left
from matching.walkthroughs.space import Space
from matching.walkthroughs.work import Work

# Above this many visits to choose from, the visits stand as they are and only their debriefs are placed.
MOST_VISITS = 20_000
# The part of the work left that each of the two searches may use.
SHARE = 0.5


def place_debriefs(space: Space, plan: Plan, work: Work, seed: int, report: Callable[[Plan], None]) -> Plan:
    """The plan with as many debriefs as its pairs allow, and then as early as they go.

    The pairs stay, and with them every aim up to the fit.
    """
    problem = space.problem
    first = with_first_debriefs(problem, plan)
    if problem.debrief is None or not plan.visits:
        return first
    if all(visit.debrief for visit in first.visits):
        return first
    search = _Search(problem, plan, _same_pairs(space, plan), problem.debrief.minutes)
    return search.best(first, work, seed, report)


def _same_pairs(space: Space, plan: Plan) -> list[Visit]:
    chosen = {(visit.visitor, visit.host) for visit in plan.visits}
    open_visits = [visit for visit in space.visits if (visit.visitor, visit.host) in chosen]
    return [*space.fixed, *open_visits] if len(open_visits) <= MOST_VISITS else list(plan.visits)


@dataclass(frozen=True, slots=True)
class _Talk:
    """A debrief that may be held in a window, starting at a minute that is left open."""

    pair: tuple[str, str]
    window: Window
    held: cp_model.IntVar
    start: cp_model.IntVar


Literals = dict[object, list[cp_model.IntVar]]


class _Search:
    def __init__(self, problem: VisitProblem, plan: Plan, visits: Sequence[Visit], minutes: int) -> None:
        self.problem, self.plan, self.visits, self.minutes = problem, plan, visits, minutes
        self.model = cp_model.CpModel()
        self.made = [self.model.new_bool_var("") for _ in visits]
        self.talks: list[_Talk] = []
        self.busy: dict[tuple[str, int], list[cp_model.IntervalVar]] = defaultdict(list)
        self.entries: dict[tuple[str, int], Literals] = defaultdict(lambda: defaultdict(list))
        self.dates: dict[tuple[str, str], Literals] = defaultdict(lambda: defaultdict(list))
        self._keep_pairs_and_limits()
        for visit, made in zip(visits, self.made, strict=True):
            self._count_visit(visit, made)
        by_pair: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, visit in enumerate(visits):
            by_pair[visit.visitor, visit.host].append(number)
        for pair, numbers in by_pair.items():
            self._offer_talks(pair, numbers)
        for intervals in self.busy.values():
            self.model.add_no_overlap(intervals)
        self._protect_planning()

    def best(self, first: Plan, work: Work, seed: int, report: Callable[[Plan], None]) -> Plan:
        """The plan with the most debriefs, and of those an early one; never worse than the first."""
        held = sum(talk.held for talk in self.talks)
        plan, least = first, sum(visit.debrief is not None for visit in first.visits)
        self.model.add(held >= least)
        self.model.maximize(held)
        found = self._solved(plan, work, seed)
        if found is None:
            return plan
        plan = found
        report(plan)
        self.model.add(held >= sum(visit.debrief is not None for visit in plan.visits))
        days = [self.problem.day_numbers[visit.day] for visit in self.visits]
        self.model.minimize(cp_model.LinearExpr.weighted_sum(self.made, days))
        return self._solved(plan, work, seed) or plan

    def _solved(self, hint: Plan, work: Work, seed: int) -> Plan | None:
        self._hint(hint)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = work.part(SHARE)
        status = solver.solve(self.model)
        work.spend(solver.deterministic_time)
        return self._read(solver) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _keep_pairs_and_limits(self) -> None:
        # The videos of the plan stand: where a limit counts them, they have their share of it already.
        candidates = Candidates(self.problem, tuple(self.visits), self.plan.videos)
        count = len(self.visits)
        for row in posted(LIMITS, candidates).rows:
            terms = [(n, w) for n, w in zip(row.numbers, row.weights, strict=True) if n < count]
            shown = sum(w for n, w in zip(row.numbers, row.weights, strict=True) if n >= count)
            literals = [self.made[number] for number, _ in terms]
            total = cp_model.LinearExpr.weighted_sum(literals, [weight for _, weight in terms])
            self.model.add(total <= row.bound - shown)
        by_pair: Literals = defaultdict(list)
        previous = []
        for visit, made in zip(self.visits, self.made, strict=True):
            by_pair[visit.visitor, visit.host].append(made)
            if visit.place in self.problem.previous_visits:
                previous.append(made)
            if visit.place in self.problem.fixed_visits:
                self.model.add(made == 1)
        for literals in by_pair.values():
            self.model.add_exactly_one(literals)
        kept = sum(visit.place in self.problem.previous_visits for visit in self.plan.visits)
        self.model.add(sum(previous) >= kept)

    def _count_visit(self, visit: Visit, made: cp_model.IntVar) -> None:
        start, end = visit.occupied
        interval = self.model.new_optional_fixed_size_interval_var(start, end - start, made, "")
        self.busy[visit.visitor, visit.day].append(interval)
        for entry in used_entries(self.problem, visit.visitor, visit.span):
            self.entries[visit.visitor, week_of(visit.day)][entry].append(made)
        self.dates[visit.visitor, month_of(visit.day)][visit.day].append(made)

    def _offer_talks(self, pair: tuple[str, str], numbers: list[int]) -> None:
        days = {day for number in numbers for day in debrief_days(self.problem, self.visits[number].day)}
        offered = []
        for day in sorted(days):
            for window in common_windows(self.problem, *pair, day):
                follows = [number for number in numbers if self._may_follow(self.visits[number], window)]
                if follows:
                    offered.append(self._offer(pair, window, follows))
        self.model.add_at_most_one([talk.held for talk in offered])
        self.talks.extend(offered)

    def _may_follow(self, visit: Visit, window: Window) -> bool:
        fits = visit.occupied[1] + self.minutes <= window.span[1]
        return fits and window.day in debrief_days(self.problem, visit.day)

    def _offer(self, pair: tuple[str, str], window: Window, follows: list[int]) -> _Talk:
        held = self.model.new_bool_var("")
        start = self.model.new_int_var(window.span[0], window.span[1] - self.minutes, "")
        interval = self.model.new_optional_fixed_size_interval_var(start, self.minutes, held, "")
        self.model.add_bool_or([held.negated(), *(self.made[number] for number in follows)])
        for number in follows:
            after = self.visits[number].occupied[1]
            if after > window.span[0]:
                self.model.add(start >= after).only_enforce_if([held, self.made[number]])
        for person, entry in zip(pair, (window.visitor_entry, window.host_entry), strict=True):
            self.busy[person, window.day].append(interval)
            self.entries[person, week_of(window.day)][entry].append(held)
        self.dates[pair[0], month_of(window.day)][window.day].append(held)
        return _Talk(pair, window, held, start)

    def _protect_planning(self) -> None:
        for (person, week), by_entry in self.entries.items():
            if self.problem.person_by_id[person].keep_free_per_week:
                self._at_most(by_entry, spare_entries(self.problem, person, week))
        for (visitor, month), by_day in self.dates.items():
            left = dates_left(self.problem, visitor, month)
            if left is not None:
                self._at_most(by_day, left)

    def _at_most(self, groups: Literals, most: int) -> None:
        """Of these groups at most so many have anything that is chosen."""
        touched = []
        for group in groups.values():
            any_chosen = self.model.new_bool_var("")
            for chosen in group:
                self.model.add_implication(chosen, any_chosen)
            touched.append(any_chosen)
        self.model.add(sum(touched) <= max(most, 0))

    def _hint(self, plan: Plan) -> None:
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        places = {visit.place for visit in plan.visits}
        debriefs = {(visit.visitor, visit.host): visit.debrief for visit in plan.visits}
        for visit, made in zip(self.visits, self.made, strict=True):
            self.model.add_hint(made, visit.place in places)
        for talk in self.talks:
            debrief = debriefs.get(talk.pair)
            held = debrief is not None and _inside(talk.window, debrief)
            self.model.add_hint(talk.held, held)
            self.model.add_hint(talk.start, debrief[0] if held and debrief else talk.window.span[0])

    def _read(self, solver: cp_model.CpSolver) -> Plan:
        debriefs = {
            talk.pair: (solver.value(talk.start), solver.value(talk.start) + self.minutes)
            for talk in self.talks
            if solver.boolean_value(talk.held)
        }
        visits = tuple(
            replace(visit, debrief=debriefs.get((visit.visitor, visit.host)))
            for visit, made in zip(self.visits, self.made, strict=True)
            if solver.boolean_value(made)
        )
        return replace(self.plan, visits=visits)


def _inside(window: Window, debrief: Span) -> bool:
    return window.day == day_of(debrief[0]) and overlap(window.span, debrief)
