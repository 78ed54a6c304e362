"""Notes and reflections: what waits, writing (signed in or by a mailed link), reading, sharing, taking away."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import canonical_json, db
from mentorship.feedback.export import as_markdown, own_texts
from mentorship.feedback.instruments import about
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.operations import delete_entry, drop_draft, share_entry, withdraw_entry
from mentorship.feedback.queries import (
    NOTES,
    WITH_TEXT,
    WITH_THINGS,
    entries_visible_to,
    open_forms,
    own_entries,
    readers_by_entry,
    readers_words,
    request_of_link,
    shared_with,
)
from mentorship.feedback.sheets import possible_readers, sheet_of_entry, sheet_of_request, sheet_of_visit
from mentorship.feedback.views.writing import Place, save_json, saved_at, write_page
from mentorship.keys import TOKEN_LENGTH
from mentorship.people.viewer import viewer
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("feedback", __name__)
ABOUT_VISITS = f"<any({', '.join(about('visit'))}):instrument>"
FINISHED_BY_LINK = "You finished this already. Sign in to read it or to change it."


@pages.get("/notes")
@policy("signed_in")
def mine() -> str:
    person, now = viewer().person, clock.now()
    own = list(db.session.scalars(own_entries(person).order_by(Entry.saved_at.desc()).options(*WITH_THINGS)))
    readers = {entry_id: readers_words(rows) for entry_id, rows in readers_by_entry(own).items()}
    waiting = open_forms(person, now)
    begun = {(form.visit.id, form.instrument.key) for form in waiting}
    return render_template(
        "feedback/mine.html",
        waiting=waiting,
        drafts=[entry for entry in own if entry.is_draft and (entry.visit_id, entry.instrument) not in begun],
        finished=[entry for entry in own if not entry.is_draft and entry.instrument != "goal"],
        shared=shared_with(person),
        readers=readers,
    )


def _place_of_visit(visit_id: int, instrument: str) -> Place:
    found = viewer()
    return Place(
        sheet=sheet_of_visit(found.person, visit_id, instrument, clock.now()),
        page=url_for("feedback.write", visit_id=visit_id, instrument=instrument),
        save=url_for("feedback.save", visit_id=visit_id, instrument=instrument),
        later=url_for("feedback.mine"),
        done=lambda entry: url_for("feedback.entry", entry_id=entry.id),
        by=found.by,
        read_before=_notes_to_read_before(visit_id, instrument),
    )


def _notes_to_read_before(visit_id: int, instrument: str) -> Entry | None:
    """The visitor's notes, for a host who looks back, where they were shared."""
    if instrument in NOTES or request.method == "POST":
        return None
    person = viewer().person
    query = entries_visible_to(person).where(Entry.visit_id == visit_id, Entry.instrument.in_(NOTES))
    found = db.session.scalars(query.options(*WITH_TEXT)).first()
    return found if found is not None and found.author.person_id != person.id else None


@pages.route(f"/visits/<int:visit_id>/{ABOUT_VISITS}", methods=["GET", "POST"])
@policy("signed_in")
def write(visit_id: int, instrument: str) -> str | BaseResponse | tuple[str, int]:
    return write_page(lambda: _place_of_visit(visit_id, instrument))


@pages.post(f"/visits/<int:visit_id>/{ABOUT_VISITS}/save")
@policy("signed_in")
def save(visit_id: int, instrument: str) -> BaseResponse | tuple[BaseResponse, int]:
    return save_json(lambda: _place_of_visit(visit_id, instrument))


def _request_of(token: str) -> FormRequest:
    found = request_of_link(token, clock.now()) if len(token) == TOKEN_LENGTH else None
    if found is None:
        abort(404)
    return found


def _place_of_link(token: str) -> Place:
    asked = _request_of(token)
    return Place(
        sheet=sheet_of_request(asked, clock.now()),
        page=url_for("feedback.by_link", token=token),
        save=url_for("feedback.save_by_link", token=token),
        later=url_for("feedback.by_link", token=token),
        done=lambda entry: url_for("feedback.by_link", token=token),
        by=str(asked.membership.person_id),
    )


@pages.route("/form/<token>", methods=["GET", "POST"])
@policy("link")
def by_link(token: str) -> str | BaseResponse | tuple[str, int]:
    """A link lies in a mailbox: it opens what is being written, and never again what was finished."""
    place = _place_of_link(token)
    entry = place.sheet.entry
    if entry is not None and not entry.is_draft:
        names = readers_words(readers_by_entry([entry])[entry.id])
        return render_template("feedback/by_link.html", sheet=place.sheet, names=names), (
            409 if request.method == "POST" else 200
        )
    return write_page(lambda: _place_of_link(token))


@pages.post("/form/<token>/save")
@policy("link")
def save_by_link(token: str) -> BaseResponse | tuple[BaseResponse, int]:
    entry = _place_of_link(token).sheet.entry
    if entry is not None and not entry.is_draft:
        return jsonify(error=FINISHED_BY_LINK), 409
    return save_json(lambda: _place_of_link(token))


@pages.get("/notes/<int:entry_id>")
@policy("signed_in")
def entry(entry_id: int) -> str:
    person = viewer().person
    found: Entry = one_or_404(entries_visible_to(person).where(Entry.id == entry_id).options(*WITH_TEXT, *WITH_THINGS))
    is_own = found.author.person_id == person.id
    sheet = sheet_of_entry(person, entry_id) if is_own else None
    standing = readers_by_entry([found])[found.id] if is_own else []
    there = {row.membership_id for row in standing}
    return render_template(
        "feedback/entry.html",
        entry=found,
        is_own=is_own,
        form=found.form.open(found.answers if is_own else found.form.for_readers(found.answers)),
        standing=standing,
        names=readers_words(standing),
        possible=[member for member in possible_readers(sheet) if member.id not in there] if sheet else [],
        saved_at=saved_at(sheet) if sheet else "",
    )


@pages.post("/notes/<int:entry_id>/share")
@policy("signed_in")
def share(entry_id: int) -> BaseResponse:
    found = viewer()
    sheet = sheet_of_entry(found.person, entry_id)
    try:
        reader = share_entry(sheet, _reader(), by=found.by, now=clock.now())
        words = f"{reader.person.name} can read this now."
        db.session.commit()
        flash(words)
    except Refused as error:
        db.session.rollback()
        flash(str(error), "error")
    return redirect(url_for("feedback.entry", entry_id=entry_id), code=303)


@pages.post("/notes/<int:entry_id>/withdraw")
@policy("signed_in")
def withdraw(entry_id: int) -> BaseResponse:
    found = viewer()
    withdraw_entry(sheet_of_entry(found.person, entry_id), _reader(), by=found.by, now=clock.now())
    db.session.commit()
    flash("Withdrawn. They can’t read it any more, and nobody told them.")
    return redirect(url_for("feedback.entry", entry_id=entry_id), code=303)


def _reader() -> int:
    number = request.form.get("reader", "")
    return int(number) if number.isdecimal() and len(number) < 10 else 0


@pages.post("/notes/<int:entry_id>/drop-draft")
@policy("signed_in")
def drop(entry_id: int) -> BaseResponse:
    sheet = sheet_of_entry(viewer().person, entry_id)
    drop_draft(sheet)
    there = url_for("feedback.entry", entry_id=entry_id) if sheet.entry is not None else url_for("feedback.mine")
    db.session.commit()
    flash("The draft is gone.")
    return redirect(there, code=303)


@pages.post("/notes/<int:entry_id>/delete")
@policy("signed_in")
def delete(entry_id: int) -> BaseResponse:
    delete_entry(sheet_of_entry(viewer().person, entry_id))
    db.session.commit()
    flash("Deleted for good.")
    return redirect(url_for("feedback.mine"), code=303)


@pages.get("/notes/export")
@policy("signed_in")
def export() -> Response:
    query = own_entries(viewer().person).order_by(Entry.created_at, Entry.id)
    entries = list(db.session.scalars(query.options(*WITH_TEXT, *WITH_THINGS)))
    texts = own_texts(entries, readers_by_entry(entries), clock.now())
    is_markdown = request.args.get("kind") == "markdown"
    name, kind = ("my-notes.md", "text/markdown") if is_markdown else ("my-notes.json", "application/json")
    response = Response(as_markdown(texts) if is_markdown else canonical_json(texts), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
