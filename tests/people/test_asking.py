"""Asking for wishes: one mail and one link a person, a form without signing in, and nobody pestered."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes

import pytest
from builders import BY, NOW, Browser, Round
from mail_snapshots import compare
from sqlalchemy import select

from mentorship import keys
from mentorship.extensions import db
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import InterestsRequest
from mentorship.people.operations import Asked, ask_for_interests
from mentorship.people.queries import school_named, wishes_version
from tests.people.test_wishes_page import WISHES

LINK = re.compile(r"/interests/([a-z2-7]{26})")


def forget_wishes(made: Round, *codes: str) -> None:
    for code in codes:
        db.session.delete(made.member(code).profile)
    db.session.commit()
    db.session.expire_all()


def ask(made: Round, *, everyone: bool = False, later: timedelta = timedelta()) -> Asked:
    asked = ask_for_interests(school_named("t"), everyone=everyone, by=BY, now=NOW + later)
    db.session.commit()
    return asked


def mails() -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.kind == "interests_request").order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def link_in(message: OutboxMessage) -> str:
    assert message.sealed is not None
    for part in message_from_bytes(message.sealed).walk():
        if part.get_content_type() == "text/plain":
            found = LINK.search(bytes(part.get_payload(decode=True)).decode())
            assert found is not None
            return found[0]
    return pytest.fail("the mail has no text")


def answer(made: Round, link: str, code: str = "Chen", **changes: str):
    version = str(wishes_version(made.member(code)))
    return Browser(made.app).post(link, **{**WISHES, "version": version, **changes})


def test_those_without_wishes_are_asked_and_nobody_else(planned: Round) -> None:
    forget_wishes(planned, "Chen", "Okafor")
    assert ask(planned) == Asked(asked=2, waiting=0, unreachable=0)
    assert sorted(message.to_address for message in mails()) == ["chen@t.example.edu", "okafor@t.example.edu"]


def test_everyone_means_every_teacher(planned: Round) -> None:
    assert ask(planned, everyone=True).asked == 4
    assert "bell@t.example.edu" not in {message.to_address for message in mails()}


def test_a_second_press_mails_nobody_again_until_a_week_is_over(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    assert ask(planned, later=timedelta(days=6)) == Asked(0, 1, 0)
    assert ask(planned, later=timedelta(days=7)) == Asked(1, 0, 0)
    first, second = (link_in(message) for message in mails())
    assert first != second
    browser = Browser(planned.app)
    assert browser.open(first).status_code == 404 and browser.open(second).status_code == 200
    assert len(db.session.scalars(select(InterestsRequest)).all()) == 1


def test_who_has_no_address_is_counted(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    planned.member("Chen").person.email = None
    db.session.commit()
    assert ask(planned) == Asked(0, 0, 1)


def test_the_database_does_not_hold_the_token(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    token = link_in(mails()[0]).rpartition("/")[2]
    request = db.session.scalars(select(InterestsRequest)).one()
    assert request.digest == keys.ring().digest(token) and token not in request.digest


def test_the_link_opens_the_form_and_keeps_what_is_said(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    link = link_in(mails()[0])
    page = Browser(planned.app).open(link)
    assert page.status_code == 200 and "Sam Chen, School T" in page.text
    kept = answer(planned, link, shows="questioning")
    assert kept.status_code == 303 and kept.location == link
    assert planned.member("Chen").profile.shows == ["questioning"]
    assert db.session.scalars(select(InterestsRequest)).one().is_open is False


def test_scanners_that_open_the_link_change_nothing(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    link, before = link_in(mails()[0]), planned.dump()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert Browser(planned.app).open(link, method).status_code == 200
    assert planned.dump() == before
    assert answer(planned, link).status_code == 303


def test_a_post_without_the_form_of_the_page_is_refused(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    before = planned.dump()
    assert Browser(planned.app).open(link_in(mails()[0]), "POST", **WISHES).status_code == 400
    assert planned.dump() == before


def test_a_stale_link_page_is_told(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    link, seen = link_in(mails()[0]), str(wishes_version(planned.member("Chen")))
    answer(planned, link)
    page = answer(planned, link, version=seen, hosts_at_most="9")
    assert page.status_code == 409 and "Here is the new version." in page.text


@pytest.mark.parametrize("token", ["a" * 26, "a" * 25, "A" * 26, "x" * 500])
def test_another_token_opens_nothing(planned: Round, token: str) -> None:
    assert Browser(planned.app).open(f"/interests/{token}").status_code == 404


def test_an_answer_token_of_another_purpose_opens_nothing(published: Round) -> None:
    visit = published.visit()
    token = published.link_of(visit, visit.visitor).rpartition("/")[2]
    assert Browser(published.app).open(f"/interests/{token}").status_code == 404


def test_the_link_of_somebody_who_left_opens_nothing(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    planned.member("Chen").active = False
    db.session.commit()
    assert Browser(planned.app).open(link_in(mails()[0])).status_code == 404


def test_the_coach_asks_by_one_button(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    browser = planned.browser_as(planned.member("Bell"))
    assert "Ask 1 teacher for wishes" in browser.open("/people").text
    browser.post("/people/ask", form_on="/people", whom="without")
    page = browser.open("/people")
    assert "1 person gets a mail with a link." in page.text and "have a link already" not in page.text
    assert "1 of them has a link already" in page.text
    browser.post("/people/ask", form_on="/people", whom="without")
    assert "1 person was asked within the week already." in browser.open("/people").text
    assert len(mails()) == 1


@pytest.mark.parametrize("code", ["Chen", "Stone"])
def test_nobody_else_asks(planned: Round, code: str) -> None:
    browser = planned.browser_as(planned.member(code))
    assert browser.post("/people/ask", form_on="/account", whom="everyone").status_code == 404
    assert mails() == []


def test_the_mail_reads_as_it_should(planned: Round) -> None:
    forget_wishes(planned, "Chen")
    ask(planned)
    raw = mails()[0].sealed
    assert raw is not None
    compare("interests_request.teacher", raw)
