"""Debriefs: when the two people of a visit could talk about it, and a first placement without any solver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from matching.intervals import Span, common, day_of, month_of, overlap, week_of
from matching.walkthroughs.candidates import Plan, Visit
from matching.walkthroughs.entries import used_entries
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules.planning_is_protected import spare_entries
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

    def holds(self, span: Span) -> bool:
        """Whether a span lies in it."""
        return self.span[0] <= span[0] and span[1] <= self.span[1]

    def is_in_the_entries_of(self, other: Window) -> bool:
        """Whether both lie in the same planning interval of each of the two."""
        return (self.visitor_entry, self.host_entry) == (other.visitor_entry, other.host_entry)


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
    return _placed(problem, plan, planning, [(visit, None) for visit in order])


def with_debriefs_placed(problem: VisitProblem, plan: Plan) -> Plan:
    """The plan with each debrief at a minute of its own, in the planning intervals where it lies.

    Those whose time runs out first are placed first. One that finds no minute there takes any other that there is, and
    so does a visit that had none.
    """
    if problem.debrief is None:
        return plan
    bare = replace(plan, visits=tuple(visit._replace(debrief=None) for visit in plan.visits))
    asked = []
    for visit, talk in zip(bare.visits, plan.visits, strict=True):
        for window in free_windows(problem, visit, {}):
            if talk.debrief and window.holds(talk.debrief):
                asked.append((window.span[1], visit, window))
    order: list[tuple[Visit, Window | None]] = [(visit, window) for _, visit, window in sorted(asked, key=_by_time)]
    return _placed(problem, bare, Planning(problem, bare.visits), [*order, *((visit, None) for visit in bare.visits)])


def _by_time(asked: tuple[int, Visit, Window]) -> tuple[int, Visit]:
    return asked[:2]


def _placed(
    problem: VisitProblem, plan: Plan, planning: Planning, order: Iterable[tuple[Visit, Window | None]]
) -> Plan:
    """The plan with a debrief for each visit in turn that still finds one, within the window where one is given."""
    minutes = problem.debrief.minutes if problem.debrief else 0
    placed: dict[tuple[str, str], Span] = {}
    for visit, within in order:
        if visit.place in placed:
            continue
        for window in free_windows(problem, visit, planning.busy):
            if (within is None or within.is_in_the_entries_of(window)) and planning.allows(visit, window):
                placed[visit.place] = (window.span[0], window.span[0] + minutes)
                planning.take(visit, window, placed[visit.place])
                break
    return replace(plan, visits=tuple(visit._replace(debrief=placed.get(visit.place)) for visit in plan.visits))


class Talks:
    """With which debriefs each visit could be chosen."""

    def __init__(self, problem: VisitProblem) -> None:
        self.problem = problem
        self._common: dict[tuple[tuple[str, str], int], list[Window]] = {}

    def variants(self, visit: Visit) -> Iterator[Visit]:
        """The visit without a debrief, then with one in each pair of planning intervals that share time enough.

        Such a debrief is given at its earliest: when it really begins is settled by `with_debriefs_placed`.
        """
        yield visit
        least = self.problem.debrief.minutes if self.problem.debrief else 0
        for day in debrief_days(self.problem, visit.day):
            for window in self._windows(visit.people, day):
                cuts = [visit.occupied, (window.span[0], visit.end)] if day == visit.day else []
                for start, end in _left(window.span, cuts):
                    if end - start >= least:
                        yield visit._replace(debrief=(start, start + least))
                        break

    def _windows(self, people: tuple[str, str], day: int) -> list[Window]:
        if (people, day) not in self._common:
            self._common[people, day] = list(common_windows(self.problem, *people, day))
        return self._common[people, day]
