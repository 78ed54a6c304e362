"""What the delivered mails say, read with the standard library alone.

Only the raw messages count here: a calendar part is unfolded and split by hand, so that a slip in the
service's calendar library cannot hide behind the same library in its test.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

TOKEN_ADDRESS = re.compile(r"[^@\s<>]+\+[a-z2-7]{26}@[^@\s<>]+")
PERSON_LINE = re.compile(r"^(Visitor|Host|Mentor|New teacher): (.+?) <([^<>\s]+)>\s*$", re.MULTILINE)
TEXT_LINE = re.compile(r"^(Class|When|Where): (.+?)\s*$", re.MULTILINE)
PARAMETERS = r'((?:;[^=;:]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*)'
CONTENT_LINE = re.compile(r"([A-Za-z0-9-]+)" + PARAMETERS + r":(.*)")
UTC_TIME = re.compile(r"\d{8}T\d{6}Z")
METHODS = {"REQUEST", "CANCEL", "DECLINECOUNTER"}
ESCAPES = {"\\n": "\n", "\\N": "\n"}


class MailError(ValueError):
    """A mail that does not have the shape every invitation must have."""


@dataclass(frozen=True)
class CalendarPart:
    raw: bytes
    method: str
    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    organizer: str
    attendees: tuple[str, ...]
    categories: str
    summary: str
    location: str
    description: str


@dataclass(frozen=True)
class Mail:
    name: str
    message_id: str
    recipients: tuple[str, ...]
    has_copies: bool
    reply_to: str
    content: str
    text: str
    calendar: CalendarPart | None
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def to(self) -> str:
        return self.recipients[0] if self.recipients else ""


def _leaves(part: EmailMessage, parent: str = "") -> Iterator[tuple[EmailMessage, str]]:
    """Yield the leaf parts with their parent's type; a message inside a message is not ours to read."""
    if part.get_content_type() == "message/rfc822":
        return
    if part.is_multipart():
        for child in part.iter_parts():
            if isinstance(child, EmailMessage):
                yield from _leaves(child, part.get_content_type())
    else:
        yield part, parent


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _unescape(value: str) -> str:
    return re.sub(r"\\.", lambda found: ESCAPES.get(found[0], found[0][1:]), value)


def _properties(text: str) -> dict[str, list[str]]:
    """Return the values of the event's own properties, since an alarm in it has a DESCRIPTION as well."""
    found: dict[str, list[str]] = {}
    inside: list[str] = []
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        match = CONTENT_LINE.match(line)
        if not match:
            continue
        key, value = match[1].upper(), match[3]
        if key == "BEGIN":
            inside.append(value.upper())
        if (key == "METHOD" and inside == ["VCALENDAR"]) or inside == ["VCALENDAR", "VEVENT"]:
            found.setdefault(key, []).append(value)
        if key == "END" and inside:
            inside.pop()
    return found


def _instant(value: str) -> datetime:
    if not UTC_TIME.fullmatch(value):
        raise MailError(f"the time {value!r} is not in UTC")
    return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _address(value: str) -> str:
    return value[7:] if value[:7].lower() == "mailto:" else value


def _read_calendar(raw: bytes, method: str | None) -> CalendarPart:
    values = _properties(raw.decode("utf-8"))

    def one(key: str) -> str:
        if len(values.get(key, [])) != 1:
            raise MailError(f"the calendar part has {len(values.get(key, []))} lines {key}")
        return values[key][0]

    if one("METHOD") != method or method not in METHODS:
        raise MailError(f"the part's method {method} and METHOD:{one('METHOD')} are not one method we send")
    if not one("SEQUENCE").isdigit():
        raise MailError("SEQUENCE is not a number")
    return CalendarPart(
        raw=raw,
        method=one("METHOD"),
        uid=one("UID"),
        sequence=int(one("SEQUENCE")),
        starts=_instant(one("DTSTART")),
        ends=_instant(one("DTEND")),
        organizer=_address(one("ORGANIZER")),
        attendees=tuple(_address(value) for value in values.get("ATTENDEE", [])),
        categories=one("CATEGORIES"),
        summary=_unescape(one("SUMMARY")),
        location=_unescape(values.get("LOCATION", [""])[0]),
        description=_unescape(values.get("DESCRIPTION", [""])[0]),
    )


def _calendar_of(leaves: list[tuple[EmailMessage, str]]) -> CalendarPart | None:
    parts = [(part, parent) for part, parent in leaves if part.get_content_type() == "text/calendar"]
    twins = [_bytes(part) for part, _ in leaves if part.get_content_type() == "application/ics"]
    if not parts:
        if twins:
            raise MailError("a calendar file is attached without a text/calendar part")
        return None
    part, parent = parts[0]
    if len(parts) > 1 or parent != "multipart/alternative" or part.get_content_disposition():
        raise MailError("the calendar part does not stand alone, without disposition, in multipart/alternative")
    if str(part["Content-Transfer-Encoding"]).lower() != "base64":
        raise MailError("the calendar part is not base64")
    raw = _bytes(part)
    if any(twin != raw for twin in twins):
        raise MailError("the attached calendar file differs from the calendar part")
    method = part.get_param("method")
    return _read_calendar(raw, method if isinstance(method, str) else None)


def _addresses(message: EmailMessage, header: str) -> tuple[str, ...]:
    values = message.get_all(header, [])
    return tuple(address.addr_spec for value in values for address in getattr(value, "addresses", ()))


def read_mail(path: Path) -> Mail:
    """Read one delivered mail, or refuse it with the one thing that is wrong with its shape."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise MailError("not a mail")
    leaves = list(_leaves(message))
    texts = [_bytes(part) for part, _ in leaves if part.get_content_type() == "text/plain"]
    text = texts[0].decode("utf-8", "replace").replace("\r\n", "\n") if texts else ""
    # A relay may add headers of its own, so that what was written is the named headers and the parts.
    written = [str(message[key]) for key in ("From", "To", "Reply-To", "Subject", "Date")]
    content = hashlib.sha256("\n".join(written).encode() + b"".join(_bytes(part) for part, _ in leaves))
    return Mail(
        name=path.name,
        message_id=str(message["Message-ID"] or "").strip(),
        recipients=_addresses(message, "To"),
        has_copies=bool(message.get_all("Cc") or message.get_all("Bcc")),
        reply_to=(_addresses(message, "Reply-To") or _addresses(message, "From") or ("",))[0],
        content=content.hexdigest(),
        text=text,
        calendar=_calendar_of(leaves),
        people={key: (name.strip('" '), address) for key, name, address in PERSON_LINE.findall(text)},
        lines=dict(TEXT_LINE.findall(text)),
    )


def read_mails(folder: Path) -> tuple[list[Mail], list[str]]:
    mails: list[Mail] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.eml")):
        try:
            mails.append(read_mail(path))
        except (MailError, UnicodeError, LookupError) as error:
            faults.append(f"{path.name}: {error}")
    return mails, faults


def shape_faults(mails: list[Mail]) -> list[str]:
    """Return what is wrong with single mails and with mails that must be alike, whatever school it is."""
    faults: list[str] = []
    contents: dict[str, str] = {}
    parts: dict[tuple[str, str, int, str], bytes] = {}
    tokens: dict[str, tuple[str, str]] = {}
    for mail in mails:
        if len(mail.recipients) != 1 or mail.has_copies:
            faults.append(f"{mail.name}: {len(mail.recipients)} recipients in To, copies: {mail.has_copies}")
        if not mail.message_id or contents.setdefault(mail.message_id, mail.content) != mail.content:
            faults.append(f"{mail.name}: Message-ID {mail.message_id or 'missing'} does not stand for one content")
        part = mail.calendar
        if part is None:
            continue
        if part.attendees != (mail.to,):
            faults.append(f"{mail.name}: ATTENDEE {', '.join(part.attendees)} is not the recipient {mail.to}")
        if part.organizer != mail.reply_to or not TOKEN_ADDRESS.fullmatch(part.organizer):
            faults.append(f"{mail.name}: ORGANIZER {part.organizer} and Reply-To are not one token address")
        if tokens.setdefault(part.organizer, (part.uid, mail.to)) != (part.uid, mail.to):
            faults.append(f"{mail.name}: the token in ORGANIZER belongs to another invitation as well")
        if parts.setdefault((mail.to, part.uid, part.sequence, part.method), part.raw) != part.raw:
            faults.append(f"{mail.name}: {part.method} {part.uid} {part.sequence} went with two calendar parts")
        if part.ends <= part.starts:
            faults.append(f"{mail.name}: the event ends before it starts")
    return faults


def _last_of(mails: list[tuple[Mail, CalendarPart]]) -> tuple[tuple[Mail, CalendarPart], list[str]]:
    """Return what stands for one attendee of one UID, and what is wrong with the way there."""
    last = max(mails, key=lambda pair: (pair[1].sequence, pair[1].method == "CANCEL"))
    requests = [part.sequence for _, part in mails if part.method == "REQUEST"]
    faults = []
    if len({part.organizer for _, part in mails}) > 1:
        faults.append(f"{last[1].uid}: ORGANIZER changes for {last[0].to}")
    for mail, part in mails:
        if part.method == "CANCEL" and not requests:
            faults.append(f"{mail.name}: CANCEL of {part.uid}, to which {mail.to} was never invited")
        elif part.method == "CANCEL" and part.sequence <= max(requests):
            faults.append(f"{mail.name}: CANCEL of {part.uid} has no higher SEQUENCE than its invitation")
    return last, faults


def standing(mails: list[Mail]) -> tuple[dict[str, list[tuple[Mail, CalendarPart]]], list[str]]:
    """Return what stands for each attendee of each UID in the end, whatever order the mails came in."""
    by_attendee: defaultdict[tuple[str, str], list[tuple[Mail, CalendarPart]]] = defaultdict(list)
    for mail in mails:
        if mail.calendar and mail.calendar.method != "DECLINECOUNTER":
            by_attendee[mail.calendar.uid, mail.to.lower()].append((mail, mail.calendar))
    final: defaultdict[str, list[tuple[Mail, CalendarPart]]] = defaultdict(list)
    faults: list[str] = []
    for (uid, _), own in sorted(by_attendee.items()):
        last, found = _last_of(own)
        final[uid].append(last)
        faults += found
    return dict(final), faults
