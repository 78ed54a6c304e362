"""`interests`, `duties`, `declared_planning`, `apart` and `travel`: what people wish, owe and declare."""

from __future__ import annotations

from typing import Any

from mentorship.availability.models import BLOCK_KINDS
from mentorship.roster.cells import Cells
from mentorship.roster.known import Known
from mentorship.roster.report import FileReport
from mentorship.tables import Table

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_SIGNS = {sign: place for signs in ("mtwrf", "1234567") for place, sign in enumerate(signs)}
FOCUS_LISTS = ("wants_to_learn", "shows", "wants_feedback_on", "gives_feedback_on")
Entry = tuple[Any, ...]


def read_interests(table: Table, report: FileReport, known: Known) -> dict[str, dict[str, Any]]:
    """Profile values by person; only the rows present are touched."""
    profiles: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    for row in table.rows:
        cells = Cells(row, report)
        code = known.person(cells, "person_id", cells.text("person_id", required=True))
        # Whoever wants no visit at all is required to make none, unless the file says so.
        nothing_wanted = row.cells.get("visits_wanted", "") == "0"
        required = cells.number("visits_required", default=0 if nothing_wanted else 1, most=100)
        wanted = cells.number("visits_wanted", default=max(1, required), most=100)
        values: dict[str, Any] = {
            **{column: cells.many(column, longest=120) for column in FOCUS_LISTS},
            "visits_required": required,
            "visits_wanted": wanted,
            "visits_a_week": cells.number("visits_a_week", default=1, most=10),
            "hosts_at_most": cells.number("hosts_at_most", default=2, most=100),
            "hosts_a_week": cells.number("hosts_a_week", default=1, most=50),
            "open_to_visits": cells.yes("open_to_visits", default=True),
            "video_host": cells.yes("video_host", default=False),
            "video_visit": cells.yes("video_visit", default=False),
        }
        if wanted < required:
            cells.fault("visits_wanted", f"This is a total and cannot be less than the {required} visits required.")
        if code in lines:
            cells.fault("person_id", f"{code} stands in line {lines[code]} already and again in line {row.line}.")
        if code is not None and not cells.bad:
            profiles[code], lines[code] = values, row.line
    return profiles


def read_duties(table: Table, report: FileReport, known: Known) -> list[Entry]:
    """(person, kind, cycle day, weekday, date, period, starts, ends), each once."""
    entries: list[Entry] = []
    for row in table.rows:
        cells = Cells(row, report)
        code = known.person(cells, "person_id", cells.text("person_id", required=True))
        starts, ends = cells.clock("starts"), cells.clock("ends")
        if (starts is None) != (ends is None):
            cells.fault("ends", "Give both times, or none for the whole day.")
        elif starts and ends and starts >= ends:
            cells.fault("ends", f"It ends at {ends:%H:%M}, before it starts at {starts:%H:%M}.")
        entry = (
            code,
            cells.choice("kind", BLOCK_KINDS, ""),
            known.cycle_day(cells),
            _weekday(cells),
            cells.day("date"),
            known.period(cells),
            starts,
            ends,
        )
        if code is not None and not cells.bad:
            entries.append(entry)
    return list(dict.fromkeys(entries))


def _weekday(cells: Cells) -> int | None:
    """Monday is 0; the file may write Monday, Mon, Mo, M (T is Tuesday, R Thursday) or 1 to 7."""
    text = cells.text("weekday").lower()
    if not text:
        return None
    if text in WEEKDAY_SIGNS:
        return WEEKDAY_SIGNS[text]
    found = [place for place, name in enumerate(WEEKDAYS) if len(text) >= 2 and name.startswith(text)]
    if len(found) == 1:
        return found[0]
    cells.fault("weekday", f"“{text[:80]}” is not a weekday. Allowed: Monday to Sunday.")
    return None


def read_declared(table: Table, report: FileReport, known: Known) -> list[Entry]:
    """(person, period, cycle day), each once."""
    entries: list[Entry] = []
    for row in table.rows:
        cells = Cells(row, report)
        code = known.person(cells, "person_id", cells.text("person_id", required=True))
        entry = (code, known.period(cells, required=True), known.cycle_day(cells))
        if code is not None and not cells.bad:
            entries.append(entry)
    return list(dict.fromkeys(entries))


def read_apart(table: Table, report: FileReport, known: Known) -> list[Entry]:
    """(person, other), each pair once whichever way round it is written."""
    entries: list[Entry] = []
    for row in table.rows:
        cells = Cells(row, report)
        codes = [known.person(cells, column, cells.text(column, required=True)) for column in ("person_id", "other_id")]
        if codes[0] is not None and codes[0] == codes[1]:
            cells.fault("other_id", "A person cannot be kept apart from themselves.")
        if None not in codes and not cells.bad:
            entries.append(tuple(sorted(code for code in codes if code)))
    return list(dict.fromkeys(entries))


def read_travel(table: Table, report: FileReport) -> list[Entry]:
    """(from, to, minutes), each pair of buildings once, the same both ways."""
    minutes_by_pair: dict[tuple[str, ...], tuple[int, int]] = {}
    for row in table.rows:
        cells = Cells(row, report)
        pair = tuple(
            sorted((cells.text("from", required=True, longest=60), cells.text("to", required=True, longest=60)))
        )
        minutes = cells.number("minutes", default=0, most=240)
        known = minutes_by_pair.get(pair)
        if known is not None and known[0] != minutes:
            cells.fault(
                "minutes", f"{pair[0]} to {pair[1]} takes {known[0]} minutes in line {known[1]}; say one of the two."
            )
        if not cells.bad:
            minutes_by_pair.setdefault(pair, (minutes, row.line))
    return [(*pair, minutes) for pair, (minutes, _) in minutes_by_pair.items()]
