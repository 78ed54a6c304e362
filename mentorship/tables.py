"""Tables in and out: CSV, XLSX and zips of them become rows of text; rows become CSV.

Nothing here knows what a column means. Every refusal is one sentence that names the file.
"""

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from mentorship.errors import Refused

SUFFIXES = frozenset({".csv", ".xlsx", ".json", ".zip"})
WORKBOOK_PART = "[Content_Types].xml"
MEGABYTE = 1024 * 1024
MOST_MEMBERS = 1000
# A sheet may claim rows and columns far beyond what it holds, and openpyxl walks through all of them.
MOST_CELLS = 2_000_000
# Files this small harm nobody, however well they are packed.
RATIO_COUNTS_FROM = 64 * 1024
CHUNK = 64 * 1024
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# All white space, no-break spaces included, and the marks that editors leave at the ends of cells.
EDGE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\u200b\ufeff"
# Spreadsheets run cells that begin like this as formulas. Apostrophes before count too, so that they read back.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
LINE_BREAK = re.compile(r"\r\n?")


class Unreadable(Refused):
    """A file as a whole can't be read; `str()` names it, says what is wrong and what would fix it."""


@dataclass(frozen=True)
class Limits:
    """The most bytes of a flat file, of a zip, of all that a zip or workbook unpacks to; and the ratio."""

    file: int = 20 * MEGABYTE
    packed: int = 100 * MEGABYTE
    unpacked: int = 200 * MEGABYTE
    workbook: int = 100 * MEGABYTE
    ratio: int = 100


FLAT_FILES = Limits()


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (the header is 1), cells by heading, and `extra`: cells beyond those."""

    line: int
    cells: Mapping[str, str]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table as found; `warnings` are sentences about the whole of it. Blank rows are left out."""

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file as found, not yet understood."""

    name: str
    data: bytes


def sources(paths: Sequence[Path | Source], limits: Limits = FLAT_FILES) -> list[Source]:
    """The files of folders (not of folders in them), of zips (at the root), and alone. Raises Unreadable."""
    return [source for path in paths for source in _found(path, limits)]


def read_tables(source: Source, limits: Limits = FLAT_FILES, utf8_only: bool = False) -> list[Table]:
    """The tables of one CSV (one) or XLSX file (one for each sheet that is not empty). Raises Unreadable.

    Cells are text without surrounding white space, line breaks inside them are LF. Dates of a sheet come as
    YYYY-MM-DD, times as HH:MM, whole numbers without a decimal point, truth values as yes and no, formulas as
    last calculated. CSV that is not UTF-8 is read as Windows-1252 with a warning, or refused if `utf8_only`.
    """
    if len(source.data) > limits.file:
        raise _too_large(source.name, limits.file)
    if source.data.startswith(OLE_MAGIC):
        raise Unreadable(f"{source.name} is an old or locked Excel file; save it as .xlsx without password.")
    if source.data.startswith(ZIP_MAGIC) or source.name.lower().endswith(".xlsx"):
        return _read_workbook(source, limits)
    text, notes = _decoded(source, utf8_only)
    table = _table(source.name, _csv_records(source.name, text))
    return [replace(table, warnings=notes + table.warnings)]


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV with CRLF line ends. `'` guards cells that a spreadsheet would run; `read_tables` takes it off."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for cells in (header, *rows):
        writer.writerow([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    return text.getvalue()


def plain_heading(heading: str) -> str:
    """`Person ID` and `person-id` are `person_id`: a heading of ours in the spelling of files.md."""
    return re.sub(r"[\s\-]+", "_", heading.strip()).lower()


def with_headings(table: Table, heading_by_found: Mapping[str, str]) -> Table:
    """The same table under other headings; those not named stay. Raises Unreadable if two become the same."""
    header = [heading_by_found.get(found, found) for found in table.header]
    _check_unique(table.name, header)
    rows = (
        replace(row, cells={heading_by_found.get(found, found): cell for found, cell in row.cells.items()})
        for row in table.rows
    )
    return replace(table, header=tuple(header), rows=tuple(rows))


def zip_members(name: str, stream: BinaryIO, limits: Limits = FLAT_FILES) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each member of a zip, by name, and its bytes in chunks, counted as they unpack: declared sizes can lie.

    Members must stand at the root, unencrypted, once each, none a zip itself. Read a member's chunks before
    taking the next. Raises Unreadable, from the chunks too.
    """
    with _sound(name), zipfile.ZipFile(stream) as archive:
        # macOS adds a folder of its own to every zip that it packs.
        members = [each for each in archive.infolist() if not each.filename.startswith("__MACOSX/")]
        _check_members(name, members)
        budget = _Budget(name, stream.seek(0, io.SEEK_END), limits)
        for member in sorted(members, key=lambda each: each.filename):
            yield member.filename, budget.chunks(archive, member)


def _found(path: Path | Source, limits: Limits) -> list[Source]:
    name = path.name or str(path)
    try:
        if isinstance(path, Source):
            data = path.data
        elif path.is_dir():
            inside = sorted(child for child in path.iterdir() if child.is_file() and _is_table_file(child))
            if not inside:
                raise Unreadable(f"{name} holds no CSV, XLSX, JSON or zip file; choose another folder.")
            return [source for child in inside for source in _found(child, limits)]
        else:
            with path.open("rb") as stream:
                data = stream.read(max(limits.packed, limits.file) + 1)
    except OSError as cause:
        raise Unreadable(f"{name[:200]} can't be opened; check that it exists and may be read.") from cause
    if name.lower().endswith(".zip") or data.startswith(ZIP_MAGIC):
        return _unpacked(name, data, limits)
    if len(data) > limits.file:
        raise _too_large(name, limits.file)
    return [Source(name, data)]


def _is_table_file(path: Path) -> bool:
    # Office leaves ~$ lock files beside an open workbook, macOS leaves ._ files.
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


def _unpacked(name: str, data: bytes, limits: Limits) -> list[Source]:
    with _sound(name), zipfile.ZipFile(io.BytesIO(data)) as archive:
        is_workbook = WORKBOOK_PART in archive.namelist()
    limit = limits.file if is_workbook else limits.packed
    if len(data) > limit:
        raise _too_large(name, limit)
    if is_workbook:
        return [Source(name, data)]
    found = [
        Source(member, b"".join(chunks))
        for member, chunks in zip_members(name, io.BytesIO(data), limits)
        if _is_table_file(Path(member))
    ]
    if not found:
        raise Unreadable(f"{name} holds no CSV, XLSX or JSON file; pack the files themselves.")
    return found


def _too_large(name: str, limit: int) -> Unreadable:
    return Unreadable(f"{name} is larger than {limit / MEGABYTE:g} MB; leave out what is not needed.")


@contextmanager
def _sound(name: str) -> Iterator[None]:
    """Turns the many errors that a broken or hostile zip or workbook raises into one sentence."""
    try:
        yield
    except Refused:
        raise
    # zipfile, zlib, the XML parsers and openpyxl raise whatever comes first, from KeyError to struct.error.
    except Exception as cause:
        raise Unreadable(f"{name} is damaged or not what its name says; save or pack it again.") from cause


def _check_members(name: str, members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise Unreadable(f"{name} holds more than {MOST_MEMBERS} files; pack only those to import.")
    if twice := _twice(member.filename for member in members):
        raise Unreadable(f"{name} holds {twice} twice; pack each file once.")
    for member in members:
        if "/" in member.filename or "\\" in member.filename:
            raise Unreadable(f"{name} holds a folder ({member.filename}); pack the files themselves.")
        if member.filename.lower().endswith(".zip"):
            raise Unreadable(f"{name} holds another zip ({member.filename}); pack the files themselves.")
        _check_packing(name, member)


def _check_packing(name: str, member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise Unreadable(f"{name} is locked by a password; pack or save it without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"{name} is packed in an unusual way; pack it as an ordinary zip.")


@dataclass
class _Budget:
    """Counts what a zip really unpacks to and stops in the midst of what would be too much."""

    name: str
    packed: int
    limits: Limits
    unpacked: int = 0

    def chunks(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
        size = 0
        with _sound(self.name), archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                self.unpacked += len(chunk)
                self._check(member, size)
                yield chunk

    def _check(self, member: zipfile.ZipInfo, size: int) -> None:
        ratio = self.limits.ratio
        for unpacked, packed in ((size, member.compress_size), (self.unpacked, self.packed)):
            if unpacked > max(RATIO_COUNTS_FROM, ratio * packed):
                raise Unreadable(f"{self.name} unpacks to over {ratio} times its size; pack the real files.")
        if size > self.limits.file:
            raise _too_large(f"{member.filename} in {self.name}", self.limits.file)
        if self.unpacked > self.limits.unpacked:
            raise _too_large(f"What {self.name} unpacks to", self.limits.unpacked)


def _decoded(source: Source, utf8_only: bool) -> tuple[str, tuple[str, ...]]:
    name, data = source.name, source.data
    if data.startswith(UTF_16_MARKS):
        raise Unreadable(f"{name} is UTF-16; save it as “CSV UTF-8”.")
    if b"\0" in data:
        raise Unreadable(f"{name} holds NUL bytes, so it is not a CSV file; save it as “CSV UTF-8”.")
    doubt = f"{name} is not UTF-8 and was read as Windows-1252: check the names that have accents."
    for encoding, notes in (("utf-8-sig", ()), ("cp1252", (doubt,)))[: 1 if utf8_only else 2]:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding), notes
    raise Unreadable(f"{name} is not UTF-8; save it as “CSV UTF-8”.")


def _csv_records(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each record begins, and its cells."""
    # newline="" keeps CR, LF and CRLF as they are but ends a line at each, as the reader's count of lines
    # needs.
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            wrong = f"{name}, line {line}: a quotation mark is not properly closed; close it or double it."
            raise Unreadable(wrong) from cause
        yield line, [_clean(cell) for cell in cells]


def _delimiter(text: str) -> str:
    """What separates the cells, told from the header outside of quotation marks."""
    lines = io.StringIO(text, newline="")
    first = next((line for line in lines if line.strip(EDGE + ',;"')), "")
    return max(",;\t", key=re.sub(r'"[^"]*"', "", first).count)


def _clean(cell: str) -> str:
    cell = cell.lstrip(EDGE)
    guard = FORMULA.match(cell) if cell.startswith("'") else None
    if guard is None:
        return LINE_BREAK.sub("\n", cell.rstrip(EDGE))
    return guard[0][1:] + LINE_BREAK.sub("\n", cell[guard.end() :].rstrip(EDGE))


def _table(name: str, records: Iterator[tuple[int, list[str]]]) -> Table:
    records = ((line, cells) for line, cells in records if any(cells))
    _, found = next(records, (1, []))
    header = _without_trailing_blanks([heading.strip(EDGE) for heading in found])
    if not header:
        raise Unreadable(f"{name} is empty; its first line must name the columns.")
    _check_unique(name, [heading for heading in header if heading])
    rows = tuple(_row(line, cells, header) for line, cells in records)
    unnamed = [place for place, heading in enumerate(header, start=1) if not heading]
    notes = (f"{name}: column {place} has no heading and was left out." for place in unnamed)
    return Table(name, tuple(heading for heading in header if heading), rows, tuple(notes))


def _row(line: int, cells: list[str], header: Sequence[str]) -> Row:
    padded = [*cells, *[""] * (len(header) - len(cells))]
    by_heading = {heading: cell for heading, cell in zip(header, padded, strict=False) if heading}
    return Row(line, by_heading, tuple(_without_trailing_blanks(cells[len(header) :])))


def _without_trailing_blanks(cells: Sequence[str]) -> list[str]:
    return list(cells[: max((place for place, cell in enumerate(cells, start=1) if cell), default=0)])


def _check_unique(name: str, header: Sequence[str]) -> None:
    if twice := _twice(header):
        raise Unreadable(f"{name} has the column {twice} twice; keep one of them.")


def _twice(names: Iterable[str]) -> str:
    """The first name that comes more than once, or nothing."""
    return next((name for name, count in Counter(names).items() if count > 1), "")


def _read_workbook(source: Source, limits: Limits) -> list[Table]:
    # It brings numpy along, which only the reading of a workbook waits for.
    import openpyxl

    name = source.name
    with _sound(name), warnings.catch_warnings():
        # openpyxl warns of styles and extensions that have nothing to do with the cells.
        warnings.simplefilter("ignore")
        _check_workbook(source, limits)
        stream = io.BytesIO(source.data)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        tables = []
        for sheet in book.worksheets:
            records = [(line, cells) for line, cells in _sheet_records(name, sheet) if any(cells)]
            if records:
                tables.append(_table(f"{name}, sheet {sheet.title}", iter(records)))
    if not tables:
        raise Unreadable(f"{name} is empty; the first row of a sheet must name the columns.")
    return tables


def _check_workbook(source: Source, limits: Limits) -> None:
    workbook_limits = replace(limits, file=limits.workbook, unpacked=limits.workbook)
    budget = _Budget(source.name, len(source.data), workbook_limits)
    with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
        for member in archive.infolist():
            _check_packing(source.name, member)
            for _ in budget.chunks(archive, member):
                pass


def _sheet_records(name: str, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # Without this, rows are padded to the width that the sheet declares, true or not.
    sheet.reset_dimensions()
    seen = 0
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        seen += len(values) + 1
        if seen > MOST_CELLS:
            raise Unreadable(f"{name} has more cells than a school needs; delete the empty rows and columns.")
        yield line, [_clean(_cell_text(value)) for value in values]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # Excel shows 15 digits; the rest is noise of binary fractions.
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, timedelta):
        return _cell_text((datetime.min + value).time())
    if isinstance(value, datetime | date | time):
        return _clock_text(value)
    return str(value)


def _clock_text(value: datetime | date | time) -> str:
    if isinstance(value, time):
        # Excel keeps times as fractions of a day, so 09:30 may come as 09:29:59.7.
        return (datetime.combine(date.min, value) + timedelta(seconds=30)).strftime("%H:%M")
    if isinstance(value, datetime) and value.time() != time.min:
        return f"{value.date()} {_clock_text(value.time())}"
    return value.isoformat()[:10]
