"""The choices of one problem: fixed visits, and the few eligible visits that can matter for the first aims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from matching.walkthroughs.candidates import Candidates, Pair, Plan, Visit, standing_visit
from matching.walkthroughs.fit import fitted_pair
from matching.walkthroughs.openings import Openings, eligible_pairs
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS


@dataclass(frozen=True)
class Space:
    """All that can be chosen. `fixed` stands in every plan; `pairs` are all that may meet, and those of fixed
    visits."""

    problem: VisitProblem
    openings: Openings
    pairs: dict[tuple[str, str], Pair]
    fixed: tuple[Visit, ...]

    @cached_property
    def standing(self) -> frozenset[tuple[str, str]]:
        """The pairs of fixed visits."""
        return frozenset(visit.people for visit in self.fixed)

    def visits(self, pairs: Iterable[tuple[str, str]] | None = None) -> Iterator[Visit]:
        """Every open visit of these pairs, or of all, by visitor, host and time."""
        for visitor, host in sorted(self.pairs if pairs is None else pairs):
            # The same pair meets once: a pair with a fixed visit has no other choice.
            if (visitor, host) not in self.standing:
                yield from self.openings.visits(visitor, host)

    def videos(self) -> Iterator[Pair]:
        """The pairs that a video would help, by visitor and host."""
        for place in sorted(self.pairs.keys() - self.standing):
            if _video_is_possible(self.problem, self.pairs[place]):
                yield self.pairs[place]

    def candidates(self) -> Candidates:
        """Fixed visits first, then of each visitor, host and day only the best lesson, where that loses nothing."""
        open_visits = (visit for place in sorted(self.pairs) for visit in self._pruned(place))
        return Candidates(self.problem, (*self.fixed, *open_visits), tuple(self.videos()), self.problem.fixed_visits)

    def candidates_beside(self, stood: Collection[Visit]) -> Candidates:
        """The choices that are left where these visits stand too: those of visitors who may make more."""
        standing = (*self.fixed, *sorted(stood))
        made = Counter(visit.visitor for visit in standing)
        met = {visit.people for visit in standing}
        people = self.problem.person_by_id
        may_meet = {place for place in self.pairs.keys() - met if made[place[0]] < people[place[0]].visits_wanted}
        open_visits = (visit for place in sorted(may_meet) for visit in self._pruned(place))
        videos = tuple(pair for pair in self.videos() if pair.people in may_meet)
        stands = frozenset(visit.place for visit in standing)
        return Candidates(self.problem, (*standing, *open_visits), videos, stands)

    def stood(self) -> list[Visit] | None:
        """The visits of `previous` that are still eligible, beside the fixed ones; None where not all of them can
        stand."""
        places = sorted(self.problem.previous_visits - self.problem.fixed_visits)
        hosts = {place: self.problem.lesson_by_id[place[1]].host for place in places}
        asked = {(visitor, hosts[visitor, lesson]) for visitor, lesson in places} & self.pairs.keys()
        found = [visit for visit in self.visits(asked) if visit.place in self.problem.previous_visits]
        plan = Plan((*self.fixed, *found))
        limits = (limit for limit in LIMITS if limit.key != "fixed_visits_stay")
        return None if any(True for limit in limits for _ in limit.check(self.problem, plan)) else found

    def _pruned(self, place: tuple[str, str]) -> list[Visit]:
        return _pruned(self.problem, list(self.visits([place])))


def build_space(problem: VisitProblem) -> Space:
    """Find every eligible pair; the order depends on ids and times alone, not on the order of rows."""
    fixed = tuple(sorted(standing_visit(problem, visitor, lesson) for visitor, lesson in problem.fixed))
    pairs = {pair.people: fitted_pair(problem, *pair.people) for pair in eligible_pairs(problem)}
    for visit in fixed:
        pairs.setdefault(visit.people, fitted_pair(problem, visit.visitor, visit.host))
    return Space(problem, Openings(problem), pairs, fixed)


def _video_is_possible(problem: VisitProblem, pair: Pair) -> bool:
    visitor, host = problem.person_by_id[pair.visitor], problem.person_by_id[pair.host]
    needed = visitor.visits_required or host.hosts_required
    return bool(visitor.video.visit and host.video.host and needed)


def _pruned(problem: VisitProblem, visits: list[Visit]) -> list[Visit]:
    """What can matter of the visits of one pair.

    With one visit a day for visitor and host, the lessons of a day are alike in every limit: each takes one free
    interval, counts on the same date, and meets no other visit of the two. Only a limit by the minute over the whole
    school can tell them apart, and `previous` asks for the very lesson.
    """
    if not visits or problem.most_at_once is not None:
        return visits
    hosting = problem.person_by_id[visits[0].host].host
    if hosting is None or hosting.per_day > 1:
        return visits
    best: dict[int, Visit] = {}
    for visit in visits:
        before = best.setdefault(visit.day, visit)
        if visit.end - visit.start > before.end - before.start:
            best[visit.day] = visit
    if not problem.previous:
        return list(best.values())
    return [visit for visit in visits if best[visit.day] is visit or visit.place in problem.previous_visits]
