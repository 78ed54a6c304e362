"""The plan of a cycle as files to take away: who visits whom when, who mentors and answers whom; nobody's words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from mentorship.cycles.models import Cycle
from mentorship.invites.queries import visits_to_show
from mentorship.plans.contacting import contacts_of
from mentorship.plans.models import Pairing, Visit
from mentorship.plans.queries import pairings_of
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


def as_csv(cycle: Cycle) -> bytes:
    """The visits alone, for whoever opens it by a double click: with the mark by which spreadsheets know UTF-8."""
    return ("\ufeff" + write_csv(VISIT_COLUMNS, visit_rows(cycle))).encode()


def as_xlsx(cycle: Cycle) -> bytes:
    """Three sheets, every cell text, guarded as in CSV."""
    # Only who asks for a workbook waits for its writer.
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    for title, header, rows in _sheets(cycle):
        sheet = book.create_sheet(title)
        sheet.append(list(header))
        for row in rows:
            cells = [ILLEGAL_CHARACTERS_RE.sub(" ", cell) for cell in row]
            sheet.append([f"'{cell}" if FORMULA.match(cell) else cell for cell in cells])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_json(cycle: Cycle) -> dict[str, Any]:
    """All of it, as lists of objects."""
    of_cycle = {"name": cycle.name, "from": str(cycle.starts_on), "to": str(cycle.ends_on), "status": cycle.status}
    lists = {
        title.lower(): [dict(zip(header, row, strict=True)) for row in rows] for title, header, rows in _sheets(cycle)
    }
    return {"cycle": of_cycle, **lists}


def _sheets(cycle: Cycle) -> Sequence[tuple[str, Row, list[Row]]]:
    return (
        ("Visits", VISIT_COLUMNS, visit_rows(cycle)),
        ("Pairings", PAIRING_COLUMNS, pairing_rows(cycle)),
        ("Contacts", CONTACT_COLUMNS, contact_rows(cycle)),
    )
