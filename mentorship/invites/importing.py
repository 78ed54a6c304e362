"""Import by page: what the files would change is told first, and then exactly that is done.

The preview applies the files and goes back to a savepoint, so its counts are the truth. It touches visits, as the
import does; that is why it lives here. It is made when files or corrections come in and rests beside them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import canonical_json, db
from mentorship.invites.rechecking import apply_import
from mentorship.people.models import Person
from mentorship.plans.models import STANDING, Plan, Visit
from mentorship.roster.differences import MOST_NAMED, differences, standing_of
from mentorship.roster.models import ImportUpload
from mentorship.roster.operations import wait_for_other_imports
from mentorship.roster.report import Correction, FileReport, ImportReport
from mentorship.roster.uploads import (
    correct,
    corrections_of,
    files_of,
    finish_upload,
    refuse_finished,
    school_named_by,
)

MOST_CELLS = 100
LONGEST_CELL = 2000
SCHOOL_CHANGED = "The school has changed since this preview. Here is the new one; nothing has come in yet."


@dataclass(frozen=True)
class Preview:
    """What the files would do: `data` as it rests on the upload."""

    data: Mapping[str, Any]

    @property
    def error(self) -> str | None:
        """Why the files as a whole cannot come in."""
        found: str | None = self.data.get("error")
        return found

    @property
    def asks(self) -> Mapping[str, int] | None:
        """`deactivates` and `of`, where so many would leave that somebody has to say the number."""
        found: Mapping[str, int] | None = self.data.get("asks")
        return found

    @property
    def wrong_rows(self) -> int:
        return sum(file["wrong_rows"] for file in self.data.get("files", ()))

    @property
    def changes(self) -> int:
        """Records that would be new, changed or ended; a visit that needs a new time is a consequence, not one."""
        return sum(
            counts["new"] + counts["changed"] + counts["deactivated"]
            for kind, counts in self.data.get("records", {}).items()
            if kind != "visits"
        )

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The cells that somebody could put right here, each once, in the order of files and lines."""
        found: dict[tuple[str, int, str], dict[str, Any]] = {}
        for file in self.data.get("files", ()):
            for fault in file["faults"]:
                if fault["line"] is None or not fault["column"]:
                    continue
                key = (file["name"], fault["line"], fault["column"])
                cell = found.setdefault(key, {**fault, "file": file["name"], "messages": []})
                cell["messages"].append(fault["message"])
        return list(found.values())

    @property
    def other_faults(self) -> list[dict[str, Any]]:
        """What can be put right in the file alone."""
        return [
            {**fault, "file": file["name"]}
            for file in self.data.get("files", ())
            for fault in file["faults"]
            if fault["line"] is None or not fault["column"]
        ]

    @property
    def faults_untold(self) -> int:
        """How many more there are than the preview keeps."""
        return sum(file["untold"] for file in self.data.get("files", ()))


def preview_of(upload: ImportUpload) -> Preview:
    """As it was made last. Raises `Refused` where the files are gone."""
    refuse_finished(upload)
    return Preview(json.loads(upload.preview or "{}"))


def preview_import(upload: ImportUpload, *, person: Person, now: datetime) -> Preview:
    """Make the preview anew, for whoever would confirm it."""
    attempt = db.session.begin_nested()
    try:
        found, report = _tried(upload, person, now, accept=None, dry_run=True)
        if report.asks is not None:
            # Without the number the visits would not be looked at.
            attempt.rollback()
            attempt = db.session.begin_nested()
            found, _ = _tried(upload, person, now, accept=report.asks.deactivates, dry_run=True)
    finally:
        attempt.rollback()
    upload.preview = canonical_json(found)
    upload.version += 1
    db.session.flush()
    return Preview(found)


def correct_import(
    upload: ImportUpload, value_by_cell: Mapping[int, str], *, version: str, person: Person, now: datetime
) -> Preview:
    """Put values over the cells of the preview, by their place in `Preview.cells`, and make it anew."""
    _refuse_old(upload, version)
    cells = preview_of(upload).cells
    corrections = [
        Correction(cells[place]["file"], cells[place]["line"], cells[place]["column"], value.strip()[:LONGEST_CELL])
        for place, value in value_by_cell.items()
        if place < len(cells) and value.strip() != (cells[place]["value"] or "")
    ]
    if not corrections:
        raise Refused("No cell was changed. Write what it should be, and check again.")
    correct(upload, corrections)
    return preview_import(upload, person=person, now=now)


def confirm_import(upload: ImportUpload, *, version: str, accept: str, person: Person, now: datetime) -> bool:
    """Bring the files in, as their preview says and with the rows left out that it names.

    False where the school has changed since: then nothing came in and the preview is new.
    """
    _refuse_old(upload, version)
    preview = preview_of(upload)
    if preview.error:
        raise Refused(preview.error)
    leaving = preview.asks["deactivates"] if preview.asks else None
    if leaving is not None and accept.strip() != str(leaving):
        raise Refused(f"{leaving} people would be marked as away. If that is right, type {leaving} and import again.")
    attempt = db.session.begin_nested()
    found, report = _tried(upload, person, now, accept=leaving, dry_run=False)
    if report.error is not None or canonical_json(found) != canonical_json(preview.data):
        attempt.rollback()
        preview_import(upload, person=person, now=now)
        return False
    upload.school_id = report.school
    finish_upload(upload, "imported", report.run)
    db.session.flush()
    return True


def drop_import(upload: ImportUpload, *, by: str, now: datetime) -> None:
    """Erase files that nobody wants to come in."""
    db.session.refresh(upload, with_for_update={"of": ImportUpload})
    refuse_finished(upload)
    finish_upload(upload, "dropped")
    audit.record("drop_import", by=by, now=now, upload=upload.id)


def _refuse_old(upload: ImportUpload, version: str) -> None:
    """Of two at once the second waits here and then finds what the first made of it."""
    db.session.refresh(upload, with_for_update={"of": ImportUpload})
    refuse_finished(upload)
    if version != str(upload.version):
        raise Refused("There is a newer preview of these files. Look at it before you go on.")


def _tried(
    upload: ImportUpload, person: Person, now: datetime, *, accept: int | None, dry_run: bool
) -> tuple[dict[str, Any], ImportReport]:
    """Apply the files inside the caller's savepoint: the preview's data, and the report it was made of."""
    wait_for_other_imports()
    files = files_of(upload)
    school_id = upload.school_id or school_named_by(files) or ""
    before, ahead = standing_of(school_id), _visits_ahead(school_id, now)
    report = apply_import(
        files,
        by=str(person.id),
        now=now,
        school_id=upload.school_id,
        dry_run=dry_run,
        skip_errors=True,
        accept=accept,
        corrections=corrections_of(upload),
        moves_addresses=person.is_admin,
    )
    if not report.files:
        return {"error": report.error}, report
    db.session.flush()
    return {
        "error": None,
        "school": report.school,
        "files": [_file(file) for file in report.files],
        "records": report.as_json()["records"],
        "asks": report.as_json()["asks"],
        "visits": _taken_back(ahead),
        **differences(before, standing_of(school_id)),
    }, report


def _file(file: FileReport) -> dict[str, Any]:
    """A file of the report with the first of its faults; a gap is a value that leaves something unknown."""
    faults = [
        {**fault.as_json(), "row": fault.row, "leaves_out": leaves_out}
        for leaves_out, found in ((True, file.errors), (False, file.gaps))
        for fault in found
    ]
    faults.sort(key=lambda fault: fault["line"] or 0)
    return {
        "name": file.name,
        "kind": file.kind,
        "rows": file.rows,
        "wrong_rows": len({fault.line for fault in file.errors}),
        "faults": faults[:MOST_CELLS],
        "untold": max(0, len(faults) - MOST_CELLS),
        "warnings": file.warnings[:MOST_NAMED],
    }


def _visits_ahead(school_id: str, now: datetime) -> list[int]:
    """The visits that an import could take back."""
    return list(
        db.session.scalars(
            select(Visit.id)
            .join(Visit.plan)
            .join(Plan.cycle)
            .where(Cycle.school_id == school_id, Visit.status.in_(STANDING), Visit.starts_at > now)
        )
    )


def _taken_back(ids: list[int]) -> list[str]:
    query = select(Visit).where(Visit.id.in_(ids), Visit.status == "needs_new_time").order_by(Visit.starts_at, Visit.id)
    return [
        f"{visit.visitor.person.name} visits {visit.host.person.name} on {visit.on_date:%a}, {visit.on_date:%b} "
        f"{visit.on_date.day}, period {visit.period}"
        for visit in db.session.scalars(query.limit(MOST_NAMED))
        if visit.on_date is not None
    ]
