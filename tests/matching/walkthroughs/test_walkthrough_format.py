"""What the format refuses, each in one line that names the field; and the schemas that say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from matching.errors import ProblemError
from matching.schema import FOLDER, MODELS, schema_text
from matching.walkthroughs.outcome_rows import VisitOutcome
from matching.walkthroughs.reading import read_problem
from tests.matching.walkthroughs.school_week import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    Json,
    host,
    lesson,
    problem_json,
    solved,
    span,
    visitor,
)


def sound() -> Json:
    people = [visitor("V", span(MONDAY), span(TUESDAY)), visitor("W", span(MONDAY)), host("H", most=2)]
    return problem_json(people, [lesson("L1", "H", MONDAY), lesson("L2", "H", TUESDAY)])


def put(path: str, value: Any) -> Callable[[Json], None]:
    """A change at a path such as `people.0.visit.wanted`."""

    def change(asked: Json) -> None:
        *parents, last = path.split(".")
        at: Any = asked
        for part in parents:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        at[int(last) if isinstance(at, list) else last] = value

    return change


OVER_LESSON = span(MONDAY, "09:40", "10:10")

REFUSED: list[tuple[str, Any, str]] = [
    ("surprise", 1, "surprise: "),
    ("people.0.surprise", 1, "people[0].surprise: "),
    ("people.0.visit.surprise", 1, "people[0].visit.surprise: "),
    ("lessons.1.surprise", 1, "lessons[1].surprise: "),
    ("format", "visit-problem/9", "format: "),
    ("min_minutes", 0, "min_minutes: "),
    ("min_minutes", 20.0, "min_minutes: "),
    ("min_minutes", "20", "min_minutes: "),
    ("visit_minutes", True, "visit_minutes: "),
    ("most_visitors_in_a_lesson", 0, "most_visitors_in_a_lesson: "),
    ("most_a_day", 0, "most_a_day: "),
    ("most_at_once", 0, "most_at_once: "),
    ("seconds", 0, "seconds: "),
    ("seed", -1, "seed: "),
    ("debrief", {"minutes": 0, "within_days": 1}, "debrief.minutes: "),
    ("debrief", {"minutes": 15}, "debrief.within_days: "),
    ("weights", {"focus": "huge"}, "weights.focus: "),
    ("weights", {"luck": "high"}, "weights.luck: "),
    ("people.0.id", "", "people[0].id: "),
    ("people.1.id", "V", "people[1].id: "),
    ("people.0.visit.per_week", 0, "people[0].visit.per_week: "),
    ("people.0.visit.wanted", 0, "people[0].visit: "),
    ("people.0.visit.used", {"2027-13": 1}, "people[0].visit.used.2027-13"),
    ("people.2.host.required", 3, "people[2].host: "),
    ("people.2.host.per_day", 0, "people[2].host.per_day: "),
    ("people.0.keep_free_per_week", -1, "people[0].keep_free_per_week: "),
    ("people.0.closed_days", ["2027-02-30"], "people[0].closed_days[0]: "),
    ("people.0.free", [span(MONDAY), span(MONDAY, "09:30", "10:20")], "people[0].free[1]: "),
    ("people.0.free", [span(MONDAY), span(MONDAY)], "people[0].free[1]: "),
    ("people.0.free", [span(MONDAY, "10:00", "09:00")], "people[0].free[0]: "),
    ("people.0.free", [[f"{MONDAY}T09:00", f"{TUESDAY}T09:00"]], "people[0].free[0]: "),
    ("people.0.free", [["2027-01-11 09:00", "2027-01-11 10:00"]], "people[0].free[0][0]: "),
    ("people.0.free", [["2027-01-11T24:00", "2027-01-11T25:00"]], "people[0].free[0][0]: "),
    ("people.2.free", [OVER_LESSON], "people[2].free[0]: "),
    ("lessons.0.host", "nobody", "lessons[0].host: "),
    ("lessons.1.id", "L1", "lessons[1].id: "),
    ("lessons.0.end", f"{MONDAY}T09:00", "lessons[0]: "),
    ("apart", [["V", "X"]], "apart[0][1]: "),
    ("apart", [["V", "H"], ["V", "H"]], "apart[1]: "),
    ("mentoring", [["X", "V"]], "mentoring[0][0]: "),
    ("declined", [["V", "L9"]], "declined[0][1]: "),
    ("previous", [["V", "L1"], ["V", "L1"]], "previous[1]: "),
    ("past_pairs", [["V", "H", 0]], "past_pairs[0][2]: "),
    ("pairs", [["V", "H", 10_001, "learn", "x"]], "pairs[0][2]: "),
    ("pairs", [["V", "H", 1, "watch", "x"]], "pairs[0][3]: "),
    ("pairs", [["V", "V", 1, "learn", "x"]], "pairs[0]: "),
    ("pairs", [["V", "H", 1, "learn", "x"], ["V", "H", 2, "learn", "x"]], "pairs[1]: "),
    ("travel_minutes", [["a", "b", -1]], "travel_minutes[0][2]: "),
    ("travel_minutes", [["a", "b", 1], ["b", "a", 2]], "travel_minutes[1]: "),
    ("fixed", [["H", "L1"]], "fixed[0]: "),
]


@pytest.mark.parametrize(("path", "value", "said"), REFUSED)
def test_what_the_format_refuses_is_named_in_one_line(path: str, value: Any, said: str) -> None:
    asked = sound()
    put(path, value)(asked)
    with pytest.raises(ProblemError) as refused:
        read_problem(json.dumps(asked).encode())
    assert str(refused.value).startswith(said)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": "\xe9"}'])
def test_text_that_is_no_problem_is_refused_as_a_whole(text: bytes) -> None:
    with pytest.raises(ProblemError, match=r"^problem: "):
        read_problem(text)


CONTRADICTIONS: list[tuple[Json, str]] = [
    ({"fixed": [["V", "L1"]], "apart": [["H", "V"]]}, "fixed[0]: "),
    ({"fixed": [["V", "L1"]], "declined": [["V", "L1"]]}, "fixed[0]: "),
    ({"fixed": [["V", "L1"], ["W", "L1"]]}, "fixed[1]: "),
    ({"fixed": [["V", "L1"], ["V", "L2"]]}, "fixed[1]: "),
    ({"fixed": [["H", "L3"]], "lessons": [lesson("L3", "V", THURSDAY)]}, "fixed[0]: "),
    (
        {"fixed": [["V", "L3"]], "lessons": [lesson("L3", "H", MONDAY), lesson("L4", "V", MONDAY, "09:20")]}
        | {"people": [visitor("V"), host("H")]},
        "fixed[0]: ",
    ),
]


@pytest.mark.parametrize(("more", "said"), CONTRADICTIONS)
def test_fixed_rows_that_contradict_a_limit_are_refused_by_name(more: Json, said: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_problem(json.dumps(sound() | more).encode())
    assert str(refused.value).startswith(said)


def test_a_sound_problem_is_read_with_its_defaults() -> None:
    read = read_problem(json.dumps(sound()).encode())
    assert (read.min_minutes, read.visit_minutes, read.most_visitors_in_a_lesson) == (20, 40, 1)
    assert (read.seed, read.seconds, read.debrief) == (1, 10, None)


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_files_agree_with_the_models(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == schema_text(name)


def test_an_outcome_is_of_its_own_format() -> None:
    asked = read_problem(json.dumps(sound() | {"debrief": {"minutes": 10, "within_days": 2}}).encode())
    VisitOutcome.model_validate_json(json.dumps(solved(asked)))
