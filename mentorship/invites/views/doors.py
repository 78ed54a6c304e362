"""Open doors: which lessons stand open while one is free, and one’s own."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.doors import (
    close_door,
    doors_for,
    doors_visible_to,
    join_door,
    leave_door,
    own_lessons,
    today_at,
)
from mentorship.invites.doors import open_door as let_in
from mentorship.invites.forms import DoorForm
from mentorship.invites.views import pages
from mentorship.people.models import Membership
from mentorship.people.viewer import viewer
from mentorship.plans.groups import OpenDoor
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

Answer = str | Response | tuple[str, int]


@pages.get("/open-doors")
@policy("teacher")
def open_doors() -> str:
    return _doors_page(_teacher())


def _teacher() -> Membership:
    member = viewer().member
    if member is None or not member.has_role("teacher"):
        abort(404)
    return member


def _doors_page(member: Membership, refused: str = "") -> str:
    now = clock.now()
    shown, others = doors_for(member, now)
    return render_template(
        "invites/open_doors.html",
        shown=shown,
        others=others,
        today=today_at(member.school, now),
        refused=refused,
    )


@pages.route("/open-doors/new", methods=["GET", "POST"])
@policy("teacher")
def open_door() -> Answer:
    member, form = _teacher(), DoorForm()
    lessons = own_lessons(member, clock.now())
    form.offer(lessons)
    if not form.is_submitted():
        return render_template("invites/open_door.html", form=form, lessons=lessons, refused="")
    refused, code = "", 422
    if form.validate():
        shows, seats = (form.shows.data or "").strip(), form.seats.data or 0
        try:
            let_in(member, form.lesson.data, shows=shows, seats=seats, by=viewer().by, now=clock.now())
            db.session.commit()
        except Refused as error:
            db.session.rollback()
            refused, code = str(error), 409
        else:
            flash("Your door is open. Colleagues who are free then see it here.")
            return redirect(url_for("invites.open_doors"), code=303)
    return render_template("invites/open_door.html", form=form, lessons=lessons, refused=refused), code


@pages.post("/open-doors/<int:door_id>/join")
@policy("teacher")
def join_open_door(door_id: int) -> Answer:
    def operation(door: OpenDoor, member: Membership) -> str:
        join_door(door, member, by=viewer().by, now=clock.now())
        return f"You have a seat. {door.membership.person.name} sees that you come."

    return _done(door_id, operation)


@pages.post("/open-doors/<int:door_id>/leave")
@policy("teacher")
def leave_open_door(door_id: int) -> Answer:
    def operation(door: OpenDoor, member: Membership) -> str:
        leave_door(door, member, by=viewer().by, now=clock.now())
        return "Your seat is free again."

    return _done(door_id, operation)


@pages.post("/open-doors/<int:door_id>/close")
@policy("teacher")
def close_open_door(door_id: int) -> Answer:
    def operation(door: OpenDoor, member: Membership) -> str:
        if door.membership_id != member.id:
            abort(404)
        mails = close_door(door, by=viewer().by, now=clock.now())
        return f"Your door is closed. {plural(mails, 'guest was', 'guests were')} told by mail."

    return _done(door_id, operation)


def _done(door_id: int, operation: Callable[[OpenDoor, Membership], str]) -> Answer:
    member = _teacher()
    door = one_or_404(doors_visible_to(member, clock.now()).where(OpenDoor.id == door_id))
    try:
        words = operation(door, member)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return _doors_page(_teacher(), str(refused)), 409
    flash(words)
    return redirect(url_for("invites.open_doors"), code=303)
