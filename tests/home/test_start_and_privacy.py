"""Where everybody begins, whom the demo shows, and the page that says who sees what."""

from __future__ import annotations

import pytest
from builders import BY, NOW, Browser, Round
from flask import Flask
from page_client import PageClient

from mentorship.extensions import db
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.home.queries import demo_people
from mentorship.people.models import Membership, Person, School
from mentorship.people.operations import create_person


def test_an_empty_database_sends_to_the_set_up(app: Flask) -> None:
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.location) == (303, "/set-up")


def test_whoever_is_not_signed_in_is_sent_to_sign_in(planned: Round) -> None:
    answer = planned.browser.open("/")
    assert answer.status_code == 303 and answer.location.startswith("/sign-in/")


@pytest.mark.parametrize(("code", "path"), [("Bell", "/cycles/"), ("Rivera", "/home"), ("Stone", "/what-others-see")])
def test_everybody_begins_where_their_work_is(planned: Round, code: str, path: str) -> None:
    answer = planned.browser_as(planned.member(code)).open("/")
    assert answer.status_code == 303 and answer.location.startswith(path)


def test_a_coach_begins_at_the_current_cycle(planned: Round) -> None:
    answer = planned.browser_as(planned.member("Bell")).open("/")
    assert answer.location == f"/cycles/{planned.cycle.id}"


def test_a_coach_without_a_cycle_begins_at_the_list(planned: Round) -> None:
    person = other_school(planned, "coach")
    assert Browser(planned.app, person).open("/").location == "/cycles"


def test_an_administrator_without_a_school_begins_with_the_import(planned: Round) -> None:
    person, _ = create_person(email="a@b.example.edu", name="Ada", role="admin", school=None, by=BY, now=NOW)
    db.session.commit()
    assert Browser(planned.app, person).open("/").location == "/import"


def other_school(made: Round, role: str) -> Person:
    """Somebody with a role at a second school, where nothing has happened yet."""
    days = made.cycle.school.cycle_days
    school = School(id="u", name="School U", time_zone="America/New_York", cycle_days=days)
    person = Person(given_name="Una", family_name="Uhl", email="una@u.example.edu")
    db.session.add_all([school, person])
    db.session.flush()
    db.session.add(Membership(school_id="u", person_id=person.id, code="U", roles=[role]))
    db.session.commit()
    return person


def test_anybody_reads_who_sees_what_and_every_form_is_in_it(planned: Round) -> None:
    planned.app.test_client_class = PageClient
    for browser in (planned.browser, planned.browser_as(planned.member("Rivera"))):
        answer = browser.open("/what-others-see")
        assert answer.status_code == 200
        for instrument in INSTRUMENTS.values():
            assert instrument.title in answer.text and instrument.besides in answer.text
        for words in ("Your visits", "Your answers", "Your wishes", "Mail to you", "the coaches of your school"):
            assert words in answer.text
        assert "btn-primary" not in answer.text


def test_the_demo_shows_those_who_have_most_to_look_at(published: Round) -> None:
    found = dict(demo_people())
    assert found["Coach"] == published.member("Bell").person
    assert found["New teacher"] == published.member("Lund").person
    visitors = {visit.visitor.person_id for visit in published.visits()}
    assert found["Teacher"].id in visitors and found["Teacher"] != found["New teacher"]


def test_without_a_school_the_demo_shows_nobody(app: Flask) -> None:
    with app.app_context():
        assert demo_people() == []
