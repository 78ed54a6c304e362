"""The leaf parts of a mail, where calendar objects travel (RFC 6047 over RFC 2045 and 2046), split within
bounds.

Python's own parser recurses on nested parts and needs quadratic time for many of them. This splitter only
looks for delimiter lines, takes slices of the raw bytes and decodes what is asked for. An enclosed message is
a leaf: a bounce holds a copy of our own invitation, which must never be read as somebody's answer.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

LARGEST_HEADERS = 64 * 1024
LONGEST_STRUCTURE_HEADER = 2_000
MOST_PARTS = 100
DEEPEST = 20

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_HEADER = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
# No class below holds the letter that ends it, so that no search runs twice over the same letters.
_IN_ANGLES = re.compile(r"<[ \t]*([^<>\s@]+@[^<>\s@]+)[ \t]*>")
_BARE_ADDRESS = re.compile(r"(?<![^\s<>,;:()\"@])[^\s<>,;:()\"@]+@[^\s<>,;:()\"@]+")
# These Python codecs are no charsets of mail, and some need quadratic time.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"}
_STRUCTURE = ("content-type", "content-transfer-encoding", "content-disposition")


class TooMuch(Exception):
    """The message is over a limit; the text is one plain sentence."""


class Headers:
    """The headers of a message or a part: names in lower case, values unfolded and otherwise as they came."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields
        self._mime = Message()
        for name in _STRUCTURE:
            value = self.first(name)
            # The parameter parser of the standard library is quadratic in the length of the value.
            if len(value) > LONGEST_STRUCTURE_HEADER:
                raise TooMuch("A header that describes the message's parts is too long.")
            if value:
                self._mime[name] = value

    def all(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> str:
        return next((value for field, value in self.fields if field == name), "")

    @property
    def kind(self) -> str:
        """The media type in lower case; text/plain if missing or malformed (RFC 2045 section 5.2)."""
        return self._mime.get_content_type()

    @property
    def boundary(self) -> str:
        return self._mime.get_boundary("") if self.kind.startswith("multipart/") else ""

    @property
    def transfer_encoding(self) -> str:
        return self.first("content-transfer-encoding").strip().lower()

    @property
    def is_attachment(self) -> bool:
        return self._mime.get_content_disposition() == "attachment"

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, "" if there is none (RFC 2231 continuations are put together)."""
        found = self._mime.get_param(name)
        if isinstance(found, tuple):
            found = found[2]
        return str(found or "").strip()

    @property
    def filename(self) -> str:
        return plain(str(self._mime.get_filename("") or ""))


@dataclass(frozen=True)
class Part:
    """One leaf: its headers and its still encoded content."""

    headers: Headers
    encoded: bytes

    def content(self) -> bytes:
        """The decoded bytes; a damaged or unknown transfer encoding gives what can be had of it."""
        encoding = self.headers.transfer_encoding
        if encoding == "base64":
            return _base64(self.encoded)
        return binascii.a2b_qp(self.encoded) if encoding == "quoted-printable" else self.encoded


def read_headers(raw: bytes) -> Headers:
    """The headers at the beginning of a message; raises TooMuch if they are over 64 KB."""
    return _headers(raw, 0, len(raw))[0]


def headers_end(raw: bytes, start: int, end: int) -> int:
    """The offset of the blank line that ends the headers beginning at `start`, or `end` if there is none."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return start
    found = [at for mark in (b"\n\n", b"\n\r\n") if (at := raw.find(mark, start, end)) >= 0]
    return min(found) + 1 if found else end


def split(raw: bytes) -> list[Part]:
    """All leaves in their order; enters every multipart and no message/*. Raises TooMuch over 100 parts,
    depth 20.
    """
    return _split(raw, 0, len(raw), 0, [0])


def _split(raw: bytes, start: int, end: int, depth: int, counted: list[int]) -> list[Part]:
    counted[0] += 1
    if counted[0] > MOST_PARTS:
        raise TooMuch("The message has more than 100 parts.")
    if depth > DEEPEST:
        raise TooMuch("The parts of the message are nested more than 20 deep.")
    headers, body = _headers(raw, start, end)
    inner = list(_slices(raw, body, end, headers.boundary)) if headers.boundary else []
    if not inner:
        return [Part(headers, raw[body:end])]
    return [leaf for first, last in inner for leaf in _split(raw, first, last, depth + 1, counted)]


def _slices(raw: bytes, start: int, end: int, boundary: str) -> Iterator[tuple[int, int]]:
    """Where the parts between the delimiter lines of one multipart lie; a missing closing delimiter is
    forgiven.
    """
    # A pattern that begins with plain letters is searched ten times as fast as one that begins with a line
    # start.
    mark = re.compile(b"--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
    opened: int | None = None
    number = 0
    for found in mark.finditer(raw, start, end):
        if found.start() > start and raw[found.start() - 1 : found.start()] != b"\n":
            continue
        number += 1
        if number > MOST_PARTS + 1:
            raise TooMuch("The message has more than 100 parts.")
        if opened is not None:
            yield opened, _without_line_end(raw, opened, found.start())
        if found[1]:
            return
        opened = found.end()
    if opened is not None:
        yield opened, end


def _without_line_end(raw: bytes, start: int, end: int) -> int:
    """The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
        if end > start and raw[end - 1 : end] == b"\r":
            end -= 1
    return end


def _headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers that begin at `start` and the offset of the body."""
    stop = headers_end(raw, start, end)
    if stop - start > LARGEST_HEADERS:
        raise TooMuch("The headers of the message are larger than 64 KB.")
    text = decoded(raw[start:stop], "utf-8").replace("\r\n", "\n")
    fields: list[list[str]] = []
    for line in text.split("\n"):
        if line[:1] in (" ", "\t") and fields:
            fields[-1].append(line)
        elif line:
            fields.append([line])
    named = (_HEADER.fullmatch("".join(lines)) for lines in fields)
    body = stop + (2 if raw.startswith(b"\r\n", stop) else 1)
    return Headers([(found[1].lower(), found[2].strip()) for found in named if found]), min(body, end)


def _base64(encoded: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", encoded)
    # One left-over letter holds no byte, and missing padding is common where a relay cut the last line.
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def decoded(content: bytes, charset: str) -> str:
    """Text in the charset that is declared, else in UTF-8, else in Latin-1, which takes every byte."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup(name.strip(" '\""))
            if codec.name not in _NO_CHARSETS:
                return content.decode(codec.name).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1").removeprefix("\xef\xbb\xbf")


def plain(text: str) -> str:
    """One line without control characters, line separators and lone surrogates, which break a database."""
    return " ".join(_CONTROL.sub(" ", text).split())


def words(value: str) -> str:
    """The text of an unstructured header such as Subject, with encoded words (RFC 2047) decoded, at most 500
    long.
    """
    value = value[:2_000]
    try:
        pieces = [
            piece if isinstance(piece, str) else piece.decode(charset or "raw-unicode-escape", "replace")
            for piece, charset in decode_header(value)
        ]
        return plain("".join(pieces))[:500]
    except (ValueError, LookupError, MessageError):
        return plain(value)[:500]


def addresses(value: str, most: int = 100) -> list[str]:
    """The mail addresses of a header in lower case. Linear, where the standard library recurses on comments.

    Addresses in angle brackets win over anything that looks like one within a display name, which anybody may
    choose.
    """
    value = value[:LARGEST_HEADERS]
    bare = _without_comments_and_quotes(value)
    bare = bare if "@" in bare else value
    found: list[str] = []
    for one in re.split(r"[,;]", bare):
        found += _IN_ANGLES.findall(one) or _BARE_ADDRESS.findall(one)
    return [plain(address).lower()[:320] for address in found[:most]]


def _without_comments_and_quotes(value: str) -> str:
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in value:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif quoted or (letter == '"' and not depth):
            quoted = letter != '"' if quoted else True
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)
