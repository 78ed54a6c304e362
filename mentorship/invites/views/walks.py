"""Walks: a coach plans one and sends it; whoever takes part sees their own side of it, and may leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import randrange

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.availability.free import default_date
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.doors import today_at
from mentorship.invites.forms import WalkDayForm, WalkForm
from mentorship.invites.looking_back import summary_for
from mentorship.invites.views import pages
from mentorship.invites.walking import cancel_walk, leave_walk, send_walk
from mentorship.people.viewer import viewer
from mentorship.plans.groups import Walk, WalkPlace
from mentorship.plans.walking import WalkDay, Wish, plan_walk, walk_day, walks_of, walks_visible_to
from mentorship.plans.walks import KINDS, fitting
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

MOST_SEED = 2**31 - 1
Answer = str | Response | tuple[str, int]


@pages.get("/cycles/<int:cycle_id>/walks")
@policy("coach")
def walks(cycle_id: int) -> str:
    cycle = _coached(cycle_id)
    return render_template("invites/walks.html", cycle=cycle, walks=walks_of(cycle), now=clock.now())


@pages.route("/cycles/<int:cycle_id>/walks/new", methods=["GET", "POST"])
@policy("coach")
def new_walk(cycle_id: int) -> Answer:
    cycle, form = _coached(cycle_id), WalkForm()
    if not form.is_submitted():
        return _new_page(cycle, form)
    day = _day(cycle, form)
    form.offer(day)
    if not form.validate():
        return _new_page(cycle, form, day=day), 422
    try:
        walk = plan_walk(cycle, _wish(form), seed=randrange(MOST_SEED), by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return _new_page(cycle, form, str(refused)), 409
    flash("The walk is planned. Nobody is told before you send it.")
    return redirect(url_for("invites.walk", walk_id=walk.id), code=303)


def _coached(cycle_id: int) -> Cycle:
    cycle: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return cycle


def _day(cycle: Cycle, form: WalkForm) -> WalkDay:
    """The date and period that were asked for, or the next date with lessons."""
    asked = WalkDayForm(request.args if not form.is_submitted() else request.form, meta={"csrf": False})
    on = asked.on.data
    if on is None:
        tomorrow = today_at(cycle.school, clock.now()) + timedelta(days=1)
        on = default_date(cycle.school, max(tomorrow, cycle.starts_on)) or cycle.starts_on
    return walk_day(cycle, on, asked.period.data)


def _wish(form: WalkForm) -> Wish:
    kind, walkers = form.kind.data, [*form.walkers.data]
    return Wish(
        on=form.on.data,
        period=form.period.data,
        kind=kind,
        minutes=form.minutes.data or KINDS[kind].minutes,
        lead=form.lead.data or 0,
        walkers=walkers,
        hosts=form.hosts.data,
        questions=(form.questions.data or "").strip(),
    )


def _new_page(cycle: Cycle, form: WalkForm, refused: str = "", day: WalkDay | None = None) -> str:
    if day is None:
        day = _day(cycle, form)
        form.offer(day)
    rooms = {kind.key: fitting(day.bell, minutes=kind.minutes) for kind in KINDS.values()} if day.period else {}
    return render_template(
        "invites/new_walk.html",
        cycle=cycle,
        form=form,
        day=day,
        dates=WalkDayForm(formdata=None, meta={"csrf": False}),
        kinds=KINDS,
        rooms=rooms,
        refused=refused,
    )


@pages.get("/walks/<int:walk_id>")
@policy("coach", "teacher")
def walk(walk_id: int) -> str:
    return _walk_page(_visible(walk_id))


def _visible(walk_id: int) -> Walk:
    found: Walk = one_or_404(walks_visible_to(viewer().person).where(Walk.id == walk_id))
    return found


def _is_coached(walk: Walk) -> bool:
    schools = {member.school_id for member in viewer().members if member.has_role("coach")}
    return walk.cycle.school_id in schools


def _own_place(walk: Walk) -> WalkPlace | None:
    mine = {member.id for member in viewer().members}
    return next((place for place in walk.standing if place.membership_id in mine), None)


def _walk_page(walk: Walk, refused: str = "") -> str:
    now, own = clock.now(), _own_place(walk)
    return render_template(
        "invites/walk.html",
        walk=walk,
        cycle=walk.cycle,
        own=own,
        is_coach=_is_coached(walk),
        is_lead=own is not None and own.role == "lead",
        is_over=walk.is_over(now),
        summary=summary_for(viewer().person, walk) if walk.is_over(now) else None,
        is_ahead=walk.is_ahead(now),
        can_send=walk.status == "proposed" and not walk.has_begun(now) and walk.cycle.status != "closed",
        refused=refused,
    )


@pages.get("/walks/<int:walk_id>/sheets")
@policy("coach", "teacher")
def walk_sheets(walk_id: int) -> str:
    """For who goes: a host learns nothing from them of the others’ stops."""
    found = _visible(walk_id)
    own = _own_place(found)
    if not _is_coached(found) and (own is None or own.is_host):
        abort(404)
    return render_template("invites/walk_sheets.html", walk=found, cycle=found.cycle)


@pages.post("/walks/<int:walk_id>/send")
@policy("coach")
def send(walk_id: int) -> Answer:
    def operation(found: Walk) -> str:
        mails = send_walk(found, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        return f"{plural(mails, 'invitation')} went out, one to each of them."

    return _done(walk_id, operation)


@pages.post("/walks/<int:walk_id>/cancel")
@policy("coach")
def call_off(walk_id: int) -> Answer:
    def operation(found: Walk) -> str:
        mails = cancel_walk(found, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        return f"The walk is off. {plural(mails, 'person was', 'people were')} told by mail."

    return _done(walk_id, operation)


def _done(walk_id: int, operation: Callable[[Walk], str]) -> Answer:
    found = _visible(walk_id)
    if not _is_coached(found):
        abort(404)
    try:
        words = operation(found)
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return _walk_page(_visible(walk_id), str(refused)), 409
    flash(words)
    return redirect(url_for("invites.walks", cycle_id=found.cycle_id), code=303)


@pages.post("/walks/<int:walk_id>/leave")
@policy("coach", "teacher")
def leave(walk_id: int) -> Answer:
    found = _visible(walk_id)
    own = _own_place(found)
    if own is None:
        abort(404)
    try:
        leave_walk(own, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return _walk_page(_visible(walk_id), str(refused)), 409
    flash("You are off the walk. Nobody is asked why.")
    return redirect(url_for("home.start"), code=303)
