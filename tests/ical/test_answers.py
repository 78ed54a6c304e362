"""One calendar part from outside: what is tolerated, what is refused, and that nothing is ever expanded."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.ical.answers import CalendarAnswer, UnreadableCalendar, read_answer

ATTENDEE = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:pat@example.edu\r\n"


def reply(body: str = ATTENDEE, method: str = "METHOD:REPLY\r\n", uid: str = "UID:a@walk.example.org\r\n") -> str:
    event = f"BEGIN:VEVENT\r\n{uid}{body}END:VEVENT\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{method}{event}END:VCALENDAR\r\n"


def read(text: str) -> CalendarAnswer:
    return read_answer(text.encode(), None)


def test_missing_sequence_is_zero_and_missing_partstat_needs_action() -> None:
    answer = read(reply("ATTENDEE:MAILTO:Pat@Example.EDU\r\n"))
    assert answer.sequence == 0 and answer.stamped_at is None and answer.organizer is None
    assert answer.attendees == (("pat@example.edu", "NEEDS-ACTION"),)


def test_names_of_methods_and_properties_may_be_in_lower_case() -> None:
    answer = read(reply().lower())
    assert answer.method == "REPLY" and answer.attendees == (("pat@example.edu", "ACCEPTED"),)


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART:20260324T133000Z",
        "DTSTART;TZID=America/New_York:20260324T093000",
        'DTSTART;TZID="America/New_York":20260324T093000',
        "DTSTART;TZID=Eastern Standard Time:20260324T093000",
        "DTSTART;TZID=/vendor.example/2023b/America/New_York:20260324T093000",
        'DTSTART;TZID="tzone://Microsoft/Utc":20260324T133000',
        "DTSTART;TZID=tzone://Microsoft/Utc:20260324T133000",
        "DTSTART;VALUE=DATE-TIME:20260324T133000z",
    ],
)
def test_a_start_is_the_same_instant_however_its_zone_is_named(line: str) -> None:
    assert read(reply(line + "\r\n")).starts_at == datetime(2026, 3, 24, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        ":20260324",
        ":20260324T093000",
        ";TZID=Nowhere/Land:20260324T093000",
        ":20260231T093000Z",
        ":garbage",
        ":",
        ";TZID=../../etc/passwd:20260324T093000",
        ";TZID=:20260324T093000",
        ":00010101T000000Z9",
    ],
)
def test_a_start_that_cannot_be_placed_in_time_is_none(value: str) -> None:
    assert read(reply(f"DTSTART{value}\r\n")).starts_at is None


def test_a_stamp_without_a_zone_is_utc() -> None:
    assert read(reply("DTSTAMP:20261001T070000\r\n")).stamped_at == datetime(2026, 10, 1, 7, tzinfo=UTC)


def test_a_duration_stands_for_an_end() -> None:
    answer = read(reply("DTSTART:20261005T153000Z\r\nDURATION:PT1H10M\r\n"))
    assert answer.ends_at == datetime(2026, 10, 5, 16, 40, tzinfo=UTC)


def test_an_instance_that_cannot_be_placed_is_never_taken_for_the_series() -> None:
    with pytest.raises(UnreadableCalendar, match="one instance of a series"):
        read(reply(ATTENDEE + "RECURRENCE-ID:20261005\r\n"))


def test_an_address_may_stand_in_the_email_parameter() -> None:
    answer = read(reply("ATTENDEE;EMAIL=Pat@example.edu;PARTSTAT=TENTATIVE:/12345/principal/\r\n"))
    assert answer.attendees == (("pat@example.edu", "TENTATIVE"),)


def test_a_percent_encoded_plus_is_a_plus() -> None:
    answer = read(reply(ATTENDEE + "ORGANIZER:mailto:visits%2Babc@walk.example.org\r\n"))
    assert answer.organizer == "visits+abc@walk.example.org"


def test_comments_are_plain_text_of_bounded_length() -> None:
    assert read(reply("COMMENT:late\\, sorry\\nPat\x07\r\n")).comment == "late, sorry\nPat"
    assert len(read(reply(f"COMMENT:{'a' * 50_000}\r\n")).comment) == 2_000


def test_lines_of_alarms_and_zones_are_not_the_events_own() -> None:
    alarm = "BEGIN:VALARM\r\nATTENDEE:mailto:x@example.org\r\nUID:other\r\nEND:VALARM\r\n"
    zone = "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    answer = read(reply(ATTENDEE + alarm, method="METHOD:REPLY\r\n" + zone))
    assert answer.uid == "a@walk.example.org" and len(answer.attendees) == 1 and answer.starts_at is None


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\r\r\n", "\n\n"])
def test_any_line_end_is_understood_also_within_a_fold(line_end: str) -> None:
    folded = reply("ATTENDEE;PARTSTAT=ACC\r\n EPTED:mailto:pat@exam\r\n\tple.edu\r\n")
    assert read(folded.replace("\r\n", line_end)).attendees == (("pat@example.edu", "ACCEPTED"),)


@pytest.mark.parametrize("declared", [None, "utf-8", "UTF-8", "no-such-charset", "idna", "us-ascii", "zlib"])
def test_the_charset_falls_back_to_utf8_and_then_to_latin1(declared: str | None) -> None:
    text = reply("COMMENT:Später\r\n")
    assert read_answer(text.encode("utf-8"), declared).comment == "Später"
    assert read_answer(b"\xef\xbb\xbf" + text.encode("utf-8"), declared).comment == "Später"
    assert read_answer(text.encode("latin-1"), declared).comment == "Später"


def test_utf16_is_read_when_it_is_declared() -> None:
    assert read_answer(reply("COMMENT:Später\r\n").encode("utf-16"), "utf-16").comment == "Später"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no event"),
        ("BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "no event"),
        (reply() + reply(), "more than one calendar"),
        (
            reply().replace("END:VCALENDAR", "BEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"),
            "more than one event",
        ),
        (reply().replace("VEVENT", "VFREEBUSY"), "something else"),
        (reply(f"BEGIN:VEVENT\r\n{ATTENDEE}END:VEVENT\r\n"), "something else"),
        (reply().replace("END:VEVENT\r\n", ""), "do not match"),
        (reply().replace("END:VCALENDAR\r\n", ""), "too early"),
        (reply(method=""), "no METHOD"),
        (reply(method="METHOD:REPLY\r\nMETHOD:REPLY\r\n"), "more than one METHOD"),
        (reply(uid=""), "names no meeting"),
        (reply("UID:b\r\n"), "more than one UID"),
        (reply("SEQUENCE:1\r\nSEQUENCE:2\r\n"), "more than one SEQUENCE"),
        (reply("SEQUENCE:-1\r\n"), "not a number"),
        (reply(f"SEQUENCE:{'9' * 3_000}\r\n"), "not a number"),
        (reply(ATTENDEE * 300), "too many attendees"),
        (reply(f"ATTENDEE:mailto:{'a' * 9_000}@example.org\r\n"), "longer than 4,000"),
        (reply("X" * (2 * 1024 * 1024)), "larger than 2 MB"),
        ("<html>no calendar</html>", "no event"),
    ],
)
def test_what_is_not_one_plain_answer_is_refused_with_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableCalendar, match=sentence) as refused:
        read(text)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        "RRULE:FREQ=DAILY;INTERVAL=0\r\n",
        "RRULE:FREQ=SECONDLY;COUNT=99999999999\r\nEXRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n",
        "RDATE:" + ",".join(["20261005T153000Z"] * 50_000) + "\r\n",
        "A:b\r\n" * 300_000,
        "\r\n" * 900_000,
        "BEGIN:VALARM\r\nEND:VALARM\r\n" * 60_000,
    ],
)
def test_repetition_and_bulk_cost_no_time(body: str) -> None:
    before = time.process_time()
    assert read(reply(ATTENDEE + "DTSTART:20261005T153000Z\r\n" + body)).method == "REPLY"
    assert time.process_time() - before < 2


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: reply(text).encode("utf-8", "replace")))
def test_no_bytes_raise_anything_but_unreadable(content: bytes) -> None:
    for charset in (None, "utf-16", "shift_jis"):
        try:
            answer = read_answer(content, charset)
        except UnreadableCalendar as refused:
            assert str(refused).endswith(".")
        else:
            assert answer.method and answer.uid
