"""Goals with the day to look again, and the mentor’s log about a pairing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.feedback.queries import readers_by_entry, readers_words
from mentorship.feedback.sheets import sheet_of_entry, sheet_of_oneself, sheet_of_pairing
from mentorship.feedback.views.writing import Place, save_json, write_page
from mentorship.goals.forms import LookAgainForm
from mentorship.goals.operations import look_again_on, mark_goal
from mentorship.goals.queries import begun_goal, goals_of, log_visible_to, pairings_of_person
from mentorship.people.viewer import viewer
from mentorship.web.policies import policy

pages = Blueprint("goals", __name__)


@pages.get("/goals")
@policy("signed_in")
def goals() -> str:
    found = viewer()
    own = goals_of(found.person)
    readers = readers_by_entry(goal.entry for goal in own)
    return render_template(
        "goals/goals.html",
        own=own,
        begun=begun_goal(found.person),
        pairings=pairings_of_person(found.person),
        names={goal.entry.id: readers_words(readers[goal.entry.id]) for goal in own},
        is_at_school=found.member is not None,
    )


def _named() -> int | None:
    number = request.args.get("entry", "")
    return int(number) if number.isdecimal() and len(number) < 10 else None


def _place_of_goal() -> Place:
    found, named = viewer(), _named()
    return Place(
        sheet=sheet_of_oneself(found.person, found.member, "goal", named),
        page=url_for("goals.write", entry=named),
        save=url_for("goals.save", entry=named),
        later=url_for("goals.goals"),
        done=lambda entry: url_for("goals.goals"),
        by=found.by,
    )


@pages.route("/goals/write", methods=["GET", "POST"])
@policy("signed_in")
def write() -> str | Response | tuple[str, int]:
    return write_page(_place_of_goal)


@pages.post("/goals/write/save")
@policy("signed_in")
def save() -> Response | tuple[Response, int]:
    return save_json(_place_of_goal)


@pages.post("/goals/<int:entry_id>/done")
@policy("signed_in")
def done(entry_id: int) -> Response:
    is_done = request.form.get("state", "done") == "done"
    mark_goal(sheet_of_entry(viewer().person, entry_id), is_done=is_done, now=clock.now())
    db.session.commit()
    flash("Done for now. It stays here for you." if is_done else "It is open again.")
    return redirect(url_for("goals.goals"), code=303)


@pages.post("/goals/<int:entry_id>/look-again")
@policy("signed_in")
def look_again(entry_id: int) -> Response:
    form, now = LookAgainForm(), clock.now()
    sheet = sheet_of_entry(viewer().person, entry_id)
    today = now.astimezone(ZoneInfo(sheet.author.school.time_zone)).date()
    try:
        on = form.follow_up_on.data if form.validate() else None
        look_again_on(sheet, on, today=today, now=now)
        db.session.commit()
        flash("The day to look again is moved.")
    except Refused as error:
        db.session.rollback()
        flash(str(error), "error")
    return redirect(url_for("goals.goals"), code=303)


@pages.get("/mentoring/<int:pairing_id>")
@policy("signed_in")
def log(pairing_id: int) -> str:
    person = viewer().person
    pairing = next((each for each in pairings_of_person(person) if each.id == pairing_id), None)
    if pairing is None:
        abort(404)
    entries = log_visible_to(person, pairing)
    is_mentor = pairing.mentor.person_id == person.id
    readers = readers_by_entry(entries) if is_mentor else {}
    return render_template(
        "goals/log.html",
        pairing=pairing,
        is_mentor=is_mentor,
        other=pairing.mentee if is_mentor else pairing.mentor,
        begun=next((entry for entry in entries if entry.is_draft), None),
        entries=[entry for entry in entries if not entry.is_draft],
        names={entry_id: readers_words(rows) for entry_id, rows in readers.items()},
    )


def _place_of_log(pairing_id: int) -> Place:
    found, named = viewer(), _named()
    return Place(
        sheet=sheet_of_pairing(found.person, pairing_id, "mentor_log", named),
        page=url_for("goals.write_log", pairing_id=pairing_id, entry=named),
        save=url_for("goals.save_log", pairing_id=pairing_id, entry=named),
        later=url_for("goals.log", pairing_id=pairing_id),
        done=lambda entry: url_for("feedback.entry", entry_id=entry.id),
        by=found.by,
    )


@pages.route("/mentoring/<int:pairing_id>/write", methods=["GET", "POST"])
@policy("signed_in")
def write_log(pairing_id: int) -> str | Response | tuple[str, int]:
    return write_page(lambda: _place_of_log(pairing_id))


@pages.post("/mentoring/<int:pairing_id>/write/save")
@policy("signed_in")
def save_log(pairing_id: int) -> Response | tuple[Response, int]:
    return save_json(lambda: _place_of_log(pairing_id))
