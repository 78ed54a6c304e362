"""The pages that move a visit and that publish: what they promise beforehand is what happens."""

from __future__ import annotations

import re
from html import unescape

import pytest
from builders import CSRF_TOKEN, NOW, Browser, Round
from sqlalchemy import select
from werkzeug.test import TestResponse

from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.invites.preview import publish_preview
from mentorship.plans.models import Visit
from mentorship.plans.moving import open_moves, possible_moves
from mentorship.plans.operations import move_visit as move_draft
from mentorship.plans.queries import plans_of

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def move(made: Round, visit: Visit, **fields: str) -> TestResponse:
    return coach(made).post(f"/visits/{visit.id}/move", **{"version": str(visit.version), **fields})


def a_lesson(visit: Visit) -> str:
    return next(each.lesson for each in possible_moves(visit, NOW) if each.host.id == visit.host_id)


def test_the_page_offers_times_that_break_no_rule_and_a_time_of_one_s_own(published: Round) -> None:
    visit = published.visit()
    page = coach(published).open(f"/visits/{visit.id}/move").text
    offered = possible_moves(visit, NOW)
    assert page.count('type="radio"') == len(offered) + 1 and 1 <= len(offered) <= 12
    assert "Another time of the host’s" in page and "Move the visit and ask both" in page
    assert "Both are asked again" in page and visit.visitor.person.name in page


def test_a_published_visit_moves_and_the_page_says_who_was_mailed(published: Round) -> None:
    visit, browser = published.visit(), coach(published)
    lesson, sequence = a_lesson(visit), visit.sequence
    path = f"/visits/{visit.id}/move"
    response = browser.post(path, version=str(visit.version), lesson=lesson)
    assert response.status_code == 303
    after = browser.open(response.location).text
    assert f"{visit.visitor.person.name} and {visit.host.person.name} are asked again by mail." in after
    assert "Moved" in after
    db.session.expire_all()
    moved = db.session.get_one(Visit, visit.id)
    assert (moved.sequence, moved.lesson) == (sequence + 1, lesson)


def test_another_host_is_invited_and_the_old_one_is_told(published: Round) -> None:
    visit, browser = published.visit(), coach(published)
    old = visit.host.person.name
    to = next(each for each in possible_moves(visit, NOW) if each.host.id != visit.host_id)
    response = browser.post(f"/visits/{visit.id}/move", version=str(visit.version), lesson=to.lesson)
    page = browser.open(response.location).text
    assert f"{to.host.person.name} get a new invitation, {old} a cancellation by mail." in page


def test_a_visit_that_lost_its_time_is_given_a_new_one_on_the_page(published: Round) -> None:
    visit, browser = published.visit(), coach(published)
    published.ingest(published.reply(visit, visit.host, "DECLINED"))
    assert "Choose a new time" in browser.open(f"/visits/{visit.id}/move").text
    fields = {"version": str(visit.version), "lesson": a_lesson(visit)}
    response = browser.post(f"/visits/{visit.id}/move", **fields)
    assert "get a new invitation by mail." in browser.open(response.location).text


def test_a_draft_moves_and_nobody_is_told(planned: Round) -> None:
    visit, browser = planned.visit(), coach(planned)
    lesson = a_lesson(visit)
    response = browser.post(f"/visits/{visit.id}/move", version=str(visit.version), lesson=lesson)
    assert "Nobody is told before you publish." in browser.open(response.location).text
    db.session.expire_all()
    assert lesson in {each.lesson for each in planned.visits()} and planned.messages() == []
    planned.publish()


def test_a_time_of_one_s_own_is_looked_up_in_the_host_s_timetable(published: Round) -> None:
    visit = published.visit()
    to = next(each for each in possible_moves(visit, NOW) if each.host.id == visit.host_id)
    response = move(published, visit, lesson="other", on_date=str(to.on_date), period=to.period)
    assert response.status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Visit, visit.id).lesson == to.lesson


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose a time."),
        ({"lesson": "other", "period": "3"}, "Choose the date."),
        ({"lesson": "other", "on_date": "2027-01-12"}, "Choose the period."),
        (
            {"lesson": "other", "on_date": "2027-01-16", "period": "3"},
            "has no class to visit in period 3 on Sat, Jan 16",
        ),
    ],
    ids=["nothing", "no date", "no period", "no class"],
)
def test_what_is_missing_is_said_by_its_field(published: Round, fields: dict[str, str], words: str) -> None:
    response = move(published, published.visit(), **fields)
    assert response.status_code == 422 and words in response.text


def test_a_move_that_breaks_a_rule_is_answered_with_the_rule_s_sentence(published: Round) -> None:
    first = published.visit()
    second = next(each for each in published.visits() if each.visitor_id == first.visitor_id and each.id != first.id)
    moves = open_moves(second, NOW)
    lessons = [moves.lesson_at(second.host, each.on_date, each.period) for each in published.visits() if each.on_date]
    clash = next(lesson for lesson in lessons if lesson and lesson != second.lesson and moves.broken(lesson))
    to = moves.move(clash)
    faults = moves.broken(clash)
    response = move(published, second, lesson="other", on_date=str(to.on_date), period=to.period)
    assert response.status_code == 422 and "The visit stays where it is." in response.text
    assert faults and all(fault.title for fault in faults)
    page = unescape(response.text)
    assert all(fault.text in page and f"The rule: {fault.title}." in page for fault in faults)
    db.session.expire_all()
    assert db.session.get_one(Visit, second.id).lesson != clash


def test_a_stale_move_is_answered_with_who_changed_it(published: Round) -> None:
    visit = published.visit()
    response = move(published, visit, lesson=a_lesson(visit), version=str(visit.version + 1))
    assert response.status_code == 409 and "Here is the new version" in response.text


def test_a_visit_that_is_over_offers_no_move(published: Round) -> None:
    visit = published.visit()
    visit.status = "held"
    db.session.commit()
    page = coach(published).open(f"/visits/{visit.id}/move").text
    assert "can’t be moved any more" in page and 'type="radio"' not in page


def test_a_video_review_says_that_it_has_no_time(planned: Round) -> None:
    video = planned.add_video()
    response = coach(planned).open(f"/visits/{video.id}/move")
    assert response.status_code == 200 and "no time that could be moved" in response.text


def test_a_draft_is_locked_and_unlocked(planned: Round) -> None:
    visit, form_on = planned.visit(), f"/cycles/{planned.cycle.id}/visits?visit={planned.visit().id}"
    for locked, words in (("yes", "Locked."), ("no", "Unlocked.")):
        version = str(db.session.get_one(Visit, visit.id).version)
        browser = coach(planned)
        response = browser.post(f"/visits/{visit.id}/lock", form_on=form_on, locked=locked, version=version)
        assert words in browser.open(response.location).text
        db.session.expire_all()
        assert db.session.get_one(Visit, visit.id).locked == (locked == "yes")


def fields_of(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that publishes."""
    form = page[page.index('name="seen"') - 200 :]
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(form[: form.index("</form>")]):
        found.setdefault(name, []).append(value)
    token = CSRF_TOKEN.search(page)
    assert token is not None
    return {**found, "csrf_token": [token[1]]}


def test_what_the_preview_tells_is_what_publishing_sends(planned: Round) -> None:
    planned.add_video()
    preview = publish_preview(planned.cycle)
    told = {(each.member.id, each.count) for each in preview.people}
    browser, path = coach(planned), f"/cycles/{planned.cycle.id}/publish"
    page = browser.open(path).text
    assert f"Publish to {len(told)} people" in page and f"{preview.counts['mails']} mails" in page
    response = browser.open(path, "POST", **fields_of(page))
    assert response.status_code == 303
    flashed = browser.open(response.location).text
    assert f"Published. {preview.counts['mails']} mails to {len(told)} people on the way." in flashed
    sent: dict[int, int] = {}
    for invite in db.session.scalars(select(Invite)):
        sent[invite.membership_id] = sent.get(invite.membership_id, 0) + 1
    assert set(sent.items()) == told
    assert len(planned.messages()) == preview.counts["mails"]


def test_who_has_no_place_is_named_with_the_reasons_and_what_would_fix_it(planned: Round) -> None:
    plan, rivera = plans_of(planned.cycle)["visits"], planned.member("Rivera").person
    rivera.given_name, rivera.family_name = "Ana", "Rivera Soto"
    fix = {"change": "place", "person": "Rivera", "rule": None, "text": "one more place for Rivera"}
    row = {
        "person": "Chen",
        "unit": "visit",
        "reasons": [{"rule": "x", "count": 3, "text": "3: Nobody is free"}],
        "would_fix": [fix],
    }
    plan.outcome = {**plan.outcome, "missing": [row]}
    db.session.commit()
    page = coach(planned).open(f"/cycles/{planned.cycle.id}/publish").text
    assert "3 colleagues ruled out: nobody is free." in page and "has no visit yet" in page
    assert "This would fix it: one more place for Ana Rivera Soto." in page
    assert "One more visitor for Ana Rivera Soto" in coach(planned).open(f"/cycles/{planned.cycle.id}/visits").text


def test_looking_at_the_preview_changes_nothing(planned: Round) -> None:
    before = planned.dump()
    assert coach(planned).open(f"/cycles/{planned.cycle.id}/publish").status_code == 200
    assert planned.dump() == before and planned.messages() == []


def test_one_part_can_be_published_alone(planned: Round) -> None:
    browser, path = coach(planned), f"/cycles/{planned.cycle.id}/publish"
    page = browser.open(f"{path}?part=pairings").text
    assert "Publish to 2 people" in page
    assert browser.open(path, "POST", **fields_of(page)).status_code == 303
    db.session.expire_all()
    assert {part: plan.status for part, plan in plans_of(planned.cycle).items()} == {
        "pairings": "published",
        "visits": "draft",
    }


def test_a_coach_who_comes_second_is_told_who_was_first_and_what_is_left(planned: Round) -> None:
    browser, path = coach(planned), f"/cycles/{planned.cycle.id}/publish"
    fields, visits = fields_of(browser.open(path).text), len(planned.visits())
    publish_plan(planned.cycle, ["visits"], by=str(planned.member("Bell").person_id), now=NOW)
    db.session.commit()
    mails = len(planned.messages())
    response = browser.open(path, "POST", **fields)
    assert response.status_code == 409
    assert "Sam Bell changed this" in response.text and "Here is the new version" in response.text
    assert f"0 visits ({visits} when you opened this page)" in response.text
    assert "Publish to 2 people" in response.text
    assert len(planned.messages()) == mails


def test_a_plan_that_changed_since_the_page_was_opened_is_not_published_unseen(planned: Round) -> None:
    browser, path = coach(planned), f"/cycles/{planned.cycle.id}/publish"
    fields = fields_of(browser.open(path).text)
    visit = planned.visit()
    move_draft(visit, a_lesson(visit), by=str(planned.member("Bell").person_id), now=NOW)
    db.session.commit()
    response = browser.open(path, "POST", **fields)
    assert response.status_code == 409 and "Sam Bell changed this" in response.text
    assert planned.messages() == []
    assert browser.open(path, "POST", **fields_of(response.text)).status_code == 303


def test_a_plan_that_no_longer_fits_is_refused_with_names_and_not_with_codes(planned: Round) -> None:
    host = planned.visit().host
    host.active = False
    db.session.commit()
    browser, path = coach(planned), f"/cycles/{planned.cycle.id}/publish"
    response = browser.open(path, "POST", **fields_of(browser.open(path).text))
    assert response.status_code == 409 and "no longer fits the school as it is now" in response.text
    assert host.person.name in response.text and f"@{host.code}@" not in response.text


def test_after_everything_is_out_the_page_says_so(published: Round) -> None:
    response = coach(published).open(f"/cycles/{published.cycle.id}/publish")
    assert response.status_code == 200 and "published already" in response.text


def test_without_a_plan_the_page_says_what_comes_first(planned: Round) -> None:
    for visit in planned.visits():
        db.session.delete(visit)
    db.session.delete(planned.pairing())
    db.session.flush()
    for plan in plans_of(planned.cycle).values():
        db.session.delete(plan)
    db.session.commit()
    assert "has no draft yet" in coach(planned).open(f"/cycles/{planned.cycle.id}/publish").text


def test_who_has_no_address_is_named_with_what_fixes_it_and_nothing_can_go_out(planned: Round) -> None:
    host = planned.visit().host
    host.person.email = None
    db.session.commit()
    page = coach(planned).open(f"/cycles/{planned.cycle.id}/publish").text
    assert f"{host.person.name}: add an address" in page and "Nothing can be sent" in page
    assert "Publish to" not in page
