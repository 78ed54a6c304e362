"""Who answered what, for the coach: states, words, mail that came back, and mail that somebody has to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NOW, Browser, Round, answer_mail
from sqlalchemy import update

from mentorship import clock
from mentorship.extensions import db
from mentorship.invites.changes import cancel_visit
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, School
from mentorship.plans.models import Visit
from mentorship.replies.models import InboundMessage
from mentorship.replies.operations import answer_by_link

CANARY = "I would rather come in May"


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def page(made: Round, state: str = "") -> str:
    response = coach(made).open(f"/cycles/{made.cycle.id}/answers?state={state}")
    assert response.status_code == 200
    return response.text


def say(made: Round, thing: object, member: Membership, word: str, words: str = "") -> None:
    answer_by_link(made.invite(thing, member), word, comment=words, now=clock.now())  # type: ignore[arg-type]
    db.session.commit()


def test_before_publishing_the_page_says_what_comes_next(planned: Round) -> None:
    assert "Nobody has been asked yet." in page(planned)


def test_everybody_is_listed_with_what_they_said_and_wrote(published: Round) -> None:
    visit = published.visit()
    say(published, visit, visit.host, "yes", CANARY)
    found = page(published)
    assert CANARY in found and "Host " + visit.visitor.person.name in found
    assert found.count("<tr>") - 1 == 2 * (len(published.visits()) + 1)


def test_the_filter_leaves_one_group_and_says_how_to_get_back(published: Round) -> None:
    visit = published.visit()
    say(published, visit, visit.host, "yes")
    assert page(published, "yes").count("<tr>") - 1 == 1
    assert "Clear the filter to see" in page(published, "no")


def test_another_time_that_a_calendar_asked_for_is_shown_and_leads_to_moving(published: Round) -> None:
    visit = published.visit()
    asked = visit.starts_at + timedelta(days=1)  # type: ignore[operator]
    lines = [f"DTSTART:{asked:%Y%m%dT%H%M%SZ}", f"DTEND:{asked + timedelta(minutes=40):%Y%m%dT%H%M%SZ}"]
    raw = published.reply(visit, visit.host, "TENTATIVE", method="COUNTER", lines=lines)
    assert published.ingest(raw) == "counter"
    found = page(published, "time_asked")
    assert "Asked for another time" in found and f"/visits/{visit.id}/move" in found and "Asked for " in found


def test_after_a_no_nobody_can_tell_whose_it_was(published: Round) -> None:
    pairing = published.pairing()
    say(published, pairing, pairing.mentee, "yes")
    say(published, pairing, pairing.mentor, "no", CANARY)
    found = page(published, "no")
    assert found.count("<tr>") - 1 == 2 and CANARY not in page(published)


def test_mail_that_came_back_names_the_person(published: Round) -> None:
    lund = published.member("Lund")
    theirs = OutboxMessage.to_address == lund.person.email
    db.session.execute(update(OutboxMessage).where(theirs).values(state="failed"))
    db.session.commit()
    found = page(published, "undelivered")
    assert "Could not be delivered" in found and f"/people/{lund.id}" in found


def test_a_mail_to_look_at_is_shown_without_its_text_and_goes_when_looked_at(published: Round) -> None:
    visit = published.visit()
    raw = answer_mail(
        uid=str(visit.uid),
        attendee=str(visit.host.person.email),
        to="visits@walk.example.org",
        partstat="ACCEPTED",
        headers=[f"X-Words: {CANARY}"],
    )
    assert published.ingest(raw, now=clock.now()) in ("review", "reject")
    found = page(published)
    assert "Looked at" in found and CANARY not in found
    message = published.inbound()[0]
    path = f"/cycles/{published.cycle.id}/answers/{message.id}/looked-at"
    assert coach(published).post(path, form_on=f"/cycles/{published.cycle.id}/answers").status_code == 303
    assert "Nothing waits here." in page(published)
    assert db.session.get_one(InboundMessage, message.id).sealed is None
    again = coach(published)
    assert again.open(path, "POST", csrf_token=again.csrf_token("/account")).status_code == 404


def test_a_cancelled_visit_is_not_listed(published: Round) -> None:
    visit, count = published.visit(), page(published).count("<tr>")
    cancel_visit(visit, by="test", now=NOW)
    db.session.commit()
    assert page(published).count("<tr>") == count - 2


@pytest.mark.parametrize("who", ["Lund", "Stone"])
def test_nobody_else_sees_who_answered_what(published: Round, who: str) -> None:
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    person = published.member("Stone").person
    db.session.add_all([other, Membership(school=other, person=person, code="c", roles=["coach"])])
    db.session.commit()
    browser = published.browser_as(published.member(who))
    assert browser.open(f"/cycles/{published.cycle.id}/answers").status_code == 404
    path = f"/cycles/{published.cycle.id}/answers/1/looked-at"
    assert browser.open(path, "POST", csrf_token=browser.csrf_token("/account")).status_code == 404


def test_the_day_around_a_visit_is_ones_own(published: Round) -> None:
    visit = published.visit()
    link = published.link_of(visit, visit.visitor)
    found = published.browser.open(link).text
    assert "Your day around it" in found and "you would visit here" in found and "You teach" in found


def test_an_invitation_whose_visit_went_to_another_host_tells_nothing_of_it(published: Round) -> None:
    visit = published.visit()
    link, host = published.link_of(visit, visit.host), visit.host
    invite = published.invite(visit, host)
    invite.ended_at = clock.now()
    db.session.execute(update(Visit).where(Visit.id == visit.id).values(uid="moved@walk.example.org", room="999"))
    db.session.commit()
    found = published.browser.open(link).text
    assert "This invitation is over" in found and "999" not in found and visit.visitor.person.name not in found
