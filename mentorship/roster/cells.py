"""A row's cells as typed values; whatever is wrong becomes a fault with its column, its value and a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time

from mentorship.roster.report import Fault, FileReport
from mentorship.tables import Row

LONGEST_CELL = 2000
_EMAIL = re.compile(r"[^@\s,;<>()\"\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z0-9-]{2,}")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Line breaks, tabs and no-break spaces inside a cell come from copying and stand for a space.
_OTHER_SPACE = re.compile(r"[^\S ]+")
# Nobody sees these and they make two equal words differ. The joiners of emoji and of scripts stay.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
# Control characters, halves of characters, and signs that turn the direction of what follows.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_MOST_DIGITS = 9
_LONGEST_SHOWN = 200
_CELLS_SHOWN = 4
_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0"})


class Cells:
    """Reads one row; `bad` says whether anything so far means that the row has to be left out."""

    def __init__(self, row: Row, report: FileReport) -> None:
        self.row = row
        self.line = row.line
        self.bad = False
        self._report = report
        if row.extra:
            self.fault(
                None,
                f"“{row.extra[0][:80]}” stands beyond the last heading; put a cell that holds the separator in "
                "quotation marks, or give the column a heading.",
                row.extra[0],
            )

    def fault(self, column: str | None, message: str, value: str | None = None) -> None:
        self.bad = True
        shown = value if value is not None else self._raw(column)
        if len(shown) > _LONGEST_SHOWN:
            shown = f"{shown[:_LONGEST_SHOWN]}…"
        self._report.errors.append(Fault(self.line, column, shown, message, self.beginning()))

    def beginning(self) -> str:
        """The first cells of the row that say anything, for whoever looks for it."""
        found = [cell for cell in self.row.cells.values() if cell][:_CELLS_SHOWN]
        return ", ".join(_UNREADABLE.sub(" ", cell[:60]) for cell in found)

    def text(self, column: str, *, required: bool = False, longest: int = 200) -> str:
        value = _OTHER_SPACE.sub(" ", _UNSEEN.sub("", self._raw(column)))
        if required and not value:
            self.fault(column, f"The column {column} is empty; every row needs it.")
        if len(value) > longest:
            self.fault(column, f"This is longer than {longest} characters.", value[:80] + "…")
            return ""
        if found := _UNREADABLE.search(value):
            self.fault(column, f"This holds a control character ({found[0]!a}); type it anew.", ascii(value)[:80])
            return ""
        return value

    def many(self, column: str, *, longest: int = 200) -> list[str]:
        """The values of a list inside a cell, separated by `;`, each once, in their order."""
        return list(dict.fromkeys(self.listed(column, longest=longest)))

    def listed(self, column: str, *, longest: int = 200) -> list[str]:
        """The same with whatever stands twice."""
        parts = [part.strip() for part in self.text(column, longest=LONGEST_CELL * 20).split(";")]
        for part in parts:
            if len(part) > longest:
                self.fault(column, f"A part of this list is longer than {longest} characters.", part[:80] + "…")
        return [part for part in parts if part]

    def choice(self, column: str, allowed: Collection[str], default: str) -> str:
        value = self._raw(column) or default
        if not value:
            self.fault(column, f"The column {column} is empty. Allowed: {', '.join(allowed)}.")
        elif value not in allowed:
            self.fault(column, f"There is no {column} “{value[:80]}”. Allowed: {', '.join(allowed)}.")
        return value

    def yes(self, column: str, *, default: bool) -> bool:
        value = self._raw(column).lower()
        if not value:
            return default
        if value not in _YES | _NO:
            self.fault(column, f"“{value[:80]}” is neither yes nor no.")
        return value in _YES

    def number(self, column: str, *, default: int, least: int = 0, most: int = 1000) -> int:
        value = self._raw(column)
        if not value:
            return default
        is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
        if not is_number or not least <= int(value) <= most:
            self.fault(column, f"“{value[:80]}” is not a whole number from {least} to {most}.")
            return default
        return int(value)

    def day(self, column: str, *, required: bool = False) -> date | None:
        value = self.text(column, required=required)
        if not value:
            return None
        try:
            return date.fromisoformat(value) if _DAY.fullmatch(value) else _refuse()
        except ValueError:
            self.fault(column, f"“{value[:80]}” is not a date. Write it as 2027-01-31.")
            return None

    def clock(self, column: str, *, required: bool = False) -> time | None:
        value = self.text(column, required=required)
        if not value:
            return None
        match = _CLOCK.fullmatch(value)
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            self.fault(column, f"“{value[:80]}” is not a time. Write it as 08:05.")
            return None
        return time(int(match[1]), int(match[2]))

    def email(self, column: str) -> str:
        value = self.text(column, required=True, longest=320)
        if value and not (value.isascii() and _EMAIL.fullmatch(value)):
            self.fault(column, f"“{value[:80]}” is not an e-mail address.")
        return value.lower()

    def _raw(self, column: str | None) -> str:
        return self.row.cells.get(column, "") if column else ""


def _refuse() -> date:
    raise ValueError
