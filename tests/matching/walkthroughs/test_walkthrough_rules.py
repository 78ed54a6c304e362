"""Each rule: a plan that keeps it, one that breaks it, and a problem in which it decides."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from matching.walkthroughs.judge import check
from matching.walkthroughs.kinds import AnyRule
from matching.walkthroughs.rules import LIMITS, PAIR_ELIGIBILITY, PREFERENCES, RULES, VISIT_ELIGIBILITY
from matching.walkthroughs.space import build_space
from tests.matching.walkthroughs.school_week import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Json,
    host,
    lesson,
    places,
    problem,
    problem_json,
    solved,
    span,
    visitor,
    visits,
)


@dataclass
class Case:
    """A problem with the rule at work; `loose` is what differs in the same problem without it."""

    asked: Json
    kept: Json
    broken: Json
    loose: Json = field(default_factory=dict)


def two_days(**more: object) -> Json:
    """A visitor free on Monday and Tuesday, and a host who teaches then."""
    people = [visitor("V", span(MONDAY), span(TUESDAY)), host("H")]
    lessons = [lesson("L1", "H", MONDAY), lesson("L2", "H", TUESDAY)]
    return problem_json(people, lessons, **more)


def with_people(asked: Json, *people: Json) -> Json:
    return asked | {"people": list(people)}


def two_hosts(guest: Json, *days: str, **more: object) -> Json:
    """Hosts G and H who both teach on the days."""
    lessons = [lesson(f"{name}{day[-2:]}", name, day) for name in "GH" for day in days]
    return problem_json([guest, host("G", most=3), host("H", most=3)], lessons, **more)


def two_guests(receiver: Json, *days: str, **more: object) -> Json:
    """Visitors V and W free on the days on which H teaches."""
    free = [span(day) for day in days]
    lessons = [lesson(f"H{day[-2:]}", "H", day) for day in days]
    return problem_json([visitor("V", *free), visitor("W", *free), receiver], lessons, **more)


WANTS_TWO: Json = {"visit": {"required": 2, "wanted": 2, "per_week": 2}}
OPEN_HOST: Json = {"most": 3, "host": {"per_week": 3, "per_day": 3}}
TALK: Json = {"minutes": 20, "within_days": 1}

CASES: dict[str, Case] = {
    "visit_has_a_purpose": Case(
        two_hosts(visitor("V", span(MONDAY)), MONDAY)
        | {"people": [visitor("V", span(MONDAY)), {"id": "G", "host": {"most": 1}}, host("H")]},
        visits(("V", "H11")),
        visits(("V", "G11")),
        {"people": [visitor("V", span(MONDAY)), host("G"), {"id": "H", "host": {"most": 1}}]},
    ),
    "people_kept_apart": Case(
        two_hosts(visitor("V", span(MONDAY)), MONDAY, apart=[["G", "V"]]),
        visits(("V", "H11")),
        visits(("V", "G11")),
        {"apart": [["V", "H"]]},
    ),
    "what_must_hold": Case(
        two_hosts(
            visitor("V", span(MONDAY)),
            MONDAY,
            mentoring=[["V", "H"]],
            past_pairs=[["V", "H", 1]],
            weights={"mentor_and_mentee": "must"},
        ),
        visits(("V", "H11")),
        visits(("V", "G11")),
        {"weights": {"mentor_and_mentee": "off"}},
    ),
    "free_and_teaching": Case(
        problem_json(
            [visitor("V", span(MONDAY, "09:35", "10:30"), span(TUESDAY)), host("H")],
            [lesson("L1", "H", MONDAY), lesson("L2", "H", TUESDAY)],
        ),
        visits(("V", "L2")),
        visits(("V", "L1")),
        {"min_minutes": 15},
    ),
    "date_is_open": Case(
        with_people(two_days(), visitor("V", span(MONDAY), span(TUESDAY)), host("H", closed_days=[MONDAY])),
        visits(("V", "L2")),
        visits(("V", "L1")),
        {"people": [visitor("V", span(MONDAY), span(TUESDAY)), host("H")]},
    ),
    "not_declined": Case(two_days(declined=[["V", "L1"]]), visits(("V", "L2")), visits(("V", "L1")), {"declined": []}),
    "same_pair_once": Case(
        two_days() | {"people": [visitor("V", span(MONDAY), span(TUESDAY), **WANTS_TWO), host("H", **OPEN_HOST)]},
        visits(("V", "L1")),
        visits(("V", "L1"), ("V", "L2")),
        {
            "lessons": [lesson("L1", "H", MONDAY), lesson("L2", "G", TUESDAY)],
            "people": [visitor("V", span(MONDAY), span(TUESDAY), **WANTS_TWO), host("H"), host("G")],
        },
    ),
    "visits_as_wanted": Case(
        two_hosts(visitor("V", span(MONDAY), span(TUESDAY), visit={"per_week": 2}), MONDAY, TUESDAY),
        visits(("V", "G11")),
        visits(("V", "G11"), ("V", "H12")),
        {
            "people": [
                visitor("V", span(MONDAY), span(TUESDAY), **WANTS_TWO),
                host("G", most=3),
                host("H", most=3),
            ]
        },
    ),
    "one_visit_a_day": Case(
        problem_json(
            [
                visitor("V", span(MONDAY), span(MONDAY, "10:00", "10:50"), **WANTS_TWO),
                host("G"),
                host("H"),
            ],
            [lesson("G11", "G", MONDAY), lesson("H11", "H", MONDAY, "10:00", "10:50")],
        ),
        visits(("V", "G11")),
        visits(("V", "G11"), ("V", "H11")),
        {"lessons": [lesson("G11", "G", MONDAY), lesson("H11", "H", TUESDAY)]}
        | {"people": [visitor("V", span(MONDAY), span(TUESDAY), **WANTS_TWO), host("G"), host("H")]},
    ),
    "visits_a_week": Case(
        two_hosts(visitor("V", span(MONDAY), span(TUESDAY), visit={"required": 2, "wanted": 2}), MONDAY, TUESDAY),
        visits(("V", "G11")),
        visits(("V", "G11"), ("V", "H12")),
        {
            "people": [
                visitor("V", span(MONDAY), span(TUESDAY), **WANTS_TWO),
                host("G", most=3),
                host("H", most=3),
            ]
        },
    ),
    "visits_a_month": Case(
        two_hosts(
            visitor(
                "V",
                span(MONDAY),
                span(TUESDAY),
                visit=WANTS_TWO["visit"] | {"per_month": 2, "used": {"2027-01": 1}},
            ),
            MONDAY,
            TUESDAY,
        ),
        visits(("V", "G11")),
        visits(("V", "G11"), ("V", "H12")),
        {
            "people": [
                visitor("V", span(MONDAY), span(TUESDAY), visit=WANTS_TWO["visit"] | {"per_month": 2}),
                host("G", most=3),
                host("H", most=3),
            ]
        },
    ),
    "hosts_at_most": Case(
        two_guests(host("H", host={"per_week": 3}), MONDAY, TUESDAY),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H12")),
        {"people": two_guests(host("H", most=2, host={"per_week": 3}), MONDAY, TUESDAY)["people"]},
    ),
    "hosts_a_week": Case(
        two_guests(host("H", most=2), MONDAY, TUESDAY),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H12")),
        {"people": two_guests(host("H", most=2, host={"per_week": 2}), MONDAY, TUESDAY)["people"]},
    ),
    "hosts_a_day": Case(
        two_guests(host("H", most=2, host={"per_week": 2}), MONDAY, most_visitors_in_a_lesson=2),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H11")),
        {"people": two_guests(host("H", **OPEN_HOST), MONDAY)["people"]},
    ),
    "room_is_not_crowded": Case(
        two_guests(host("H", **OPEN_HOST), MONDAY),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H11")),
        {"most_visitors_in_a_lesson": 2},
    ),
    "one_place_at_a_time": Case(
        problem_json(
            [
                visitor("V", span(MONDAY)),
                visitor("W", span(MONDAY, "09:00", "10:20")),
                host("H", **OPEN_HOST),
            ],
            [lesson("L1", "H", MONDAY), lesson("L2", "H", MONDAY, "09:30", "10:20")],
        ),
        visits(("V", "L1")),
        visits(("V", "L1"), ("W", "L2")),
        {"lessons": [lesson("L1", "H", MONDAY), lesson("L2", "H", MONDAY, "09:50", "10:20")]},
    ),
    "planning_is_protected": Case(
        problem_json(
            [
                visitor("V", span(MONDAY), span(WEDNESDAY), span(THURSDAY), keep_free_per_week=2, **WANTS_TWO),
                host("G"),
                host("H"),
            ],
            [lesson("G11", "G", MONDAY), lesson("H13", "H", WEDNESDAY)],
        ),
        visits(("V", "G11")),
        visits(("V", "G11"), ("V", "H13")),
        {
            "people": [
                visitor("V", span(MONDAY), span(WEDNESDAY), span(THURSDAY), keep_free_per_week=1, **WANTS_TWO),
                host("G"),
                host("H"),
            ]
        },
    ),
    "school_visits_a_day": Case(
        two_guests(host("H", **OPEN_HOST), MONDAY, most_visitors_in_a_lesson=2, most_a_day=1),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H11")),
        {"most_a_day": 2},
    ),
    "school_visits_at_once": Case(
        two_guests(host("H", **OPEN_HOST), MONDAY, most_visitors_in_a_lesson=2, most_at_once=1),
        visits(("V", "H11")),
        visits(("V", "H11"), ("W", "H11")),
        {"most_at_once": 2},
    ),
    "video_is_needed": Case(
        with_people(
            two_days(),
            visitor("V", span(MONDAY), video={"visit": True}),
            host("H", most=2, video={"host": True}),
            host("G", most=2, video={"host": True}),
        )
        | {"lessons": [lesson("L1", "H", TUESDAY)]},
        {"visits": [], "videos": [{"visitor": "V", "host": "H"}]},
        {"visits": [], "videos": [{"visitor": "V", "host": "H"}, {"visitor": "V", "host": "G"}]},
        {"lessons": [lesson("L1", "H", MONDAY)]},
    ),
    "debrief_fits": Case(
        problem_json(
            [
                visitor("V", span(MONDAY), span(MONDAY, "10:00", "10:50")),
                host("H", free=[span(MONDAY, "10:10", "11:00")]),
            ],
            [lesson("L1", "H", MONDAY)],
            debrief=TALK,
        ),
        visits(("V", "L1"), L1=span(MONDAY, "10:10", "10:30")),
        visits(("V", "L1"), L1=span(MONDAY, "10:00", "10:20")),
        {"debrief": None},
    ),
    "fixed_visits_stay": Case(two_days(fixed=[["V", "L2"]]), visits(("V", "L2")), visits(("V", "L1")), {"fixed": []}),
}


def keys_broken(asked: Json, plan: Json) -> set[str]:
    return {finding.rule for finding in check(problem(**_parts(asked)), plan)[0]}


def _parts(asked: Json) -> Json:
    return {name: value for name, value in asked.items() if name != "format"}


def test_every_rule_that_can_be_broken_has_its_case() -> None:
    rules: tuple[AnyRule, ...] = (*PAIR_ELIGIBILITY, *VISIT_ELIGIBILITY, *LIMITS)
    assert {rule.key for rule in rules} == set(CASES)


@pytest.mark.parametrize("key", CASES)
def test_a_plan_that_keeps_the_rule_is_not_faulted(key: str) -> None:
    assert keys_broken(CASES[key].asked, CASES[key].kept) == set()


@pytest.mark.parametrize("key", CASES)
def test_a_plan_that_breaks_the_rule_is_found_out(key: str) -> None:
    assert key in keys_broken(CASES[key].asked, CASES[key].broken)


@pytest.mark.parametrize("key", CASES)
def test_the_rule_decides_the_plan(key: str) -> None:
    case = CASES[key]
    tight = solved(problem(**_parts(case.asked)))
    loose = solved(problem(**_parts(case.asked | case.loose)))
    assert (places(tight), tight["videos"], _talks(tight)) != (places(loose), loose["videos"], _talks(loose))
    assert tight["findings"] == []


def _talks(outcome: Json) -> list[object]:
    return [visit["debrief"] for visit in outcome["visits"]]


def test_keys_are_stable_and_every_rule_says_why() -> None:
    keys = [rule.key for rule in RULES]
    assert len(keys) == len(set(keys))
    assert all(rule.title and len(rule.why()) > 40 for rule in RULES)


@pytest.mark.parametrize(
    ("key", "more"),
    [
        ("mentor_and_mentee", {"mentoring": [["H", "V"]]}),
        ("not_again_soon", {"past_pairs": [["V", "G", 1]]}),
        ("another_department", {}),
        ("focus", {}),
    ],
)
def test_each_preference_decides_between_hosts_that_are_alike_otherwise(key: str, more: Json) -> None:
    guest = visitor("V", span(MONDAY), departments=["maths"])
    first, second = host("G", departments=["maths"]), host("H", departments=["maths"])
    if key == "another_department":
        second = host("H", departments=["art"])
    if key == "focus":
        guest["wants_to_learn"] = second["shows"] = ["questioning", "routines"]
    lessons = [lesson("G11", "G", MONDAY), lesson("H11", "H", MONDAY)]
    asked = problem([guest, first, second], lessons, **more)
    outcome = solved(asked)
    assert places(outcome) == {("V", "H11")}
    assert key in {reason["rule"] for reason in outcome["visits"][0]["reasons"]}
    without = problem([guest, first, second], lessons, weights={key: "off"}, **more)
    fits = {place: pair.fit for place, pair in build_space(without).pairs.items()}
    assert fits["V", "G"] == fits["V", "H"]
    assert key in {preference.key for preference in PREFERENCES}
