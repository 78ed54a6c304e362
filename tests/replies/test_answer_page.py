"""The signed answer page: looking changes nothing, a post with its token answers, a wrong link finds nothing."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

import pytest
from builders import NOW, Round
from sqlalchemy import select

from mentorship import clock
from mentorship.availability.models import Block
from mentorship.extensions import db
from mentorship.invites.changes import move_published_visit
from mentorship.invites.models import Invite
from mentorship.invites.operations import finish_visit
from mentorship.plans.moving import possible_moves
from mentorship.replies.day import day_around
from mentorship.replies.models import Answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
REPLY_TOKEN = re.compile(r"\+([a-z2-7]{26})@")


def test_looking_in_any_way_changes_nothing_and_the_click_works_afterwards(published: Round) -> None:
    visit = published.visit()
    path = published.link_of(visit, visit.host)
    before = published.dump()
    client = published.browser
    for method in ("GET", "HEAD", "OPTIONS", "GET", "HEAD"):
        assert client.open(path, method).status_code == 200
    assert published.dump() == before
    assert client.post(path, answer="yes").status_code == 303
    assert published.visit().host_answer == "yes"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_known(published: Round, method: str) -> None:
    path = published.link_of(published.visit(), published.visit().host)
    assert published.browser.open(path, method).status_code == 405


def test_a_post_without_its_csrf_token_or_without_an_answer_changes_nothing(published: Round) -> None:
    visit = published.visit()
    path = published.link_of(visit, visit.host)
    before = published.dump()
    client = published.browser
    assert client.open(path, "POST", answer="no").status_code == 400
    assert client.open(path, "POST", answer="no", csrf_token="forged").status_code == 400
    assert client.post(path, answer="").status_code == 422
    assert client.post(path, answer="maybe").status_code == 422
    assert client.post(path, answer="yes", comment="x" * 1001).status_code == 422
    assert published.dump() == before


def test_wrong_foreign_revoked_and_reply_tokens_find_nothing(published: Round) -> None:
    visit = published.visit()
    path = published.link_of(visit, visit.host)
    reply_token = published.reply_address(visit, visit.host).partition("+")[2].partition("@")[0]
    invite = published.invite(visit, visit.visitor)
    revoked = published.link_of(visit, visit.visitor)
    invite.link_digest = "0" * 64
    db.session.commit()
    client = published.browser
    for wrong in (
        "/answer/" + "a" * 26,
        path[:-1],
        path + "a",
        path + "/",
        f"/answer/{reply_token}",
        revoked,
        "/answer/",
        "/answer/%00",
    ):
        assert client.open(wrong).status_code == 404, wrong
        assert client.open(wrong, "POST", answer="no").status_code in (400, 404), wrong
    assert client.open(path).status_code == 200


def test_a_link_answers_for_its_own_person_and_thing_alone(published: Round) -> None:
    visit, other = published.visit(0), published.visit(1)
    path = published.link_of(visit, visit.host)
    assert published.browser.post(path, answer="yes", comment="Gladly").status_code == 303
    assert (visit.host_answer, visit.visitor_answer) == ("yes", "none")
    assert (other.host_answer, other.visitor_answer) == ("none", "none")
    row = db.session.scalars(select(Answer)).one()
    assert row.by_link and row.comment == "Gladly"


def test_a_no_by_link_cancels_the_entry_of_the_other_and_the_page_turns_calm(published: Round) -> None:
    visit, mails = published.visit(), len(published.messages())
    paths = [published.link_of(visit, member) for member in visit.people]
    client = published.browser
    assert client.post(paths[0], answer="no").status_code == 303
    [cancel] = published.messages()[mails:]
    assert (cancel.method, cancel.to_address) == ("CANCEL", visit.host.person.email)
    before = published.dump()
    for path in paths:
        page = client.open(path)
        assert page.status_code == 200
        assert "no longer waits for an answer" in page.text and "<form" not in page.text
    # The token is the session's, not the page's: it is taken from a page that still asks.
    token = client.csrf_token(published.link_of(published.visit(1), published.visit(1).host))
    answered = client.open(paths[1], "POST", answer="yes", csrf_token=token)
    assert answered.status_code == 409 and "nothing was changed" in answered.text
    assert published.dump() == before


def test_the_page_of_a_held_visit_is_calm_as_well(published: Round) -> None:
    visit = published.visit()
    path = published.link_of(visit, visit.host)
    published.answer_both(visit)
    assert visit.ends_at is not None and finish_visit(visit, visit.ends_at)
    db.session.commit()
    page = published.browser.open(path)
    assert page.status_code == 200 and "no longer waits" in page.text and "<form" not in page.text


def test_two_yeses_make_a_pairing_active(published: Round) -> None:
    pairing = published.pairing()
    client = published.browser
    for member, status in zip(pairing.people, ("invited", "active"), strict=True):
        assert client.post(published.link_of(pairing, member), answer="yes").status_code == 303
        assert published.pairing().status == status


def test_talk_to_me_first_is_kept_and_may_become_a_yes(published: Round) -> None:
    pairing = published.pairing()
    path = published.link_of(pairing, pairing.mentor)
    client = published.browser
    assert client.post(path, answer="maybe").status_code == 303
    assert published.pairing().mentor_answer == "maybe"
    assert "You asked to talk first" in client.open(path).text
    db.session.commit()
    assert client.post(path, answer="yes").status_code == 303
    assert published.pairing().mentor_answer == "yes"


def test_the_page_is_whole_for_somebody_who_is_not_signed_in(published: Round) -> None:
    visit = published.visit()
    page = published.browser.open(published.link_of(visit, visit.visitor)).text
    assert "<nav" not in page and page.count("btn-primary") == 1
    assert visit.host.person.name in page and f"Room {visit.room}" in page and "Questioning" in page
    assert "A first visit for you two" in page and "the coaches of your school see your answer" in page


def test_the_day_around_a_visit_is_what_lies_next_to_it(published: Round) -> None:
    visit = published.visit()
    assert visit.starts and visit.ends
    for member, words in ((visit.visitor, "you would visit here"), (visit.host, "you would have a visitor here")):
        found = day_around(visit, member)
        assert sum(each.is_visit for each in found) >= 1 and len(found) <= 3
        assert found == sorted(found, key=lambda each: each.starts)
        page = published.browser.open(published.link_of(visit, member)).text
        assert "Your day around it" in page and words in page
        assert page.count('<div class="d num">') == len(found)


def test_a_duty_stands_in_the_day_around_a_visit(published: Round) -> None:
    visit = published.visit()
    assert visit.starts and visit.ends
    ends = (datetime.combine(NOW, visit.ends) + timedelta(minutes=4)).time()
    db.session.add(Block(membership_id=visit.host_id, kind="duty", on_date=visit.on_date, starts=visit.ends, ends=ends))
    db.session.commit()
    assert day_around(visit, visit.host)[-1].words == "A duty, or away"


def test_after_each_answer_the_page_says_what_happens_next(published: Round) -> None:
    visit = published.visit()
    paths, client = [published.link_of(visit, member) for member in visit.people], published.browser
    client.post(paths[0], answer="yes")
    assert f"when {visit.host.person.given_name} says yes too" in client.open(paths[0]).text
    client.post(paths[1], answer="yes")
    assert "You both said yes: it stands." in client.open(paths[0]).text
    client.post(paths[1], answer="no")
    own, other = (client.open(path).text for path in reversed(paths))
    assert "You said no, and that is fine." in own and "You said no" not in other


def test_a_pair_is_told_what_spoke_for_it_and_nothing_of_wishes(published: Round) -> None:
    pairing = published.pairing()
    wish = {"rule": "wishes", "step": 2, "fact": "one of them wished for it", "people": [], "values": {}}
    against = {"rule": "same_subject", "step": 0, "fact": "no subject in common", "people": [], "values": {}}
    pairing.reasons = [*pairing.reasons, wish, against]
    db.session.commit()
    mentor, mentee = (
        published.browser.open(published.link_of(pairing, member)).text for member in (pairing.mentor, pairing.mentee)
    )
    assert "You show questioning" in mentor
    assert f"{pairing.mentor.person.given_name} shows questioning" in mentee
    for page in (mentor, mentee):
        assert "Same building" in page and "1 common planning time in a rotation" in page
        assert "wished" not in page and "no subject in common" not in page.lower()


def test_the_time_that_a_calendar_asked_for_is_kept_until_the_next_answer(published: Round) -> None:
    visit = published.visit()
    assert visit.starts_at
    asked = visit.starts_at + timedelta(days=1)
    lines = [f"DTSTART:{asked:%Y%m%dT%H%M%SZ}", f"DTEND:{asked + timedelta(minutes=40):%Y%m%dT%H%M%SZ}"]
    assert published.ingest(published.reply(visit, visit.host, "TENTATIVE", method="COUNTER", lines=lines)) == "counter"
    invite = published.invite(visit, visit.host)
    assert (invite.asked_starts_at, invite.asked_ends_at) == (asked, asked + timedelta(minutes=40))
    path = published.link_of(visit, visit.host)
    assert "You asked for another time." in published.browser.open(path).text
    assert published.browser.post(path, answer="yes").status_code == 303
    db.session.refresh(invite)
    assert (invite.asked_starts_at, invite.asked_ends_at) == (None, None)


@pytest.mark.parametrize("is_same_host", [True, False], ids=["the same host", "another host"])
def test_an_invitation_whose_visit_went_on_tells_nothing_of_it(published: Round, is_same_host: bool) -> None:
    visit = published.visit()
    link, host, browser = published.link_of(visit, visit.host), visit.host, published.browser
    token = browser.csrf_token(published.link_of(published.visit(1), published.visit(1).host))
    if is_same_host:
        published.ingest(published.reply(visit, visit.visitor, "DECLINED"))
    to = next(each for each in possible_moves(visit, NOW) if (each.host.id == host.id) == is_same_host)
    move_published_visit(visit, to.lesson, by="test", now=NOW)
    visit.room = "Canary 999"
    db.session.commit()
    found, answered = browser.open(link), browser.open(link, "POST", answer="yes", csrf_token=token)
    assert (found.status_code, answered.status_code) == (200, 409)
    assert "nothing was changed" in answered.text
    for page in (found.text, answered.text):
        assert "no longer waits" in page and "<form" not in page and "Canary 999" not in page
        assert not any(member.person.name in page for member in visit.people)


def test_what_is_missing_or_too_long_is_said_by_its_field(published: Round) -> None:
    path = published.link_of(published.visit(), published.visit().host)
    assert "Choose an answer." in published.browser.post(path, answer="").text
    page = published.browser.post(path, answer="yes", comment="x" * 1001).text
    assert "Keep it under 1,000 characters." in page and "x" * 1001 in page


def test_a_no_returns_a_pairing_quietly_and_tells_the_other_nothing(published: Round) -> None:
    pairing, mails = published.pairing(), len(published.messages())
    paths = [published.link_of(pairing, member) for member in pairing.people]
    client = published.browser
    assert client.post(paths[0], answer="no", comment="It is too much for me").status_code == 303
    assert published.pairing().status == "declined"
    assert len(published.messages()) == mails
    db.session.commit()
    page = client.open(paths[1]).text
    assert "no longer waits" in page and "too much" not in page and "declined" not in page


def test_a_video_is_asked_about_as_a_recording_not_as_a_visit(planned: Round) -> None:
    video = planned.add_video()
    planned.publish()
    path = planned.link_of(video, video.host)
    page = planned.browser.open(path)
    assert page.status_code == 200
    assert "share a recording" in page.text and "visit your class" not in page.text
    assert planned.browser.post(path, answer="yes").status_code == 303
    assert video.host_answer == "yes"


def test_the_security_headers_are_exactly_those_of_the_promise(published: Round) -> None:
    path = published.link_of(published.visit(), published.visit().host)
    client = published.browser
    for answer in (client.open(path), client.open("/answer/none"), client.open(path, "POST"), client.open(path, "PUT")):
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "no-store"
    cookie = client.open(path).headers.get("Set-Cookie", "") or "HttpOnly; SameSite=Lax"
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_page_names_nobody_elses_token_and_has_no_inline_script_or_style(published: Round) -> None:
    visit = published.visit()
    path, other = (published.link_of(visit, member) for member in (visit.host, visit.visitor))
    page = published.browser.open(path).text
    assert other.rpartition("/")[2] not in page
    assert "<script>" not in page and " style=" not in page and "<style" not in page
    assert page.count("<h1") == 1 and page.count("<form") == 1


def test_no_token_stands_in_any_log(published: Round, caplog: pytest.LogCaptureFixture) -> None:
    visit = published.visit()
    path = published.link_of(visit, visit.host)
    token, reply_token = path.rpartition("/")[2], published.reply_address(visit, visit.host)
    raw = published.reply(visit, visit.visitor, "ACCEPTED")
    db.session.commit()
    with caplog.at_level(logging.DEBUG):
        client = published.browser
        assert client.post(path, answer="yes").status_code == 303
        client.open(path + "x")
        client.open(path, "POST")
        assert published.ingest(raw) == "apply"
    assert token not in caplog.text and reply_token not in caplog.text


def test_the_database_holds_digests_and_no_token(published: Round) -> None:
    visit = published.visit()
    token = published.link_of(visit, visit.host).rpartition("/")[2].encode()
    reply_token = REPLY_TOKEN.search(published.reply_address(visit, visit.host))
    assert reply_token is not None
    db.session.commit()
    clock.set_offset(0)
    content = b"".join(path.read_bytes() for path in published.settings.instance.glob("mentorship.sqlite3*"))
    assert len(content) > 0 and token not in content and reply_token[1].encode() not in content
    assert db.session.scalar(select(Invite.link_digest).limit(1)) is not None
