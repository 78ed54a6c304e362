"""The last aims: as many debriefs as the plan's aims up to the fit allow, and then visits early in the round.

The debrief is part of the choice: each visit is there without one and with each that could follow it, so that a pair
meets when it can also talk. Only visits are looked at that a plan with these aims can have, by their reduced costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.debriefs import Talks, with_debriefs_placed, with_first_debriefs
from matching.walkthroughs.entries import used_entries
from matching.walkthroughs.linear import LinearProgram
from matching.walkthroughs.neighbours import Neighbourhoods
from matching.walkthroughs.program import TALKS, Program, build_program
from matching.walkthroughs.space import Space
from matching.walkthroughs.tiers import Standing, Tiers

Bounds = Mapping[str, int | None]
# With more choices than this, only the pairs of the plan are asked when they could talk.
MOST_CHOICES = 200_000
# What the linear program costs for each choice, in units of work, and the part of the work that it may take.
A_CHOICE, SHARE_OF_BOUND = 6e-5, 0.4
# The parts of the work left for more debriefs, and then for earlier visits.
SHARE_OF_DEBRIEFS, SHARE_OF_EARLY = 0.6, 0.2


def with_most_debriefs(
    space: Space, tiers: Tiers, standing: Standing, report: Callable[[Plan, Bounds], None]
) -> tuple[Plan, Bounds]:
    """The plan with the most debriefs and then the earliest visits found, and the bounds of all aims."""
    problem, work = space.problem, tiers.work
    first = with_first_debriefs(problem, tiers.program.plan(standing.chosen))
    if not first.visits:
        return first, {**standing.bounds, "debriefs": 0, "early": 0}
    candidates, is_whole = _candidates(space, tiers, standing, first)
    program = build_program(space, candidates)
    linear = LinearProgram(program)
    chosen = program.completed(_numbers(candidates, first))

    bound = None
    cost = A_CHOICE * program.choices
    if is_whole and cost < SHARE_OF_BOUND * work.left:
        work.spend(cost)
        vertex = linear.best(TALKS, standing.values, chosen)
        bound = vertex.bound if vertex else None
    most = len(first.visits) if bound is None else program.aims[TALKS].first(bound)

    def found(better: Integers) -> None:
        report(with_debriefs_placed(problem, program.plan(better)), standing.bounds)

    search = Neighbourhoods(linear, TALKS, standing.values, work, tiers.seed)
    chosen = search.best(chosen, SHARE_OF_DEBRIEFS, lambda now: _debriefs(program, now) >= most, found)
    chosen = search.best(chosen, SHARE_OF_EARLY, lambda now: program.aims[TALKS].value(now) == bound, found)
    plan = with_debriefs_placed(problem, program.plan(chosen))
    return plan, {**standing.bounds, **_bounds(program, plan, bound)}


def _bounds(program: Program, plan: Plan, bound: int | None) -> Bounds:
    """What the bound of both aims together says of each."""
    if bound is None:
        # Without hosts who require visits a plan with the same aims has as many visits.
        is_steady = not any(person.hosts_required for person in program.candidates.problem.people)
        return {"debriefs": len(plan.visits) if is_steady else None, "early": None}
    most = program.aims[TALKS].first(bound)
    held = sum(visit.debrief is not None for visit in plan.visits)
    return {"debriefs": most, "early": program.aims[TALKS].unit * most - bound if held == most else None}


def _debriefs(program: Program, chosen: Integers) -> int:
    return sum(int(chosen[number]) for number, _, _ in program.candidates.debriefed)


def _candidates(space: Space, tiers: Tiers, standing: Standing, first: Plan) -> tuple[Candidates, bool]:
    """What stands and what is near, each visit with every debrief that could follow it; and whether that is all."""
    before, reach = tiers.program.candidates, tiers.within_reach(standing)
    near = {(visit.people, visit.day) for number, visit in before.numbered_visits() if reach[number]}
    near |= {(visit.people, visit.day) for visit in first.visits}
    found = _debriefed(space, before, near)
    if len(found.visits) <= MOST_CHOICES:
        return found, True
    met = {visit.people for visit in first.visits}
    return _debriefed(space, before, {place for place in near if place[0] in met}), False


def _debriefed(space: Space, before: Candidates, near: set[tuple[tuple[str, str], int]]) -> Candidates:
    standing = [visit for visit in before.visits if visit.place in before.stands]
    people = {place[0] for place in near} - {visit.people for visit in standing}
    others = [visit for visit in space.visits(people) if (visit.people, visit.day) in near]
    talks = Talks(space.problem)
    return replace(before, visits=tuple(each for visit in (*standing, *others) for each in talks.variants(visit)))


def _numbers(candidates: Candidates, plan: Plan) -> list[int]:
    """The numbers of a plan's visits and videos; a debrief is found by the planning intervals that it lies in."""
    problem = candidates.problem

    def key(visit: Visit) -> tuple[object, ...]:
        if visit.debrief is None:
            return (visit.place,)
        return visit.place, *(tuple(used_entries(problem, person, visit.debrief)) for person in visit.people)

    chosen = {visit.place for visit in plan.visits}
    visits = {key(visit): number for number, visit in candidates.numbered_visits() if visit.place in chosen}
    videos = {pair.people: number for number, pair in candidates.numbered_videos()}
    return [visits[key(visit)] for visit in plan.visits] + [videos[pair.people] for pair in plan.videos]
