"""Calendar objects that we send: one meeting, one attendee, one METHOD (RFC 5546 section 3.2, RFC 6047)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Mentorship//Mentoring and peer visits//EN"
CATEGORIES = ("WALKTHROUGH", "MENTORING", "DEBRIEF")
PARTSTATS = ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE")

# RFC 5545 section 3.1 forbids control characters in any value. Lone surrogates cannot be written as UTF-8,
# and some readers take NEL, U+2028 and U+2029 for line ends, so that a name could begin a line of its own.
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("\r\n|\r|\n|\x85|\u2028|\u2029")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\]\\]+@[^\s\x00-\x20\x7f\"(),:;<>@\[\]\\]+")


@dataclass(frozen=True)
class CalendarEvent:
    """One meeting as one attendee is told of it.

    All instants are aware and are written in UTC. `sequence` is the revision (RFC 5545 section 3.8.7.4),
    which the caller raises; `stamped_at` becomes DTSTAMP and LAST-MODIFIED, so that equal events give equal
    bytes. `category` is one of CATEGORIES. Raises ValueError where the object could not be understood by a
    mail client.
    """

    uid: str
    sequence: int
    stamped_at: datetime
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    category: str
    organizer_name: str
    organizer_address: str
    attendee_name: str
    attendee_address: str
    partstat: str = "NEEDS-ACTION"
    url: str = ""

    def __post_init__(self) -> None:
        for name in ("stamped_at", "created_at", "starts_at", "ends_at"):
            if getattr(self, name).utcoffset() is None:
                raise ValueError(f"{name} needs a time zone")
        for name in ("organizer_address", "attendee_address"):
            if not _ADDRESS.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} is not a mail address")
        # Clients show no buttons to the organizer of a meeting, so that nobody could answer.
        if self.organizer_address.lower() == self.attendee_address.lower():
            raise ValueError("the organizer must not be the attendee")
        if self.ends_at <= self.starts_at:
            raise ValueError("a meeting ends after it starts")
        if not 0 <= self.sequence < 2**31:
            raise ValueError("sequence must lie between 0 and 2147483647")
        if not self.uid or len(self.uid) > 254 or re.search(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff]", self.uid):
            raise ValueError("uid must be 1 to 254 characters without spaces")
        if self.category not in CATEGORIES:
            raise ValueError(f"category must be one of {', '.join(CATEGORIES)}")
        if self.partstat not in PARTSTATS:
            raise ValueError(f"partstat must be one of {', '.join(PARTSTATS)}")


def request_text(event: CalendarEvent) -> bytes:
    """The invitation or its update: a whole VCALENDAR with METHOD:REQUEST, UTF-8, CRLF, lines of at most 75
    octets.
    """
    return _text("REQUEST", "CONFIRMED", event)


def cancel_text(event: CalendarEvent) -> bytes:
    """The end of a meeting: METHOD:CANCEL and STATUS:CANCELLED; the caller has raised `sequence` (RFC 5546
    3.2.5).
    """
    return _text("CANCEL", "CANCELLED", event)


def _text(method: str, status: str, event: CalendarEvent) -> bytes:
    # Calendar.new() would add a random UID of its own, and with it the bytes would differ on every call.
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    calendar.add_component(_vevent(method, status, event))
    return bytes(calendar.to_ical(sorted=False))


def _vevent(method: str, status: str, event: CalendarEvent) -> Event:
    vevent = Event()
    vevent.add("UID", event.uid)
    vevent.add("SEQUENCE", event.sequence)
    vevent.add("DTSTAMP", _utc(event.stamped_at))
    vevent.add("DTSTART", _utc(event.starts_at))
    vevent.add("DTEND", _utc(event.ends_at))
    vevent.add("SUMMARY", _one_line(event.summary))
    for name, text in (("LOCATION", _one_line(event.location)), ("DESCRIPTION", _lines(event.description))):
        if text:
            vevent.add(name, text)
    vevent.add("CATEGORIES", [event.category])
    if url := _one_line(event.url):
        vevent.add("URL", url)
    vevent.add("STATUS", status)
    vevent.add("TRANSP", "OPAQUE")
    vevent.add("CLASS", "PUBLIC")
    vevent.add("CREATED", _utc(event.created_at))
    vevent.add("LAST-MODIFIED", _utc(event.stamped_at))
    vevent.add("ORGANIZER", _organizer(event), encode=False)
    vevent.add("ATTENDEE", _attendee(method, event), encode=False)
    return vevent


def _organizer(event: CalendarEvent) -> vCalAddress:
    address = vCalAddress(f"mailto:{event.organizer_address}")
    if name := _name(event.organizer_name):
        address.params["CN"] = vText(name)
    return address


def _attendee(method: str, event: CalendarEvent) -> vCalAddress:
    """Gmail shows its buttons only if this address is exactly the To address, so its case is kept."""
    address = vCalAddress(f"mailto:{event.attendee_address}")
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = event.partstat
    if method == "REQUEST":
        address.params["RSVP"] = "TRUE"
    if name := _name(event.attendee_name):
        address.params["CN"] = vText(name)
    return address


def _utc(instant: datetime) -> datetime:
    """DATE-TIME has no fractions of a second (RFC 5545 section 3.3.5)."""
    return instant.astimezone(UTC).replace(microsecond=0)


def _lines(text: str) -> str:
    return _NOT_TEXT.sub("", _LINE_END.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    return " ".join(_lines(text).split())


def _name(text: str) -> str:
    """Few clients know the escape ^' of RFC 6868, so a quotation mark within a name becomes an apostrophe."""
    return _one_line(text).replace('"', "'")
