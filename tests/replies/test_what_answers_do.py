"""What an answer causes: two yeses, a no and its CANCEL, another time, REFRESH, and all that is no answer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOW, Round
from sqlalchemy import select

from mentorship.extensions import db
from mentorship.ical.answers import read_answer
from mentorship.outbox.letters import calendar_content
from mentorship.outbox.models import OutboxMessage
from mentorship.replies import ingest
from mentorship.replies.jobs import read_one_message
from mentorship.replies.models import Answer
from mentorship.timetable.models import Section

MESSAGES = Path(__file__).resolve().parent.parent / "ical" / "messages"
READ_AT = NOW + timedelta(hours=2)
NO_ANSWERS = [
    ("auto_reply_out_of_office", "autoreply"),
    ("auto_reply_vacation", "autoreply"),
    ("auto_reply_with_our_request", "autoreply"),
    ("read_receipt", "autoreply"),
    ("prose_reply", "review"),
    ("prose_in_html", "review"),
    ("outlook_winmail", "review"),
    ("forward_nested", "review"),
    ("stray_ics", "review"),
    ("sealed_smime", "review"),
    ("hostile_parentheses", None),
    ("unclosed_event", "quarantine"),
    ("two_methods", "quarantine"),
    ("repeats_for_ever", None),
    ("bounce_delayed", "bounce"),
]


def new_mails(made: Round, since: int) -> list[OutboxMessage]:
    return made.messages()[since:]


def test_two_yeses_accept_and_mail_nobody(published: Round) -> None:
    visit, before = published.visit(), len(published.messages())
    published.answer_both(visit)
    assert visit.status == "accepted"
    assert new_mails(published, before) == []
    assert {other.status for other in published.visits() if other.id != visit.id} == {"invited"}


def test_a_maybe_changes_nothing_but_the_answer_on_file(published: Round) -> None:
    visit, before = published.visit(), len(published.messages())
    assert published.ingest(published.reply(visit, visit.host, "TENTATIVE")) == "apply"
    assert (visit.status, visit.host_answer) == ("invited", "maybe")
    assert new_mails(published, before) == []


@pytest.mark.parametrize("decliner", [0, 1], ids=["visitor", "host"])
def test_a_no_cancels_the_entry_of_the_other_alone(published: Round, decliner: int) -> None:
    visit, before = published.visit(), len(published.messages())
    one, other = visit.people[decliner], visit.people[1 - decliner]
    invited = calendar_content(published.mail_to(visit, other))
    assert published.ingest(published.reply(visit, one, "DECLINED")) == "apply"
    [mail] = new_mails(published, before)
    assert (mail.to_address, mail.kind, mail.method, mail.uid) == (
        other.person.email,
        "visit_cancelled",
        "CANCEL",
        visit.uid,
    )
    cancel = calendar_content(mail.sealed)
    request, taken_back = read_answer(invited, "utf-8"), read_answer(cancel, "utf-8")
    assert (taken_back.method, taken_back.sequence) == ("CANCEL", request.sequence + 1)
    assert (taken_back.uid, taken_back.organizer) == (request.uid, request.organizer)
    assert (taken_back.starts_at, taken_back.ends_at) == (request.starts_at, request.ends_at)
    assert [address for address, _ in taken_back.attendees] == [other.person.email]
    assert b"\r\nSTATUS:CANCELLED\r\n" in cancel and b"VALARM" not in cancel
    assert visit.status == "needs_new_time"
    text = mail.sealed.decode()
    assert "declined" not in text and "said no" not in text


def test_a_no_after_two_yeses_takes_the_visit_back_as_well(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    before = len(published.messages())
    raw = published.reply(visit, visit.visitor, "DECLINED", stamp=NOW + timedelta(minutes=90))
    assert published.ingest(raw) == "apply"
    assert [mail.to_address for mail in new_mails(published, before)] == [visit.host.person.email]
    assert visit.status == "needs_new_time"


def test_another_time_is_asked_for_and_kept_in_utc(published: Round) -> None:
    visit, before = published.visit(), len(published.messages())
    lines = ["DTSTART;TZID=Eastern Standard Time:20270112T090000", "DTEND;TZID=Eastern Standard Time:20270112T094000"]
    raw = published.reply(visit, visit.host, "TENTATIVE", method="COUNTER", lines=[*lines, "COMMENT:Better\\, please"])
    assert published.ingest(raw) == "counter"
    assert (visit.status, visit.host_answer) == ("time_asked", "time_asked")
    row = db.session.scalars(select(Answer)).one()
    assert f"{row.proposed_starts_at:%H:%M}" == "14:00" and row.comment == "Better, please"
    assert new_mails(published, before) == []
    assert published.ingest(published.reply(visit, visit.host, "ACCEPTED", stamp=READ_AT)) == "apply"
    assert visit.status == "invited"


def test_refresh_mails_the_identical_calendar_part_once_an_hour(published: Round) -> None:
    visit, before = published.visit(), len(published.messages())
    first = calendar_content(published.mail_to(visit, visit.host))
    again = {"method": "REFRESH", "partstat": None}
    asked = [published.reply(visit, visit.host, **again, headers=[f"Received: {count}"]) for count in range(3)]
    assert published.ingest(asked[0]) == "refresh"
    assert published.ingest(asked[1], now=READ_AT + timedelta(minutes=59)) == "refresh"
    assert len(new_mails(published, before)) == 1
    assert published.ingest(asked[2], now=READ_AT + timedelta(hours=1)) == "refresh"
    copies = new_mails(published, before)
    assert [copy.to_address for copy in copies] == [visit.host.person.email] * 2
    assert {calendar_content(copy.sealed) for copy in copies} == {first}
    assert len({message.message_id for message in published.messages()}) == len(published.messages())


def test_refresh_is_identical_though_the_room_and_the_names_have_changed_since(published: Round) -> None:
    visit = published.visit()
    first = calendar_content(published.mail_to(visit, visit.host))
    visit.room, visit.visitor.person.family_name = "Elsewhere", "Renamed"
    db.session.scalars(select(Section)).first().course = "Renamed"
    db.session.commit()
    assert published.ingest(published.reply(visit, visit.host, None, method="REFRESH")) == "refresh"
    assert calendar_content(published.messages()[-1].sealed) == first


def test_refresh_is_refused_in_a_sentence_where_the_bytes_are_gone_and_would_differ(published: Round) -> None:
    visit = published.visit()
    raw = published.reply(visit, visit.host, None, method="REFRESH")
    for message in published.messages():
        message.sealed = None
    visit.room = "Elsewhere"
    db.session.commit()
    before = len(published.messages())
    assert published.ingest(raw) == "refresh"
    assert len(published.messages()) == before
    assert "not sent again" in published.inbound()[-1].reason


def test_refresh_after_a_cancel_repeats_the_cancel(published: Round) -> None:
    visit = published.visit()
    refresh = published.reply(visit, visit.visitor, None, method="REFRESH")
    published.ingest(published.reply(visit, visit.host, "DECLINED"))
    first = calendar_content(published.messages()[-1].sealed)
    before = len(published.messages())
    assert published.ingest(refresh) == "refresh"
    [copy] = new_mails(published, before)
    assert (copy.method, calendar_content(copy.sealed)) == ("CANCEL", first)


def test_a_bounce_shows_what_was_sent_there_as_failed_and_touches_no_answer(published: Round) -> None:
    host = published.visit().host
    for message in published.messages():
        message.state = "sent"
    db.session.commit()
    bounce = (MESSAGES / "bounce_postfix.eml").read_bytes()
    bounce = bounce.replace(b"pat.lee@school.example.edu", host.person.email.encode())
    assert published.ingest(bounce) == "bounce"
    failed = {message.to_address for message in published.messages() if message.state == "failed"}
    assert failed == {host.person.email}
    assert {visit.status for visit in published.visits()} == {"invited"}
    assert not db.session.scalars(select(Answer)).all()


@pytest.mark.parametrize(("name", "outcome"), NO_ANSWERS)
def test_what_is_no_answer_changes_nothing_and_causes_no_mail(published: Round, name: str, outcome: str | None) -> None:
    visit = published.visit()
    raw = (MESSAGES / f"{name}.eml").read_bytes()
    token = published.reply_address(visit, visit.host).encode()
    raw = raw.replace(b"visits+k3v7q2m5x4n6p2r7s3t5u6w4y2@walk.example.org", token)
    raw = raw.replace(b"pat.lee@school.example.edu", visit.host.person.email.encode())
    before, mails = published.dump(), len(published.messages())
    found = published.ingest(raw)
    assert found == outcome or (outcome is None and found in {"reject", "review", "quarantine"})
    assert published.dump() == before and len(published.messages()) == mails


def test_files_are_read_in_a_child_and_told_line_by_line(published: Round, tmp_path: Path) -> None:
    visit = published.visit()
    files = []
    for place, member in enumerate(visit.people):
        files.append(tmp_path / f"{place}.eml")
        files[-1].write_bytes(published.reply(visit, member, "ACCEPTED"))
    files.append(tmp_path / "junk.eml")
    files[-1].write_bytes(b"From: " + b"(" * 3000 + b"\r\n\r\n")
    db.session.commit()
    given = {"mail_from": published.settings.mail_from, "recipient": None, "now": READ_AT}
    dry = ingest.ingest_files(files, dry_run=True, **given)
    assert [line["outcome"] for line in dry][:2] == ["apply", "apply"]
    assert published.visit().status == "invited"
    lines = ingest.ingest_files(files, dry_run=False, **given)
    assert [(line["file"], line["uid"], line["partstat"]) for line in lines[:2]] == [
        ("0.eml", visit.uid, "ACCEPTED"),
        ("1.eml", visit.uid, "ACCEPTED"),
    ]
    assert [line["attendee"] for line in lines[:2]] == [member.person.email for member in visit.people]
    assert published.visit().status == "accepted"
    assert {line["outcome"] for line in ingest.ingest_files(files, dry_run=False, **given)} == {"duplicate"}


def test_a_message_that_our_own_code_stumbles_over_is_put_aside_and_met_once(
    published: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mentorship.replies import operations

    somebodys_words = "a fault of ours"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(somebodys_words)

    visit = published.visit()
    raws = [published.reply(visit, member, "ACCEPTED") for member in visit.people]
    before = published.dump()
    operations.store_message(raws[0], recipient=None, now=READ_AT)
    db.session.commit()
    with monkeypatch.context() as patched:
        patched.setattr(operations, "record_answer", broken)
        assert read_one_message(READ_AT)
        db.session.commit()
    assert not read_one_message(READ_AT)
    db.session.commit()
    assert published.dump() == before and published.inbound()[0].outcome == "quarantine"
    assert published.inbound()[0].sealed == raws[0]
    assert "RuntimeError" in caplog.text and "a fault of ours" not in caplog.text
    assert published.ingest(raws[1]) == "apply"
