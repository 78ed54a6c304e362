"""What can be chosen: a pair of visitor and host, and a visit of a visitor in one lesson with its clock
time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from matching.intervals import MINUTES_A_DAY, Span, day_of, week_of, widened
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Mode

if TYPE_CHECKING:
    # Rules and plans are read where nothing is solved, too: only what is solved needs arrays.
    from matching.walkthroughs.arrays import Integers


class Choice(Protocol):
    """Anything that brings a visitor to a host."""

    @property
    def visitor(self) -> str: ...

    @property
    def host(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """A visitor and a host, with what the visit would be for; the fit is counted in whole points."""

    visitor: str
    host: str
    mode: Mode = "learn"
    focus: str = ""
    fit: int = 0

    @property
    def people(self) -> tuple[str, str]:
        """Visitor and host."""
        return self.visitor, self.host


class Visit(NamedTuple):
    """A visitor in a lesson, from `start` to `end` (moments), with the way there and back in minutes."""

    visitor: str
    host: str
    lesson: str
    start: int
    end: int
    travel: int = 0
    debrief: Span | None = None

    @property
    def span(self) -> Span:
        return self.start, self.end

    @property
    def people(self) -> tuple[str, str]:
        """Visitor and host."""
        return self.visitor, self.host

    @property
    def occupied(self) -> Span:
        """The visitor's time that the visit takes, with travel."""
        return widened((self.start, self.end), self.travel)

    @property
    def day(self) -> int:
        return self.start // MINUTES_A_DAY

    @property
    def week(self) -> int:
        return week_of(self.day)

    @property
    def place(self) -> tuple[str, str]:
        """The visitor and the lesson: what `fixed`, `previous` and `declined` speak of."""
        return self.visitor, self.lesson


@dataclass(frozen=True, slots=True)
class Plan:
    """A complete plan: live visits and videos."""

    visits: tuple[Visit, ...] = ()
    videos: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class Candidates:
    """All that a solve chooses from; a model numbers the visits first and then the videos.

    `stands` are the places that every plan holds. The same visit may be there several times, each with another
    debrief or with none.
    """

    problem: VisitProblem
    visits: tuple[Visit, ...]
    videos: tuple[Pair, ...] = ()
    stands: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def debriefed(self) -> tuple[tuple[int, Visit, Span], ...]:
        """The visits with a debrief, numbered, each with the time of it."""
        return tuple((number, visit, visit.debrief) for number, visit in self.numbered_visits() if visit.debrief)

    def numbered_visits(self) -> Iterable[tuple[int, Visit]]:
        return enumerate(self.visits)

    @cached_property
    def by_visitor(self) -> dict[str, Integers]:
        """The numbers of each visitor's visits and videos."""
        import numpy as np

        found = {self.visits[numbers[0]].visitor: numbers for numbers in self.groups("visitor")}
        for number, pair in self.numbered_videos():
            found[pair.visitor] = np.append(found.get(pair.visitor, np.empty(0, dtype=np.int64)), number)
        return found

    def groups(self, *names: str) -> Iterator[Integers]:
        """The numbers of the visits that agree in all of these attributes, group after group."""
        import numpy as np

        if not self.visits:
            return
        keys = np.zeros(len(self.visits), dtype=np.int64)
        for name in names:
            codes = self._codes(name)
            keys = keys * (int(codes.max()) + 1) + codes
        order = np.argsort(keys, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)

    def _codes(self, name: str) -> Integers:
        """An attribute of each visit as a small number of its own."""
        import numpy as np

        if name not in self._known_codes:
            values = list(map(attrgetter(name), self.visits))
            code_by_value = {value: code for code, value in enumerate(dict.fromkeys(values))}
            codes = map(code_by_value.__getitem__, values)
            self._known_codes[name] = np.fromiter(codes, dtype=np.int64, count=len(self.visits))
        return self._known_codes[name]

    @cached_property
    def _known_codes(self) -> dict[str, Integers]:
        return {}

    def numbered_videos(self) -> Iterable[tuple[int, Pair]]:
        return enumerate(self.videos, start=len(self.visits))

    def plan(self, numbers: Iterable[int]) -> Plan:
        """The plan that consists of these numbers."""
        count, ordered = len(self.visits), sorted(numbers)
        visits = tuple(self.visits[number] for number in ordered if number < count)
        return Plan(visits, tuple(self.videos[number - count] for number in ordered if number >= count))

    def numbers(self, plan: Plan) -> list[int]:
        """The numbers of a plan's visits, without their debriefs, and of its videos."""
        visits = {visit.place: number for number, visit in self.numbered_visits() if visit.debrief is None}
        videos = {pair.people: number for number, pair in self.numbered_videos()}
        return [visits[visit.place] for visit in plan.visits] + [videos[pair.people] for pair in plan.videos]


def shared_foci(problem: VisitProblem, visitor: str, host: str, mode: Mode) -> list[str]:
    """What the visit could be about in this mode, by name."""
    guest, receiver = problem.person_by_id[visitor], problem.person_by_id[host]
    if mode == "learn":
        return sorted(set(guest.wants_to_learn) & set(receiver.shows))
    return sorted(set(guest.gives_feedback_on) & set(receiver.wants_feedback_on))


def live_visit(problem: VisitProblem, visitor: str, lesson: str) -> Visit | None:
    """The visit of this visitor in this lesson in one of her free intervals, or None where none qualifies.

    The interval is shortened by the way at both ends; of those that share `min_minutes` with the lesson the
    one with the longest shared window counts, then the earliest; the visit is the window's first
    `visit_minutes`.
    """
    return _visit_in_window(problem, visitor, lesson, problem.min_minutes)


def standing_visit(problem: VisitProblem, visitor: str, lesson: str) -> Visit:
    """The visit that a person has fixed: as `live_visit`, else in any free minute, else from the lesson's
    start."""
    found = live_visit(problem, visitor, lesson) or _visit_in_window(problem, visitor, lesson, 1)
    if found:
        return found
    row = problem.lesson_by_id[lesson]
    start, end = problem.span_by_lesson[lesson]
    end = min(end, start + problem.visit_minutes)
    return Visit(visitor, row.host, lesson, start, end, problem.travel(visitor, row))


def _visit_in_window(problem: VisitProblem, visitor: str, lesson: str, least: int) -> Visit | None:
    row, span = problem.lesson_by_id[lesson], problem.span_by_lesson[lesson]
    travel = problem.travel(visitor, row)
    asked = (visitor, span, travel, least)
    if asked not in problem.known_windows:
        problem.known_windows[asked] = visit_window(problem, visitor, span, travel, least)
    window = problem.known_windows[asked]
    return Visit(visitor, row.host, lesson, *window, travel) if window else None


def visit_window(problem: VisitProblem, visitor: str, span: Span, travel: int, least: int) -> Span | None:
    """When this visitor would be in a lesson at this time, so many minutes away; None where too little is shared."""
    best = _longest_window(problem, visitor, span, travel, least)
    return (best[0], min(best[1], best[0] + problem.visit_minutes)) if best else None


def _longest_window(problem: VisitProblem, visitor: str, span: Span, travel: int, least: int) -> Span | None:
    best, longest = None, least - 1
    for start, end in problem.free_by_person_day.get((visitor, day_of(span[0])), ()):
        first, last = max(start + travel, span[0]), min(end - travel, span[1])
        if last - first > longest:
            best, longest = (first, last), last - first
    return best
