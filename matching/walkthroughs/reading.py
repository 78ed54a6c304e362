"""Reading a walkthrough problem, and what its rows must not say about each other; each refusal names the row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import pairwise
from typing import TypeVar

from pydantic import ValidationError

from matching.errors import ProblemError, refusal
from matching.intervals import Span, moment, overlap
from matching.rule import refuse_weights
from matching.walkthroughs.fixed import refuse_contradictions
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rows import Person
from matching.walkthroughs.rules import PREFERENCES

RowT = TypeVar("RowT")


def read_problem(data: bytes) -> VisitProblem:
    """Read a problem from the bytes of its file; raises ProblemError with the path of the first fault."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError(f"problem: byte {error.start} is not UTF-8 text") from None
    try:
        problem = VisitProblem.model_validate_json(text)
    except ValidationError as error:
        raise refusal(error) from None
    _no_row_twice(problem)
    _ids_exist(problem)
    for place, person in enumerate(problem.people):
        _free_time_is_consistent(problem, place, person)
    _fixed_rows_are_allowed(problem)
    refuse_weights(problem.weights, PREFERENCES)
    refuse_contradictions(problem)
    return problem


def _once(name: str, rows: Iterable[RowT], key: Callable[[RowT], Hashable], field: str = "") -> None:
    seen: dict[Hashable, int] = {}
    for place, row in enumerate(rows):
        first = seen.setdefault(key(row), place)
        if first != place:
            raise ProblemError(f"{name}[{place}]{field}: stands already in {name}[{first}]")


def _no_row_twice(problem: VisitProblem) -> None:
    _once("people", problem.people, lambda person: person.id, ".id")
    _once("lessons", problem.lessons, lambda lesson: lesson.id, ".id")
    _once("pairs", problem.pairs, lambda pair: pair[:2])
    _once("mentoring", problem.mentoring, lambda row: row)
    _once("apart", problem.apart, lambda row: row)
    _once("declined", problem.declined, lambda row: row)
    _once("fixed", problem.fixed, lambda row: row)
    _once("previous", problem.previous, lambda row: row)
    _once("past_pairs", problem.past_pairs, lambda row: row)
    _once("travel_minutes", problem.travel_minutes, lambda row: frozenset(row[:2]))


def _ids_exist(problem: VisitProblem) -> None:
    people, lessons = problem.person_by_id, problem.lesson_by_id
    for place, lesson in enumerate(problem.lessons):
        if lesson.host not in people:
            raise ProblemError(f"lessons[{place}].host: nobody has the id {lesson.host!r}")
    of_two_people = {
        "pairs": problem.pairs,
        "mentoring": problem.mentoring,
        "apart": problem.apart,
        "past_pairs": problem.past_pairs,
    }
    for name, rows in of_two_people.items():
        for place, row in enumerate(rows):
            for side in (0, 1):
                if row[side] not in people:
                    raise ProblemError(f"{name}[{place}][{side}]: nobody has the id {row[side]!r}")
            if row[0] == row[1]:
                raise ProblemError(f"{name}[{place}]: {row[0]!r} stands on both sides")
    in_lessons = {"declined": problem.declined, "fixed": problem.fixed, "previous": problem.previous}
    for name, visits in in_lessons.items():
        for place, (visitor, held) in enumerate(visits):
            if visitor not in people:
                raise ProblemError(f"{name}[{place}][0]: nobody has the id {visitor!r}")
            if held not in lessons:
                raise ProblemError(f"{name}[{place}][1]: no lesson has the id {held!r}")


def _free_time_is_consistent(problem: VisitProblem, place: int, person: Person) -> None:
    spans = [(moment(start), moment(end)) for start, end in person.free]
    order = sorted(range(len(spans)), key=lambda entry: spans[entry])
    for before, after in pairwise(order):
        if overlap(spans[before], spans[after]):
            first, second = sorted((before, after))
            raise ProblemError(f"people[{place}].free[{second}]: overlaps free[{first}]")
    lessons = problem.lessons_by_host.get(person.id, ())
    own = [(problem.span_by_lesson[lesson.id], lesson.id) for lesson in lessons]
    entry = _first_overlap([(spans[number], number) for number in order], own)
    if entry is not None:
        raise ProblemError(f"people[{place}].free[{entry[0]}]: lies over the own lesson {entry[1]!r}")


def _first_overlap(free: list[tuple[Span, int]], own: list[tuple[Span, str]]) -> tuple[int, str] | None:
    # Free intervals are disjoint and ordered, lessons ordered by their start: both are walked once, and a
    # lesson is compared with the free intervals that end after it starts.
    first = 0
    for span, lesson in own:
        while first < len(free) and free[first][0][1] <= span[0]:
            first += 1
        if first < len(free) and overlap(free[first][0], span):
            return free[first][1], lesson
    return None


def _fixed_rows_are_allowed(problem: VisitProblem) -> None:
    for place, (visitor, held) in enumerate(problem.fixed):
        lesson = problem.lesson_by_id[held]
        if lesson.host == visitor:
            raise ProblemError(f"fixed[{place}]: {held!r} is the visitor's own lesson")
        if (visitor, lesson.host) in problem.apart_pairs:
            raise ProblemError(f"fixed[{place}]: {visitor!r} and {lesson.host!r} are kept apart")
        if (visitor, held) in problem.declined_visits:
            raise ProblemError(f"fixed[{place}]: {visitor!r} in {held!r} was declined")
