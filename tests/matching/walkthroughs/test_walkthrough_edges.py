"""Schools at the edge: nobody free, everybody free, one person, too little planning, and hardly any time to solve."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matching.walkthroughs.judge import check
from matching.walkthroughs.pair_flow import pair_bounds
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.reading import read_problem
from matching.walkthroughs.space import build_space
from tests.benchmarks.random_visits import visit_problem
from tests.matching.walkthroughs.school_week import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Json,
    aims,
    host,
    lesson,
    places,
    problem,
    solved,
    span,
    visitor,
)
from tests.matching.walkthroughs.test_against_brute_force import is_small, random_problem

NEXT_MONDAY, NEXT_TUESDAY = "2027-01-18", "2027-01-19"


def kept(asked: VisitProblem) -> Json:
    """The outcome, after the judge has found nothing and counted the same."""
    outcome = solved(asked)
    findings, counted = check(asked, outcome)
    assert findings == []
    assert counted == aims(outcome)
    return outcome


def missing(outcome: Json) -> list[tuple[str, str, int]]:
    return [(row["person"], row["unit"], row["count"]) for row in outcome["missing"]]


def test_nobody_is_free() -> None:
    outcome = kept(problem([visitor("V"), visitor("W"), host("H", most=3)], [lesson("L1", "H", MONDAY)]))
    assert (outcome["status"], outcome["visits"]) == ("optimal", [])
    assert missing(outcome) == [("V", "visit", 1), ("W", "visit", 1)]
    assert [reason["rule"] for reason in outcome["missing"][0]["reasons"]] == ["free_and_teaching"]


def test_everybody_is_free_and_nobody_teaches() -> None:
    people = [visitor("V", span(MONDAY)), host("H", free=[span(MONDAY)])]
    outcome = kept(problem(people, []))
    assert (outcome["status"], missing(outcome)) == ("optimal", [("V", "visit", 1)])


def test_everybody_is_free_at_all_times_but_their_own() -> None:
    hours = (("08:00", "08:50"), ("09:00", "09:50"), ("10:00", "10:50"))
    people, lessons = [], []
    for number, (start, end) in enumerate(hours):
        name = f"T{number}"
        free = [span(MONDAY, *other) for other in hours if other != (start, end)]
        people.append(visitor(name, *free, shows=["questioning"], host={"most": 1}))
        lessons.append(lesson(f"L{number}", name, MONDAY, start, end))
    outcome = kept(problem(people, lessons))
    assert aims(outcome)["covered"] == 0
    assert {visit["host"] for visit in outcome["visits"]} == {"T0", "T1", "T2"}


def test_one_person_alone() -> None:
    alone = visitor("V", span(TUESDAY), shows=["questioning"], host={"most": 1})
    outcome = kept(problem([alone], [lesson("L1", "V", MONDAY)]))
    assert (outcome["status"], missing(outcome)) == ("optimal", [("V", "visit", 1)])


def test_who_is_visited_in_a_period_visits_in_another() -> None:
    both = visitor("V", span(MONDAY, "10:00", "10:50"), shows=["questioning"], host={"most": 1})
    guest = visitor("W", span(MONDAY), shows=["questioning"], host={"most": 1})
    lessons = [lesson("L1", "V", MONDAY), lesson("L2", "W", MONDAY, "10:00", "10:50")]
    # V also teaches while W could be visited first, so only the later lesson is open to her.
    lessons.append(lesson("L3", "W", TUESDAY))
    assert places(kept(problem([both, guest], lessons))) == {("W", "L1"), ("V", "L2")}


def test_a_week_too_short_for_its_protected_planning_has_no_visits() -> None:
    free = [span(MONDAY), span(TUESDAY), span(NEXT_MONDAY), span(NEXT_TUESDAY), span(NEXT_TUESDAY, "10:00", "10:50")]
    guest = visitor("V", *free, wanted=2, required=2, keep_free_per_week=2)
    lessons = [lesson(f"L{day[-2:]}", "H", day) for day in (MONDAY, TUESDAY, NEXT_MONDAY, NEXT_TUESDAY)]
    lessons += [lesson("G11", "G", MONDAY), lesson("G18", "G", NEXT_MONDAY)]
    outcome = kept(problem([guest, host("H", most=3), host("G", most=3)], lessons))
    assert [visit["start"][:10] for visit in outcome["visits"]] in ([NEXT_MONDAY], [NEXT_TUESDAY])
    assert missing(outcome) == [("V", "visit", 1)]


def test_a_pair_meets_when_it_can_also_talk() -> None:
    # The two could meet on three days; only after the lesson of Wednesday are both free together.
    guest = visitor("V", span(MONDAY), span(TUESDAY), span(WEDNESDAY), span(THURSDAY, "11:00", "11:50"))
    receiver = host("H", free=[span(THURSDAY, "11:00", "11:50")])
    lessons = [lesson(f"L{day[-2:]}", "H", day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    outcome = kept(problem([guest, receiver], lessons, debrief={"minutes": 20, "within_days": 1}))
    assert places(outcome) == {("V", "L13")}
    assert outcome["visits"][0]["debrief"] == [f"{THURSDAY}T11:00", f"{THURSDAY}T11:20"]


@pytest.mark.parametrize("number", range(901, 941, 2))
def test_with_hardly_any_work_or_room_a_plan_with_debriefs_still_keeps_every_rule(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matching.walkthroughs.talking.MOST_CHOICES", 3)
    monkeypatch.setattr("matching.walkthroughs.work.WORK_A_SECOND", 0.01)
    asked = random_problem(number, debriefs=True)
    best = aims(kept(asked))
    monkeypatch.undo()
    whole: dict[str, Any] = {aim["name"]: aim for aim in solved(asked)["aims"]}
    assert best["debriefs"] <= whole["debriefs"]["value"] or best["fit"] < whole["fit"]["value"]


def test_pairs_alone_never_promise_less_than_a_plan_reaches() -> None:
    for number in range(60):
        asked = random_problem(number)
        if is_small(asked):
            reached, bounds = aims(solved(asked)), pair_bounds(build_space(asked))
            assert bounds.best("covered", reached) <= reached["covered"]
            assert bounds.best("live", reached) <= reached["live"]
            assert bounds.best("wanted", reached) >= reached["wanted"]


def test_what_is_fixed_stays_while_days_are_settled() -> None:
    # Here the best vertex is broken, and a fixed visit costs more than any other choice in reach.
    asked = read_problem(json.dumps(visit_problem(1088, "normal")).encode())
    assert asked.fixed_visits <= places(kept(asked))
