"""The planning page and the pairings page: what a coach sees and does, and that nobody else sees either."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builders import BY, NOW, Browser, Round
from sqlalchemy import delete, event, update
from werkzeug.test import TestResponse

from mentorship.app import HANDLERS
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import claim_job, note_progress
from mentorship.jobs.runner import run_one
from mentorship.people.models import Apart, School
from mentorship.people.operations import create_person
from mentorship.plans.editing import keep_apart, lock_pairing
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.plans.operations import ask_for_plan
from mentorship.plans.queries import MAKE_PLAN, pairings_of, plans_of
from tests.plans.test_editing import HAND, other_mentor, pair_of, pairs

CHANGES = ("lock", "swap", "apart")


@pytest.fixture
def coach(mentoring: Round) -> Browser:
    return mentoring.browser_as(mentoring.member("Bell"))


def plan_path(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/plan"


def pairings_path(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/pairings"


def send(browser: Browser, made: Round, path: str, **fields: Any) -> TestResponse:
    return browser.post(path, form_on=pairings_path(made), **fields)


def change(browser: Browser, made: Round, row: Pairing, what: str, **fields: Any) -> TestResponse:
    return send(browser, made, f"/pairings/{row.id}/{what}", **fields)


def without_plans(made: Round) -> None:
    for model in (Pairing, Visit, Plan):
        db.session.execute(delete(model))
    made.cycle.status = "setting_up"
    db.session.commit()


def running(made: Round, aims: list[dict[str, Any]]) -> None:
    """A planning run in the middle of the visits."""
    ask_for_plan(made.cycle, seconds=120, **HAND)
    db.session.commit()
    claim = claim_job(lease_seconds=600, kinds=[MAKE_PLAN])
    assert claim is not None
    sizes = {"people": 4, "required": 4, "wanted": 4}
    told = {"part": "visits", "at": 41.3, "seconds": 120, "phase": "fit", "aims": aims, "sizes": sizes}
    note_progress(claim, told, lease_seconds=600)
    db.session.commit()


def aims(**values: tuple[int, int | None]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value, "bound": bound} for name, (value, bound) in values.items()]


def test_a_cycle_without_a_plan_says_what_will_be_planned_and_is_planned(mentoring: Round, coach: Browser) -> None:
    without_plans(mentoring)
    text = coach.open(plan_path(mentoring)).text
    assert "Up to 8 visits that people asked for, and mentors for 2 new teachers among 2 places" in text
    assert "Plan visits and pairings" in text
    assert "No plan yet. Add the people taking part" in coach.open(pairings_path(mentoring)).text
    answer = coach.post(plan_path(mentoring), seconds="30")
    assert (answer.status_code, answer.location) == (303, plan_path(mentoring))
    text = coach.open(plan_path(mentoring)).text
    assert "Planning is about to begin" in text and "Check again" in text and "Waiting to begin" in text
    run_one(HANDLERS, lease_seconds=60)
    text = coach.open(plan_path(mentoring)).text
    assert "Proven best" in text and "Look at the pairings" in text and "Look at the visits" in text
    assert len(pairs(mentoring)) == 2


def test_a_second_plan_is_refused_on_the_page(mentoring: Round, coach: Browser) -> None:
    token = coach.csrf_token(plan_path(mentoring))
    ask_for_plan(mentoring.cycle, seconds=30, **HAND)
    answer = coach.open(plan_path(mentoring), "POST", csrf_token=token, seconds="30")
    assert answer.status_code == 409 and "A plan is being made already." in answer.text
    assert coach.open(plan_path(mentoring), "POST", csrf_token=token, seconds="7").status_code == 422
    assert coach.open(plan_path(mentoring), "POST", csrf_token=token, seconds="30", part="x").status_code == 422


def test_a_running_plan_tells_how_far_it_is(mentoring: Round, coach: Browser) -> None:
    running(mentoring, aims(covered=(1, 0), live=(0, 0), moved=(0, 0), wanted=(2, 4), fit=(900, None)))
    text = coach.open(plan_path(mentoring)).text
    for words in (
        "41 seconds of up to 2 minutes",
        "3 of 4 needed visits have a place so far",
        "At most 1 more needed visits could have a place",
        "Use the best so far",
    ):
        assert words in text
    told = json.loads(coach.open(f"{plan_path(mentoring)}/progress").text)
    assert (told["state"], told["done"], told["seconds"], told["limit"], told["percent"]) == (
        "running",
        False,
        41,
        120,
        34,
    )
    assert told["headline"] == "3 of 4 needed visits have a place so far"
    assert told["rows"][2] == {
        "label": "How well visitor and host fit",
        "value": "Not known yet",
        "best": "Not known yet",
    }
    assert "A plan is being made now" in coach.open(pairings_path(mentoring)).text


def test_the_best_so_far_is_asked_for_once_there_is_one(mentoring: Round, coach: Browser) -> None:
    running(mentoring, [])
    text = coach.open(plan_path(mentoring)).text
    assert "Looking through all possible visits" in text and "Use the best so far" not in text
    db.session.execute(update(Job).values(state="done"))
    running(mentoring, aims(covered=(0, 0), live=(0, 0), moved=(0, 0), wanted=(4, 4), fit=(900, 1000)))
    assert "Within 10.0% of the best fit possible" in coach.open(plan_path(mentoring)).text
    answer = coach.post(f"{plan_path(mentoring)}/best", form_on=plan_path(mentoring))
    assert answer.status_code == 303
    assert "Ending with the best plan so far" in coach.open(plan_path(mentoring)).text
    assert coach.post(f"{plan_path(mentoring)}/stop", form_on=plan_path(mentoring)).status_code == 303
    db.session.execute(update(Job).values(state="done"))
    db.session.commit()
    answer = coach.post(f"{plan_path(mentoring)}/best", form_on=plan_path(mentoring))
    assert answer.status_code == 409 and "No plan is being made any more." in answer.text


def test_a_plan_that_could_not_be_made_says_why(mentoring: Round, coach: Browser) -> None:
    ask_for_plan(mentoring.cycle, seconds=30, by=BY, now=NOW.replace(year=2027))
    db.session.execute(update(Job).values(state="failed", error="Two people are locked who can’t be."))
    text = coach.open(plan_path(mentoring)).text
    assert "Two people are locked who can’t be." in text and "Plan visits and pairings again" in text


def test_a_published_plan_says_what_can_still_change(mentoring: Round, coach: Browser) -> None:
    mentoring.publish()
    text = coach.open(plan_path(mentoring)).text
    assert "each can still be moved or cancelled" in text and "Plan again" not in text
    page = coach.open(pairings_path(mentoring)).text
    assert "Not together" not in page and "Waiting for a reply" in page and "Propose again" not in page
    row = pair_of(mentoring, "Lund")
    row.status, row.mentee_answer = "declined", "no"
    page = coach.open(pairings_path(mentoring)).text
    assert "Not this time" in page and "Sam Lund:" not in page
    mentoring.cycle.status = "closed"
    assert "This cycle is closed." in coach.open(pairings_path(mentoring)).text
    assert "The cycle is closed: nothing changes any more." in coach.open(plan_path(mentoring)).text


def test_each_pair_shows_why_and_what_else_would_work(mentoring: Round, coach: Browser) -> None:
    text = coach.open(pairings_path(mentoring)).text
    assert "Why this pair" in text and "Same teaching" in text and "Time to meet" in text
    assert "common time in a rotation" in text and "Shared planning" in text and "day, period" in text
    assert "2 <span>of 2 new teachers matched" in text and "1 of 1 place filled" in text
    assert "Next best for Sam, and what it would change" in text
    assert "would change to" in text
    assert "Nobody is mentored by their own evaluator" in text


def test_a_pair_is_locked_and_unlocked_and_the_page_returns_to_it(mentoring: Round, coach: Browser) -> None:
    row = pair_of(mentoring, "Lund")
    answer = change(coach, mentoring, row, "lock", locked="yes", version=row.version)
    assert (answer.status_code, answer.location) == (303, f"{pairings_path(mentoring)}#pair-{row.id}")
    page = coach.open(pairings_path(mentoring)).text
    assert "Locked" in page and "You locked Sam Lund with" in page
    db.session.refresh(row)
    assert row.locked
    assert send(coach, mentoring, f"{pairings_path(mentoring)}/undo").status_code == 303
    db.session.refresh(row)
    assert not row.locked
    assert send(coach, mentoring, f"{pairings_path(mentoring)}/undo").status_code == 409


def test_the_next_best_is_chosen_with_the_moves_that_go_with_it(mentoring: Round, coach: Browser) -> None:
    first, row = pairs(mentoring), pair_of(mentoring, "Lund")
    mentor = mentoring.member(other_mentor(first["Lund"]))
    answer = change(coach, mentoring, row, "swap", mentor=mentor.id, next_best="yes", version=row.version)
    assert answer.status_code == 303
    db.session.expire_all()
    assert pairs(mentoring) == {"Lund": first["Okafor"], "Okafor": first["Lund"]}
    assert f"Sam Lund now has Sam {mentor.code}." in coach.open(pairings_path(mentoring)).text


def test_a_full_mentor_is_offered_in_exchange(mentoring: Round, coach: Browser) -> None:
    first, row, other = pairs(mentoring), pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    answer = change(coach, mentoring, row, "swap", mentor=other.mentor_id)
    assert answer.status_code == 422
    assert f"Sam {other.mentor.code} has no place left." in answer.text and "Exchange with Sam Okafor" in answer.text
    assert pairs(mentoring) == first
    answer = change(coach, mentoring, row, "swap", mentor=other.mentor_id, exchange=other.id)
    assert answer.status_code == 303
    db.session.expire_all()
    assert pairs(mentoring) == {"Lund": first["Okafor"], "Okafor": first["Lund"]}


def test_a_broken_rule_is_said_at_the_pair_with_names(mentoring: Round, coach: Browser) -> None:
    row, other = pair_of(mentoring, "Lund"), pair_of(mentoring, "Okafor")
    db.session.add(Apart(membership_id=row.mentee_id, other_id=other.mentor_id))
    answer = change(coach, mentoring, row, "swap", mentor=other.mentor_id, exchange=other.id)
    assert answer.status_code == 409
    assert f"Sam Lund and Sam {other.mentor.code} are kept apart." in answer.text


def test_not_together_puts_the_new_teacher_first_on_the_page(mentoring: Round, coach: Browser) -> None:
    row = pair_of(mentoring, "Lund")
    lund, mentor = row.mentee, row.mentor
    answer = change(coach, mentoring, row, "apart", version=row.version)
    assert answer.location == f"{pairings_path(mentoring)}#new-{lund.id}"
    page = coach.open(pairings_path(mentoring)).text
    assert f"Sam Lund and Sam {mentor.code} will not be put together." in page
    assert "Not matched yet" in page and page.index("Not matched yet") < page.index("Proposed pairings")
    answer = send(coach, mentoring, f"{pairings_path(mentoring)}/choose", mentee=lund.id, mentor=mentor.id)
    assert answer.status_code == 409 and "are kept apart." in answer.text
    other = mentoring.member(other_mentor(mentor.code))
    where = f"{pairings_path(mentoring)}/choose"
    assert send(coach, mentoring, where, mentee=lund.id, mentor=other.id).status_code == 422
    assert send(coach, mentoring, where, mentee=lund.id, mentor=other.id, with_place="yes").status_code == 303
    db.session.expire_all()
    assert pairs(mentoring) == {"Lund": other.code, "Okafor": other.code}


def test_who_has_no_mentor_is_told_why_and_what_would_fix_it(planned: Round) -> None:
    planned.member("Okafor").is_new_teacher = True
    ask_for_plan(planned.cycle, seconds=2, parts=["pairings"], by=BY, now=NOW)
    db.session.commit()
    run_one(HANDLERS, lease_seconds=60)
    page = planned.browser_as(planned.member("Bell")).open(pairings_path(planned)).text
    assert "Sam Chen has no place left. 2 new teachers share 1 place." in page
    assert "Give Sam Chen one more place" in page


def test_a_stale_page_changes_nothing_and_says_who_was_faster(mentoring: Round, coach: Browser) -> None:
    row, before = pair_of(mentoring, "Lund"), pairs(mentoring)
    seen = row.version
    lock_pairing(row, True, by=str(mentoring.member("Bell").person_id), now=NOW)
    lock_pairing(row, False, by=str(mentoring.member("Bell").person_id), now=NOW)
    answer = change(coach, mentoring, row, "apart", version=seen)
    assert answer.status_code == 409
    assert "Sam Bell changed this a moment ago. Here is the new version." in answer.text
    assert pairs(mentoring) == before


def test_the_pairs_are_proposed_again_from_the_page(mentoring: Round, coach: Browser) -> None:
    keep_apart(pair_of(mentoring, "Lund"), **HAND)
    answer = send(coach, mentoring, plan_path(mentoring), seconds="30", part="pairings")
    assert (answer.status_code, answer.location) == (303, plan_path(mentoring))
    run_one(HANDLERS, lease_seconds=60)
    db.session.expire_all()
    assert len(pairs(mentoring)) == 2


def _others(made: Round) -> dict[str, Browser]:
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=["A"]))
    db.session.flush()
    school = db.session.get_one(School, "u")
    stranger, _ = create_person(email="x@u.example.org", name="Kim Xu", role="coach", school=school, by=BY, now=NOW)
    db.session.commit()
    return {
        "coach of another school": Browser(made.app, stranger),
        "teacher": made.browser_as(made.member("Rivera")),
        "mentee of the pair": made.browser_as(made.member("Lund")),
        "leader": made.browser_as(made.member("Stone")),
    }


def test_nobody_else_sees_or_changes_any_of_it(mentoring: Round) -> None:
    mentoring.publish("pairings")
    row = pair_of(mentoring, "Lund")
    pages = (plan_path(mentoring), f"{plan_path(mentoring)}/progress", pairings_path(mentoring))
    posts = (
        plan_path(mentoring),
        *(f"{plan_path(mentoring)}/{what}" for what in ("best", "stop")),
        *(f"/pairings/{row.id}/{what}" for what in CHANGES),
        *(f"{pairings_path(mentoring)}/{what}" for what in ("choose", "undo")),
    )
    before = mentoring.dump()
    others = _others(mentoring)
    for who, browser in others.items():
        for path in pages:
            assert browser.open(path).status_code == 404, (who, path)
        token = browser.csrf_token("/account")
        for path in posts:
            assert browser.open(path, "POST", csrf_token=token).status_code == 404, (who, path)
    assert {name: rows for name, rows in mentoring.dump().items() if name in ("plan", "pairing", "visit")} == {
        name: before[name] for name in ("plan", "pairing", "visit")
    }
    assert mentoring.browser.open(plan_path(mentoring)).status_code == 303


@pytest.mark.parametrize("address", [plan_path, pairings_path])
def test_an_address_takes_few_statements(mentoring: Round, coach: Browser, address: Any) -> None:
    told: list[str] = []
    path = address(mentoring)
    event.listen(db.engine, "before_cursor_execute", lambda *args: told.append(args[2]))
    assert coach.open(path).status_code == 200
    assert len([one for one in told if one.startswith("SELECT")]) <= 12, told


def test_a_cycle_of_walkthroughs_alone_has_no_pairs(mentoring: Round, coach: Browser) -> None:
    without_plans(mentoring)
    mentoring.cycle.with_pairings = False
    text = coach.open(plan_path(mentoring)).text
    assert "Plan visits" in text and "Mentor pairings" not in text
    assert plans_of(mentoring.cycle) == {}
    assert pairings_of(mentoring.cycle) == []
