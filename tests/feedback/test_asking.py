"""Both people of a held visit are asked for their forms, once, by one mail each; each link gives one form."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes

from builders import Round
from held_visit import After
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.models import FormRequest
from mentorship.feedback.operations import ask_for_one_form, revoke_link
from mentorship.feedback.queries import open_forms, request_of_link
from mentorship.outbox.models import OutboxMessage

LINK = re.compile(r"/form/([a-z2-7]{26})")


def mails(after: After) -> dict[str, OutboxMessage]:
    found = [message for message in after.round.messages() if message.kind == "notes_request"]
    assert len({message.to_address for message in found}) == len(found), "two mails to one person"
    return {message.to_address: message for message in found}


def tokens(message: OutboxMessage) -> list[str]:
    assert message.sealed is not None
    parts = message_from_bytes(message.sealed).walk()
    text = next(part for part in parts if part.get_content_type() == "text/plain").get_payload(decode=True)
    return LINK.findall(bytes(text).decode())


def test_a_held_visit_asks_both_people_once_however_often_it_is_looked_at(after: After) -> None:
    assert after.ask() == 1
    assert after.ask() == 0
    visit = after.visit
    asked = {(row.membership_id, row.instrument) for row in db.session.scalars(select(FormRequest))}
    expected = {(visit.visitor_id, "visitor_notes"), (visit.host_id, "host_reflection")}
    expected |= {(member.id, "post_observation_reflection") for member in visit.people if member.is_new_teacher}
    assert asked == expected
    assert len(asked) == 3
    assert set(mails(after)) == {member.person.email for member in visit.people}


def test_one_mail_lists_all_the_forms_of_a_person(after: After) -> None:
    after.ask()
    for member in after.visit.people:
        requests = db.session.scalars(select(FormRequest).where(FormRequest.membership_id == member.id)).all()
        found = [request_of_link(token, after.now) for token in tokens(mails(after)[str(member.person.email)])]
        assert found == list(requests)


def test_a_subject_says_no_more_than_that_there_was_a_visit(after: After) -> None:
    after.ask()
    for member in after.visit.people:
        other = after.visit.other(member.id).person.name
        assert mails(after)[str(member.person.email)].subject == f"After the visit with {other}"


def test_visits_that_were_not_held_or_lie_long_back_ask_nobody(published: Round) -> None:
    visit = published.visit()
    assert visit.ends_at is not None
    for status, at in (("accepted", timedelta()), ("not_held", timedelta()), ("held", timedelta(days=30))):
        visit.status = status
        db.session.commit()
        assert ask_for_one_form(visit.ends_at + at) is False
    assert db.session.scalars(select(FormRequest)).all() == []


def test_a_recording_asks_once_its_cycle_is_closed(planned: Round) -> None:
    video = planned.add_video()
    video.status = "held"
    planned.cycle.closed_at = planned.cycle.opened_at
    db.session.commit()
    assert ask_for_one_form(planned.cycle.opened_at + timedelta(days=31)) is False
    assert ask_for_one_form(planned.cycle.opened_at + timedelta(days=29)) is True


def test_a_person_without_an_address_is_asked_on_the_page_alone(after: After) -> None:
    host = after.visit.host
    host.person.email = None
    db.session.commit()
    assert after.ask() == 1
    assert set(mails(after)) == {after.visit.visitor.person.email}
    assert "host_reflection" in [form.instrument.key for form in open_forms(after.visit.host.person, after.now)]


def test_a_link_ends_when_it_is_revoked_or_old_or_nobody_visited_after_all(after: After) -> None:
    after.ask()
    token = tokens(mails(after)[str(after.visit.visitor.person.email)])[0]
    request = request_of_link(token, after.now)
    assert request is not None
    assert request_of_link(token, after.now + timedelta(days=30)) is None
    visit = after.visit
    visit.status = "not_held"
    db.session.flush()
    assert request_of_link(token, after.now) is None
    visit.status = "held"
    revoke_link(request)
    db.session.flush()
    assert request_of_link(token, after.now) is None


def test_somebody_who_has_left_finds_nothing_behind_the_link(after: After) -> None:
    after.ask()
    member = after.visit.visitor
    token = tokens(mails(after)[str(member.person.email)])[0]
    member.active = False
    db.session.commit()
    assert request_of_link(token, after.now) is None


def test_what_is_open_is_listed_until_it_is_finished(after: After) -> None:
    after.ask()
    visitor = after.visit.visitor
    before = [form.instrument.key for form in open_forms(visitor.person, after.now)]
    assert before[0] == "visitor_notes"
    after.write(visitor, "visitor_notes")
    assert [form.instrument.key for form in open_forms(visitor.person, after.now)] == before[1:]


def test_every_form_that_is_asked_for_says_in_words_what_for() -> None:
    assert all(each.asked_for for each in INSTRUMENTS.values() if each.is_asked_for)
    assert all(key == each.key for key, each in INSTRUMENTS.items())
