"""What a re-plan would change, from plain values: which visit goes where, which loses its place, and why in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mentorship.plans.replan_changes import Kind, Movable, ReplanDraft, changes_of, why_words

NAMES = {"v": "Ada Visitor", "w": "Wim Visitor", "h": "Hana Host", "g": "Gil Host"}


def visit(number: int, kind: Kind, *, visitor: str = "v", host: str = "h", lesson: str = "h1") -> Movable:
    why = () if kind == "waiting" else (("asked", host),)
    return Movable(number, 3, visitor, host, lesson, "questioning", kind, why)


def draft(*movable: Movable, **problem: Any) -> ReplanDraft:
    """Two hosts with three lessons each, one a week, and two visitors who are free in all of them."""
    days = {"1": "2027-01-12", "2": "2027-01-13", "3": "2027-01-20"}
    spans = {number: [f"{on}T09:00", f"{on}T09:50"] for number, on in days.items()}
    guest = {"wants_to_learn": ["questioning"], "visit": {"required": 1, "wanted": 2, "per_week": 2}}
    host = {"shows": ["questioning"], "host": {"most": 2}}
    given = {
        "format": "visit-problem/1",
        "people": [
            *({"id": code, "free": list(spans.values()), **guest} for code in "vw"),
            *({"id": code, **host} for code in "hg"),
        ],
        "lessons": [
            {"id": f"{code}{number}", "host": code, "start": start, "end": end}
            for code in "hg"
            for number, (start, end) in spans.items()
        ],
        "fixed": [],
        "previous": [[one.visitor, one.lesson] for one in movable if one.kind == "waiting"],
        "declined": [[one.visitor, one.lesson] for one in movable if one.kind != "waiting"],
        **problem,
    }
    return ReplanDraft(given, movable, {row["id"]: row["id"][1:] for row in given["lessons"]})


def outcome(*places: tuple[str, str]) -> dict[str, Any]:
    on = {"1": "2027-01-12", "2": "2027-01-13", "3": "2027-01-20"}
    rows = [
        {
            "visitor": visitor,
            "host": lesson[0],
            "lesson": lesson,
            "start": f"{on[lesson[1]]}T09:00",
            "end": f"{on[lesson[1]]}T09:40",
            "mode": "learn",
            "focus": "questioning",
            "reasons": [],
        }
        for visitor, lesson in places
    ]
    return {"visits": rows, "videos": []}


def told(made: ReplanDraft, found: dict[str, Any]) -> list[tuple[int | None, str, str | None]]:
    changes = changes_of(made, found)["changes"]
    return [(each["visit"], each["kind"], each["row"] and each["row"]["lesson"]) for each in changes]


def test_what_stays_where_it_is_is_no_change() -> None:
    made = draft(visit(1, "waiting"), visit(2, "waiting", visitor="w", host="g", lesson="g2"))
    assert told(made, outcome(("v", "h1"), ("w", "g2"))) == []


def test_a_visit_without_a_time_gets_the_new_place_of_its_visitor() -> None:
    made = draft(visit(1, "waiting", lesson="h1"), visit(2, "open", host="g", lesson="g2"))
    assert told(made, outcome(("v", "h1"), ("v", "g3"))) == [(2, "new", "g3")]
    assert changes_of(made, outcome(("v", "h1")))["without"] == [2]


def test_the_same_host_comes_first_and_then_what_stands() -> None:
    made = draft(visit(1, "open", host="h", lesson="h1"), visit(2, "asked", host="g", lesson="g1"))
    assert told(made, outcome(("v", "h2"), ("v", "g3"))) == [(1, "new", "h2"), (2, "moved", "g3")]
    made = draft(visit(1, "open", host="h", lesson="h1"), visit(2, "asked", host="h", lesson="h2"))
    assert told(made, outcome(("v", "g3"))) == [(2, "moved", "g3")]


def test_a_visit_that_waits_and_has_no_place_any_more_is_told_as_such() -> None:
    """The host has one place a week by now, and the other visitor has it."""
    made = draft(visit(1, "waiting", visitor="w", lesson="h2"), fixed=[["v", "h1"]])
    change = changes_of(made, outcome(("v", "h1")))["changes"][0]
    assert (change["kind"], change["row"], change["why"]) == ("dropped", None, [("rule", "hosts_a_week")])
    words = why_words(change["why"], NAMES["w"], NAMES["h"], NAMES)
    assert words == "Keeps the limit of visitors a week for Hana Host; not answered yet"


def test_a_visit_that_could_have_stayed_makes_room() -> None:
    made = draft(visit(1, "waiting"))
    change = changes_of(made, outcome(("v", "h3")))["changes"][0]
    assert (change["kind"], change["period"], change["version"]) == ("moved", "3", 3)
    assert why_words(change["why"], NAMES["v"], NAMES["h"], NAMES) == "Makes room for another visit"


def test_who_asked_for_another_time_and_gets_none_waits_where_they_are() -> None:
    asked = visit(1, "asked")
    made = draft(asked)
    assert made.asked_without_a_place(outcome()) == [asked]
    kept = made.keeping([asked])
    assert kept.problem["previous"] == [["v", "h1"]] and kept.problem["declined"] == []
    assert told(kept, outcome(("v", "h1"))) == []


def test_a_limit_shuts_the_lessons_beyond_it_and_what_waits_there_comes_first() -> None:
    """Two would be in the school on the first day, where one may be: the one that waits there stays."""
    made = replace(draft(visit(1, "waiting"), visit(2, "open", visitor="w", host="g", lesson="g3")), limits=(1, None))
    tighter = made.within_limits(outcome(("v", "h1"), ("w", "g1")))
    assert tighter is not None
    lessons = {row["id"] for row in tighter.problem["lessons"]}
    assert lessons == {"h1", "h2", "h3", "g2", "g3"} and tighter.problem["previous"] == [["v", "h1"]]
    assert tighter.within_limits(outcome(("v", "h1"), ("w", "g2"))) is None


def test_what_stands_beyond_a_limit_shuts_its_day_and_says_why() -> None:
    made = replace(draft(visit(1, "waiting"), fixed=[["w", "g1"]]), limits=(None, 1))
    tighter = made.within_limits(outcome(("v", "h1"), ("w", "g1")))
    assert tighter is not None and tighter.problem["previous"] == []
    change = changes_of(tighter, outcome(("v", "h3"), ("w", "g1")))["changes"][0]
    words = why_words(change["why"], NAMES["v"], NAMES["h"], NAMES)
    assert words == "Keeps the school’s limit of visits at once; not answered yet"
    alone = replace(made, problem={**made.problem, "fixed": [["w", "g1"], ["v", "h1"]]})
    assert alone.within_limits(outcome(("v", "h1"), ("w", "g1"))) is None


def test_who_lacks_a_visit_gets_what_is_left_after_those_who_had_one() -> None:
    lacking = Movable(-1, 0, "v", "", "", "", "lacking", (("lacking", ""),))
    made = draft(visit(2, "open", host="g", lesson="g1"), lacking)
    assert told(made, outcome(("v", "h2"))) == [(2, "new", "h2")]
    assert told(made, outcome(("v", "h2"), ("v", "h3")))[1] == (None, "added", "h3")
    assert told(made, outcome()) == [] and changes_of(made, outcome())["without"] == [2]


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ([("away", "h")], "Hana Host is away then"),
        ([("declined", "v")], "Ada Visitor said no to this time"),
        ([("teaches", "v"), ("away", "h")], "Ada Visitor teaches then; Hana Host is away then"),
        ([("no_class", "h")], "Hana Host does not teach that class then any more"),
        ([("rule", "people_kept_apart")], "Keeps the rules of this cycle; not answered yet"),
        ([("rule", "a rule of later")], "Keeps the rules of this cycle; not answered yet"),
        (
            [("rule", "debrief_fits")],
            "Keeps a rule: a debrief follows its visit soon, while both are free; not answered yet",
        ),
        ([("left", "gone")], "Somebody takes no part any more"),
    ],
)
def test_reasons_are_facts_in_words_and_never_what_is_between_two_people(why: Any, words: str) -> None:
    assert why_words(why, NAMES["v"], NAMES["h"], NAMES) == words
