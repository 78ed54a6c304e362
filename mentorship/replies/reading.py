"""One raw message from outside becomes a plain record: an answer, a bounce, an auto-reply, prose or
quarantine.

Nothing here decides what an answer changes. Run as a module, this is the child of `read_message_in_child`:
the message on standard input, one JSON object on standard output.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from mentorship.ical.answers import LARGEST, CalendarAnswer, UnreadableCalendar, read_answer
from mentorship.ical.parts import (
    Headers,
    Part,
    TooMuch,
    addresses,
    decoded,
    plain,
    read_headers,
    split,
    words,
)
from mentorship.replies.reading_child import ChildFailed, answer_of_child, limit_this_process, too_large

Kind = Literal["calendar", "bounce", "autoreply", "prose", "quarantine"]

ANSWER_METHODS = ("REPLY", "COUNTER", "REFRESH")
# Four parts of 2 MB take a second of CPU at worst; the widest honest mail seen has two.
MOST_CALENDARS = 4
LONGEST_TEXT = 4_000
LARGEST_READ_TEXT = 200_000

_TWIN_KINDS = ("application/ics", "application/calendar")
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_NOT_BREAK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
# Where the quoted message begins, in the words of the common clients.
_QUOTED = re.compile(
    r"^(?:>|-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht)|_{20,}[ \t]*$|From: .+@"
    r"|On .{5,200}\swrote:[ \t]*$|Am .{5,200}\sschrieb|Le .{5,200}\sa écrit)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class ReadMessage:
    """What one message says, safe to store: no control characters, no lone surrogates, every text of bounded
    length.

    `sha256` is over the raw bytes, in hexadecimal. Addresses are in lower case; `recipients` are those of
    Delivered-To, X-Original-To and To, in that order, each once. `reason` is one sentence for the review
    list. `answers` are the different things that its text/calendar parts say, normally one; `disagreeing` is
    set if there is more than one, or a part or its application/ics twin that cannot be read or says something
    else. `bounced` are the addresses that a delivery report calls failed. `authentication_results` come in
    the order of the headers, the last server's first, and prove nothing unless its name is ours. `text` is
    the new text above any quotation.
    """

    sha256: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    kind: Kind
    reason: str
    answers: tuple[CalendarAnswer, ...] = ()
    disagreeing: bool = False
    bounced: tuple[str, ...] = ()
    authentication_results: tuple[str, ...] = ()
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ReadMessage:
        """The inverse of `as_json` after a round through JSON; raises KeyError, TypeError or ValueError."""
        names = ("recipients", "bounced", "authentication_results")
        lists = {name: tuple(str(value) for value in values[name]) for name in names}
        return cls(**{**values, **lists, "answers": tuple(_answer_from_json(answer) for answer in values["answers"])})


@dataclass(frozen=True)
class _Finding:
    """The kind of a message and what belongs to that kind alone."""

    kind: Kind
    reason: str
    answers: tuple[CalendarAnswer, ...] = ()
    disagreeing: bool = False
    bounced: tuple[str, ...] = ()


def read_message(raw: bytes) -> ReadMessage:
    """Read one message (RFC 5322 with MIME). Never raises: what cannot be read is of kind quarantine."""
    try:
        return _read(raw)
    except Exception:
        # A stranger's bytes must not stop the intake, whatever they set off, RecursionError and MemoryError
        # among it.
        return _quarantined(raw, "The message could not be read.")


def _read(raw: bytes) -> ReadMessage:
    if sentence := too_large(raw):
        return _quarantined(raw, sentence)
    headers = Headers([])
    try:
        headers = read_headers(raw)
        if not headers.fields:
            return _quarantined(raw, "This is no mail message.")
        parts = split(raw)
        return _record(raw, headers, _judged(headers, parts), _new_text(parts))
    except TooMuch as error:
        return _record(raw, headers, _Finding("quarantine", str(error)))


def _quarantined(raw: bytes, sentence: str) -> ReadMessage:
    return _record(raw, Headers([]), _Finding("quarantine", sentence))


def read_message_in_child(raw: bytes, seconds: float = 2.0, megabytes: int = 200) -> ReadMessage:
    """`read_message` in a child with at most `seconds` of CPU and `megabytes` of memory. Never raises.

    The clock may run five times as long. Sender and subject are empty where the child did not answer: this
    process parses nothing.
    """
    try:
        if sentence := too_large(raw):
            raise ChildFailed(sentence)
        printed = answer_of_child("mentorship.replies.reading", raw, seconds, megabytes)
        return ReadMessage.from_json(json.loads(printed))
    except ChildFailed as error:
        return _quarantined(raw, str(error))
    except (ValueError, KeyError, TypeError):
        return _quarantined(raw, "The message could not be read.")


def _record(raw: bytes, headers: Headers, finding: _Finding, text: str = "") -> ReadMessage:
    to = [
        address
        for name in ("delivered-to", "x-original-to", "to")
        for value in headers.all(name)
        for address in addresses(value)
    ]
    return ReadMessage(
        sha256=hashlib.sha256(raw).hexdigest(),
        message_id=plain(headers.first("message-id"))[:998],
        sender=next(iter(addresses(headers.first("from"))), ""),
        recipients=tuple(dict.fromkeys(to))[:100],
        subject=words(headers.first("subject")),
        authentication_results=tuple(plain(v)[:2_000] for v in headers.all("authentication-results")[:20]),
        text=text,
        **{name: getattr(finding, name) for name in ("kind", "reason", "answers", "disagreeing", "bounced")},
    )


def _judged(headers: Headers, parts: list[Part]) -> _Finding:
    """Bounces before anything else; auto-replies only when nobody's calendar answers in the same message."""
    calendars = [part for part in parts if part.headers.kind == "text/calendar"]
    twins = [part for part in parts if part.headers.kind in _TWIN_KINDS]
    if len(calendars) + len(twins) > MOST_CALENDARS:
        raise TooMuch("The message has more than four calendar parts.")
    automatic = _is_automatic(headers)
    if headers.kind == "multipart/report" and headers.parameter("report-type").lower() == "disposition-notification":
        return _Finding("autoreply", "A receipt that says whether the message was read.")
    if _is_bounce(headers, parts, automatic and not calendars):
        return _bounce(headers, parts)
    if automatic and not any(_may_answer(part) for part in calendars):
        return _Finding("autoreply", "An automatic reply without an answer in it.")
    if not calendars:
        return _Finding("prose", _why_prose(parts))
    return _calendar(calendars, twins)


def _is_bounce(headers: Headers, parts: list[Part], automatic: bool) -> bool:
    """An absence note has no return path either, but says that it is automatic (RFC 3834 section 3.3)."""
    if headers.kind == "multipart/report" or headers.all("x-ms-exchange-message-is-ndr"):
        return True
    if any(part.headers.kind in _REPORTS for part in parts):
        return True
    return not automatic and any(re.fullmatch(r"<\s*>", value) for value in headers.all("return-path"))


def _is_automatic(headers: Headers) -> bool:
    """RFC 3834 and what came before it; `Auto-Submitted: no` is a person."""
    submitted = re.match(r"[a-z-]+", headers.first("auto-submitted").lower())
    if submitted and submitted[0] != "no":
        return True
    if headers.first("precedence").lower() in ("bulk", "junk", "auto_reply"):
        return True
    if any(headers.all(name) for name in ("x-autoreply", "x-autorespond", "x-autoreply-from")):
        return True
    subject = words(headers.first("subject")).lower()
    return bool(headers.all("x-auto-response-suppress")) and subject.startswith(("automatic reply", "out of office"))


def _bounce(headers: Headers, parts: list[Part]) -> _Finding:
    found = [address for part in parts if part.headers.kind in _REPORTS for address in _failed(part)]
    found += [address for value in headers.all("x-failed-recipients") for address in addresses(value)]
    if not found and not any(part.headers.kind in _REPORTS for part in parts):
        found = _named_in_prose(parts)
    bounced = tuple(dict.fromkeys(found))[:100]
    sentence = (
        "A mail server reports that a message could not be delivered."
        if bounced
        else "A mail server's report that names no address as failed."
    )
    return _Finding("bounce", sentence, bounced=bounced)


def _failed(report: Part) -> Iterator[str]:
    """The recipients whose Action is failed, under both names (RFC 3464 section 2.3), not delayed ones."""
    for group in re.split(r"\n\s*\n", _text_of(report).replace("\r\n", "\n")[:200_000]):
        fields = {name.lower(): value.strip() for name, value in re.findall(r"^([A-Za-z-]+):(.*)$", group, re.M)}
        if fields.get("action", "failed").lower().startswith("failed"):
            for name in ("original-recipient", "final-recipient"):
                yield from addresses(fields.get(name, "").rpartition(";")[2], most=1)


def _named_in_prose(parts: list[Part]) -> list[str]:
    """qmail's report is plain text: each address alone on a line, in angle brackets, before a colon."""
    text = "\n".join(_text_of(part)[:50_000] for part in parts if part.headers.kind == "text/plain")
    return [found.lower() for found in re.findall(r"^<([^<>\s]{3,320}@[^<>\s]{1,255})>:[ \t\r]*$", text, re.M)]


def _may_answer(part: Part) -> bool:
    """An unreadable part counts as what its Content-Type says, so that a broken answer reaches a person."""
    try:
        return _answer(part).method in ANSWER_METHODS
    except UnreadableCalendar:
        return part.headers.parameter("method").upper() in ANSWER_METHODS


def _calendar(calendars: list[Part], twins: list[Part]) -> _Finding:
    answers: list[CalendarAnswer] = []
    broken: list[str] = []
    for part in calendars:
        try:
            answers.append(_answer(part))
        except UnreadableCalendar as error:
            broken.append(str(error))
    if not answers:
        return _Finding("quarantine", broken[0])
    different = tuple({_meaning(answer): answer for answer in reversed(answers)}.values())[::-1]
    if broken or len(different) > 1 or any(_differs(twin, answers[0]) for twin in twins):
        return _Finding("calendar", "The calendar parts of the message do not say the same.", different, True)
    if answers[0].method not in ANSWER_METHODS:
        return _Finding("calendar", f"A calendar message {answers[0].method}, which is no answer.", different)
    return _Finding("calendar", f"A calendar answer ({answers[0].method}).", different)


def _answer(part: Part) -> CalendarAnswer:
    # Base64 and quoted-printable only shrink, at most to a third, so this is known before anything is
    # decoded.
    if len(part.encoded) > 3 * LARGEST + 10_000:
        raise UnreadableCalendar("The calendar part is larger than 2 MB.")
    return read_answer(part.content(), part.headers.parameter("charset") or None)


def _meaning(answer: CalendarAnswer) -> tuple[object, ...]:
    """All that an answer can change; the comment may be wrapped differently in two copies."""
    return (
        answer.method,
        answer.uid,
        answer.sequence,
        answer.stamped_at,
        answer.attendees,
        answer.recurrence_id,
        answer.starts_at,
        answer.ends_at,
    )


def _differs(twin: Part, answer: CalendarAnswer) -> bool:
    try:
        return _meaning(_answer(twin)) != _meaning(answer)
    except UnreadableCalendar:
        return True


def _why_prose(parts: list[Part]) -> str:
    kinds = {part.headers.kind for part in parts}
    names = [part.headers.filename.lower() for part in parts]
    if "application/ms-tnef" in kinds or "winmail.dat" in names:
        return "The answer is packed in Outlook's own format (winmail.dat), which only a person can read."
    if kinds & {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}:
        return "The message is encrypted or sealed, so only a person can read it."
    if kinds & set(_TWIN_KINDS) or any(name.endswith(".ics") for name in names):
        return "A calendar file is attached, but the message is no calendar answer."
    if any(kind.startswith("message/") for kind in kinds):
        return "A message is enclosed, but the mail itself is no calendar answer."
    return "A message in words, without a calendar answer."


def _text_of(part: Part) -> str:
    return decoded(part.content(), part.headers.parameter("charset") or "utf-8")


def _new_text(parts: list[Part]) -> str:
    """The person's own words: the first plain text that has any, else the HTML's, up to the quotation."""
    shown = [part for part in parts if not part.headers.is_attachment]
    for kind in ("text/plain", "text/html"):
        for part in shown:
            if part.headers.kind == kind and (text := _own_words(part)):
                return text
    return ""


def _own_words(part: Part) -> str:
    # The words that count stand at the top, and a bounded piece bounds the work of the patterns below.
    text = _text_of(Part(part.headers, part.encoded[:LARGEST_READ_TEXT]))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _NOT_BREAK.sub("", _without_tags(text) if part.headers.kind == "text/html" else text)
    quoted = _QUOTED.search(text)
    text = re.sub(r"\n{3,}", "\n\n", text[: quoted.start()] if quoted else text).strip()
    return text[:LONGEST_TEXT].rstrip()


def _without_tags(text: str) -> str:
    """Split at the opening tags first: a pattern for both ends would search the whole text again at each
    opening.
    """
    first, *pieces = re.split(r"<(?=(?:style|script|head)\b)", text, flags=re.IGNORECASE)
    ends = (re.search(r"</(?:style|script|head)\s*>", piece, re.IGNORECASE) for piece in pieces)
    text = first + "".join(piece[end.end() :] if end else "" for piece, end in zip(pieces, ends, strict=True))
    text = re.sub(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", "\n", re.sub(r"\s+", " ", text), flags=re.IGNORECASE)
    return html.unescape(re.sub(r"<[^<>]*>", " ", text))


def _answer_from_json(values: dict[str, Any]) -> CalendarAnswer:
    names = ("stamped_at", "recurrence_id", "starts_at", "ends_at")
    instants = {name: datetime.fromisoformat(values[name]) if values[name] else None for name in names}
    attendees = tuple((str(address), str(partstat)) for address, partstat in values["attendees"])
    return CalendarAnswer(**{**values, **instants, "attendees": attendees})


def main() -> None:
    limit_this_process(float(sys.argv[1]), int(sys.argv[2]))
    message = read_message(sys.stdin.buffer.read())
    json.dump(message.as_json(), sys.stdout, default=datetime.isoformat)


if __name__ == "__main__":
    main()
