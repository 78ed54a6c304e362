"""Debriefs: when the two people of a visit could talk about it, and a first placement without any solver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matching.intervals import Span, common, day_of, month_of, overlap, week_of
from matching.walkthroughs.candidates import Plan, Visit
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules.planning_is_protected import spare_entries, used_entries
from matching.walkthroughs.rules.visits_a_month import dates_left


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch in which a debrief may lie, inside one free interval of each of the two."""

    span: Span
    visitor_entry: Span
    host_entry: Span

    @property
    def day(self) -> int:
        return day_of(self.span[0])


def common_windows(problem: VisitProblem, visitor: str, host: str, day: int) -> Iterator[Window]:
    """Where two people are both free on a day, long enough for a debrief, by time."""
    least = problem.debrief.minutes if problem.debrief else 0
    for ours in problem.free_by_person_day.get((visitor, day), ()):
        for theirs in problem.free_by_person_day.get((host, day), ()):
            shared = common(ours, theirs)
            if shared and shared[1] - shared[0] >= least:
                yield Window(shared, ours, theirs)


def debrief_days(problem: VisitProblem, day: int) -> list[int]:
    """The days on which a visit of this day may be talked about."""
    if problem.debrief is None:
        return []
    first = problem.day_numbers[day]
    last = first + problem.debrief.within_days
    return [other for other, number in problem.day_numbers.items() if first <= number <= last]


def free_windows(problem: VisitProblem, visit: Visit, busy: dict[tuple[str, int], list[Span]]) -> list[Window]:
    """The windows for the debrief of a visit that keep clear of what the two already do, by time."""
    least = problem.debrief.minutes if problem.debrief else 0
    found = []
    for day in debrief_days(problem, visit.day):
        for window in common_windows(problem, visit.visitor, visit.host, day):
            taken = [*busy.get((visit.visitor, day), ()), *busy.get((visit.host, day), ())]
            taken.append((window.span[0], visit.end))
            for span in _left(window.span, taken):
                if span[1] - span[0] >= least:
                    found.append(Window(span, window.visitor_entry, window.host_entry))
    return found


def _left(span: Span, taken: Iterable[Span]) -> list[Span]:
    pieces = [span]
    for cut in taken:
        if not overlap(span, cut):
            continue
        parts = [part for start, end in pieces for part in ((start, min(end, cut[0])), (max(start, cut[1]), end))]
        pieces = [part for part in parts if part[0] < part[1]]
    return sorted(set(pieces))


class Planning:
    """What visits and debriefs have taken of each person's planning so far."""

    def __init__(self, problem: VisitProblem, visits: Iterable[Visit]) -> None:
        self.problem = problem
        self.busy: dict[tuple[str, int], list[Span]] = defaultdict(list)
        self.used: dict[tuple[str, int], set[Span]] = defaultdict(set)
        self.dates: dict[tuple[str, str], set[int]] = defaultdict(set)
        for visit in visits:
            self.busy[visit.visitor, visit.day].append(visit.occupied)
            entries = used_entries(problem, visit.visitor, visit.span)
            self.used[visit.visitor, week_of(visit.day)].update(entries)
            self.dates[visit.visitor, month_of(visit.day)].add(visit.day)

    def allows(self, visit: Visit, window: Window) -> bool:
        """Whether both keep enough planning whole, and the visitor has the date left, with a debrief here."""
        week = week_of(window.day)
        for person, entry in ((visit.visitor, window.visitor_entry), (visit.host, window.host_entry)):
            if self.problem.person_by_id[person].keep_free_per_week:
                used = self.used.get((person, week), set()) | {entry}
                if len(used) > spare_entries(self.problem, person, week):
                    return False
        month = month_of(window.day)
        left = dates_left(self.problem, visit.visitor, month)
        return left is None or len(self.dates.get((visit.visitor, month), set()) | {window.day}) <= left

    def take(self, visit: Visit, window: Window, debrief: Span) -> None:
        week = week_of(window.day)
        for person, entry in ((visit.visitor, window.visitor_entry), (visit.host, window.host_entry)):
            self.busy[person, window.day].append(debrief)
            self.used[person, week].add(entry)
        self.dates[visit.visitor, month_of(window.day)].add(window.day)


def with_first_debriefs(problem: VisitProblem, plan: Plan) -> Plan:
    """The plan with debriefs placed one after another, each as early as it goes; scarce ones first."""
    if problem.debrief is None:
        return plan
    planning = Planning(problem, plan.visits)
    order = sorted(plan.visits, key=lambda visit: (len(free_windows(problem, visit, planning.busy)), visit))
    placed: dict[tuple[str, str], Span] = {}
    for visit in order:
        for window in free_windows(problem, visit, planning.busy):
            if planning.allows(visit, window):
                debrief = (window.span[0], window.span[0] + problem.debrief.minutes)
                planning.take(visit, window, debrief)
                placed[visit.place] = debrief
                break
    return replace(plan, visits=tuple(replace(v, debrief=placed.get(v.place)) for v in plan.visits))
