"""Import: files in, what they would change, yes or no; and marking one person as away, which touches visits too."""

from __future__ import annotations

import re
from pathlib import PurePath

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.importing import (
    SCHOOL_CHANGED,
    confirm_import,
    correct_import,
    drop_import,
    preview_import,
    preview_of,
)
from mentorship.invites.rechecking import set_active
from mentorship.invites.views import pages
from mentorship.people.models import Membership, Person, School
from mentorship.people.queries import members_visible_to
from mentorship.people.viewer import viewer
from mentorship.roster.models import ImportRun, ImportUpload
from mentorship.roster.uploads import FINISHED, keep_upload, runs_visible_to, uploads_visible_to
from mentorship.tables import FLAT_FILES, MEGABYTE, Source
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

RUNS_SHOWN = 20
LONGEST_NAME = 120
_CELL = re.compile(r"cell-(\d{1,4})")
KIND_WORDS = {
    "school": "The school itself",
    "people": "People",
    "sections": "Classes",
    "bells": "Bell times",
    "terms": "Terms",
    "school_days": "School days",
    "interests": "Wishes",
    "focus_areas": "Focus areas",
    "duties": "Duties",
    "declared_planning": "Declared planning",
    "apart": "People kept apart",
    "travel": "Ways between buildings",
    "visits": "Visits that need a new time",
}


@pages.route("/import", methods=["GET", "POST"])
@policy("coach", "admin")
def imports() -> str | Response | tuple[str, int]:
    refused = ""
    school = _school()
    if request.method == "POST":
        try:
            person = viewer().person
            upload = keep_upload(_files(), school=school, person=person, now=clock.now())
            preview = preview_import(upload, person=person, now=clock.now())
            if preview.error:
                raise Refused(preview.error)
            db.session.commit()
            return redirect(url_for("invites.import_preview", upload_id=upload.id), code=303)
        except Refused as error:
            db.session.rollback()
            school, refused = _school(), str(error)
    return _imports(school, refused), 422 if refused else 200


def _imports(school: School | None, refused: str) -> str:
    person = viewer().person
    waiting = uploads_visible_to(person).where(ImportUpload.state == "waiting").order_by(ImportUpload.id.desc())
    runs = list(db.session.scalars(runs_visible_to(person).order_by(ImportRun.id.desc()).limit(RUNS_SHOWN)))
    return render_template(
        "invites/imports.html",
        school=school,
        refused=refused,
        waiting=[(upload, preview_of(upload)) for upload in db.session.scalars(waiting)],
        runs=[(run, _changes(run)) for run in runs],
        name_by_id=_names(runs),
        megabytes=FLAT_FILES.file // MEGABYTE,
    )


@pages.get("/import/<int:upload_id>")
@policy("coach", "admin")
def import_preview(upload_id: int) -> str | tuple[str, int]:
    return _preview(_upload(upload_id))


def _preview(upload: ImportUpload, refused: str = "") -> str | tuple[str, int]:
    done = upload.state != "waiting"
    page = render_template(
        "invites/import_preview.html",
        upload=upload,
        preview=None if done else preview_of(upload),
        finished=FINISHED.get(upload.state, ""),
        changes=_changes(upload.run) if upload.run else 0,
        kind_words=KIND_WORDS,
        refused=refused,
    )
    return (page, 409) if refused else page


@pages.post("/import/<int:upload_id>/cells")
@policy("coach", "admin")
def correct_cells(upload_id: int) -> str | Response | tuple[str, int]:
    upload = _upload(upload_id)
    values = {int(found[1]): value for name, value in request.form.items() if (found := _CELL.fullmatch(name))}
    try:
        version = request.form.get("version", "")
        preview = correct_import(upload, values, version=version, person=viewer().person, now=clock.now())
        db.session.commit()
    except Refused as error:
        return _refused(upload_id, error)
    if preview.cells or preview.other_faults:
        flash(f"Checked again: {plural(preview.wrong_rows, 'row is', 'rows are')} still wrong.", "warning")
    else:
        flash("Checked again: nothing is wrong any more.", "success")
    return _to_preview(upload_id)


@pages.post("/import/<int:upload_id>/confirm", endpoint="confirm_import")
@policy("coach", "admin")
def confirm(upload_id: int) -> str | Response | tuple[str, int]:
    upload = _upload(upload_id)
    try:
        came_in = confirm_import(
            upload,
            version=request.form.get("version", ""),
            accept=request.form.get("accept", ""),
            person=viewer().person,
            now=clock.now(),
        )
        db.session.commit()
    except Refused as error:
        return _refused(upload_id, error)
    if came_in:
        flash("The files are imported.", "success")
    else:
        flash(SCHOOL_CHANGED, "warning")
    return _to_preview(upload_id)


@pages.post("/import/<int:upload_id>/drop", endpoint="drop_import")
@policy("coach", "admin")
def drop(upload_id: int) -> str | Response | tuple[str, int]:
    upload = _upload(upload_id)
    try:
        drop_import(upload, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as error:
        return _refused(upload_id, error)
    flash("The files are erased. Nothing of them came in.", "success")
    return redirect(url_for("invites.imports"), code=303)


@pages.post("/people/<int:member_id>/active", endpoint="set_active")
@policy("coach", "admin")
def change_active(member_id: int) -> Response:
    member: Membership = one_or_404(members_visible_to(viewer().person).where(Membership.id == member_id))
    name, active = member.person.name, request.form.get("active") == "yes"
    try:
        moved = set_active(member, active, by=viewer().by, now=clock.now())
        db.session.commit()
        words = f"{name} is {'back' if active else 'marked as away. Nothing of theirs is deleted'}."
        flash(f"{words} {plural(moved, 'visit needs', 'visits need')} a new time." if moved else words, "success")
    except Refused as error:
        db.session.rollback()
        flash(str(error), "error")
    return redirect(url_for("people.person", member_id=member_id), code=303)


def _school() -> School | None:
    """The coach's school; an administrator's own, where they have one. Nobody else imports."""
    found = viewer()
    if not (found.is_coach or found.is_admin):
        abort(404)
    return found.school if found.member is not None else None


def _upload(upload_id: int) -> ImportUpload:
    upload: ImportUpload = one_or_404(uploads_visible_to(viewer().person).where(ImportUpload.id == upload_id))
    return upload


def _files() -> list[Source]:
    """What was sent, under names without folders. Raises `Refused` for a file that is too large or empty."""
    given = [each for each in request.files.getlist("files") if each.filename]
    if not given:
        raise Refused("Choose at least one file.")
    found = []
    for each in given:
        found.append(Source(_name_of(each), each.stream.read()))
        each.close()
    return found


def _name_of(given: FileStorage) -> str:
    # A browser of long ago sends the whole path, with the slashes of its system.
    path = PurePath((given.filename or "").replace("\\", "/").rpartition("/")[2])
    stem = "".join(sign if sign.isprintable() else " " for sign in path.stem)[:LONGEST_NAME].strip()
    return f"{stem or 'file'}{path.suffix[:10]}"


def _changes(run: ImportRun) -> int:
    return sum(
        counts.get("new", 0) + counts.get("changed", 0) + counts.get("deactivated", 0)
        for kind, counts in run.records.items()
        if kind != "visits"
    )


def _names(runs: list[ImportRun]) -> dict[str, str]:
    """Who imported, by the id that the run holds; a command has none."""
    ids = {int(run.by) for run in runs if run.by.isdecimal()}
    found = db.session.scalars(select(Person).where(Person.id.in_(ids))) if ids else ()
    return {str(person.id): person.name for person in found}


def _refused(upload_id: int, error: Refused) -> str | Response | tuple[str, int]:
    db.session.rollback()
    return _preview(_upload(upload_id), str(error))


def _to_preview(upload_id: int) -> Response:
    return redirect(url_for("invites.import_preview", upload_id=upload_id), code=303)
