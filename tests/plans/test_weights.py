"""What matters most: a coach chooses it in words, sees what each choice would do, and pairs are proposed with it."""

from __future__ import annotations

from typing import Any

import pytest
from builders import BY, NOW, Browser, Round
from counting import statements
from sqlalchemy import select

from mentorship.app import HANDLERS
from mentorship.audit.models import AuditEntry
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.runner import run_one
from mentorship.plans import supervisor
from mentorship.plans.editing import lock_pairing
from mentorship.plans.former import draft_now
from mentorship.plans.operations import STOPPED, ask_for_plan, problem_file, propose_with, relax_rule, wish_of_planning
from mentorship.plans.queries import pairing_draft, pairings_of, planning_job
from mentorship.plans.supervisor import make_plan
from mentorship.plans.weights import effect_of, goal_effect, in_order, only_unusual, questions, usual_words, words_in
from tests.plans.drafting import CROSSED, STRAIGHT, draft, weighed
from tests.plans.test_editing import pair_of, pairs
from tests.plans.test_pages import _others, plan_path, without_plans

HAND: dict[str, Any] = {"by": BY, "now": NOW}


@pytest.fixture
def coach(mentoring: Round) -> Browser:
    return mentoring.browser_as(mentoring.member("Bell"))


def weights_path(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/pairings/weights"


def chosen(**changes: str) -> dict[str, str]:
    return {"goal": "best_fit", **usual_words(), **changes}


def propose(made: Round, goal: str = "best_fit", **changes: str) -> None:
    propose_with(made.cycle, goal=goal, words=usual_words() | changes, seconds=20, **HAND)
    db.session.commit()


def work(made: Round, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any] | None) -> None:
    """Let the worker plan; what other weights would do is not asked of the engine."""
    monkeypatch.setattr(supervisor, "weigh", lambda *_: told)
    assert run_one(HANDLERS, lease_seconds=60)
    db.session.expire_all()


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ([], "none", "Nothing changes."),
        ([["Lund", "Chen", None]], "loss", "Sam Lund would have no mentor."),
        ([["Lund", None, "Chen"]], "change", "1 new teacher would get a mentor (Sam Lund to Sam Chen)."),
        ([["Lund", "Chen", "Rivera"]], "change", "1 pair changes (Sam Lund to Sam Rivera)."),
        (
            [["Lund", "Chen", "Rivera"], ["Okafor", "Rivera", None]],
            "loss",
            "Sam Okafor would have no mentor. 1 pair changes (Sam Lund to Sam Rivera).",
        ),
        ([["Gone", "Chen", "Rivera"]], "change", "1 pair changes (somebody who has left to Sam Rivera)."),
        (
            [["Lund", "Chen", "Rivera"]] * 5,
            "change",
            "5 pairs change (Sam Lund to Sam Rivera, Sam Lund to Sam Rivera, Sam Lund to Sam Rivera, and 2 more).",
        ),
        (
            [["Lund", "Chen", None]] * 5,
            "loss",
            "Sam Lund, Sam Lund, Sam Lund and 2 others would have no mentor.",
        ),
    ],
)
def test_an_effect_is_said_in_sentences_with_names(mentoring: Round, changes: Any, kind: str, words: str) -> None:
    members = {code: mentoring.member(code) for code in ("Lund", "Okafor", "Chen", "Rivera")}
    effect = effect_of(changes, members)
    assert (effect.kind, effect.words) == (kind, words)


@pytest.mark.parametrize(("worst", "words"), [(380, "better"), (200, "just as well"), (100, "less")])
def test_the_other_goal_says_what_becomes_of_the_pair_that_fits_least(worst: int, words: str) -> None:
    told = {"changes": [["a", "b", "c"]], "worst": worst, "worst_now": 200}
    assert goal_effect(told, {}).words.endswith(f"The pair that fits least would fit {words}.")
    assert goal_effect({**told, "changes": []}, {}).words == "Nothing changes."


def test_every_rule_with_words_is_asked_but_the_one_that_does_nothing() -> None:
    asked = {question.key: question for question in questions(None, {})}
    assert "keep_last" not in asked
    assert {"same_subject", "common_planning", "trained", "even_load"} <= asked.keys()
    assert [choice.words for choice in asked["even_load"].choices] == ["On", "Off"]
    words = [choice.words for choice in asked["same_subject"].choices]
    assert words == ["Must", "High", "Medium", "Low", "Not counted"]
    assert not any(choice.in_draft or choice.effect for choice in asked["same_subject"].choices)


def test_words_that_do_the_same_name_people_once(mentoring: Round) -> None:
    changes = [["Lund", "Chen", "Rivera"]]
    rows = [{"rule": "same_subject", "word": word, "paired": 2, "changes": changes} for word in ("must", "low", "off")]
    draft(mentoring, STRAIGHT, weighed(rows=[*rows, {**rows[0], "word": "medium", "changes": []}]))
    plan = pairing_draft(mentoring.cycle)
    assert plan is not None
    members = {code: mentoring.member(code) for code in ("Lund", "Chen", "Rivera")}
    asked = {question.key: question for question in questions(draft_now(plan, []), members)}
    told = [choice.effect.words if choice.effect else "" for choice in asked["same_subject"].choices]
    same = "The same as with “Must”."
    assert told == ["1 pair changes (Sam Lund to Sam Rivera).", "", "Nothing changes.", same, same]
    assert (asked["same_subject"].is_quiet, asked["same_subject"].is_known) == (False, True)
    assert (asked["wishes"].is_quiet, asked["wishes"].is_known) == (True, False)


def test_only_what_differs_from_the_usual_is_kept() -> None:
    assert only_unusual(usual_words()) == {}
    assert only_unusual(usual_words() | {"wishes": "off"}) == {"wishes": "off"}
    assert words_in({"wishes": "off"}) == usual_words() | {"wishes": "off"}
    for unknown in ({"wishes": "on"}, {"even_load": "must"}, {"wishes": ""}, {"nothing": "high"}):
        with pytest.raises(Refused, match="not known here"):
            only_unusual(unknown)


def test_the_rules_are_named_by_how_much_they_count() -> None:
    order = dict(in_order({"building": "must", "wishes": "off"}))
    assert list(order) == ["Must", "High", "Medium"]
    assert "Close by" in order["Must"]


def test_what_matters_goes_into_the_problem_and_into_the_log(mentoring: Round) -> None:
    propose(mentoring, "nobody_left_behind", same_subject="must")
    problem = problem_file(mentoring.cycle, "pairings", now=NOW, seconds=1, seed=1)
    assert (problem["goal"], problem["weights"]) == ("nobody_left_behind", {"same_subject": "must"})
    lines = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "set_weights")).all()
    assert [line.ids for line in lines] == [{"cycle": mentoring.cycle.id}]
    job = planning_job(mentoring.cycle)
    assert job is not None
    assert job.ids["parts"] == ["pairings"]


def test_nothing_is_set_where_nothing_can_be_proposed(mentoring: Round) -> None:
    def refused(match: str, goal: str = "best_fit", word: str = "off") -> None:
        words = usual_words() | {"wishes": word}
        with pytest.raises(Refused, match=match):
            propose_with(mentoring.cycle, goal=goal, words=words, seconds=20, **HAND)
        db.session.rollback()
        assert mentoring.cycle.pairing_weights == {}

    refused("Choose what the proposal is to aim for", goal="fame")
    refused("not known here", word="very")
    ask_for_plan(mentoring.cycle, seconds=20, **HAND)
    db.session.commit()
    refused("A plan is being made already")
    wish_of_planning(mentoring.cycle, "stop", **HAND)
    db.session.commit()
    mentoring.publish("pairings")
    refused("is published")
    mentoring.cycle.status = "closed"
    db.session.commit()
    refused("is closed")


def test_a_rule_is_relaxed_to_high_where_it_had_to_hold(mentoring: Round) -> None:
    mentoring.cycle.pairing_weights = {"wishes": "must", "building": "off"}
    relax_rule(mentoring.cycle, "wishes", seconds=20, **HAND)
    assert mentoring.cycle.pairing_weights == {"wishes": "high", "building": "off"}
    for rule in ("wishes", "even_load", "nothing"):
        with pytest.raises(Refused, match="does not have to hold any more"):
            relax_rule(mentoring.cycle, rule, seconds=20, **HAND)


def test_the_worker_keeps_what_other_weights_would_do(mentoring: Round) -> None:
    """The real engine, once: every other word is there, and names people of the school."""
    make_plan(mentoring.cycle, seconds=5, seed=1, by=BY, parts=["pairings"])
    plan = pairing_draft(mentoring.cycle)
    assert plan is not None and plan.weighed is not None
    assert plan.weighed["complete"]
    rows = {(row["rule"], row["word"]) for row in plan.weighed["rows"]}
    assert {("same_subject", word) for word in ("must", "medium", "low", "off")} <= rows
    assert ("even_load", "off") in rows
    people = {code for row in plan.weighed["rows"] for change in row["changes"] for code in change if code}
    assert people <= {"Lund", "Okafor", "Chen", "Rivera"}


def test_a_draft_is_kept_where_what_else_would_do_cannot_be_found_out(
    mentoring: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise Refused("The engine stopped without a plan.")

    monkeypatch.setattr(supervisor, "weigh", fail)
    make_plan(mentoring.cycle, seconds=20, seed=1, by=BY, parts=["pairings"])
    plan = pairing_draft(mentoring.cycle)
    assert plan is not None
    assert (plan.weighed, len(plan.outcome["pairs"])) == (None, 2)


def test_who_stops_while_it_is_weighed_changes_nothing(mentoring: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []

    def stop(_problem: Any, _seconds: int, progress: Any) -> dict[str, Any]:
        progress({"at": 0.1, "phase": "weights", "aims": []})
        job = planning_job(mentoring.cycle)
        assert job is not None and job.progress is not None
        told.append(job.progress)
        wish_of_planning(mentoring.cycle, "stop", **HAND)
        db.session.commit()
        progress({"at": 0.2, "phase": "weights", "aims": []})
        return weighed()

    propose(mentoring)
    before = {name: rows for name, rows in mentoring.dump().items() if name in ("plan", "pairing")}
    monkeypatch.setattr(supervisor, "weigh", stop)
    assert run_one(HANDLERS, lease_seconds=60)
    db.session.expire_all()
    job = planning_job(mentoring.cycle)
    assert job is not None
    assert (job.state, job.error) == ("failed", STOPPED)
    assert {name: rows for name, rows in mentoring.dump().items() if name in ("plan", "pairing")} == before
    # Who looks meanwhile sees the pairs that were found, not a page that begins anew.
    assert told[0]["aims"][0]["name"] == "paired"


def test_the_page_says_beside_each_choice_what_it_would_do(mentoring: Round, coach: Browser) -> None:
    draft(mentoring, STRAIGHT, weighed())
    with statements() as asked:
        text = coach.open(weights_path(mentoring)).text
    assert len(asked) <= 12, asked
    assert "2 pairs change (Sam Lund to Sam Rivera, Sam Okafor to Sam Chen)." in text
    assert "Sam Lund would have no mentor." in text
    assert "Nobody left behind: first lift the pair that fits least" in text
    assert "The pair that fits least would fit better." in text
    assert "Not worked out in time." in text
    assert 'id="same_subject-high" name="same_subject" value="high" checked' in text
    assert "Everything is as usual" in text and "Back to the usual" not in text
    assert "Change what matters most" in coach.open(f"/cycles/{mentoring.cycle.id}/pairings").text


def test_the_usual_is_shown_before_it_counts(mentoring: Round, coach: Browser) -> None:
    mentoring.cycle.pairing_weights, mentoring.cycle.pairing_goal = {"wishes": "off"}, "nobody_left_behind"
    draft(mentoring, STRAIGHT, weighed())
    text = coach.open(weights_path(mentoring)).text
    assert 'value="off" checked' in text and "Usually: low." in text and "Back to the usual" in text
    text = coach.open(f"{weights_path(mentoring)}?usual=yes").text
    assert 'id="wishes-low" name="wishes" value="low" checked' in text
    assert 'id="goal-best_fit" name="goal" value="best_fit" checked' in text
    assert "They count once you propose with them" in text
    db.session.expire_all()
    assert mentoring.cycle.pairing_weights == {"wishes": "off"}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "For this draft it was not."),
        (weighed(complete=False), "There was not enough time to work out what every choice would do."),
    ],
)
def test_the_page_works_where_little_is_known(mentoring: Round, coach: Browser, told: Any, words: str) -> None:
    draft(mentoring, STRAIGHT, told)
    text = coach.open(weights_path(mentoring)).text
    assert words in text
    assert "Propose again with these" in text


def test_a_change_by_hand_dates_what_is_said(mentoring: Round, coach: Browser) -> None:
    draft(mentoring, STRAIGHT, weighed())
    lock_pairing(pair_of(mentoring, "Lund"), True, **HAND)
    db.session.commit()
    text = coach.open(weights_path(mentoring)).text
    assert "said of the draft as it was made on Mon, Dec 21, 7:00" in text


def test_without_a_plan_the_first_is_proposed_with_the_choices(mentoring: Round, coach: Browser) -> None:
    without_plans(mentoring)
    text = coach.open(weights_path(mentoring)).text
    assert "Propose with these" in text and "Beside each choice" not in text


def test_what_was_set_and_not_proposed_with_is_said(mentoring: Round, coach: Browser) -> None:
    draft(mentoring, STRAIGHT, weighed())
    mentoring.cycle.pairing_weights = {"wishes": "off"}
    db.session.commit()
    assert "was chosen after this draft was made" in coach.open(weights_path(mentoring)).text
    assert "It counts when you propose again" in coach.open(f"/cycles/{mentoring.cycle.id}/pairings").text


def test_nothing_can_be_chosen_while_a_plan_is_made_nor_once_it_is_out(mentoring: Round, coach: Browser) -> None:
    ask_for_plan(mentoring.cycle, seconds=20, **HAND)
    db.session.commit()
    text = coach.open(weights_path(mentoring)).text
    assert "A plan is being made now" in text and "Propose again with these" not in text and "disabled" in text
    wish_of_planning(mentoring.cycle, "stop", **HAND)
    mentoring.publish("pairings")
    text = coach.open(weights_path(mentoring)).text
    assert "These pairings are published" in text and "Propose again with these" not in text
    mentoring.cycle.status = "closed"
    db.session.commit()
    assert "This cycle is closed" in coach.open(weights_path(mentoring)).text


def test_pairs_are_proposed_again_with_the_choices_and_locked_ones_stay(
    mentoring: Round, coach: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(mentoring, CROSSED)
    row = pair_of(mentoring, "Lund")
    lock_pairing(row, True, **HAND)
    db.session.commit()
    number = row.id
    answer = coach.post(weights_path(mentoring), **chosen(goal="nobody_left_behind", wishes="off"))
    assert (answer.status_code, answer.location) == (303, plan_path(mentoring))
    work(mentoring, monkeypatch, weighed())
    assert (mentoring.cycle.pairing_goal, mentoring.cycle.pairing_weights) == ("nobody_left_behind", {"wishes": "off"})
    kept = pair_of(mentoring, "Lund")
    assert (kept.id, kept.locked, pairs(mentoring)) == (number, True, CROSSED)
    plan = pairing_draft(mentoring.cycle)
    assert plan is not None
    assert (plan.problem["weights"], plan.weighed) == ({"wishes": "off"}, weighed())
    assert "Compare with the draft before: no pair differs" in coach.open(plan_path(mentoring)).text


def test_a_choice_that_nobody_knows_is_refused_on_the_page(mentoring: Round, coach: Browser) -> None:
    for given in (chosen(wishes="very"), {"goal": "best_fit"}, chosen(goal="")):
        answer = coach.post(weights_path(mentoring), **given)
        assert answer.status_code == 409
        assert "What matters most" in answer.text
    db.session.expire_all()
    assert (mentoring.cycle.pairing_weights, planning_job(mentoring.cycle)) == ({}, None)


def test_the_fix_of_a_rule_that_has_to_hold_relaxes_it(mentoring: Round, coach: Browser) -> None:
    mentoring.cycle.pairing_weights = {"wishes": "must"}
    db.session.commit()
    make_plan(mentoring.cycle, seconds=5, seed=1, by=BY, parts=["pairings"])
    assert pairings_of(mentoring.cycle) == []
    path = f"/cycles/{mentoring.cycle.id}/pairings"
    text = coach.open(path).text
    assert "Relax: wishes of both sides" in text and "pairings/weights#rule-wishes" in text
    answer = coach.post(f"{path}/relax", form_on=path, rule="wishes")
    assert (answer.status_code, answer.location) == (303, plan_path(mentoring))
    db.session.expire_all()
    assert mentoring.cycle.pairing_weights == {"wishes": "high"}
    answer = coach.post(f"{path}/relax", form_on="/account", rule="wishes")
    assert answer.status_code == 409
    assert "does not have to hold any more" in answer.text


def test_nobody_else_sees_or_sets_what_matters(mentoring: Round) -> None:
    draft(mentoring, STRAIGHT, weighed())
    draft(mentoring, CROSSED)
    path = f"/cycles/{mentoring.cycle.id}/pairings"
    for who, browser in _others(mentoring).items():
        for page in ("weights", "compare"):
            assert browser.open(f"{path}/{page}").status_code == 404, (who, page)
        token = browser.csrf_token("/account")
        for post in ("weights", "relax", "back"):
            answer = browser.open(f"{path}/{post}", "POST", csrf_token=token, **chosen(wishes="off"))
            assert answer.status_code == 404, (who, post)
    db.session.expire_all()
    assert (mentoring.cycle.pairing_weights, pairs(mentoring)) == ({}, CROSSED)


def test_a_cycle_without_mentoring_has_none_of_these_pages(mentoring: Round, coach: Browser) -> None:
    mentoring.cycle.with_pairings = False
    db.session.commit()
    for page in ("weights", "compare"):
        assert coach.open(f"/cycles/{mentoring.cycle.id}/pairings/{page}").status_code == 404
