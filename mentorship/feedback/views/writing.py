"""The one page on which every form is written: opening, saving as it is typed, finishing, and two texts at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.feedback.export import told
from mentorship.feedback.instruments.base import FocusField, InstrumentForm, NotesField, take_note
from mentorship.feedback.models import Answers, Entry, EntryReader
from mentorship.feedback.operations import Seen, WrittenElsewhere, finish_entry, save_draft
from mentorship.feedback.queries import readers_by_entry, readers_words
from mentorship.feedback.sheets import Sheet, day_to_look_again, focus_names, possible_readers, time_of_note

PARTS = ("", "goal", "all")
SAVED = "Saved. Nobody else sees it until you share it."


@dataclass(frozen=True)
class Place:
    """Where a sheet is written: its page, its autosave, and where one goes from there."""

    sheet: Sheet
    page: str
    save: str
    later: str
    done: Callable[[Entry], str]
    by: str
    read_before: Entry | None = None


def write_page(load: Callable[[], Place]) -> str | Response | tuple[str, int]:
    """Show the form, or do what its button says: keep a note, edit one, keep the draft, finish and share."""
    place = load()
    form = _form(place.sheet)
    if request.method != "POST":
        return _page(place, form)
    if not form.validate():
        return _page(place, form), 422
    try:
        return _do(place, form, request.form.get("do", "later"))
    except WrittenElsewhere as error:
        db.session.rollback()
        place = load()
        return _page(place, form, refused=str(error), newer=place.sheet.entry), 409
    except Refused as error:
        db.session.rollback()
        return _page(load(), form, refused=str(error)), 422


def save_json(load: Callable[[], Place]) -> Response | tuple[Response, int]:
    """Keep what is being typed; the page is told the version it now shows and when it was saved."""
    place = load()
    form = _form(place.sheet)
    if not form.validate():
        return jsonify(error=" ".join(sentence for _, sentence in form.faults)), 422
    try:
        seen = _seen()
        entry = save_draft(place.sheet, place.sheet.instrument.answers(form), seen=seen, now=clock.now())
        answer = {"version": f"{entry.version}.{seen.window}", "saved_at": saved_at(place.sheet)}
        db.session.commit()
        return jsonify(answer)
    except Refused as error:
        db.session.rollback()
        return jsonify(error=str(error)), 409


def _do(place: Place, form: InstrumentForm, what: str) -> Response:
    sheet, now = place.sheet, clock.now()
    answers = sheet.instrument.answers(form)
    if what in ("finish", "share"):
        readers = _chosen(sheet) if what == "finish" else _everybody(sheet)
        entry = finish_entry(sheet, answers, seen=_seen(), readers=readers, by=place.by, now=now)
        there, words = place.done(entry), _finished_words(sheet, entry)
        db.session.commit()
        flash(words)
        return redirect(there, code=303)
    answers, there = _notes_kept(form, answers, what, place)
    save_draft(sheet, answers, seen=_seen(), now=now)
    db.session.commit()
    if there == place.later:
        flash(SAVED)
    return redirect(there, code=303)


def _notes_kept(form: InstrumentForm, answers: Answers, what: str, place: Place) -> tuple[Answers, str]:
    """The answers after “Add note” or “Edit”, and where the page goes on: at the field."""
    notes = next((each for each in form if isinstance(each, NotesField)), None)
    verb, _, number = what.partition("-")
    if notes is not None and verb == "add":
        return place.sheet.instrument.settled(answers), f"{place.page}#{notes.id}"
    if notes is not None and verb == "edit" and number.isdecimal():
        return {**answers, notes.name: take_note(answers[notes.name], int(number))}, f"{place.page}#{notes.id}"
    return answers, place.later


def _finished_words(sheet: Sheet, entry: Entry) -> str:
    names = readers_words(readers_by_entry([entry])[entry.id])
    if sheet.goal is not None:
        goal_names = readers_words(readers_by_entry([sheet.goal])[sheet.goal.id])
        if goal_names != names:
            return f"Saved. This can be read by {names}; your goal by {goal_names}."
    return f"Saved. This can be read by {names}."


def _seen() -> Seen:
    """The version field holds the version that the page showed, and which open page it is."""
    number, _, window = request.form.get("version", "").partition(".")
    return Seen(int(number) if number.isdecimal() and len(number) < 10 else 0, window[:40])


def _chosen(sheet: Sheet) -> Mapping[int, str] | None:
    """The choice person by person; None where the page offered none."""
    if sheet.instrument.shares_at_once:
        return None
    found: dict[int, str] = {}
    for name, part in request.form.items():
        _, _, number = name.partition("reader-")
        if number.isdecimal() and len(number) < 10 and part in PARTS:
            found[int(number)] = part
    return found


def _everybody(sheet: Sheet) -> Mapping[int, str]:
    return {member.id: "all" for member in possible_readers(sheet)}


def _form(sheet: Sheet) -> InstrumentForm:
    focuses = focus_names(sheet) if any(issubclass(f, FocusField) for f in _field_classes(sheet)) else []
    answers = sheet.answers
    if request.method != "POST":
        answers = _prefilled(sheet, answers)
    return sheet.instrument.open(answers, focuses=focuses)


def _field_classes(sheet: Sheet) -> list[type]:
    return [getattr(sheet.instrument.form, name).field_class for name in sheet.instrument.fields]


def _prefilled(sheet: Sheet, answers: Answers) -> Answers:
    """A new form begins with a day to look again and the visit's focus, each note with a time; all may be cleared."""
    now, fields = clock.now(), sheet.instrument.fields
    local = now.astimezone(ZoneInfo(sheet.author.school.time_zone))
    begun: Answers = {}
    if sheet.entry is None:
        begun = {
            "follow_up_on": day_to_look_again(sheet, local.date()).isoformat() if "follow_up_on" in fields else "",
            "focus": sheet.visit.focus if sheet.visit is not None else "",
            "met_on": local.date().isoformat(),
        }
    found = {name: value for name, value in begun.items() if name in fields} | answers
    if "notes" in fields:
        notes = found.get("notes", {})
        if not notes.get("pending"):
            found["notes"] = {**notes, "pending": {"at": time_of_note(sheet, now)}}
    return found


def saved_at(sheet: Sheet) -> str:
    """When the newest text was saved, on the school's clock: 10:07; empty before it ever was."""
    if sheet.entry is None:
        return ""
    local = sheet.entry.saved_at.astimezone(ZoneInfo(sheet.author.school.time_zone))
    return f"{local.hour}:{local:%M}"


def _page(place: Place, form: InstrumentForm, *, refused: str = "", newer: Entry | None = None) -> str:
    sheet = place.sheet
    entry = sheet.entry
    both = [each for each in (entry, sheet.goal) if each is not None]
    readers = readers_by_entry(both)
    standing = readers[entry.id] if entry is not None else []
    # After a conflict the page shows both texts, so that saving again is meant.
    version = f"{entry.version if entry is not None else 0}.{secrets.token_hex(8)}"
    return render_template(
        "feedback/write.html",
        page=place.page,
        save=place.save,
        read_before=place.read_before,
        sheet=sheet,
        form=form,
        version=version,
        privacy_words=_privacy_words(sheet, standing, readers[sheet.goal.id] if sheet.goal is not None else []),
        possible=possible_readers(sheet),
        parts=_parts(sheet, readers),
        standing=standing,
        refused=refused,
        newer=told(newer, newer.newest) if newer is not None else None,
        saved_at=saved_at(sheet),
    )


def _privacy_words(sheet: Sheet, readers: Sequence[EntryReader], goal_readers: Sequence[EntryReader]) -> str:
    """Who sees the text now; before anybody does, who would."""
    instrument, other = sheet.instrument, sheet.other
    if readers:
        words = f"{readers_words(readers)}, as you saved it last. What you type now is yours until you save it."
    else:
        words = instrument.until_shared.format(other=other.person.given_name if other is not None else "")
    if {row.membership_id for row in goal_readers} - {row.membership_id for row in readers}:
        words += f" Your goal can be read by {readers_words(goal_readers)}."
    return f"{words} {instrument.besides}".strip()


def _parts(sheet: Sheet, readers: Mapping[int, Any]) -> dict[int, str]:
    """What each person may read now: everything, the goal alone, or nothing."""
    found: dict[int, str] = {}
    if sheet.goal is not None:
        found |= {row.membership_id: "goal" for row in readers[sheet.goal.id]}
    if sheet.entry is not None:
        found |= {row.membership_id: "all" for row in readers[sheet.entry.id]}
    return found
