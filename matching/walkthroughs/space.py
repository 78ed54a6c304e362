"""The choices of one problem: fixed visits, every eligible visit, and the few that can matter for the first
aims."""

from __future__ import annotations

from dataclasses import dataclass

from matching.walkthroughs.candidates import Candidates, Pair, Visit, standing_visit, visits_of_pair
from matching.walkthroughs.fit import fitted_pair, fitted_pairs
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import VISIT_ELIGIBILITY


@dataclass(frozen=True)
class Space:
    """All that can be chosen. `fixed` stands in every plan; `visits` and `videos` are open choices."""

    problem: VisitProblem
    pairs: dict[tuple[str, str], Pair]
    fixed: tuple[Visit, ...]
    visits: tuple[Visit, ...]
    videos: tuple[Pair, ...]

    def pruned_candidates(self) -> Candidates:
        """Fixed visits first, then of each visitor, host and day only the best lesson, where that loses
        nothing."""
        return Candidates(self.problem, self.fixed + tuple(_pruned(self.problem, self.visits)), self.videos)


def build_space(problem: VisitProblem) -> Space:
    """Find every eligible pair and visit; the order depends on ids and times alone, not on the order of
    rows."""
    fixed = tuple(sorted(standing_visit(problem, visitor, lesson) for visitor, lesson in problem.fixed))
    standing = {(visit.visitor, visit.host) for visit in fixed}
    pairs = {(pair.visitor, pair.host): pair for pair in fitted_pairs(problem)}
    tests = [rule.allows for rule in VISIT_ELIGIBILITY]
    visits = []
    for place, pair in pairs.items():
        # The same pair meets once: a pair with a fixed visit has no other choice.
        if place not in standing:
            visits.extend(visits_of_pair(problem, pair, tests))
    videos = tuple(pair for place, pair in pairs.items() if place not in standing and _video_is_possible(problem, pair))
    for place in standing - pairs.keys():
        pairs[place] = fitted_pair(problem, *place)
    return Space(problem, pairs, fixed, tuple(visits), videos)


def _video_is_possible(problem: VisitProblem, pair: Pair) -> bool:
    visitor, host = problem.person_by_id[pair.visitor], problem.person_by_id[pair.host]
    needed = visitor.visits_required or host.hosts_required
    return bool(visitor.video.visit and host.video.host and needed)


def _pruned(problem: VisitProblem, visits: tuple[Visit, ...]) -> list[Visit]:
    # With one visit a day for visitor and host, the lessons of a (visitor, host, day) are alike in every
    # limit: each takes one free interval, counts on the same date, and meets no other visit of the two. Only
    # a limit by the minute over the whole school can tell them apart, and `previous` asks for the very
    # lesson.
    if problem.most_at_once is not None:
        return list(visits)
    best: dict[tuple[str, str, int], Visit] = {}
    for visit in visits:
        group = (visit.visitor, visit.host, visit.day)
        before = best.get(group)
        if before is None or visit.end - visit.start > before.end - before.start:
            best[group] = visit
    return [visit for visit in visits if _stays(problem, visit, best)]


def _stays(problem: VisitProblem, visit: Visit, best: dict[tuple[str, str, int], Visit]) -> bool:
    hosting = problem.person_by_id[visit.host].host
    if hosting is None or hosting.per_day > 1 or visit.place in problem.previous_visits:
        return True
    return best[visit.visitor, visit.host, visit.day] is visit
