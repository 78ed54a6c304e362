"""Every mail of an invitation, as bytes: structure, headers, the calendar part, and names that mean harm."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from builders import NOW, Round, with_mail_server
from sqlalchemy import select, text

from mentorship.demo.mailbox import Mailbox
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.ical.answers import read_answer
from mentorship.outbox.letters import calendar_content
from mentorship.people.models import Person, School
from mentorship.plans.models import Visit

ALTERNATIVE = ["text/plain", "text/html"]
# RFC 5322 2.1.1: no line may be longer, without its end.
LONGEST_LINE = 998
NASTY_NAMES = [
    "Pat\r\nBcc: everybody@evil.example",
    "Pat\nX-Evil: 1",
    "Pat\x00\x07\x1b[31m",
    'Pat "The\\ Boss" Lee, PhD',
    "Lee, Pat; <x@evil.example>",
    "Zoë 🦉 Müller-Łukasz",
    "\u202eTaP\u2028New: line\x85Next: line",
    "=?utf-8?q?Fake?=",
    "P" * 120,
    "🦉" * 110,
    "(" * 60,
]


def parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage) and not found.defects
    return found


def calendar_part(raw: bytes) -> EmailMessage:
    alternative = next(iter(parsed(raw).iter_parts()))
    return list(alternative.iter_parts())[-1]  # type: ignore[attr-defined]


def line_of(calendar: bytes, name: str) -> str:
    unfolded = calendar.decode().replace("\r\n ", "")
    found = [line for line in unfolded.split("\r\n") if re.match(rf"{name}[;:]", line)]
    assert len(found) == 1, f"{len(found)} lines {name}"
    return found[0]


def test_every_mail_is_mixed_around_one_alternative_with_the_calendar_last(published: Round) -> None:
    for message in published.messages():
        mail = parsed(message.sealed)
        children = list(mail.iter_parts())
        assert mail.get_content_type() == "multipart/mixed"
        assert [child.get_content_type() for child in children] == ["multipart/alternative"]
        leaves = [part.get_content_type() for part in children[0].iter_parts()]
        assert leaves == ALTERNATIVE + (["text/calendar"] if message.uid else [])


def test_the_calendar_part_names_its_method_is_base64_and_no_attachment(published: Round) -> None:
    raw = published.mail_to(published.visit(), published.visit().host)
    part = calendar_part(raw)
    assert part.get_param("method") == "REQUEST"
    assert part.get_param("component") == "VEVENT"
    assert str(part.get_param("charset")).upper() == "UTF-8"
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part["Content-Disposition"] is None
    assert base64.b64decode(part.get_payload()) == calendar_content(raw)


def test_one_person_one_mail_and_one_token_address_in_from_reply_to_and_organizer(published: Round) -> None:
    tokens = set()
    for message in published.messages():
        mail = parsed(message.sealed)
        to, sender, reply_to = (mail[name].addresses for name in ("To", "From", "Reply-To"))
        assert [address.addr_spec for address in to] == [message.to_address]
        assert mail["Cc"] is None and mail["Bcc"] is None
        assert len(sender) == len(reply_to) == 1 and sender[0].addr_spec == reply_to[0].addr_spec
        token = re.fullmatch(r"visits\+([a-z2-7]{26})@walk\.example\.org", reply_to[0].addr_spec)
        assert token is not None and token[1] not in tokens
        tokens.add(token[1])
        if message.uid:
            calendar = calendar_content(message.sealed)
            assert line_of(calendar, "ORGANIZER").endswith(f":mailto:{reply_to[0].addr_spec}")
            assert line_of(calendar, "ATTENDEE").endswith(f":mailto:{message.to_address}")


def test_headers_say_that_a_machine_wrote_it_and_bear_our_own_domain(published: Round) -> None:
    for message in published.messages():
        mail = parsed(message.sealed)
        assert mail["Message-ID"] == f"<{message.message_id}>"
        assert message.message_id.endswith("@walk.example.org")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
        assert mail["Date"].datetime == NOW
        for name in ("From", "To", "Reply-To", "Subject", "Message-ID", "Date", "MIME-Version", "Content-Type"):
            assert len(mail.get_all(name, [])) == 1


def test_both_people_share_the_uid_and_neither_sees_the_token_of_the_other(published: Round) -> None:
    visit = published.visit()
    mails = [published.mail_to(visit, member) for member in visit.people]
    uids = {line_of(calendar_content(mail), "UID") for mail in mails}
    assert uids == {f"UID:{visit.uid}"} and visit.uid == visit.uid.lower()
    organizers = [line_of(calendar_content(mail), "ORGANIZER").rpartition("mailto:")[2].encode() for mail in mails]
    assert organizers[0] != organizers[1]
    assert organizers[0] not in mails[1] and organizers[1] not in mails[0]


def test_no_calendar_part_holds_the_focus_which_stands_in_the_mail_alone(published: Round) -> None:
    for message in published.messages():
        if message.uid:
            assert b"questioning" not in calendar_content(message.sealed).replace(b"\r\n ", b"").lower()
            text_part = parsed(message.sealed).get_body(("plain",))
            assert "questioning" in text_part.get_content()


def test_the_calendar_says_course_period_cycle_day_room_and_link(published: Round) -> None:
    visit = published.visit()
    calendar = calendar_content(published.mail_to(visit, visit.visitor))
    link = published.link_of(visit, visit.visitor)
    assert line_of(calendar, "LOCATION").startswith(f"LOCATION:{visit.room}")
    described = line_of(calendar, "DESCRIPTION")
    assert f"period {visit.period}" in described and f"cycle day {visit.cycle_day}" in described
    assert visit.section.course in described and link in described
    assert line_of(calendar, "CATEGORIES") == "CATEGORIES:WALKTHROUGH"
    assert line_of(calendar, "SUMMARY") == f"SUMMARY:Peer visit: {visit.host.person.name}"


@pytest.mark.parametrize("names", [NASTY_NAMES[place::3] for place in range(3)], ids=range(3))
def test_no_name_breaks_a_header_or_a_calendar_line(planned: Round, names: list[str]) -> None:
    people = db.session.scalars(select(Person)).all()
    for place, person in enumerate(people):
        person.given_name = person.family_name = names[place % len(names)]
    db.session.scalars(select(School)).one().name = names[0]
    planned.publish()
    harmless = {"content-type", "mime-version", "subject", "from", "to", "date", "message-id", "reply-to"}
    harmless |= {"auto-submitted", "x-auto-response-suppress"}
    for message in planned.messages():
        mail = parsed(message.sealed)
        assert {header.lower() for header in mail.keys()} == harmless  # noqa: SIM118 - a message is no plain mapping
        assert [address.addr_spec for address in mail["To"].addresses] == [message.to_address]
        assert len(mail["From"].addresses) == 1
        assert max(map(len, message.sealed.split(b"\r\n"))) <= LONGEST_LINE
        assert b"\r" not in message.sealed.replace(b"\r\n", b"") and b"\n" not in message.sealed.replace(b"\r\n", b"")
        if message.uid:
            calendar = calendar_content(message.sealed)
            assert read_answer(calendar, "utf-8").attendees == ((message.to_address, "NEEDS-ACTION"),)
            assert b"\nBcc" not in calendar and b"\nX-Evil" not in calendar and b"\nNew:" not in calendar


def test_names_arrive_as_they_are_written_in_every_script(planned: Round) -> None:
    visit = planned.visit()
    visit.host.person.given_name, visit.host.person.family_name = "Zoë 🦉", "Müller, PhD"
    planned.publish()
    mail = parsed(planned.mail_to(visit, visit.host))
    assert mail["To"].addresses[0].display_name == "Zoë 🦉 Müller, PhD"
    assert "Zoë 🦉 Müller, PhD" in parsed(planned.mail_to(visit, visit.visitor))["Subject"]


def test_a_comma_in_the_school_s_name_leaves_one_sender(planned: Round) -> None:
    db.session.scalars(select(School)).one().name = 'St. Mary, "Upper" School (Springfield)'
    planned.publish()
    [sender] = parsed(planned.mail_to(planned.visit(), planned.visit().host))["From"].addresses
    assert sender.display_name == 'St. Mary, "Upper" School (Springfield) visits'


def test_long_texts_never_make_a_line_that_mail_may_not_have(planned: Round) -> None:
    visit = planned.visit()
    for person in db.session.scalars(select(Person)):
        person.given_name, person.family_name = "O'" * 60, "D'" * 60
    visit.section.course = "A" * 200
    planned.publish()
    for message in planned.messages():
        assert max(map(len, message.sealed.split(b"\r\n"))) <= LONGEST_LINE


def test_stored_bytes_rest_encrypted_and_arrive_byte_for_byte(published: Round, tmp_path: Path) -> None:
    stored = {message.message_id: message.sealed for message in published.messages()}
    resting = db.session.execute(text("SELECT sealed FROM outbox_message")).scalars().all()
    db.session.commit()
    assert len(resting) == len(stored)
    for content in resting:
        assert b"visits+" not in content and b"BEGIN:VCALENDAR" not in content and b"answer/" not in content
    mailbox = Mailbox(tmp_path / "mail")
    mailbox.start()
    try:
        sent = with_mail_server(published, mailbox.port).deliver()
    finally:
        mailbox.stop()
    arrived = [path.read_bytes() for path in mailbox.files()]
    assert sent == {"sent": len(stored), "waiting": 0, "failed": 0}
    assert sorted(arrived) == sorted(stored.values())


@pytest.mark.parametrize("address", [None, "pät@t.example.edu", "a b@t.example.edu", "a,b@t.example.edu", "nobody"])
def test_whoever_cannot_be_mailed_is_named_and_nothing_is_published(planned: Round, address: str | None) -> None:
    person = planned.visit().host.person
    person.email = address
    db.session.commit()
    with pytest.raises(Refused, match=f"{person.name} has no e-mail address that mail can go to"):
        planned.publish()
    db.session.rollback()
    assert planned.messages() == []
    assert {visit.status for visit in db.session.scalars(select(Visit))} == {"proposed"}
