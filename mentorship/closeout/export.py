"""The plan of a cycle as files to take away: who visits whom when, walks, who mentors whom; nobody's words."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mentorship.cycles.models import Cycle
from mentorship.invites.queries import visits_to_show
from mentorship.plans.contacting import contacts_of
from mentorship.plans.groups import STATE_WORDS, Walk, WalkPlace
from mentorship.plans.models import Pairing, Visit
from mentorship.plans.queries import pairings_of
from mentorship.plans.walking import walks_to_tell
from mentorship.plans.words import PAIRING_LOOK, VISIT_LOOK
from mentorship.tables import FORMULA, write_csv

VISIT_COLUMNS = (
    "visitor",
    "host",
    "date",
    "starts",
    "ends",
    "period",
    "cycle_day",
    "course",
    "room",
    "focus",
    "kind",
    "status",
)
WALK_COLUMNS = (
    "kind",
    "date",
    "starts",
    "ends",
    "period",
    "cycle_day",
    "stops",
    "rooms",
    "lead",
    "walkers",
    "hosts",
    "status",
)
# Who said no stays between them: a status says how it stands, and whose answer made it so is nobody's business.
PAIRING_COLUMNS = ("mentor", "new_teacher", "status")
CONTACT_COLUMNS = ("content_contact", "new_teacher", "status")
CONTACT_WORDS = {"named": "Named", "ended": "Ended"}
Row = tuple[str, ...]


def visit_rows(cycle: Cycle) -> list[Row]:
    """One row a visit, live ones by time and then video reviews; texts as pages say them, dates as ISO 8601."""
    return [_visit(visit) for visit in visits_to_show(cycle)]


def pairing_rows(cycle: Cycle) -> list[Row]:
    """One row a pairing, by the new teacher's name."""
    return [_pairing(pairing) for pairing in pairings_of(cycle)]


def contact_rows(cycle: Cycle) -> list[Row]:
    """One row a content contact whom people were told of, by the new teacher's name."""
    return [(row.contact.person.name, row.mentee.person.name, CONTACT_WORDS[row.status]) for row in contacts_of(cycle)]


def walk_rows(cycle: Cycle, now: datetime) -> list[Row]:
    """One row a walk that people were told of or that is planned, by time: who took part, and no word of a summary.

    Rooms stand by the alphabet, apart from the hosts: a row says where people went, not in which order.
    """
    return [_walk(walk, now) for walk in walks_to_tell(cycle)]


def _walk(walk: Walk, now: datetime) -> Row:
    lead = walk.lead
    return (
        walk.words,
        str(walk.on_date),
        f"{walk.span.starts:%H:%M}",
        f"{walk.span.ends:%H:%M}",
        walk.period,
        walk.cycle_day,
        str(len(walk.stops)),
        ", ".join(sorted(stop.room for stop in walk.stops if stop.room)),
        lead.membership.person.name if lead is not None else "",
        _names(walk.walkers),
        _names(walk.stops),
        STATE_WORDS[walk.state(now)],
    )


def _names(places: Sequence[WalkPlace]) -> str:
    """By family name."""
    return ", ".join(place.membership.person.name for place in sorted(places, key=_by_name))


def _by_name(place: WalkPlace) -> Any:
    return place.membership.sort_name


def _visit(visit: Visit) -> Row:
    return (
        visit.visitor.person.name,
        visit.host.person.name,
        str(visit.on_date or ""),
        f"{visit.starts:%H:%M}" if visit.starts else "",
        f"{visit.ends:%H:%M}" if visit.ends else "",
        visit.period,
        visit.cycle_day,
        visit.section.course if visit.section else "",
        visit.room,
        visit.focus,
        "by recording" if visit.medium == "video" else "to learn" if visit.mode == "learn" else "to give feedback",
        VISIT_LOOK[visit.status].words,
    )


def _pairing(pairing: Pairing) -> Row:
    return (
        pairing.mentor.person.name,
        pairing.mentee.person.name,
        PAIRING_LOOK[pairing.status].words,
    )


def as_csv(cycle: Cycle, what: str, now: datetime) -> bytes:
    """One list alone, for whoever opens it by a double click: with the mark by which spreadsheets know UTF-8.

    `what` is a key of `CSV_LISTS`.
    """
    header, rows_of = CSV_LISTS[what]
    return ("\ufeff" + write_csv(header, rows_of(cycle, now))).encode()


def as_xlsx(cycle: Cycle, now: datetime) -> bytes:
    """A sheet for each list, every cell text, guarded as in CSV."""
    # Only who asks for a workbook waits for its writer.
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    for title, header, rows in _sheets(cycle, now):
        sheet = book.create_sheet(title)
        sheet.append(list(header))
        for row in rows:
            cells = [ILLEGAL_CHARACTERS_RE.sub(" ", cell) for cell in row]
            sheet.append([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_json(cycle: Cycle, now: datetime) -> dict[str, Any]:
    """All of it, as lists of objects."""
    of_cycle = {"name": cycle.name, "from": str(cycle.starts_on), "to": str(cycle.ends_on), "status": cycle.status}
    lists = {
        title.lower(): [dict(zip(header, row, strict=True)) for row in rows]
        for title, header, rows in _sheets(cycle, now)
    }
    return {"cycle": of_cycle, **lists}


CSV_LISTS: dict[str, tuple[Row, Callable[[Cycle, datetime], list[Row]]]] = {
    "visits": (VISIT_COLUMNS, lambda cycle, _now: visit_rows(cycle)),
    "walks": (WALK_COLUMNS, walk_rows),
}


def _sheets(cycle: Cycle, now: datetime) -> Sequence[tuple[str, Row, list[Row]]]:
    return (
        ("Visits", VISIT_COLUMNS, visit_rows(cycle)),
        ("Walks", WALK_COLUMNS, walk_rows(cycle, now)),
        ("Pairings", PAIRING_COLUMNS, pairing_rows(cycle)),
        ("Contacts", CONTACT_COLUMNS, contact_rows(cycle)),
    )
