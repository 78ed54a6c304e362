"""The calendar objects that we send, read back by a strict parser of our own (RFC 5545 section 3.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.ical.answers import read_answer
from mentorship.ical.writing import CalendarEvent, cancel_text, request_text

EVENT = CalendarEvent(
    uid="5d1f0c9e-6f0e-4a57-9a55-0b8f0f2f7c11@walk.example.org",
    sequence=0,
    stamped_at=datetime(2026, 10, 1, 7, 0, tzinfo=UTC),
    created_at=datetime(2026, 10, 1, 6, 59, tzinfo=UTC),
    starts_at=datetime(2026, 10, 5, 11, 30, tzinfo=ZoneInfo("America/New_York")),
    ends_at=datetime(2026, 10, 5, 12, 10, tzinfo=ZoneInfo("America/New_York")),
    summary="Peer visit: Ben Ode",
    location="Room 204",
    description="Science 7B, period 5, B day\nhttps://walk.example.org/visits/12",
    category="WALKTHROUGH",
    organizer_name="Maple Hollow visits",
    organizer_address="visits+k3v7q2m5x4n6p2r7s3t5u6w4y2@walk.example.org",
    attendee_name="Pat Lee",
    attendee_address="Pat.Lee@school.example.edu",
)
NAME = r"[A-Z0-9-]+"
SAFE = r'[^\x00-\x08\x0a-\x1f\x7f",;:]*'
QUOTED = r'"[^\x00-\x08\x0a-\x1f\x7f"]*"'
CONTENT_LINE = re.compile(rf"({NAME})((?:;{NAME}=(?:{QUOTED}|{SAFE}))*):([^\x00-\x08\x0a-\x1f\x7f]*)")
PARAMETER = re.compile(rf";({NAME})=({QUOTED}|{SAFE})")
ESCAPED_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")

Line = tuple[str, dict[str, str], str]


def unfolded(written: bytes) -> list[str]:
    """The content lines, after a check of every physical line; raises AssertionError at the first fault."""
    assert written.endswith(b"\r\n")
    physical = written[:-2].split(b"\r\n")
    for line in physical:
        assert b"\r" not in line and b"\n" not in line
        assert 0 < len(line) <= 75
        # A fold within a character is legal, but many programs decode line by line.
        line.decode("utf-8")
    return b"\r\n".join(physical).replace(b"\r\n ", b"").decode("utf-8").split("\r\n")


def parsed(written: bytes) -> list[Line]:
    lines: list[Line] = []
    for text in unfolded(written):
        found = CONTENT_LINE.fullmatch(text)
        assert found, f"no content line: {text!r}"
        parameters = {name: value.strip('"') for name, value in PARAMETER.findall(found[2])}
        lines.append((found[1], parameters, found[3]))
    return lines


def values(written: bytes) -> dict[str, str]:
    """Each property once, but for BEGIN and END."""
    lines = [(name, value) for name, _, value in parsed(written) if name not in ("BEGIN", "END")]
    assert len({name for name, _ in lines}) == len(lines), "a property stands twice"
    return dict(lines)


def parameters(written: bytes, name: str) -> dict[str, str]:
    return next(found for line, found, _ in parsed(written) if line == name)


def plain_text(value: str) -> str:
    assert ESCAPED_TEXT.fullmatch(value)
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def plain_parameter(value: str) -> str:
    """RFC 6868."""
    marks = {"^^": "^", "^n": "\n", "^'": '"'}
    return re.sub(r"\^[\^n']", lambda found: marks[found[0]], value)


def test_a_request_says_everything_a_mail_client_needs_in_a_stable_order() -> None:
    lines = parsed(request_text(EVENT))
    assert " ".join(name for name, _, _ in lines) == (
        "BEGIN VERSION PRODID CALSCALE METHOD BEGIN UID SEQUENCE DTSTAMP DTSTART DTEND SUMMARY LOCATION "
        "DESCRIPTION CATEGORIES STATUS TRANSP CLASS CREATED LAST-MODIFIED ORGANIZER ATTENDEE END END"
    )
    found = values(request_text(EVENT))
    assert found["METHOD"] == "REQUEST" and found["STATUS"] == "CONFIRMED" and found["SEQUENCE"] == "0"
    assert found["UID"] == EVENT.uid
    assert found["CATEGORIES"] == "WALKTHROUGH"
    assert found["ORGANIZER"] == f"mailto:{EVENT.organizer_address}"
    assert found["ATTENDEE"] == "mailto:Pat.Lee@school.example.edu"
    assert found["DTSTAMP"] == found["LAST-MODIFIED"] == "20261001T070000Z"
    assert found["CREATED"] == "20261001T065900Z"
    assert plain_text(found["DESCRIPTION"]) == EVENT.description


def test_times_are_written_as_the_same_instant_in_utc() -> None:
    found = values(request_text(EVENT))
    assert (found["DTSTART"], found["DTEND"]) == ("20261005T153000Z", "20261005T161000Z")
    assert b"TZID" not in request_text(EVENT)


def test_the_attendee_is_asked_to_answer() -> None:
    assert parameters(request_text(EVENT), "ATTENDEE") == {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "CN": "Pat Lee",
    }


def test_an_update_that_leaves_the_time_alone_keeps_the_answer_on_file() -> None:
    update = replace(EVENT, sequence=1, partstat="ACCEPTED", location="Room 7")
    assert parameters(request_text(update), "ATTENDEE")["PARTSTAT"] == "ACCEPTED"


def test_a_chain_of_request_update_and_cancel_keeps_its_identity_and_rises() -> None:
    later = EVENT.stamped_at + timedelta(hours=1)
    moved = replace(EVENT, sequence=1, stamped_at=later, ends_at=EVENT.ends_at + timedelta(minutes=5))
    ended = replace(moved, sequence=2, stamped_at=later + timedelta(hours=1))
    chain = [values(request_text(EVENT)), values(request_text(moved)), values(cancel_text(ended))]
    assert len({(found["UID"], found["ORGANIZER"], found["ATTENDEE"], found["CREATED"]) for found in chain}) == 1
    assert [found["SEQUENCE"] for found in chain] == ["0", "1", "2"]
    assert sorted(found["DTSTAMP"] for found in chain) == [found["DTSTAMP"] for found in chain]
    assert [found["METHOD"] for found in chain] == ["REQUEST", "REQUEST", "CANCEL"]


def test_a_cancel_is_cancelled_in_both_places_and_asks_nothing() -> None:
    written = cancel_text(replace(EVENT, sequence=1))
    found = values(written)
    assert (found["METHOD"], found["STATUS"]) == ("CANCEL", "CANCELLED")
    assert {"DTSTART", "DTEND", "SUMMARY", "UID", "ORGANIZER", "ATTENDEE"} <= found.keys()
    assert "RSVP" not in parameters(written, "ATTENDEE")
    assert b"VALARM" not in written


def test_the_same_event_gives_the_same_bytes() -> None:
    assert request_text(EVENT) == request_text(replace(EVENT))
    in_utc = replace(EVENT, starts_at=EVENT.starts_at.astimezone(UTC), ends_at=EVENT.ends_at.astimezone(UTC))
    assert request_text(in_utc) == request_text(EVENT)


def test_a_name_cannot_begin_a_line_of_its_own() -> None:
    written = request_text(
        replace(EVENT, attendee_name='Pat "P"\r\nATTENDEE:mailto:x@example.org\x00', summary="a\r\nb")
    )
    found = values(written)
    assert parameters(written, "ATTENDEE")["CN"] == "Pat 'P' ATTENDEE:mailto:x@example.org"
    assert found["SUMMARY"] == "a b"


def test_empty_texts_and_names_are_left_out() -> None:
    written = request_text(replace(EVENT, location=" ", description="", organizer_name="", attendee_name="\x07"))
    assert not {"LOCATION", "DESCRIPTION", "URL"} & values(written).keys()
    assert "CN" not in parameters(written, "ORGANIZER") and "CN" not in parameters(written, "ATTENDEE")


def test_a_link_is_written_as_url_when_given() -> None:
    assert values(request_text(replace(EVENT, url="https://walk.example.org/v/12?a=1,2;b")))["URL"].startswith("https:")


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": datetime(2026, 10, 5, 11, 30)},
        {"stamped_at": datetime(2026, 10, 5)},
        {"ends_at": EVENT.starts_at},
        {"attendee_address": "pat@x.org\r\nBcc: all@example.org"},
        {"attendee_address": "Pat <pat@x.org>"},
        {"organizer_address": "PAT.lee@school.example.edu"},
        {"sequence": -1},
        {"sequence": 2**31},
        {"uid": ""},
        {"uid": "a b"},
        {"uid": "a" * 255},
        {"category": "OTHER"},
        {"partstat": "YES"},
    ],
)
def test_an_event_that_no_client_could_use_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(EVENT, **change)  # type: ignore[arg-type]


ODD_TEXT = st.text(max_size=300) | st.text(alphabet='\r\n\t\x00\x07\x85\u2028;,:\\"^n éü𝄞', max_size=300)


def visible(text: str) -> str:
    """What must survive: all but control characters, noncharacters and line ends; spaces run together."""
    text = re.sub("[\r\n\x85\u2028\u2029]", " ", text)
    return " ".join(re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]", "", text).split())


@settings(max_examples=150, deadline=None)
@given(ODD_TEXT, ODD_TEXT, ODD_TEXT)
def test_any_text_is_folded_and_escaped_so_that_it_reads_back(summary: str, description: str, name: str) -> None:
    written = request_text(replace(EVENT, summary=summary, description=description, attendee_name=name))
    found = values(written)
    assert plain_text(found["SUMMARY"]) == visible(summary)
    assert " ".join(plain_text(found.get("DESCRIPTION", "")).split()) == visible(description)
    assert plain_parameter(parameters(written, "ATTENDEE").get("CN", "")) == visible(name).replace('"', "'")


@settings(max_examples=50, deadline=None)
@given(ODD_TEXT, st.integers(0, 2**31 - 1), st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)))
def test_what_we_write_our_own_reader_understands(summary: str, sequence: int, start: datetime) -> None:
    starts_at = start.replace(microsecond=0, tzinfo=UTC)
    event = replace(
        EVENT,
        summary=summary,
        sequence=sequence,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=40),
    )
    answer = read_answer(cancel_text(event), "utf-8")
    assert (answer.method, answer.uid, answer.sequence) == ("CANCEL", EVENT.uid, sequence)
    assert (answer.starts_at, answer.ends_at) == (starts_at, starts_at + timedelta(minutes=40))
    assert answer.attendees == (("pat.lee@school.example.edu", "NEEDS-ACTION"),)
    assert answer.organizer == EVENT.organizer_address
