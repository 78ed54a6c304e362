"""The mailed link opens one form without signing in, and never again what was finished; mails hold no words."""

from __future__ import annotations

import re
from email import message_from_bytes

import pytest
from builders import Browser
from held_visit import After
from mail_snapshots import compare
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.feedback.models import Entry, EntryReader, FormRequest
from mentorship.feedback.operations import revoke_link
from mentorship.outbox.models import OutboxMessage

LINK = re.compile(r"/form/[a-z2-7]{26}")


def mail_to(after: After, kind: str, address: str | None) -> OutboxMessage:
    return next(m for m in after.round.messages() if m.kind == kind and m.to_address == address)


def links(message: OutboxMessage) -> list[str]:
    assert message.sealed is not None
    parts = message_from_bytes(message.sealed).walk()
    text = next(part for part in parts if part.get_content_type() == "text/plain").get_payload(decode=True)
    return LINK.findall(bytes(text).decode())


@pytest.fixture
def link(after: After) -> str:
    """The visitor's link to their notes."""
    after.ask()
    return links(mail_to(after, "notes_request", after.visit.visitor.person.email))[0]


def test_looking_changes_nothing_however_a_scanner_looks(after: After, link: str) -> None:
    before, browser = after.round.dump(), Browser(after.round.app)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert browser.open(link, method).status_code == 200
    assert after.round.dump() == before
    assert browser.post(link, version="0.w", strengths="Still works.", do="later").status_code == 303


def test_a_form_is_written_and_shared_without_signing_in(after: After, link: str) -> None:
    browser = Browser(after.round.app)
    page = browser.open(link).text
    assert f'data-autosave="{link}/save"' in page
    saved = browser.post(f"{link}/save", form_on=link, version="0.w", strengths="They answered each other.")
    assert saved.status_code == 200
    assert "They answered each other." in browser.open(link).text
    done = browser.post(link, version=saved.get_json()["version"], strengths="They answered each other.", do="share")
    assert (done.status_code, done.location) == (303, link)
    rows = db.session.scalars(select(EntryReader)).all()
    assert [row.membership_id for row in rows] == [after.visit.host_id]


def test_a_link_no_longer_shows_or_changes_what_was_finished(after: After, link: str) -> None:
    browser = Browser(after.round.app)
    token = browser.csrf_token(link)
    after.write(after.visit.visitor, "visitor_notes", strengths="They answered each other.")
    shown = browser.open(link)
    assert shown.status_code == 200
    assert "They answered each other." not in shown.text
    assert "sign in" in shown.text
    fields = {"csrf_token": token, "version": "2.w", "strengths": "overwritten"}
    assert browser.open(link, "POST", do="share", **fields).status_code == 409
    assert browser.open(f"{link}/save", "POST", **fields).status_code == 409
    assert db.session.scalars(select(Entry)).one().newest == {"strengths": "They answered each other."}


def test_a_token_gives_one_form_to_one_person_until_it_is_revoked(after: After, link: str) -> None:
    after.write(after.visit.host, "host_reflection", happened="Only mine.")
    browser = Browser(after.round.app)
    assert "Only mine." not in browser.open(link).text
    token = browser.csrf_token(link)
    wrong = [
        f"/form/{'a' * 26}",
        "/form/short",
        link[:-1] + ("a" if link[-1] != "a" else "b"),
        link.replace("/form", "/answer"),
    ]
    for path in wrong:
        assert browser.open(path).status_code == 404
        assert browser.open(f"{path}/save", "POST", csrf_token=token).status_code == 404
    request = db.session.scalars(select(FormRequest).where(FormRequest.instrument == "visitor_notes")).one()
    revoke_link(request)
    db.session.commit()
    assert browser.open(link).status_code == 404
    assert browser.open(link, "POST", csrf_token=token, strengths="late").status_code == 404
    assert browser.open(f"{link}/save", "POST", csrf_token=token).status_code == 404


def test_the_host_is_told_by_one_mail_that_notes_wait_and_nothing_of_what_they_say(after: After) -> None:
    secret = "eleven hands went up"
    visitor, host = after.visit.visitor, after.visit.host
    entry = after.share(visitor, "visitor_notes", host, strengths=secret)
    browser = after.round.browser_as(visitor)
    browser.post(f"/notes/{entry.id}/withdraw", form_on="/notes", reader=str(host.id))
    browser.post(f"/notes/{entry.id}/share", form_on="/notes", reader=str(host.id))
    told = [message for message in after.round.messages() if message.kind == "notes_shared"]
    assert [message.to_address for message in told] == [host.person.email]
    assert told[0].subject == f"{visitor.person.name} shared notes from the visit with you"
    assert told[0].sealed is not None
    for part in message_from_bytes(told[0].sealed).walk():
        content = part.get_payload(decode=True)
        assert not isinstance(content, bytes) or secret.encode() not in content


def test_no_mail_and_no_line_of_the_log_tells_of_a_reflection(after: After) -> None:
    mails, log = len(after.round.messages()), audit_lines()
    new = next(member for member in after.visit.people if member.is_new_teacher)
    entry = after.share(new, "post_observation_reflection", after.visit.other(new.id), goal="Two minutes.")
    browser = after.round.browser_as(new)
    browser.post(f"/notes/{entry.id}/withdraw", form_on="/notes", reader=str(after.visit.other(new.id).id))
    browser.post(f"/notes/{entry.id}/delete", form_on="/notes")
    assert len(after.round.messages()) == mails
    assert audit_lines() == log


def audit_lines() -> int:
    from mentorship.audit.models import AuditEntry

    return len(db.session.scalars(select(AuditEntry)).all())


def test_mails_about_notes_read_as_they_should(after: After) -> None:
    after.ask()
    for audience, member in zip(("visitor", "host"), after.visit.people, strict=True):
        message = mail_to(after, "notes_request", member.person.email)
        assert message.sealed is not None
        assert b"{other}" not in message.sealed
        compare(f"notes_request.{audience}", message.sealed)
    after.share(after.visit.visitor, "visitor_notes", after.visit.host)
    message = mail_to(after, "notes_shared", after.visit.host.person.email)
    assert message.sealed is not None
    compare("notes_shared.host", message.sealed)
