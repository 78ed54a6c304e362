"""Two drafts of pairings side by side: what is compared, and going back to the one before."""

from __future__ import annotations

from typing import Any

import pytest
from builders import BY, NOW, Browser, Round
from counting import statements
from sqlalchemy import select

from mentorship.audit.models import AuditEntry
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Apart
from mentorship.plans.comparing import ALIKE, WHY_NOBODY, Comparison
from mentorship.plans.editing import lock_pairing, swap_pairing
from mentorship.plans.former import Standing, draft_now, locked_in, standing
from mentorship.plans.going_back import go_back
from mentorship.plans.models import Plan
from mentorship.plans.queries import pairing_draft, pairings_of
from mentorship.plans.weights import set_otherwise
from tests.plans.drafting import CROSSED, STRAIGHT, draft, weighed
from tests.plans.test_editing import assert_publishable, pair_of, pairs

HAND: dict[str, Any] = {"by": BY, "now": NOW}


@pytest.fixture
def coach(mentoring: Round) -> Browser:
    return mentoring.browser_as(mentoring.member("Bell"))


@pytest.fixture
def two(mentoring: Round) -> Round:
    """The draft before is straight and as usual; the one that stands is crossed, and wishes do not count in it."""
    draft(mentoring, STRAIGHT, weighed())
    mentoring.cycle.pairing_weights, mentoring.cycle.pairing_goal = {"wishes": "off"}, "nobody_left_behind"
    draft(mentoring, CROSSED)
    return mentoring


def compare_path(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/pairings/compare"


def plan_of(made: Round) -> Plan:
    db.session.expire_all()
    found = pairing_draft(made.cycle)
    assert found is not None
    return found


def both(made: Round) -> tuple[Standing, Standing]:
    """The draft that stands, and the one before."""
    plan = plan_of(made)
    assert plan.former is not None
    return draft_now(plan, locked_in(plan)), standing(plan.former)


def comparison(made: Round) -> Comparison:
    return Comparison(*both(made), {one.membership.code: one.membership for one in participants(made.cycle)})


def back(made: Round, **given: Any) -> None:
    go_back(plan_of(made), **HAND, **given)
    db.session.commit()


def test_one_draft_before_is_kept_with_all_that_is_known_of_it(two: Round) -> None:
    now, before = both(two)
    assert (now.pairs, before.pairs) == (CROSSED, STRAIGHT)
    assert (before.goal, before.weights, before.weighed) == ("best_fit", {}, weighed())
    draft(two, STRAIGHT)
    now, before = both(two)
    assert (now.pairs, before.pairs) == (STRAIGHT, CROSSED)
    assert "former" not in plan_of(two).former


def test_the_first_draft_has_none_before_it(mentoring: Round, coach: Browser) -> None:
    assert plan_of(mentoring).former is None
    text = coach.open(compare_path(mentoring)).text
    assert "There is no draft before this one. Propose again" in text
    assert "Compare with the draft before" not in coach.open(f"/cycles/{mentoring.cycle.id}/pairings").text
    answer = coach.post(f"/cycles/{mentoring.cycle.id}/pairings/back", form_on="/account")
    assert answer.status_code == 409
    assert "There is no draft before this one." in answer.text


def test_publishing_lets_the_draft_before_go(two: Round, coach: Browser) -> None:
    two.publish("pairings")
    assert plan_of(two).former is None
    assert "no draft before them is kept" in coach.open(compare_path(two)).text
    with pytest.raises(Refused, match="These pairings are published"):
        back(two)


def test_both_are_counted_alike_by_each_rule(two: Round) -> None:
    lock_pairing(pair_of(two, "Lund"), True, **HAND)
    found = comparison(two)
    rows = {row.label: row for row in found.rows()}
    first = rows["New teachers with a mentor"]
    assert (first.now, first.before, first.of, first.trend) == (2, 2, (2, 2), "")
    assert {"Same teaching", "Time to meet", "Wants to work on", "Close by"} <= rows.keys()
    assert (rows["Mentors who have somebody"].now, rows["Locked pairs"].now, rows["Locked pairs"].before) == (2, 1, 0)
    # Wishes do not count in one of them, and are no fact less for it.
    assert found.now.met_well.keys() == found.before.met_well.keys()
    assert (found.same, [row.mentee for row in found.changed()]) == (0, ["Sam Lund", "Sam Okafor"])


def test_the_pair_that_fits_least_is_named_with_its_facts(two: Round) -> None:
    before = comparison(two).before
    assert before.least is not None
    fits = {row["mentee"]: row["fit"] for row in both(two)[1].outcome["pairs"]}
    assert before.least.mentee == f"Sam {min(fits, key=lambda mentee: (fits[mentee], mentee))}"
    assert [reason.title for reason in before.least.reasons][:2] == ["Same teaching", "Time to meet"]


def test_what_was_set_otherwise_is_said_in_words(two: Round) -> None:
    now, before = both(two)
    assert set_otherwise(now, before) == [
        "Goal: “Nobody left behind: first lift the pair that fits least” now, “The best fit over all pairs” before.",
        "Wishes of both sides: Not counted now, Low before.",
    ]
    assert set_otherwise(before, before) == []


def test_who_has_nobody_now_or_had_nobody_before_is_said(mentoring: Round) -> None:
    draft(mentoring, {"Lund": "Chen"})
    draft(mentoring, {"Okafor": "Chen"})
    lund, okafor = comparison(mentoring).changed()
    assert (lund.now, lund.before, lund.lines) == (None, "Sam Chen", (WHY_NOBODY,))
    assert (okafor.now, okafor.before) == ("Sam Chen", None)
    assert any(line.startswith("Close by: ") for line in okafor.lines)


def test_the_page_shows_both_and_says_what_differs(two: Round, coach: Browser) -> None:
    with statements() as asked:
        text = coach.open(compare_path(two)).text
    assert len(asked) <= 12, asked
    assert "2 new teachers have another mentor now than in the draft before" in text
    assert "Wishes of both sides: Not counted now, Low before." in text
    assert "Keep this draft" in text and "Go back to the draft before" in text
    assert "instead of" in text or ALIKE in text
    link = "Compare with the draft before: 2 pairs differ"
    assert link in coach.open(f"/cycles/{two.cycle.id}/pairings").text
    assert link in coach.open(f"/cycles/{two.cycle.id}/plan").text


def test_equal_drafts_say_so(mentoring: Round, coach: Browser) -> None:
    draft(mentoring, CROSSED)
    draft(mentoring, CROSSED)
    text = coach.open(compare_path(mentoring)).text
    assert "Both drafts have the same pairs." in text and "2 new teachers have the same mentor in both." in text


def test_going_back_swaps_the_two_with_their_choices_and_can_be_undone(two: Round, coach: Browser) -> None:
    made_at = both(two)[1].made_at
    answer = coach.post(
        f"/cycles/{two.cycle.id}/pairings/back", form_on=compare_path(two), version=plan_of(two).version
    )
    assert (answer.status_code, answer.location) == (303, compare_path(two))
    plan = plan_of(two)
    assert (pairs(two), plan.made_at, plan.edited_at, plan.weighed) == (STRAIGHT, made_at, None, weighed())
    assert (two.cycle.pairing_goal, two.cycle.pairing_weights) == ("best_fit", {})
    assert two.cycle.status == "in_review"
    assert both(two)[1].pairs == CROSSED
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "go_back")).all()
    assert [line.ids for line in lines] == [{"cycle": two.cycle.id}]
    back(two)
    assert (pairs(two), two.cycle.pairing_weights) == (CROSSED, {"wishes": "off"})
    back(two)
    assert_publishable(two)


def test_what_a_person_changed_in_the_draft_before_comes_back_with_it(mentoring: Round) -> None:
    draft(mentoring, STRAIGHT)
    swap_pairing(pair_of(mentoring, "Lund"), mentoring.member("Rivera"), exchange=pair_of(mentoring, "Okafor"), **HAND)
    db.session.commit()
    draft(mentoring, STRAIGHT)
    back(mentoring)
    plan = plan_of(mentoring)
    assert (pairs(mentoring), plan.edited_at, plan.last_edit) == (CROSSED, NOW, None)


def test_a_locked_pair_stays_where_the_draft_before_has_it_and_refuses_where_not(two: Round, coach: Browser) -> None:
    row = pair_of(two, "Lund")
    lock_pairing(row, True, **HAND)
    db.session.commit()
    answer = coach.post(f"/cycles/{two.cycle.id}/pairings/back", form_on=compare_path(two))
    assert answer.status_code == 409
    words = "The draft before does not have Sam Lund with Sam Rivera, a pair that you have locked. Unlock it first."
    assert words in answer.text
    lock_pairing(pair_of(two, "Okafor"), True, **HAND)
    db.session.commit()
    with pytest.raises(Refused, match="Sam Lund with Sam Rivera and Sam Okafor with Sam Chen, pairs that"):
        back(two)
    db.session.rollback()
    assert pairs(two) == CROSSED


def test_a_lock_that_both_drafts_have_is_kept_with_its_row(mentoring: Round) -> None:
    draft(mentoring, STRAIGHT)
    row = pair_of(mentoring, "Lund")
    lock_pairing(row, True, **HAND)
    db.session.commit()
    number = row.id
    draft(mentoring, {"Lund": "Chen"})
    back(mentoring)
    kept = pair_of(mentoring, "Lund")
    assert (kept.id, kept.locked, pairs(mentoring)) == (number, True, STRAIGHT)


def test_a_pair_that_was_locked_then_and_is_not_now_is_a_pair_like_the_others(mentoring: Round) -> None:
    draft(mentoring, STRAIGHT)
    lock_pairing(pair_of(mentoring, "Lund"), True, **HAND)
    db.session.commit()
    draft(mentoring, STRAIGHT)
    lock_pairing(pair_of(mentoring, "Lund"), False, **HAND)
    db.session.commit()
    draft(mentoring, CROSSED)
    back(mentoring)
    assert pairs(mentoring) == STRAIGHT
    assert [row.locked for row in pairings_of(mentoring.cycle)] == [False, False]


def test_a_draft_that_breaks_a_rule_by_now_is_refused_in_its_sentence(two: Round) -> None:
    lund, chen = two.member("Lund"), two.member("Chen")
    db.session.add(Apart(membership_id=lund.id, other_id=chen.id, from_file=False))
    db.session.commit()
    with pytest.raises(Refused, match="Sam Lund and Sam Chen are kept apart"):
        back(two)
    db.session.rollback()
    assert (pairs(two), two.cycle.pairing_weights) == (CROSSED, {"wishes": "off"})


def test_a_mentor_who_no_longer_offers_a_place_is_named(two: Round) -> None:
    two.member("Chen").mentor_places = 0
    db.session.commit()
    with pytest.raises(Refused, match="Sam Chen no longer takes part in mentoring"):
        back(two)


def test_who_became_new_meanwhile_is_without_a_mentor_in_the_draft_before(mentoring: Round) -> None:
    okafor = mentoring.member("Okafor")
    okafor.is_new_teacher = False
    db.session.commit()
    for row in pairings_of(mentoring.cycle):
        db.session.delete(row)
    draft(mentoring, {"Lund": "Chen"})
    mentoring.member("Okafor").is_new_teacher = True
    db.session.commit()
    draft(mentoring, CROSSED)
    back(mentoring)
    plan = plan_of(mentoring)
    assert pairs(mentoring) == {"Lund": "Chen"}
    assert [row["mentee"] for row in plan.outcome["unpaired"]] == ["Okafor"]


def test_a_page_that_somebody_has_overtaken_goes_back_nowhere(two: Round, coach: Browser) -> None:
    seen = plan_of(two).version
    back(two)
    answer = coach.post(f"/cycles/{two.cycle.id}/pairings/back", form_on=compare_path(two), version=seen)
    assert answer.status_code == 409
    assert "Here is the new version." in answer.text
    assert pairs(two) == STRAIGHT
    two.cycle.status = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="is closed"):
        back(two)


def test_a_settled_draft_says_so_and_one_with_a_better_pair_does_not(mentoring: Round, coach: Browser) -> None:
    path = f"/cycles/{mentoring.cycle.id}/pairings"
    assert "Settled." in coach.open(path).text
    draft(mentoring, {"Lund": "Chen"})
    assert "Settled." not in coach.open(path).text
    mentoring.publish("pairings")
    assert "Settled." not in coach.open(path).text
