"""Signing in: by a mailed code that works once, or a password; out everywhere; and the very first person."""

from __future__ import annotations

import re

import pytest
from builders import CSRF_TOKEN, Browser, Round
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mentorship import clock
from mentorship.audit.operations import first_broken_line
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.outbox.models import OutboxMessage
from mentorship.people.account import set_up_code
from mentorship.people.models import Person

SIGN_IN, SEND = "/sign-in/us-signin", "/sign-in/us-signin/send-code"
CODE = re.compile(rb"sign in is: (\d{6})")
UNKNOWN = "nobody@elsewhere.example.org"


def ask_for_code(browser: Browser, address: str) -> TestResponse:
    return browser.post(SEND, form_on=SIGN_IN, identity=address, chosen_method="email", submit_send_code="Send")


def enter(browser: Browser, address: str, code: str, **more: str) -> TestResponse:
    return browser.post(SIGN_IN, identity=address, passcode=code, submit="Sign in", **more)


def codes_mailed() -> list[str]:
    mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "sign_in_code"))
    return [CODE.search(mail.sealed or b"")[1].decode() for mail in mails]  # type: ignore[index]


@pytest.fixture
def lund(planned: Round) -> Person:
    return planned.member("Lund").person


def test_a_mailed_code_signs_in_and_works_once(planned: Round, lund: Person) -> None:
    browser, address = planned.browser, str(lund.email)
    page = ask_for_code(browser, address.upper())
    assert page.status_code == 200 and "on its way" in page.text
    (code,) = codes_mailed()
    assert enter(browser, address, code).status_code == 302
    assert browser.open("/account").status_code == 200
    elsewhere = planned.browser
    refused = enter(elsewhere, address, code)
    assert refused.status_code == 200 and "Codes work once" in refused.text
    assert elsewhere.open("/account").status_code == 303


def test_the_code_goes_before_all_mail_that_waits(published: Round) -> None:
    ask_for_code(published.browser, str(published.member("Lund").person.email))
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "sign_in_code")).one()
    first = published.messages()[0]
    jobs = {job.id: job.run_at for job in db.session.scalars(select(Job))}
    assert jobs[message.job_id] < jobs[first.job_id]


def test_an_unknown_address_is_told_the_same_and_nothing_is_mailed(planned: Round, lund: Person) -> None:
    told = [re.sub(r'value="[^"]*"', "", ask_for_code(planned.browser, who).text) for who in (str(lund.email), UNKNOWN)]
    assert told[0] == told[1]
    assert len(codes_mailed()) == 1


@pytest.mark.parametrize("code", ["000000", "", "12", "not a code", "0" * 500])
def test_a_wrong_code_signs_nobody_in(planned: Round, lund: Person, code: str) -> None:
    browser = planned.browser
    ask_for_code(browser, str(lund.email))
    if code != codes_mailed()[0]:
        assert enter(browser, str(lund.email), code).status_code in (200, 400)
        assert browser.open("/account").status_code == 303


def test_a_code_is_too_old_after_ten_minutes(planned: Round, lund: Person) -> None:
    browser = planned.browser
    ask_for_code(browser, str(lund.email))
    (code,) = codes_mailed()
    clock.set_offset(planned.settings.clock_offset + 660)
    assert enter(browser, str(lund.email), code).status_code == 200
    assert browser.open("/account").status_code == 303
    clock.set_offset(planned.settings.clock_offset)
    assert enter(browser, str(lund.email), code).status_code == 302


def test_no_link_signs_in(planned: Round) -> None:
    """A mail scanner that follows every link would spend it."""
    ask_for_code(planned.browser, str(planned.member("Lund").person.email))
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "sign_in_code")).one()
    assert b"us-verify-link" not in (mail.sealed or b"")
    assert planned.browser.open("/sign-in/us-verify-link?email=a&code=1").status_code == 404


def test_trying_codes_is_slowed_down(planned: Round, lund: Person) -> None:
    browser = planned.browser
    codes = [enter(browser, str(lund.email), "111111").status_code for _ in range(8)]
    assert codes[0] == 200 and codes[-1] == 429
    assert enter(browser, UNKNOWN, "111111").status_code == 200, "nobody else is locked out"


def test_the_reader_comes_to_the_page_they_asked_for_and_to_no_other_site(planned: Round, lund: Person) -> None:
    browser = planned.browser
    there = browser.open("/account")
    assert there.status_code == 303 and there.location == f"{SIGN_IN}?next=/account"
    ask_for_code(browser, str(lund.email))
    page = browser.open(there.location)
    token = CSRF_TOKEN.search(page.text)
    assert token is not None
    fields = {"csrf_token": token[1], "identity": str(lund.email), "passcode": codes_mailed()[0], "submit": "Sign in"}
    assert browser.open(there.location, "POST", **fields).location == "/account"
    evil = planned.browser
    ask_for_code(evil, str(lund.email))
    signed = evil.open(f"{SIGN_IN}?next=https://evil.example/", "POST", **{**fields, "csrf_token": _token(evil)})
    assert "evil.example" not in (signed.location or "")


def _token(browser: Browser) -> str:
    return browser.csrf_token(SIGN_IN)


def test_signing_out_everywhere_ends_every_session(planned: Round, lund: Person) -> None:
    here, there = Browser(planned.app, lund), Browser(planned.app, lund)
    assert here.open("/account").status_code == there.open("/account").status_code == 200
    assert here.post("/account/sign-out-everywhere", form_on="/account").status_code == 303
    assert here.open("/account").status_code == there.open("/account").status_code == 303
    assert first_broken_line() is None


def test_signing_out_takes_a_post(planned: Round, lund: Person) -> None:
    browser = Browser(planned.app, lund)
    assert browser.open("/sign-in/logout").status_code in (404, 405)
    assert browser.open("/account").status_code == 200
    assert browser.post("/sign-in/logout", form_on="/account").status_code == 302
    assert browser.open("/account").status_code == 303


def test_a_password_is_optional_and_its_change_is_told(planned: Round, lund: Person) -> None:
    browser, address = planned.browser, str(lund.email)
    ask_for_code(browser, address)
    enter(browser, address, codes_mailed()[0])
    good = {"new_password": "river-stone-42", "new_password_confirm": "river-stone-42"}
    short = browser.post("/sign-in/change", new_password="short", new_password_confirm="short")
    assert short.status_code == 200 and "field-error" in short.text
    assert browser.post("/sign-in/change", **good).status_code == 302
    kinds = [message.kind for message in planned.messages()]
    assert "password_changed" in kinds
    elsewhere = planned.browser
    assert enter(elsewhere, address, "river-stone-42").status_code == 302
    assert elsewhere.open("/account").status_code == 200


def test_the_look_is_kept_on_the_person(planned: Round, lund: Person) -> None:
    browser = Browser(planned.app, lund)
    assert "data-match-device" in browser.open("/account").text
    browser.post("/account/look", form_on="/account", theme="dark")
    page = Browser(planned.app, planned.member("Lund").person).open("/account").text
    assert 'data-bs-theme="dark"' in page and "theme.js" not in page
    assert browser.post("/account/look", form_on="/account", theme="pink").status_code == 303
    assert 'data-bs-theme="dark"' in browser.open("/account").text


def test_a_link_never_names_the_host_that_was_asked(planned: Round, lund: Person) -> None:
    client = planned.app.test_client()
    page = client.get(SIGN_IN, headers={"Host": "evil.example"})
    token = CSRF_TOKEN.search(page.text)
    assert token is not None and "evil.example" not in page.text
    fields = {"csrf_token": token[1], "identity": lund.email, "chosen_method": "email", "submit_send_code": "Send"}
    client.post(SEND, data=fields, headers={"Host": "evil.example"})
    db.session.commit()
    mail = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "sign_in_code")).one()
    assert b"evil.example" not in (mail.sealed or b"")


def test_nobody_signs_in_by_a_click_outside_the_demo(planned: Round, lund: Person) -> None:
    browser = planned.browser
    assert browser.post("/demo/sign-in", form_on=SIGN_IN, person=str(lund.id)).status_code == 404
    assert browser.open("/account").status_code == 303


def test_the_first_person_needs_the_code_of_standard_error(app: Flask) -> None:
    with app.app_context():
        browser, code = Browser(app), set_up_code()
        given = {"name": "Ada Lopez", "email": "ada@school.example.org"}
        refused = browser.post("/set-up", code="wrong", **given)
        assert refused.status_code == 422 and "standard error" in refused.text
        assert browser.post("/set-up", code=code, name="", email="").status_code == 422
        assert browser.post("/set-up", code=f" {code} ", **given).status_code == 303
        assert browser.open("/account").status_code == 200
        assert db.session.scalars(select(Person)).one().is_admin
        assert Browser(app).open("/set-up").status_code == 404


def test_an_address_without_an_account_of_ours_never_makes_one(planned: Round) -> None:
    before = planned.dump()["person"]
    ask_for_code(planned.browser, UNKNOWN)
    assert planned.dump()["person"] == before
