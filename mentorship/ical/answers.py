"""What one text/calendar part from outside says (RFC 5546 section 3.2), read without trusting any of it.

Only the lines that an answer needs are parsed at all. RRULE, RDATE, VTIMEZONE and VALARM are never looked at
beyond their BEGIN and END, so that nothing from outside is expanded: `RRULE:INTERVAL=0` keeps dateutil busy
for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from icalendar.parser import Contentline, Parameters

from mentorship.ical.instants import instant, length
from mentorship.ical.parts import decoded

LARGEST = 2 * 1024 * 1024
LONGEST_LINE = 4_000
MOST_LINES = 120
LONGEST_COMMENT = 2_000

_ONCE = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "ORGANIZER")
_REPEATED = ("ATTENDEE", "COMMENT")
# A line folds after its end and one blank or tab; blank lines between come from relays that double line ends.
_FOLD = re.compile(r"(?<!\n)\n+[ \t]")
# One pattern finds the few lines that matter in a part of two million bytes ten times as fast as a loop.
_WANTED = re.compile(
    rf"^[ \t]*(BEGIN|END|METHOD|{'|'.join(_ONCE + _REPEATED)})[ \t]*[:;][^\n]*", re.MULTILINE | re.IGNORECASE
)
_INSIDE = {"VCALENDAR": {"VEVENT", "VTIMEZONE"}, "VTIMEZONE": {"STANDARD", "DAYLIGHT"}, "VEVENT": {"VALARM"}}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class CalendarAnswer:
    """One VEVENT under its METHOD, as the sender wrote it.

    `attendees` holds (address in lower case without mailto:, PARTSTAT in upper case) in the order of the
    lines; a missing PARTSTAT is NEEDS-ACTION and a missing SEQUENCE 0, as RFC 5545 says. Instants are aware
    UTC, None where the line is missing or cannot be placed in time (an all-day date, an unknown zone). The
    caller decides who may say what: nothing here is checked against what we sent.
    """

    method: str
    uid: str
    sequence: int
    stamped_at: datetime | None
    attendees: tuple[tuple[str, str], ...]
    organizer: str | None
    recurrence_id: datetime | None
    comment: str
    starts_at: datetime | None
    ends_at: datetime | None


class UnreadableCalendar(ValueError):
    """The part is no answer that a machine may act upon; the text is one plain sentence."""


@dataclass(frozen=True)
class _Line:
    name: str
    parameters: Parameters
    value: str

    def parameter(self, name: str) -> str:
        found = self.parameters.get(name, "")
        return str(found[0] if isinstance(found, (list, tuple)) and found else found or "")


def read_answer(text: bytes, charset: str | None) -> CalendarAnswer:
    """The answer in the decoded content of one calendar part; `charset` is the one that the part declares, or
    None.

    Tolerates bare line feeds, blank lines, a byte-order mark and a wrong charset. Raises UnreadableCalendar,
    and nothing else, for whatever is not exactly one VCALENDAR with one METHOD and one VEVENT.
    """
    if len(text) > LARGEST:
        raise UnreadableCalendar("The calendar part is larger than 2 MB.")
    try:
        return _answer(decoded(text, charset or "utf-8"))
    except UnreadableCalendar:
        raise
    except Exception as error:
        # The parser meets whatever a stranger sends, and the intake must outlive all of it.
        raise UnreadableCalendar("The calendar part cannot be read.") from error


def _answer(text: str) -> CalendarAnswer:
    unfolded = _FOLD.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    method: str | None = None
    lines: list[_Line] = []
    for inside, name, raw in _outline(unfolded):
        if inside == "VCALENDAR" and name == "METHOD":
            if method is not None:
                raise UnreadableCalendar("The calendar part has more than one METHOD.")
            method = _text(_line(name, raw).value).upper()[:40]
        elif inside == "VEVENT" and name != "METHOD":
            if len(lines) >= MOST_LINES:
                raise UnreadableCalendar("The calendar part names too many attendees.")
            lines.append(_line(name, raw))
    if not method:
        raise UnreadableCalendar("The calendar part has no METHOD.")
    return _event(method, lines)


def _outline(text: str) -> Iterator[tuple[str, str, str]]:
    """The wanted lines of exactly one VCALENDAR with exactly one VEVENT: component, name, whole line."""
    open_parts: list[str] = []
    seen: list[str] = []
    for found in _WANTED.finditer(text):
        name, raw = found[1].upper(), found[0]
        if name not in ("BEGIN", "END"):
            if open_parts:
                yield open_parts[-1], name, raw
            continue
        part = raw.partition(":")[2].strip().upper()
        if name == "BEGIN":
            _may_begin(part, open_parts, seen)
            open_parts.append(part)
            seen.append(part)
        elif not open_parts or open_parts.pop() != part:
            raise UnreadableCalendar("The BEGIN and END lines of the calendar part do not match.")
    if open_parts:
        raise UnreadableCalendar("The calendar part ends too early.")
    if "VEVENT" not in seen:
        raise UnreadableCalendar("The calendar part holds no event.")


def _may_begin(part: str, open_parts: list[str], seen: list[str]) -> None:
    if not open_parts and part == "VCALENDAR":
        if "VCALENDAR" in seen:
            raise UnreadableCalendar("The part holds more than one calendar.")
        return
    if not open_parts or part not in _INSIDE.get(open_parts[-1], ()):
        raise UnreadableCalendar("The calendar part holds something else than one event.")
    if part == "VEVENT" and "VEVENT" in seen:
        raise UnreadableCalendar("The calendar part holds more than one event.")


def _line(name: str, raw: str) -> _Line:
    if name == "COMMENT":
        raw = raw[:LONGEST_LINE]
    if len(raw) > LONGEST_LINE:
        raise UnreadableCalendar("A line of the calendar part is longer than 4,000 characters.")
    line = Contentline(raw.strip())  # type: ignore[no-untyped-call]
    _, parameters, value = line.raw_parts()
    return _Line(name, parameters, value)


def _event(method: str, lines: list[_Line]) -> CalendarAnswer:
    once: dict[str, _Line] = {}
    for line in lines:
        if line.name in _ONCE and once.setdefault(line.name, line) is not line:
            raise UnreadableCalendar(f"The calendar part has more than one {line.name}.")
    attendees = [line for line in lines if line.name == "ATTENDEE"]
    if "UID" not in once or not (uid := _text(once["UID"].value)):
        raise UnreadableCalendar("The calendar part names no meeting (UID).")
    if len(uid) > 1_000:
        raise UnreadableCalendar("The UID of the calendar part is too long.")
    starts_at = _instant(once.get("DTSTART"))
    return CalendarAnswer(
        method=method,
        uid=uid,
        sequence=_sequence(once.get("SEQUENCE")),
        stamped_at=_instant(once.get("DTSTAMP"), floating_is_utc=True),
        attendees=tuple((_address(line), _partstat(line)) for line in attendees),
        organizer=_address(once["ORGANIZER"]) if "ORGANIZER" in once else None,
        recurrence_id=_recurrence_id(once.get("RECURRENCE-ID")),
        comment=_comment(lines),
        starts_at=starts_at,
        ends_at=_ends_at(starts_at, once),
    )


def _sequence(line: _Line | None) -> int:
    if line is None:
        return 0
    if not re.fullmatch(r"\+?[0-9]{1,15}", number := line.value.strip()):
        raise UnreadableCalendar("The SEQUENCE of the calendar part is not a number.")
    return int(number)


def _instant(line: _Line | None, floating_is_utc: bool = False) -> datetime | None:
    if line is None:
        return None
    # Exchange leaves TZID=tzone://Microsoft/Utc without quotes, so its colon seems to end the parameters.
    rest_of_zone, colon, value = line.value.rpartition(":")
    return instant(value, line.parameter("TZID") + colon + rest_of_zone, floating_is_utc)


def _recurrence_id(line: _Line | None) -> datetime | None:
    """An instance that we cannot place must never be taken for the whole series, so it makes the part
    unreadable.
    """
    found = _instant(line)
    if line is not None and found is None:
        raise UnreadableCalendar("The calendar part answers one instance of a series whose time cannot be read.")
    return found


def _ends_at(starts_at: datetime | None, once: dict[str, _Line]) -> datetime | None:
    if "DTEND" in once:
        return _instant(once["DTEND"])
    duration = length(once["DURATION"].value) if "DURATION" in once else None
    return starts_at + duration if starts_at and duration else None


def _address(line: _Line) -> str:
    """Apple may write a path or urn:uuid: and put the address into the parameter EMAIL (RFC 7986 section
    6.2).
    """
    value = line.value.strip()
    if value[:7].lower() != "mailto:" and "@" in line.parameter("EMAIL"):
        value = line.parameter("EMAIL")
    value = value[7:] if value[:7].lower() == "mailto:" else value
    return _text(unquote(value)).strip("<> ").lower()[:320]


def _partstat(line: _Line) -> str:
    return _text(line.parameter("PARTSTAT")).upper()[:40] or "NEEDS-ACTION"


def _comment(lines: list[_Line]) -> str:
    """COMMENT, or else the parameter in which Google writes the note beside an answer."""
    comments = [_text(_unescaped(line.value)) for line in lines if line.name == "COMMENT"]
    comments = comments or [_text(line.parameter("X-RESPONSE-COMMENT")) for line in lines if line.name == "ATTENDEE"]
    return "\n".join(comment for comment in comments if comment)[:LONGEST_COMMENT]


def _unescaped(value: str) -> str:
    """TEXT of RFC 5545 section 3.3.11: backslash before n, N, comma, semicolon and backslash."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def _text(value: str) -> str:
    return _CONTROL.sub("", value).strip()
