"""Import: read, preview, apply. The preview applies too and its caller rolls back, so its counts are the truth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from mentorship.audit import operations as audit
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import School
from mentorship.roster.applying import apply_interests, apply_school, apply_sections, apply_timetable, apply_wishes
from mentorship.roster.applying_people import apply_staff, leavers, members_of, too_many_leave
from mentorship.roster.models import ImportRun
from mentorship.roster.report import Correction, Counts, ImportReport
from mentorship.roster.stage import Stage, read_stage
from mentorship.tables import Source

IMPORT_LOCK = 7_205_765
ALWAYS_COUNTED = ("people", "sections", "school_days")


def import_files(
    paths: Sequence[Path | Source],
    *,
    by: str,
    now: datetime,
    school_id: str | None = None,
    dry_run: bool = False,
    skip_errors: bool = False,
    accept: int | None = None,
    corrections: Sequence[Correction] = (),
    moves_addresses: bool = True,
) -> ImportReport:
    """Bring files in, in the caller's transaction; the caller commits only when the report says `applied`.

    Where a file as a whole cannot be read the report holds the sentence alone: nothing of the import is of use then.
    """
    wait_for_other_imports()
    try:
        stage = read_stage(paths, school_id=school_id, corrections=corrections, moves_addresses=moves_addresses)
    except Refused as refused:
        return ImportReport(school_id or "", [], {}, dry_run, error=str(refused))
    report = ImportReport(stage.school_id, stage.files, {}, dry_run)
    members = members_of(stage.school_id)
    report.asks = too_many_leave(stage, members)
    report.error = _why_not(stage, report, len(leavers(stage, members)), skip_errors=skip_errors, accept=accept)
    report.records = _apply(stage, now)
    report.applied = report.error is None and not dry_run
    if report.applied:
        changed = {kind: vars(counts) for kind, counts in report.records.items()}
        names = [file.name for file in stage.files]
        report.run = ImportRun(school_id=stage.school_id, applied_at=now, by=by, file_names=names, records=changed)
        db.session.add(report.run)
        audit.record("import", by=by, now=now, school=stage.school_id)
    return report


def wait_for_other_imports() -> None:
    """Two imports at once would each compare with what the other is about to change.

    What the session read before it waited may be old by then, so that it is read anew.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.flush()
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})
        db.session.expire_all()


def _why_not(stage: Stage, report: ImportReport, leaving: int, *, skip_errors: bool, accept: int | None) -> str | None:
    if report.asks is not None and accept != leaving:
        return report.asks.sentence
    if accept not in (None, leaving):
        return f"This import would deactivate {leaving} people, not {accept}; leave --accept out, or correct the files."
    if stage.errors and not skip_errors:
        rows = "1 row is" if stage.errors == 1 else f"{stage.errors} rows are"
        return f"{rows} wrong and nothing was imported; mend them, or import the rest with --skip-errors."
    return None


def _apply(stage: Stage, now: datetime) -> dict[str, Counts]:
    records = {kind: Counts() for kind in ALWAYS_COUNTED}
    records["school"] = apply_school(stage)
    school = db.session.get_one(School, stage.school_id)
    today = now.astimezone(ZoneInfo(school.time_zone)).date()
    records |= apply_timetable(stage, today)
    if stage.staff is not None:
        records["people"] = apply_staff(stage)
    members = members_of(stage.school_id)
    if stage.sections is not None:
        records["sections"] = apply_sections(stage, members)
    if stage.interests is not None:
        records |= apply_interests(stage, members)
    records |= apply_wishes(stage, members)
    db.session.flush()
    return records
