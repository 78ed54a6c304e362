"""Who could be a content contact, by the stories of the domain, and how contacts are spread."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from mentorship.plans.contacts import (
    MOST_OFFERED,
    Possible,
    lacking_subject,
    offered,
    possible_contacts,
    spread,
    worth,
)
from tests.matching.pairing.cases import chosen, document, slots, solved
from tests.matching.test_pairing_stories import after_m1_left, forty_teachers, prairie


def codes(rows: list[Possible]) -> list[str]:
    return [row["contact"] for row in rows]


def person(name: str, department: str = "math", **facts: Any) -> dict[str, Any]:
    return {"id": name, "departments": [department], **facts}


def colleague(name: str, subject: int = 4, planning: int = 0) -> Possible:
    steps = {"same_subject": subject, "common_planning": planning}
    return {"contact": name, "reasons": [{"rule": rule, "step": step, "fact": ""} for rule, step in steps.items()]}


def test_story_1_spanish_and_french_are_one_department_so_nobody_needs_a_contact() -> None:
    fields = forty_teachers()
    assert lacking_subject(fields, chosen(solved(**fields))) == set()


def test_story_2_the_local_mentor_teaches_another_subject_and_v2_is_the_contact() -> None:
    pairs = chosen(solved(**prairie()))
    assert pairs["P1"] == "R1"
    assert lacking_subject(prairie(), pairs) == {"P1"}
    rows = possible_contacts(prairie())["P1"]
    assert codes(rows) == ["V2"]
    facts = {part["rule"]: part["fact"] for part in rows[0]["reasons"]}
    assert facts == {"same_subject": "both teach music", "common_planning": "no common time", "building": "online"}


def test_story_2_with_the_subject_before_the_building_v2_is_mentor_and_no_contact_is_needed() -> None:
    """The story's building contact, who would then be R1, is not built."""
    fields = prairie(same_subject="must")
    assert lacking_subject(fields, chosen(solved(**fields))) == set()


def test_story_5_nobody_of_math_is_left_but_the_evaluator() -> None:
    fields = after_m1_left()
    pairs = chosen(solved(**fields))
    assert pairs["N1"] == "M6"
    assert lacking_subject(fields, pairs) == {"N1"}
    assert possible_contacts(fields)["N1"] == []


def test_who_has_no_mentor_needs_a_contact_and_whose_subject_nobody_knows_does_not() -> None:
    fields = document(mentees=[person("N1"), {"id": "N2"}], mentors=[person("M1", "art")])
    assert lacking_subject(fields, {"N1": None, "N2": None}) == {"N1"}
    assert lacking_subject(fields, {"N1": "M1", "N2": "M1"}) == {"N1"}
    assert lacking_subject(fields, {"N1": "who has left"}) == {"N1"}


def test_the_subject_counts_before_the_time_and_the_time_before_the_place() -> None:
    new = person("N1", building="main", wing="East", free=slots("A1", "B1"), virtual=True)
    fields = document(
        mentees=[new],
        mentors=[
            person("related", "science", wing="East", building="main", free=slots("A1", "B1")),
            person("far", building="annex"),
            person("online", building="annex", virtual=True),
            person("near", building="main", wing="West"),
            person("next door", building="main", wing="East"),
            person("once", building="annex", free=slots("A1")),
            person("twice", building="annex", free=slots("A1", "B1")),
            person("other", "art", building="main", wing="East", free=slots("A1", "B1")),
        ],
        related_departments=[["math", "science"]],
    )
    found = codes(possible_contacts(fields)["N1"])
    assert found == ["twice", "once", "next door", "online", "near", "far", "related"]


@pytest.mark.parametrize("why", ["evaluator", "apart"])
def test_nobody_who_is_kept_apart_is_possible(why: str) -> None:
    fields = document(mentees=[person("N1")], mentors=[person("M1"), person("M2")], apart=[["N1", "M1", why]])
    assert codes(possible_contacts(fields)["N1"]) == ["M2"]


def test_nobody_gets_a_second_while_another_as_good_has_none() -> None:
    possible = {"N1": [colleague("M1"), colleague("M2")], "N2": [colleague("M1")], "N3": [colleague("M1")]}
    assert spread(possible, {}) == {"N1": "M2", "N2": "M1", "N3": "M1"}
    assert spread({"N1": possible["N1"]}, {"M1": 1}) == {"N1": "M2"}
    assert spread({"N1": [colleague("M1", planning=3), colleague("M2")]}, {"M1": 5}) == {"N1": "M1"}
    assert spread({"N1": []}, {}) == {}


def test_a_chain_of_exchanges_makes_it_even() -> None:
    possible = {
        "N1": [colleague("M1"), colleague("M2")],
        "N2": [colleague("M2"), colleague("M3")],
        "N3": [colleague("M1")],
    }
    assert spread(possible, {}) == {"N1": "M2", "N2": "M3", "N3": "M1"}


@pytest.mark.parametrize("seed", range(40))
def test_no_other_choice_is_more_even(seed: int) -> None:
    """Against every choice there is: the loads from the heaviest down are as light as they can be."""
    draw = random.Random(seed)
    names = ["M1", "M2", "M3", "M4"][: draw.randint(2, 4)]
    possible = {
        f"N{place}": [colleague(name) for name in draw.sample(names, draw.randint(1, len(names)))]
        for place in range(draw.randint(1, 5))
    }
    load = {name: draw.randint(0, 2) for name in names}

    def heaviest(contacts: Any) -> list[int]:
        taken = list(contacts)
        return sorted((load[name] + taken.count(name) for name in names), reverse=True)

    best = min(heaviest(choice) for choice in product(*(codes(rows) for rows in possible.values())))
    found = spread(possible, load)
    assert found.keys() == possible.keys()
    assert heaviest(found.values()) == best


def test_five_are_offered_the_own_one_first_and_of_equals_who_has_fewest() -> None:
    rows = [colleague(f"M{place}") for place in range(7)]
    load = {"M0": 2, "M1": 1, "M6": 1}
    assert codes(offered(rows, load, "M6")) == ["M6", "M2", "M3", "M4", "M5"]
    assert len(offered(rows, {}, None)) == MOST_OFFERED
    assert codes(offered([colleague("M1"), colleague("M2", planning=4)], {"M2": 3}, None)) == ["M2", "M1"]


def test_meeting_online_counts_as_the_same_building() -> None:
    online = {"contact": "M1", "reasons": [{"rule": "building", "step": 0, "fact": "online"}]}
    near = {"contact": "M2", "reasons": [{"rule": "building", "step": 2, "fact": "same building"}]}
    far = {"contact": "M3", "reasons": [{"rule": "building", "step": 0, "fact": "another building"}]}
    assert worth(online) == worth(near) > worth(far)
