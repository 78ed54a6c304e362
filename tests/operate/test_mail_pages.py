"""Mail pages: who got which kind of mail, and, in the demo alone, what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOW, Browser, Round
from counting import grow_to, statements
from flask.testing import FlaskClient
from page_client import PageClient

from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.operate.mail import KIND_WORDS, STATE_LOOK, read_mail
from mentorship.operate.queries import A_PAGE
from mentorship.operate.views import SANDBOX
from mentorship.outbox.letters import Letter
from mentorship.outbox.models import OutboxMessage
from mentorship.outbox.operations import pause_outbox, post_letter
from mentorship.people.models import Membership, Person, School

EMAILS = Path(__file__).resolve().parents[2] / "templates" / "emails"
MOST_STATEMENTS = 12
CANARY = "canaryinamail"
SECRET_LINK = f"http://127.0.0.1:8000/answer/{CANARY}"


@pytest.fixture(autouse=True)
def _inspected(request: pytest.FixtureRequest) -> None:
    for name in ("published", "planned"):
        if name in request.fixturenames:
            request.getfixturevalue(name).app.test_client_class = PageClient


def post(made: Round, to: Membership | None, number: int = 0, kind: str = "sign_in_code") -> int:
    """Post a mail whose subject, address and words hold the canary; commits. Its id."""
    letter = Letter(
        kind=kind,
        person_id=to.person_id if to else None,
        to_name="Somebody",
        to_address=f"{CANARY}@t.example.edu",
        from_name="Visits",
        reply_to="visits@walk.example.org",
        subject=f"{CANARY} in a subject",
        text=f"Your code is {CANARY}.\nSee <{SECRET_LINK}>\n",
        html=f'<!doctype html><p style="color: red">{CANARY}</p><a href="{SECRET_LINK}">Answer</a>',
        message_id=f"{CANARY}.{kind}.{number}@walk.example.org",
    )
    message = post_letter(letter, NOW + timedelta(minutes=1, seconds=number))
    db.session.commit()
    return message.id


def elsewhere(role: str = "coach") -> Membership:
    """Somebody of another school, with the same role there."""
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=["A"]))
    person = Person(given_name="Uma", family_name="Other", email="uma@u.example.edu")
    member = Membership(school_id="u", person=person, code="Uma", roles=[role])
    db.session.add(member)
    db.session.commit()
    return member


def admin() -> Person:
    person = Person(given_name="Ada", family_name="Min", email="ada@t.example.edu", is_admin=True)
    db.session.add(person)
    db.session.commit()
    return person


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def rows(text: str) -> list[str]:
    return re.findall(r'<tr><th scope="row">(.*?)</tr>', text, re.DOTALL)


def as_demo(made: Round) -> Browser:
    made.app.extensions["mentorship-settings"] = replace(made.settings, demo=True)
    return Browser(made.app)


def test_the_coach_sees_the_kind_and_the_state_of_each_mail(published: Round) -> None:
    page = coach(published).open("/mail")
    assert page.status_code == 200
    assert len(rows(page.text)) == len(published.messages())
    assert "Invitation to a visit" in page.text and "Invitation to a mentor pairing" in page.text
    assert "Sam Lund" in page.text and "Waiting" in page.text and "Mon, Dec 21, 7:00" in page.text


def test_every_kind_of_mail_is_said_in_words() -> None:
    assert set(KIND_WORDS) == {path.stem for path in EMAILS.glob("*.txt")}


@pytest.mark.parametrize("who", ["coach", "admin"])
def test_nothing_of_a_mail_is_shown_but_its_kind(published: Round, who: str) -> None:
    number = post(published, published.member("Chen"))
    browser = coach(published) if who == "coach" else Browser(published.app, admin())
    page = browser.open("/mail")
    assert "Code to sign in" in rows(page.text)[0] and "Sam Chen" in rows(page.text)[0]
    assert CANARY not in page.text and "@" not in page.text
    for path in ("/demo/mail", f"/demo/mail/{number}", f"/demo/mail/{number}/html", f"/mail/{number}"):
        found = browser.open(path)
        assert found.status_code == 404 and CANARY not in found.text


def test_nobody_reads_a_mail_outside_the_demo(published: Round) -> None:
    number = post(published, published.member("Chen"))
    for browser in (published.browser, published.browser_as(published.member("Chen"))):
        for path in ("/demo/mail", f"/demo/mail/{number}", f"/demo/mail/{number}/html"):
            found = browser.open(path)
            assert found.status_code == 404 and CANARY not in found.text


@pytest.mark.parametrize("code", ["Chen", "Stone"])
def test_teachers_and_leaders_find_no_such_page(published: Round, code: str) -> None:
    assert published.browser_as(published.member(code)).open("/mail").status_code == 404


def test_without_signing_in_there_is_no_list(published: Round) -> None:
    page = published.browser.open("/mail")
    assert page.status_code == 303 and "sign-in" in page.headers["Location"]


def test_a_coach_of_another_school_sees_their_own_people_only(published: Round) -> None:
    uma = elsewhere()
    assert "No mail yet." in Browser(published.app, uma.person).open("/mail").text
    post(published, uma)
    theirs = rows(Browser(published.app, uma.person).open("/mail").text)
    assert len(theirs) == 1 and "Uma Other" in theirs[0]
    assert "Uma" not in coach(published).open("/mail").text


def test_an_administrator_sees_all_of_them(published: Round) -> None:
    post(published, elsewhere())
    post(published, None, 1)
    shown = rows(Browser(published.app, admin()).open("/mail").text)
    assert len(shown) == len(published.messages())
    assert "Uma Other" in shown[1] and shown[0].startswith("–")


def test_an_administrator_of_an_empty_place_finds_the_page(planned: Round) -> None:
    assert "No mail yet. It appears here" in Browser(planned.app, admin()).open("/mail").text


@pytest.mark.parametrize("state", list(STATE_LOOK))
def test_the_filter_shows_one_state(published: Round, state: str) -> None:
    chosen = published.messages()[0]
    if state == "sending":
        db.session.get_one(Job, chosen.job_id).state = "running"
    elif state != "waiting":
        chosen.state = state
    else:
        for message in published.messages()[1:]:
            message.state = "sent"
    db.session.commit()
    page = coach(published).open(f"/mail?state={state}")
    assert len(rows(page.text)) == 1 and STATE_LOOK[state].words in rows(page.text)[0]
    assert f'<option value="{state}" selected>' in page.text


def test_a_filter_that_matches_nothing_offers_the_way_back(published: Round) -> None:
    page = coach(published).open("/mail?state=failed")
    assert "No mail matches." in page.text and "Show all mail" in page.text


@pytest.mark.parametrize("asked", ["state=secret", "page=x", "page=-3", "page=0"])
def test_an_odd_address_shows_the_first_page(published: Round, asked: str) -> None:
    assert len(rows(coach(published).open(f"/mail?{asked}").text)) == len(published.messages())


def test_a_page_has_a_hundred_mails_and_leads_to_the_others(published: Round) -> None:
    chen, before = published.member("Chen"), len(published.messages())
    for number in range(A_PAGE):
        post(published, chen, number)
    first = coach(published).open("/mail?state=waiting")
    assert len(rows(first.text)) == A_PAGE and all("Code to sign in" in row for row in rows(first.text))
    assert "/mail?page=2&amp;state=waiting" in first.text and "Newer" not in first.text
    second = coach(published).open("/mail?page=2&state=waiting")
    assert len(rows(second.text)) == before
    assert "/mail?page=1&amp;state=waiting" in second.text and "Older" not in second.text
    far = coach(published).open("/mail?page=999999999999999999999")
    assert far.status_code == 200 and "No mail matches." in far.text


def test_mail_that_is_paused_is_said(published: Round) -> None:
    assert "Mail is paused" not in coach(published).open("/mail").text
    pause_outbox(NOW)
    db.session.commit()
    assert "Mail is paused" in coach(published).open("/mail").text


def test_the_page_takes_few_statements_however_large_the_school(published: Round) -> None:
    browser = coach(published)
    browser.open("/mail")
    with statements() as few:
        browser.open("/mail")
    grow_to(40)
    for number, member in enumerate(db.session.query(Membership).filter(Membership.code.startswith("P")).all()):
        post(published, member, number)
    with statements() as many:
        browser.open("/mail")
    assert len(many) == len(few) <= MOST_STATEMENTS


def test_the_list_never_reads_a_body(published: Round) -> None:
    browser = coach(published)
    with statements() as asked:
        browser.open("/mail")
    about = [statement for statement in asked if "outbox_message" in statement]
    assert about and not any(name in each for each in about for name in ("sealed", "subject", "to_address"))


def test_the_demo_shows_mails_to_everybody_who_opens_it(published: Round) -> None:
    number = post(published, published.member("Chen"))
    browser = as_demo(published)
    page = browser.open("/demo/mail")
    assert page.status_code == 200 and f"{CANARY} in a subject" in rows(page.text)[0]
    assert f'href="/demo/mail/{number}"' in page.text
    message = browser.open(f"/demo/mail/{number}")
    assert f"Your code is {CANARY}." in message.text and f"{CANARY}@t.example.edu" in message.text
    assert f'<a href="{SECRET_LINK}">{SECRET_LINK}</a>' in message.text
    assert f'href="/demo/mail/{number}/html"' in message.text


def test_the_demo_shows_the_calendar_part_line_by_line(published: Round) -> None:
    number = next(message.id for message in published.messages() if message.kind == "visit_invitation")
    page = as_demo(published).open(f"/demo/mail/{number}")
    assert "\nMETHOD:REQUEST\n" in page.text and "END:VCALENDAR" in page.text
    raw = db.session.get_one(OutboxMessage, number).sealed
    assert raw is not None and max(map(len, read_mail(raw).calendar)) > 75
    uid = db.session.get_one(OutboxMessage, number).uid
    assert f"UID:{uid}" in read_mail(raw).calendar


def test_the_html_part_is_served_in_a_sandbox_of_its_own(published: Round) -> None:
    number = post(published, published.member("Chen"))
    # It is a mail and no page of ours: the inspecting client would ask for its title.
    published.app.test_client_class = FlaskClient
    page = as_demo(published).open(f"/demo/mail/{number}/html")
    assert page.status_code == 200 and page.mimetype == "text/html" and CANARY in page.text
    assert page.headers["Content-Security-Policy"] == SANDBOX
    assert SANDBOX == "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_a_mail_that_was_erased_says_so(published: Round) -> None:
    number = post(published, published.member("Chen"))
    db.session.get_one(OutboxMessage, number).sealed = None
    db.session.commit()
    browser = as_demo(published)
    assert "are erased" in browser.open(f"/demo/mail/{number}").text
    assert browser.open(f"/demo/mail/{number}/html").status_code == 404
    assert browser.open("/demo/mail/999999").status_code == 404


def test_an_empty_demo_says_when_mail_comes(planned: Round) -> None:
    assert "No mail yet." in as_demo(planned).open("/demo/mail").text


def test_words_of_a_mail_are_words_and_never_markup(published: Round) -> None:
    number = post(published, published.member("Chen"))
    message = db.session.get_one(OutboxMessage, number)
    message.subject = "<script>alert(1)</script>"
    assert message.sealed is not None
    message.sealed = message.sealed.replace(b"Your code", b"<b>Your</b> code")
    db.session.commit()
    browser = as_demo(published)
    for path in ("/demo/mail", f"/demo/mail/{number}"):
        text = browser.open(path).text
        assert "<script>alert" not in text and "<b>Your" not in text
