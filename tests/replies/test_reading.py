"""Whole messages: a cabinet of real shapes with what each of them says, and mail that was made to do harm."""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.replies.reading import ReadMessage, read_message, read_message_in_child
from mentorship.replies.reading_child import ChildFailed, answer_of_child

CABINET = Path(__file__).resolve().parents[1] / "ical" / "messages"
UID = "5d1f0c9e-6f0e-4a57-9a55-0b8f0f2f7c11@walk.example.org"
TOKEN_ADDRESS = "visits+k3v7q2m5x4n6p2r7s3t5u6w4y2@walk.example.org"
PAT = "pat.lee@school.example.edu"

# For each letter: its kind and METHOD, and Pat's PARTSTAT.
ANSWERS = {
    "apple_mail_accepted": ("REPLY", "ACCEPTED"),
    "auto_submitted_answer": ("REPLY", "ACCEPTED"),
    "blank_lines_between": ("REPLY", "ACCEPTED"),
    "byte_order_mark": ("REPLY", "ACCEPTED"),
    "delegate_accepted": ("REPLY", "ACCEPTED"),
    "exchange_online_accepted": ("REPLY", "ACCEPTED"),
    "exchange_online_counter": ("COUNTER", "TENTATIVE"),
    "exchange_online_tentative_with_words": ("REPLY", "TENTATIVE"),
    "exchange_utc_zone_name": ("REPLY", "DECLINED"),
    "fastmail_accepted": ("REPLY", "ACCEPTED"),
    "google_accepted": ("REPLY", "ACCEPTED"),
    "google_counter": ("COUNTER", "TENTATIVE"),
    "google_declined_with_note": ("REPLY", "DECLINED"),
    "hostile_header_in_name": ("REPLY", "ACCEPTED"),
    "hostile_parentheses": ("REPLY", "ACCEPTED"),
    "icloud_accepted": ("REPLY", "ACCEPTED"),
    "inbound_cancel": ("CANCEL", "ACCEPTED"),
    "ios_tentative": ("REPLY", "TENTATIVE"),
    "latin1_undeclared": ("REPLY", "ACCEPTED"),
    "nextcloud_declined": ("REPLY", "DECLINED"),
    "outlook_desktop_declined": ("REPLY", "DECLINED"),
    "recurrence_id": ("REPLY", "ACCEPTED"),
    "refresh": ("REFRESH", "NEEDS-ACTION"),
    "repeats_for_ever": ("REPLY", "ACCEPTED"),
    "several_attendees": ("REPLY", "ACCEPTED"),
    "signed_accepted": ("REPLY", "ACCEPTED"),
    "thunderbird_declined": ("REPLY", "DECLINED"),
    "two_parts_agree": ("REPLY", "ACCEPTED"),
    "yahoo_accepted": ("REPLY", "ACCEPTED"),
}
DISAGREEING = {"twin_disagrees": 1, "twin_is_broken": 1, "two_parts_disagree": 2}
OTHERS = {
    "auto_reply_out_of_office": ("autoreply", "automatic"),
    "auto_reply_vacation": ("autoreply", "automatic"),
    "auto_reply_with_our_request": ("autoreply", "automatic"),
    "read_receipt": ("autoreply", "receipt"),
    "bounce_delayed": ("bounce", "names no address"),
    "bounce_exchange_ndr": ("bounce", "could not be delivered"),
    "bounce_postfix": ("bounce", "could not be delivered"),
    "bounce_qmail": ("bounce", "could not be delivered"),
    "forward_nested": ("prose", "enclosed"),
    "outlook_winmail": ("prose", "winmail.dat"),
    "prose_in_html": ("prose", "in words"),
    "prose_reply": ("prose", "in words"),
    "sealed_smime": ("prose", "sealed"),
    "stray_ics": ("prose", "file is attached"),
    "inbound_request": ("calendar", "REQUEST, which is no answer"),
    "no_method": ("quarantine", "no METHOD"),
    "recurrence_id_unreadable": ("quarantine", "one instance"),
    "todo_beside_event": ("quarantine", "something else"),
    "two_events": ("quarantine", "more than one event"),
    "two_methods": ("quarantine", "more than one METHOD"),
    "two_sequences": ("quarantine", "more than one SEQUENCE"),
    "unclosed_event": ("quarantine", "do not match"),
}
STARTS_AT = datetime(2026, 10, 5, 15, 30, tzinfo=UTC)


def letter(name: str) -> bytes:
    return (CABINET / f"{name}.eml").read_bytes()


def mail(headers: str, body: str | bytes = b"") -> bytes:
    top = f"From: Pat <{PAT}>\r\nTo: {TOKEN_ADDRESS}\r\nSubject: s\r\nMIME-Version: 1.0\r\n{headers}\r\n"
    return top.encode() + (body.encode() if isinstance(body, str) else body)


def calendar_part(more: str = "", partstat: str = "ACCEPTED") -> str:
    return (
        "Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n"
        f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{UID}\r\nDTSTAMP:20261002T121110Z\r\n"
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{PAT}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def mixed(*parts: bytes) -> bytes:
    body = b"".join(b"--b1\r\n" + part + b"\r\n" for part in parts) + b"--b1--\r\n"
    return mail("Content-Type: multipart/mixed; boundary=b1\r\n", body)


def nested(depth: int) -> bytes:
    lines = [f"Content-Type: multipart/mixed; boundary=x{n}\r\n\r\n--x{n}\r\n" for n in range(depth)]
    return mail("".join(lines)[:-2] if lines else "", calendar_part())


def test_every_letter_of_the_cabinet_has_an_expectation() -> None:
    assert {path.stem for path in CABINET.glob("*.eml")} == {*ANSWERS, *DISAGREEING, *OTHERS}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_what_its_mail_says(name: str) -> None:
    method, partstat = ANSWERS[name]
    message = read_message(letter(name))
    assert message.kind == "calendar" and not message.disagreeing and len(message.answers) == 1
    answer = message.answers[0]
    assert (answer.method, answer.uid) == (method, UID)
    assert dict(answer.attendees)[PAT] == partstat
    assert answer.stamped_at is not None and answer.stamped_at.utcoffset() is not None
    assert message.recipients == (TOKEN_ADDRESS,)
    assert answer.starts_at == (STARTS_AT.replace(day=6) if method == "COUNTER" else STARTS_AT)


@pytest.mark.parametrize("name", DISAGREEING)
def test_parts_that_say_different_things_are_for_a_person(name: str) -> None:
    message = read_message(letter(name))
    assert message.kind == "calendar" and message.disagreeing
    assert len(message.answers) == DISAGREEING[name]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_answer_is_told_apart_with_a_reason(name: str) -> None:
    kind, words = OTHERS[name]
    message = read_message(letter(name))
    assert message.kind == kind and words in message.reason and message.reason.endswith(".")
    assert bool(message.answers) == (kind == "calendar")


@pytest.mark.parametrize("name", [*ANSWERS, *DISAGREEING, *OTHERS])
def test_line_ends_change_nothing(name: str) -> None:
    bare = letter(name).replace(b"\r\n", b"\n")
    plain, wired = read_message(bare), read_message(bare.replace(b"\n", b"\r\n"))
    assert plain.sha256 != wired.sha256
    assert replace(plain, sha256="") == replace(wired, sha256="")


@pytest.mark.parametrize("name", [*ANSWERS, *DISAGREEING, *OTHERS])
def test_json_keeps_every_field(name: str) -> None:
    message = read_message(letter(name))
    written = json.dumps(message.as_json(), default=datetime.isoformat)
    assert ReadMessage.from_json(json.loads(written)) == message


@pytest.mark.parametrize("name", ["bounce_postfix", "bounce_exchange_ndr", "bounce_qmail"])
def test_a_bounce_names_the_address_and_never_reads_the_enclosed_copy(name: str) -> None:
    message = read_message(letter(name))
    assert message.bounced == (PAT,)
    assert message.answers == ()


def test_a_delay_is_not_a_failure() -> None:
    assert read_message(letter("bounce_delayed")).bounced == ()


def test_an_empty_return_path_is_a_bounce_even_around_a_calendar() -> None:
    message = read_message(b"Return-Path: <>\r\n" + mail("", "")[:-2] + calendar_part().encode())
    assert (message.kind, message.answers) == ("bounce", ())


def test_recipients_come_in_the_order_that_finds_the_token() -> None:
    raw = mail("Delivered-To: box@walk.example.org\r\nX-Original-To: Visits+ABC@walk.example.org\r\n")
    raw = raw.replace(b"\r\nSubject", b',\r\n "b@x.org" <c@x.org>, box@walk.example.org\r\nSubject')
    assert read_message(raw).recipients == (
        "box@walk.example.org", "visits+abc@walk.example.org", TOKEN_ADDRESS, "c@x.org"
    )  # fmt: skip


def test_a_display_name_that_looks_like_an_address_is_not_the_sender() -> None:
    raw = mail("").replace(b"From: Pat <", b'From: "head@school.example.edu" (boss@x.org) <')
    assert read_message(raw).sender == PAT


def test_headers_are_kept_as_plain_text() -> None:
    message = read_message(letter("prose_reply"))
    assert message.subject == "Re: Peer visit: café"
    assert message.message_id == "<m1@school.example.edu>"
    assert message.authentication_results == (
        "mail.walk.example.org; dkim=pass header.d=school.example.edu; dmarc=pass header.from=school.example.edu",
    )
    assert message.text == "Could we do Tuesday instead? – Pat"


def test_an_encoded_line_end_in_a_subject_stays_within_its_line() -> None:
    assert read_message(letter("hostile_header_in_name")).subject == "Accepted Bcc: all@example.org"


def test_html_alone_gives_its_words() -> None:
    assert read_message(letter("prose_in_html")).text == "Tuesday & Thursday\nwork."


def test_an_empty_plain_text_beside_html_does_not_hide_the_words() -> None:
    raw = mixed(b"Content-Type: text/plain\r\n\r\n \r\n", b"Content-Type: text/html\r\n\r\n<p>Tuesday?</p>")
    assert read_message(raw).text == "Tuesday?"


def test_text_is_cut_at_4000_characters() -> None:
    assert len(read_message(mail("", "word " * 9_000)).text) <= 4_000


def test_a_counter_keeps_the_proposed_time_and_a_note_is_kept() -> None:
    counter = read_message(letter("exchange_online_counter")).answers[0]
    assert counter.ends_at == datetime(2026, 10, 6, 16, 10, tzinfo=UTC)
    assert read_message(letter("google_declined_with_note")).answers[0].comment == "I cover the library then"
    assert read_message(letter("latin1_undeclared")).answers[0].comment == "Später, bis fünf"


def test_a_broken_answer_within_an_automatic_mail_reaches_a_person() -> None:
    raw = mail("Auto-Submitted: auto-replied\r\n")[:-2] + calendar_part("SEQUENCE:1\r\nSEQUENCE:2\r\n").encode()
    assert read_message(raw).kind == "quarantine"


def test_a_part_without_its_closing_delimiter_is_still_read() -> None:
    raw = mixed(calendar_part().encode()).removesuffix(b"--b1--\r\n")
    assert read_message(raw).answers[0].uid == UID


def test_a_boundary_is_only_found_at_the_start_of_a_line() -> None:
    raw = mixed(calendar_part("COMMENT:see --b1\r\nLOCATION:--b1--\r\n").encode())
    assert read_message(raw).answers[0].comment == "see --b1"


HOSTILE = {
    "parentheses": (b"From: " + b"(" * 60_000 + b"\r\n\r\n", "prose"),
    "one long word": (b"From: " + b"a" * 60_000 + b"\r\n\r\n", "prose"),
    "many at signs": (b"To: <" + b"a@" * 30_000 + b"\r\n\r\n", "prose"),
    "encoded words": (b"Subject: " + b"=?idna?q?a?= =?x?b?=?= " * 2_000 + b"\r\n\r\n", "prose"),
    "parameters": (mail('Content-Type: text/plain; x="' + ";" * 60_000 + "\r\n"), "quarantine"),
    "empty parts": (mixed(*[b""] * 50_000), "quarantine"),
    "nested 1000 deep": (nested(1_000), "quarantine"),
    "nested 15 deep": (nested(15), "calendar"),
    "the same boundary again": (
        mail("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 20_000),
        "quarantine",
    ),
    "enclosed messages": (mail("Content-Type: message/rfc822\r\n\r\n" * 20_000), "prose"),
    "headers without end": (b"X: " + b"a" * 9_000_000, "quarantine"),
    "headers over 64 KB": (mail("X-A: b\r\n" * 9_000, calendar_part()), "quarantine"),
    "headers of a part without end": (mixed(b"X: " + b"a" * 9_000_000), "quarantine"),
    "over 25 MB": (b"A: b\r\n\r\n" + b"a" * (25 * 1024 * 1024), "quarantine"),
    "calendar over 2 MB": (mail("")[:-2] + calendar_part("A:b\r\n" * 500_000).encode(), "quarantine"),
    "five calendars": (mixed(*[calendar_part().encode()] * 5), "quarantine"),
    "repeats for ever": (
        mail("")[:-2] + calendar_part("RRULE:FREQ=DAILY;INTERVAL=0\r\n").encode(),
        "calendar",
    ),
    "open style tags": (mail("Content-Type: text/html\r\n", b"<style" * 500_000), "prose"),
    "open angles": (mail("Content-Type: text/html\r\n", b"<" * 5_000_000), "prose"),
    "report of blanks": (
        mail("Content-Type: message/delivery-status\r\n", b"\n" + b" \n" * 2_000_000),
        "bounce",
    ),
    "prose bounce": (b"Return-Path: <>\r\n" + mail("", b"<" + b"aaa@" * 1_000_000), "bounce"),
    "zeros": (b"\x00" * 1_000_000, "quarantine"),
    "nothing": (b"", "quarantine"),
    "a blank line": (b"\r\n", "quarantine"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_linear_time(name: str) -> None:
    raw, kind = HOSTILE[name]
    before = time.process_time()
    message = read_message(raw)
    assert time.process_time() - before < 1.5
    assert message.kind == kind
    assert not message.reason.startswith("The message could not be read")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.binary(max_size=60))
def test_no_bytes_make_the_reader_raise(body: bytes, header: bytes) -> None:
    boundary = b"Content-Type: multipart/report; boundary=b\r\n"
    for raw in (body, header + b"\r\n\r\n" + body, boundary + header + b"\r\n\r\n--b\r\n" + body):
        message = read_message(raw)
        json.dumps(message.as_json(), default=datetime.isoformat, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("name", ["google_accepted", "exchange_online_counter", "bounce_postfix", "two_events"])
def test_the_child_says_the_same_as_the_reader_itself(name: str) -> None:
    assert read_message_in_child(letter(name)) == read_message(letter(name))


def test_an_honest_mail_of_many_megabytes_passes_the_childs_limits() -> None:
    attachment = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    attachment += base64.encodebytes(os.urandom(1_000_000)) * 17
    raw = mixed(calendar_part().encode(), attachment)
    assert 20_000_000 < len(raw) < 25 * 1024 * 1024
    assert read_message_in_child(raw).answers[0].uid == UID


def test_a_message_over_the_limit_of_size_starts_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    message = read_message_in_child(b"a" * (25 * 1024 * 1024 + 1))
    assert (message.kind, message.reason) == ("quarantine", "The message is larger than 25 MB.")


def test_the_worst_mail_within_every_limit_of_shape_stays_within_two_seconds() -> None:
    bulk = calendar_part("ATTENDEE:x\r\n" * 100 + "A:\r\n" * 490_000).encode()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    message = read_message_in_child(mixed(*[bulk] * 4))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert message.kind == "calendar"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_a_child_that_runs_on_gives_quarantine_and_the_next_mail_is_read() -> None:
    message = read_message_in_child(letter("google_accepted"), seconds=0.001)
    assert message.kind == "quarantine" and message.reason == "Reading the message took too long."
    assert message.sha256 == read_message(letter("google_accepted")).sha256 and message.answers == ()
    assert read_message_in_child(letter("google_accepted")).kind == "calendar"


@pytest.mark.parametrize("work", ["while True: pass", "b'x' * 10**9", "open('x', 'wb', 0).write(b'x')"])
def test_a_process_under_limits_can_neither_spin_nor_grow_nor_write(work: str, tmp_path: Path) -> None:
    code = f"from mentorship.replies.reading_child import limit_this_process as limit; limit(1.0, 200)\n{work}"
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": root}, capture_output=True, timeout=20
    )
    assert done.returncode != 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0


def test_a_child_that_runs_out_of_memory_gives_quarantine() -> None:
    raw = mixed(b"Content-Type: text/plain\r\n\r\n" + b"a" * 20_000_000)
    assert read_message_in_child(raw, megabytes=60).kind == "quarantine"


def test_a_child_that_cannot_start_gives_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    assert read_message_in_child(letter("google_accepted")).kind == "quarantine"


def test_a_child_that_crashes_is_told_apart() -> None:
    with pytest.raises(ChildFailed, match="could not be read"):
        answer_of_child("mentorship.replies.no_such_module", b"", 2.0, 200)
