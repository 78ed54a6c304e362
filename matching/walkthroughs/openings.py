"""Who could visit whom, and when: eligible pairs, and for each pair the lessons that the visitor is free for.

Both are found from what people have in common, not by trying everybody with everything: hosts by what they offer, and
lessons by their slot, for lessons at the same time in the same building are alike to a visitor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from matching.intervals import Span, day_of
from matching.walkthroughs.candidates import Pair, Visit, visit_window
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Lesson
from matching.walkthroughs.rules import PAIR_ELIGIBILITY, VISIT_ELIGIBILITY

Slot = tuple[int, int, str]
# A visit that is found by its slot has the very window that this rule asks for.
KEPT_BY_SLOTS = "free_and_teaching"


class Openings:
    """The eligible visits of one problem."""

    def __init__(self, problem: VisitProblem) -> None:
        self.problem = problem
        asked = (rule for rule in VISIT_ELIGIBILITY if rule.key != KEPT_BY_SLOTS and rule.is_asked(problem))
        self._tests = [rule.allows for rule in asked]
        self._lessons: dict[str, dict[Slot, list[str]]] = {}
        self._sample: dict[int, dict[Slot, Lesson]] = defaultdict(dict)
        for host, lessons in problem.lessons_by_host.items():
            own: dict[Slot, list[str]] = defaultdict(list)
            building = problem.person_by_id[host].building or ""
            for lesson in lessons:
                start, end = problem.span_by_lesson[lesson.id]
                slot = (start, end, lesson.building or building)
                own[slot].append(lesson.id)
                self._sample[day_of(start)].setdefault(slot, lesson)
            self._lessons[host] = own
        self._windows: dict[str, list[tuple[Slot, Span, int]]] = {}

    def visits(self, visitor: str, host: str) -> Iterator[Visit]:
        """All visits that these two could make, by time."""
        taught = self._lessons.get(host)
        if not taught:
            return
        problem, tests = self.problem, self._tests
        for slot, (start, end), travel in self._windows_of(visitor):
            if slot in taught:
                for lesson in taught[slot]:
                    visit = Visit(visitor, host, lesson, start, end, travel)
                    if not tests or all(test(problem, visit) for test in tests):
                        yield visit

    def _windows_of(self, visitor: str) -> list[tuple[Slot, Span, int]]:
        """The slots that a visitor is free for, by time, each with the window and the minutes of the way."""
        if visitor not in self._windows:
            problem, found = self.problem, []
            for day in sorted({day_of(start) for start, _ in problem.free_by_person[visitor]}):
                for slot in sorted(self._sample.get(day, ())):
                    travel = problem.travel(visitor, self._sample[day][slot])
                    window = visit_window(problem, visitor, slot[:2], travel, problem.min_minutes)
                    if window:
                        found.append((slot, window, travel))
            self._windows[visitor] = found
        return self._windows[visitor]


def eligible_pairs(problem: VisitProblem) -> Iterator[Pair]:
    """All ordered pairs that may meet, by visitor and host; neither mode nor fit are known yet."""
    offers = _Offers(problem)
    tests = [rule.allows for rule in PAIR_ELIGIBILITY]
    for visitor in sorted(person.id for person in problem.people if person.visits_wanted):
        for host in sorted(offers.hosts_for(visitor)):
            pair = Pair(visitor, host)
            if problem.person_by_id[host].hosts_most and all(test(problem, pair) for test in tests):
                yield pair


class _Offers:
    """Who could be of use to whom: hosts by what they show and ask for, or as the problem lists them."""

    def __init__(self, problem: VisitProblem) -> None:
        self.problem = problem
        self.listed: dict[str, set[str]] = defaultdict(set)
        self.shows: dict[str, set[str]] = defaultdict(set)
        self.asks: dict[str, set[str]] = defaultdict(set)
        for visitor, host, *_ in problem.pairs:
            self.listed[visitor].add(host)
        for person in problem.people:
            for focus in person.shows:
                self.shows[focus].add(person.id)
            for focus in person.wants_feedback_on:
                self.asks[focus].add(person.id)

    def hosts_for(self, visitor: str) -> set[str]:
        if self.problem.pairs:
            return self.listed[visitor]
        guest = self.problem.person_by_id[visitor]
        found: set[str] = set()
        for focus in guest.wants_to_learn:
            found |= self.shows[focus]
        for focus in guest.gives_feedback_on:
            found |= self.asks[focus]
        return found - {visitor}
