"""What can be chosen: a pair of visitor and host, and a visit of a visitor in one lesson with its clock
time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from matching.intervals import Span, common, day_of, shortened, widened
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Mode


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


@dataclass(frozen=True, slots=True, order=True)
class Visit:
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
    def occupied(self) -> Span:
        """The visitor's time that the visit takes, with travel."""
        return widened((self.start, self.end), self.travel)

    @property
    def day(self) -> int:
        return day_of(self.start)

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
    """All that a solve chooses from; a model numbers the visits first and then the videos."""

    problem: VisitProblem
    visits: tuple[Visit, ...]
    videos: tuple[Pair, ...] = ()

    def numbered_visits(self) -> Iterable[tuple[int, Visit]]:
        return enumerate(self.visits)

    def numbered_videos(self) -> Iterable[tuple[int, Pair]]:
        return enumerate(self.videos, start=len(self.visits))


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
        problem.known_windows[asked] = _longest_window(problem, visitor, span, travel, least)
    best = problem.known_windows[asked]
    if best is None:
        return None
    return Visit(visitor, row.host, lesson, best[0], min(best[1], best[0] + problem.visit_minutes), travel)


def _longest_window(problem: VisitProblem, visitor: str, span: Span, travel: int, least: int) -> Span | None:
    best: Span | None = None
    for interval in problem.free_by_person_day.get((visitor, day_of(span[0])), ()):
        window = common(shortened(interval, travel), span)
        if window and window[1] - window[0] >= max(least, best[1] - best[0] + 1 if best else 0):
            best = window
    return best


PairTest = Callable[[VisitProblem, Choice], bool]
VisitTest = Callable[[VisitProblem, Visit], bool]


def eligible_pairs(problem: VisitProblem, tests: Iterable[PairTest]) -> list[Pair]:
    """All ordered pairs that pass the tests, by visitor and host; hosts are found by what they offer, not
    tried all.

    The pairs have neither mode nor fit yet: those are counted by the preferences.
    """
    tests = list(tests)
    found = []
    for visitor in sorted(person.id for person in problem.people if person.visits_wanted):
        for host in sorted(_possible_hosts(problem, visitor)):
            pair = Pair(visitor, host)
            if problem.person_by_id[host].hosts_most and all(test(problem, pair) for test in tests):
                found.append(pair)
    return found


def _possible_hosts(problem: VisitProblem, visitor: str) -> set[str]:
    if problem.pairs:
        return {pair[1] for pair in problem.pairs if pair[0] == visitor}
    shows, asks = _hosts_by_focus(problem)
    guest = problem.person_by_id[visitor]
    learn = [shows.get(focus, ()) for focus in guest.wants_to_learn]
    give = [asks.get(focus, ()) for focus in guest.gives_feedback_on]
    return {host for hosts in (*learn, *give) for host in hosts} - {visitor}


def _hosts_by_focus(problem: VisitProblem) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    shows: dict[str, list[str]] = {}
    asks: dict[str, list[str]] = {}
    for person in problem.people:
        for focus in set(person.shows):
            shows.setdefault(focus, []).append(person.id)
        for focus in set(person.wants_feedback_on):
            asks.setdefault(focus, []).append(person.id)
    return shows, asks


def visits_of_pair(problem: VisitProblem, pair: Choice, tests: Iterable[VisitTest]) -> list[Visit]:
    """All visits that this pair could make, by time; each passes the tests."""
    tests = list(tests)
    found = []
    for lesson in problem.lessons_by_host.get(pair.host, ()):
        visit = live_visit(problem, pair.visitor, lesson.id)
        if visit and all(test(problem, visit) for test in tests):
            found.append(visit)
    return found
