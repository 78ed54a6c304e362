"""Goals with the day to look again; the mentor's log about a pairing."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from held_visit import After
from sqlalchemy import select

from mentorship.errors import NotFound, Refused
from mentorship.extensions import db
from mentorship.feedback.models import Entry
from mentorship.feedback.operations import Seen, finish_entry, save_draft
from mentorship.feedback.sheets import sheet_of_entry, sheet_of_oneself, sheet_of_pairing
from mentorship.goals.operations import look_again_on, mark_goal
from mentorship.goals.queries import follow_ups, goals_of
from mentorship.people.models import Membership

VERSION = re.compile(r'name="version" value="([^"]+)"')


def set_goal(after: After, member: Membership, **answers: str) -> Entry:
    sheet = sheet_of_oneself(member.person, member, "goal", None)
    entry = finish_entry(sheet, answers, seen=Seen(), readers=None, by="test", now=after.now)
    db.session.commit()
    return entry


def active_pairing(after: After) -> int:
    pairing = after.round.pairing()
    pairing.status = "active"
    db.session.commit()
    return pairing.id


def test_the_page_says_what_to_do_where_there_is_no_goal(after: After) -> None:
    page = after.round.browser_as(after.visit.visitor).open("/goals")
    assert page.status_code == 200
    assert "No goal yet." in page.text
    assert "Set a goal" in page.text


def test_a_goal_is_set_on_its_page_and_begins_in_two_weeks_on_a_school_day(after: After) -> None:
    member = after.visit.visitor
    browser = after.round.browser_as(member)
    page = browser.open("/goals/write").text
    offered = re.search(r'name="follow_up_on"[^>]*value="([\d-]+)"', page)
    assert offered is not None
    on = date.fromisoformat(offered[1])
    assert on >= after.now.date() + timedelta(days=14)
    assert on.weekday() < 5
    version = VERSION.search(page)
    assert version is not None
    fields = {"version": version[1], "goal": "Two minutes.", "follow_up_on": offered[1], "state": "open"}
    assert browser.post("/goals/write", do="finish", **fields).location == "/goals"
    shown = browser.open("/goals").text
    assert "Two minutes." in shown
    assert "Read by only you" in shown
    assert [goal.follow_up_on for goal in goals_of(member.person)] == [on]


def test_goals_come_by_the_day_to_look_again_and_those_that_are_done_last(after: After) -> None:
    member = after.visit.visitor
    late = set_goal(after, member, goal="late", follow_up_on="2027-03-01")
    soon = set_goal(after, member, goal="soon", follow_up_on="2027-01-20")
    never = set_goal(after, member, goal="never", follow_up_on="")
    done = set_goal(after, member, goal="done", follow_up_on="2027-01-01", state="done")
    assert [goal.entry.id for goal in goals_of(member.person)] == [soon.id, late.id, never.id, done.id]
    assert [goal.words for goal in follow_ups(member.person, date(2027, 1, 20))] == ["soon"]
    assert follow_ups(after.visit.host.person, date(2027, 12, 31)) == []


def test_a_goal_is_done_for_now_and_opened_again(after: After) -> None:
    member = after.visit.visitor
    goal = set_goal(after, member, goal="Two minutes.", follow_up_on="2027-02-01")
    browser = after.round.browser_as(member)
    assert browser.post(f"/goals/{goal.id}/done", form_on="/goals", state="done").status_code == 303
    assert goals_of(member.person)[0].is_done
    assert "Open it again" in browser.open("/goals").text
    browser.post(f"/goals/{goal.id}/done", form_on="/goals", state="open")
    assert not goals_of(member.person)[0].is_done


def test_the_day_to_look_again_is_moved_to_a_day_that_has_not_passed(after: After) -> None:
    member = after.visit.visitor
    goal = set_goal(after, member, goal="Two minutes.", follow_up_on="2027-02-01")
    browser = after.round.browser_as(member)
    browser.post(f"/goals/{goal.id}/look-again", form_on="/goals", follow_up_on="2027-02-15")
    assert goals_of(member.person)[0].follow_up_on == date(2027, 2, 15)
    for wrong in ("2020-01-01", "someday", ""):
        browser.post(f"/goals/{goal.id}/look-again", form_on="/goals", follow_up_on=wrong)
        assert "Choose today or a later day" in browser.open("/goals").text
        assert goals_of(member.person)[0].follow_up_on == date(2027, 2, 15)


def test_what_is_being_typed_stays_when_a_goal_is_marked(after: After) -> None:
    member = after.visit.visitor
    goal = set_goal(after, member, goal="Two minutes.", follow_up_on="2027-02-01")
    sheet = sheet_of_entry(member.person, goal.id)
    save_draft(sheet, {**goal.answers, "note": "half a th"}, seen=Seen(goal.version), now=after.now)
    mark_goal(sheet, is_done=True, now=after.now)
    db.session.commit()
    assert goal.answers["state"] == goal.newest["state"] == "done"
    assert goal.newest["note"] == "half a th"


def test_only_a_goal_that_was_saved_is_marked_or_moved(after: After) -> None:
    member = after.visit.visitor
    notes = after.write(member, "visitor_notes")
    with pytest.raises(Refused, match="save it first"):
        mark_goal(sheet_of_entry(member.person, notes.id), is_done=True, now=after.now)
    with pytest.raises(Refused, match="Choose today"):
        look_again_on(sheet_of_entry(member.person, notes.id), None, today=after.now.date(), now=after.now)


def test_a_mentor_writes_after_meetings_and_shares_one_page_on_a_button(after: After) -> None:
    number = active_pairing(after)
    pairing = after.round.pairing()
    mentor, mentee = after.round.browser_as(pairing.mentor), after.round.browser_as(pairing.mentee)
    assert "Nothing yet." in mentor.open(f"/mentoring/{number}").text
    page = f"/mentoring/{number}/write"
    for words, button in (("Seating.", "finish"), ("Timers.", "share")):
        version = VERSION.search(mentor.open(page).text)
        assert version is not None
        fields = {"talked": words, "for_me": "Ask about sleep."}
        assert mentor.post(page, version=version[1], do=button, **fields).status_code == 303
    assert len(db.session.scalars(select(Entry).where(Entry.pairing_id == number)).all()) == 2
    listed = mentee.open(f"/mentoring/{number}").text
    shared = db.session.scalars(select(Entry).where(Entry.pairing_id == number).order_by(Entry.id.desc())).first()
    assert shared is not None
    assert listed.count("/notes/") == 1 + listed.count('/notes/export"')
    text = mentee.open(f"/notes/{shared.id}").text
    assert "Timers." in text
    assert "Ask about sleep." not in text
    assert mentee.open(page).status_code == 404


def test_the_log_is_nobody_elses_page(after: After) -> None:
    number = active_pairing(after)
    pairing = after.round.pairing()
    for code in ("Rivera", "Chen", "Okafor", "Lund", "Bell", "Stone"):
        member = after.round.member(code)
        found = after.round.browser_as(member).open(f"/mentoring/{number}").status_code
        assert found == (200 if member.id in (pairing.mentee_id, pairing.mentor_id) else 404), code


def test_a_pairing_that_ended_keeps_its_log_and_takes_no_new_page(after: After) -> None:
    number = active_pairing(after)
    pairing = after.round.pairing()
    sheet = sheet_of_pairing(pairing.mentor.person, number, "mentor_log", None)
    entry = finish_entry(sheet, {"talked": "Seating."}, seen=Seen(), readers=None, by="test", now=after.now)
    pairing.status = "ended"
    db.session.commit()
    assert sheet_of_pairing(pairing.mentor.person, number, "mentor_log", entry.id).entry == entry
    with pytest.raises(NotFound):
        sheet_of_pairing(pairing.mentor.person, number, "mentor_log", None)
