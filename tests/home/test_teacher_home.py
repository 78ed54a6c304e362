"""A teacher's own page: the next visit, who comes, what waits, and for new teachers the one next thing."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from builders import Browser, Round
from held_visit import After
from page_client import PageClient

from mentorship import clock
from mentorship.extensions import db
from mentorship.feedback.operations import Seen, finish_entry
from mentorship.feedback.sheets import sheet_of_oneself
from mentorship.home.prompts import BY_FOCUS, GENERIC, what_to_look_for
from mentorship.people.models import Membership, Person, School
from mentorship.plans.models import Visit


def home(made: Round, member: Membership) -> str:
    made.app.test_client_class = PageClient
    answer = made.browser_as(member).open("/home")
    assert answer.status_code == 200, answer.text
    return answer.text


def agreed(made: Round, visit: Visit) -> Visit:
    visit.status, visit.visitor_answer, visit.host_answer = "accepted", "yes", "yes"
    db.session.commit()
    return visit


def a_visit(made: Round, *, by_new: bool = False) -> Visit:
    """The first visit whose visitor is new, or is not."""
    return next(visit for visit in made.visits() if visit.visitor.is_new_teacher == by_new and visit.medium == "live")


def others_called_off(made: Round, kept: Visit) -> None:
    for visit in made.visits():
        if visit.id != kept.id:
            visit.status = "cancelled"
    db.session.commit()


@pytest.mark.parametrize("code", ["Bell", "Stone"])
def test_who_does_not_teach_finds_nothing(published: Round, code: str) -> None:
    assert published.browser_as(published.member(code)).open("/home").status_code == 404


def test_whoever_is_not_signed_in_is_asked_to(published: Round) -> None:
    assert published.browser.open("/home").status_code == 303


def test_with_nothing_planned_the_page_says_where_it_will_appear(planned: Round) -> None:
    page = home(planned, planned.member("Rivera"))
    assert "Nothing planned this week. Your next visit will appear here and in your calendar." in page
    assert "btn-primary" not in page


def test_a_draft_is_not_told(planned: Round) -> None:
    visit = planned.visit()
    assert visit.host.person.name not in home(planned, visit.visitor)


def test_the_next_visit_is_told_with_when_where_and_what_to_look_for(published: Round) -> None:
    visit = agreed(published, a_visit(published))
    others_called_off(published, visit)
    page = home(published, visit.visitor)
    assert f"You visit {visit.host.person.name}" in page and f"Period {visit.period}" in page
    assert f"Room {visit.room}" in page and "You both accepted" in page and "Questioning" in page
    assert all(words in page for words in BY_FOCUS["questioning"])
    assert "Coaches see only whether it was shared." in page
    assert "Open my notes" not in page and "open here when the lesson begins" in page


def test_the_host_is_told_who_comes(published: Round) -> None:
    visit = agreed(published, a_visit(published))
    others_called_off(published, visit)
    page = home(published, visit.host)
    assert f"{visit.visitor.person.name} visits you" in page and "You visit" not in page


def test_an_open_invitation_is_answered_by_one_s_own_link(published: Round) -> None:
    visit = a_visit(published)
    others_called_off(published, visit)
    pairing = published.pairing()
    pairing.status = "ended"
    db.session.commit()
    page = home(published, visit.visitor)
    own, theirs = (published.link_of(visit, member) for member in visit.people)
    assert own in page and theirs not in page
    assert f'btn-primary btn-lg" href="{own}"' in page and page.count("btn-primary") == 1
    assert "You: not answered yet" in page and published.browser.open(own).status_code == 200


def test_after_a_yes_one_may_still_ask_for_another_time(published: Round) -> None:
    visit = a_visit(published)
    visit.visitor_answer = "yes"
    db.session.commit()
    page = home(published, visit.visitor)
    assert "Ask for another time, or say no" in page and published.link_of(visit, visit.visitor) in page


def test_notes_open_when_the_lesson_begins(published: Round) -> None:
    visit = agreed(published, a_visit(published))
    others_called_off(published, visit)
    assert visit.starts_at is not None
    with clock.shifted(visit.starts_at + timedelta(minutes=1) - clock.now()):
        path = f"/visits/{visit.id}/visitor_notes"
        published.pairing().status = "ended"
        db.session.commit()
        page = home(published, visit.visitor)
        assert f'btn-primary btn-lg" href="{path}"' in page and page.count("btn-primary") == 1
        assert published.browser_as(visit.visitor).open(path).status_code == 200
        assert path not in home(published, visit.host)


def test_what_is_owed_is_listed_and_a_visit_can_be_said_not_to_have_happened(after: After) -> None:
    after.ask()
    host, visit = after.visit.host, after.visit
    page = home(after.round, host)
    assert "After your visits" in page and f"/visits/{visit.id}/host_reflection" in page
    browser = after.round.browser_as(host)
    path = f"/visits/{visit.id}/took-place"
    fields = {"took_place": "no", "back": "home", "version": str(visit.version)}
    answer = browser.post(path, form_on="/home", **fields)
    assert (answer.status_code, answer.location) == (303, "/home")
    assert "host_reflection" not in browser.open("/home").text


def test_the_week_is_told_day_by_day(published: Round) -> None:
    visit = agreed(published, a_visit(published))
    assert visit.starts_at is not None and visit.on_date is not None
    with clock.shifted(visit.starts_at - timedelta(hours=1) - clock.now()):
        page = home(published, visit.visitor)
    week = page[page.index("This week</h2>") :]
    assert f"You visit {visit.host.person.given_name}" in week and 'aria-current="date"' in week
    assert re.search(r"This week you .*visit (one|two) colleague", page)


def test_a_closed_day_is_named(published: Round) -> None:
    with clock.shifted(on_the(19, 9)):
        page = home(published, published.member("Rivera"))
    assert "No school" in page and "Holiday" in page


def on_the(day: int, hour: int) -> timedelta:
    """How far the clock is from an hour of a day in January, at the school."""
    return clock.instant(date(2027, 1, day), time(hour), "America/New_York") - clock.now()


def test_on_a_weekend_the_coming_week_is_shown(published: Round) -> None:
    with clock.shifted(on_the(16, 9)):
        page = home(published, published.member("Rivera"))
    assert "Next week</h2>" in page and "Jan 18 to Jan 22" in page


def test_a_visit_without_a_time_is_said_and_nobody_s_no_is(published: Round) -> None:
    visit = a_visit(published)
    published.ingest(published.reply(visit, visit.host, "DECLINED"))
    page = home(published, visit.visitor)
    assert f"Your visit to {visit.host.person.name} needs a new time" in page
    assert not re.search(r"Sam: no\b(?! )", page)


def test_a_recording_is_told_to_both(published: Round) -> None:
    video = published.add_video()
    agreed(published, video)
    assert f"You watch a recording by {video.host.person.name}" in home(published, video.visitor)
    assert f"{video.visitor.person.name} watches a recording of yours" in home(published, video.host)


def test_a_pair_sees_when_both_plan(published: Round) -> None:
    pairing = published.pairing()
    pairing.status, pairing.mentee_answer, pairing.mentor_answer = "active", "yes", "yes"
    db.session.commit()
    with clock.shifted(on_the(11, 7)):
        pages = [home(published, member) for member in (pairing.mentee, pairing.mentor)]
    assert "Your mentor</h2>" in pages[0] and pairing.mentor.person.name in pages[0]
    assert "Your new teacher</h2>" in pages[1] and f"/mentoring/{pairing.id}" in pages[1]
    listed = [re.findall(r'<li class="num">(.*?)</li>', page) for page in pages]
    assert listed[0] == listed[1] and listed[0]


def test_a_new_teacher_has_one_next_thing_all_the_way(published: Round) -> None:
    pairing, lund = published.pairing(), published.member("Lund")
    published.app.test_client_class = PageClient

    def next_thing() -> str:
        page = home(published, lund)
        assert page.count("btn-primary") == 1
        found = re.search(r'btn-primary btn-lg" href="([^"]+)"', page)
        assert found is not None and "One next thing" in page
        return found[1]

    assert next_thing() == published.link_of(pairing, lund)
    pairing.status, pairing.mentee_answer, pairing.mentor_answer = "active", "yes", "yes"
    db.session.commit()
    visit = a_visit(published, by_new=True)
    others_called_off(published, visit)
    assert next_thing() == published.link_of(visit, lund)
    agreed(published, visit)
    assert next_thing() == "#look"
    visit.status = "held"
    db.session.commit()
    assert next_thing() == "/goals/write"
    visit.status = "cancelled"
    db.session.commit()
    assert next_thing() == "/wishes"


def test_a_new_teacher_is_led_to_the_reflection_and_then_to_the_goal(after: After) -> None:
    after.ask()
    lund = after.visit.visitor
    after.round.pairing().status = "ended"
    for visit in after.round.visits():
        if visit.status == "invited":
            visit.status = "cancelled"
    db.session.commit()
    page = home(after.round, lund)
    assert page.count("btn-primary") == 1
    assert re.search(rf'btn-primary btn-lg" href="/visits/{after.visit.id}/visitor_notes"', page)
    after.share(lund, "visitor_notes", after.visit.host)
    page = home(after.round, lund)
    assert re.search(rf'btn-primary btn-lg" href="/visits/{after.visit.id}/post_observation_reflection"', page)


def test_a_goal_to_look_at_again_is_shown_to_its_author_alone(after: After) -> None:
    host = after.visit.host
    on = after.now.date().isoformat()
    sheet = sheet_of_oneself(host.person, host, "goal", None)
    answers = {"goal": "wait seven seconds", "follow_up_on": on, "state": "open"}
    entry = finish_entry(sheet, answers, seen=Seen(), readers=None, by="1", now=after.now)
    db.session.commit()
    page = home(after.round, host)
    assert "wait seven seconds" in page and f"/goals/write?entry={entry.id}" in page
    assert "wait seven seconds" not in home(after.round, after.visit.visitor)


def test_a_teacher_of_another_school_sees_nothing_of_this_one(published: Round) -> None:
    person = Person(given_name="Una", family_name="Uhl", email="una@u.example.edu")
    db.session.add_all([School(id="u", name="U", time_zone="UTC", cycle_days=["A"]), person])
    db.session.flush()
    db.session.add(Membership(school_id="u", person_id=person.id, code="U", roles=["teacher"]))
    db.session.commit()
    page = Browser(published.app, person).open("/home").text
    assert "Nothing planned this week" in page and "Lund" not in page and "Outside the school year" in page


@pytest.mark.parametrize("name", ["student-talk", "Student talk", "student_talk"])
def test_prompts_are_found_by_any_way_to_write_a_focus(name: str) -> None:
    assert what_to_look_for(name) == BY_FOCUS["student talk"]


def test_an_unknown_focus_has_general_prompts() -> None:
    assert what_to_look_for("our own thing") == GENERIC == what_to_look_for("")
    assert all(len(prompts) == 3 for prompts in BY_FOCUS.values())
