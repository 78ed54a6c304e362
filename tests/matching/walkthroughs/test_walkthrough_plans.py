"""Fit, times, videos, re-plans and explanations, each on a school of a few people."""

from __future__ import annotations

from typing import Any

import pytest

from matching.intervals import moment_text
from matching.walkthroughs.candidates import live_visit, standing_visit
from matching.walkthroughs.fit import fitted_pair, step
from tests.matching.walkthroughs.school_week import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    aims,
    host,
    lesson,
    places,
    problem,
    solved,
    span,
    visitor,
)


def fit(guest: dict[str, Any], receiver: dict[str, Any], **more: Any) -> tuple[str, str, int]:
    pair = fitted_pair(problem([{"id": "V"} | guest, {"id": "H"} | receiver], [], **more), "V", "H")
    return pair.mode, pair.focus, pair.fit


def test_the_fit_adds_the_points_of_each_preference() -> None:
    wants, shows = {"wants_to_learn": ["b", "a"]}, {"shows": ["a"]}
    assert fit(wants, shows) == ("learn", "a", 200 + 150)
    assert fit(wants, {"shows": ["b", "a"]}) == ("learn", "a", 300 + 150)
    assert fit(wants, shows, mentoring=[["V", "H"]]) == ("learn", "a", 200 + 150 + 100)
    assert fit(wants, shows, past_pairs=[["V", "H", 2]]) == ("learn", "a", 200 + 75)
    assert fit(wants | {"departments": ["x"]}, shows | {"departments": ["y"]}) == (
        "learn",
        "a",
        200 + 150 + 100,
    )


def test_the_better_mode_counts_and_then_to_learn() -> None:
    guest = {"wants_to_learn": ["a"], "gives_feedback_on": ["b", "c"]}
    receiver = {"shows": ["a"], "wants_feedback_on": ["c", "b"]}
    assert fit(guest, receiver) == ("feedback", "b", 450)
    assert fit(guest, receiver | {"wants_feedback_on": ["c"]}) == ("learn", "a", 350)


@pytest.mark.parametrize(("share", "quarters"), [(0, 0), (0.05, 1), (0.5, 2), (2 / 3, 3), (8 / 15, 2), (1, 4)])
def test_the_step_is_the_share_in_quarters(share: float, quarters: int) -> None:
    assert step(share) == quarters


def test_a_visit_takes_the_longest_window_and_leaves_time_for_the_way() -> None:
    guest = visitor("V", span(MONDAY, "08:00", "09:25"), span(MONDAY, "09:30", "11:00"), building="main")
    asked = problem(
        [guest, host("H", building="annex")],
        [
            lesson("L1", "H", MONDAY, "09:00", "10:30"),
            lesson("L2", "H", MONDAY, "09:05", "09:55", building="main"),
        ],
        travel_minutes=[["annex", "main", 10]],
    )
    there = live_visit(asked, "V", "L1")
    assert there is not None
    assert (moment_text(there.start)[11:], moment_text(there.end)[11:]) == ("09:40", "10:20")
    assert there.occupied == (there.start - 10, there.end + 10)
    near = live_visit(asked, "V", "L2")
    assert near is not None
    assert (moment_text(near.start)[11:], moment_text(near.end)[11:]) == ("09:30", "09:55")


def test_a_fixed_visit_stays_without_free_time_and_counts() -> None:
    asked = problem([visitor("V"), host("H")], [lesson("L1", "H", MONDAY)], fixed=[["V", "L1"]])
    outcome = solved(asked)
    assert places(outcome) == {("V", "L1")}
    assert standing_visit(asked, "V", "L1").end - standing_visit(asked, "V", "L1").start == 40
    assert (outcome["status"], outcome["findings"]) == ("optimal", [])


def test_a_video_stands_in_only_where_no_live_visit_is_found() -> None:
    people = [
        visitor("V", span(MONDAY), video={"visit": True}),
        host("H", host={"required": 1}, video={"host": True}),
    ]
    live = solved(problem(people, [lesson("L1", "H", MONDAY)]))
    shown = solved(problem(people, [lesson("L1", "H", TUESDAY)]))
    assert (live["videos"], aims(live)["live"]) == ([], 0)
    assert [(video["visitor"], video["host"]) for video in shown["videos"]] == [("V", "H")]
    assert (aims(shown)["covered"], aims(shown)["live"]) == (0, 2)


def test_what_stands_is_kept_and_what_moved_is_listed() -> None:
    people = [visitor("V", span(TUESDAY), span(WEDNESDAY)), host("G"), host("H")]
    lessons = [lesson("L1", "H", MONDAY), lesson("L2", "H", WEDNESDAY), lesson("L3", "G", TUESDAY)]
    kept = solved(problem(people, lessons, previous=[["V", "L2"]]))
    assert (places(kept), kept["moved"]) == ({("V", "L2")}, [])
    moved = solved(problem(people, lessons, previous=[["V", "L1"]], apart=[["V", "G"]]))
    assert moved["moved"] == [{"visitor": "V", "lesson": "L1", "to": "L2"}]
    assert aims(moved)["moved"] == 1


def test_a_missing_visit_says_who_was_removed_by_which_rule() -> None:
    people = [
        visitor("V", span(MONDAY)),
        visitor("W", span(MONDAY)),
        host("H"),
        host("G"),
        {"id": "F", "host": {"most": 1}},
        host("E", closed_days=[MONDAY]),
    ]
    lessons = [lesson("L1", "H", MONDAY), lesson("L2", "G", TUESDAY), lesson("L3", "E", MONDAY)]
    outcome = solved(problem(people, lessons, most_visitors_in_a_lesson=2))
    (row,) = outcome["missing"]
    assert (row["unit"], row["count"]) == ("visit", 1)
    counts = {reason["rule"]: reason["people"] for reason in row["reasons"]}
    assert counts == {
        "visit_has_a_purpose": ["F"],
        "free_and_teaching": ["G"],
        "date_is_open": ["E"],
        "hosts_at_most": ["H"],
    }


def test_what_would_fix_a_missing_visit_does_fix_it() -> None:
    def asked(most: int) -> Any:
        people = [
            visitor("V", span(MONDAY)),
            visitor("W", span(TUESDAY)),
            host("H", most=most, host={"per_week": 2}),
        ]
        return problem(people, [lesson("L1", "H", MONDAY), lesson("L2", "H", TUESDAY)])

    (row,) = solved(asked(1))["missing"]
    assert [(fix["change"], fix["person"]) for fix in row["would_fix"]] == [("place", "H")]
    assert solved(asked(2))["missing"] == []


def test_other_lessons_can_each_replace_the_visit_alone() -> None:
    days = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    people = [visitor("V", *(span(day) for day in days)), host("H", closed_days=[TUESDAY])]
    outcome = solved(problem(people, [lesson(f"L{day[-2:]}", "H", day) for day in days]))
    assert places(outcome) == {("V", "L11")}
    assert outcome["visits"][0]["other_lessons"] == ["L13", "L14"]


def test_a_debrief_waits_for_the_way_back_and_for_a_common_free_interval() -> None:
    guest = visitor("V", span(MONDAY, "09:00", "12:00"), building="main")
    receiver = host("H", building="annex", free=[span(MONDAY, "09:50", "12:00")])
    asked = problem(
        [guest, receiver],
        [lesson("L1", "H", MONDAY)],
        travel_minutes=[["annex", "main", 10]],
        debrief={"minutes": 15, "within_days": 0},
    )
    (visit,) = solved(asked)["visits"]
    assert (visit["start"], visit["end"]) == (f"{MONDAY}T09:10", f"{MONDAY}T09:50")
    assert visit["debrief"] == span(MONDAY, "10:00", "10:15")


def test_explicit_pairs_bring_their_own_fit() -> None:
    people: list[dict[str, Any]] = [
        {"id": "V", "free": [span(MONDAY)], "visit": {"required": 1}},
        {"id": "H", "host": {"most": 1}},
    ]
    outcome = solved(problem(people, [lesson("L1", "H", MONDAY)], pairs=[["V", "H", 640, "feedback", "talk"]]))
    (visit,) = outcome["visits"]
    assert (visit["fit"], visit["mode"], visit["focus"]) == (640, "feedback", "talk")
