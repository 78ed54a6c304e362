"""The list of cycles, and setting one up."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.forms import CycleForm, DatesForm, LimitsForm
from mentorship.cycles.models import Cycle, Participant
from mentorship.cycles.operations import (
    change_cycle,
    open_cycle,
    refresh_wishes,
    set_limits,
    set_participants,
    who_takes_part,
)
from mentorship.cycles.queries import counts_of_participants, cycles_visible_to
from mentorship.cycles.readiness import readiness, usual_dates, usual_name
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Membership, School
from mentorship.people.queries import active_members
from mentorship.people.viewer import viewer
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("cycles", __name__)
Page = str | Response | tuple[str, int]


@pages.get("/cycles")
@policy("coach")
def cycles() -> str:
    school = _coached_school()
    found = db.session.scalars(select(Cycle).where(Cycle.school_id == school.id)).all()
    found = sorted(found, key=lambda cycle: (cycle.status == "closed", -cycle.starts_on.toordinal(), -cycle.id))
    people = counts_of_participants(found)
    return render_template("cycles/cycles.html", cycles=found, people=people, school=school)


@pages.route("/cycles/new", methods=["GET", "POST"])
@policy("coach")
def new_cycle() -> Page:
    """Looking at readiness is a GET with the same fields, so that it can be looked at as often as one likes."""
    school = _coached_school()
    form = CycleForm(_asked(school)) if request.method == "GET" else CycleForm()
    refused = ""
    if form.validate_on_submit():
        try:
            cycle = open_cycle(
                school,
                form.name.data,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                everyone=form.who.data == "everyone",
                with_pairings=form.with_pairings.data,
                with_walkthroughs=form.with_walkthroughs.data,
                by=viewer().by,
                now=clock.now(),
            )
            db.session.commit()
            flash(f"{cycle.name} is open with {plural(len(cycle.participants), 'person', 'people')}.", "success")
            return redirect(url_for("plans.plan", cycle_id=cycle.id), code=303)
        except Refused as error:
            db.session.rollback()
            refused = str(error)
    elif request.args:
        form.check()
    found = _readiness(school, form)
    code = 409 if refused else 422 if request.method == "POST" and form.errors else 200
    return render_template("cycles/new_cycle.html", form=form, found=found, refused=refused, school=school), code


@pages.route("/cycles/<int:cycle_id>/settings", methods=["GET", "POST"])
@policy("coach")
def settings(cycle_id: int) -> Page:
    cycle = _visible(cycle_id)
    form, refused = DatesForm(obj=cycle), ""
    if form.validate_on_submit():
        given = {"name": form.name.data, "starts_on": form.starts_on.data, "ends_on": form.ends_on.data}
        refused = _done(cycle, "The name and the days are kept.", lambda: change_cycle(cycle, **given, **_by()))
        if not refused:
            return redirect(url_for("cycles.settings", cycle_id=cycle_id), code=303)
    return _settings_page(cycle_id, form, refused)


@pages.post("/cycles/<int:cycle_id>/limits")
@policy("coach")
def keep_limits(cycle_id: int) -> Page:
    """How many visits a day and at once. Once anything is out, the page of visits says what no longer fits."""
    cycle, form, refused = _visible(cycle_id), LimitsForm(), ""
    is_out = cycle.status == "published"
    if form.validate_on_submit():
        given = {"most_a_day": form.most_a_day.data, "most_at_once": form.most_at_once.data}
        words = "The limits are kept. No visit has moved." if is_out else "The limits are kept."
        refused = _done(cycle, words, lambda: set_limits(cycle, **given, **_by()))
        if not refused and is_out:
            return redirect(url_for("invites.visits", cycle_id=cycle_id), code=303)
        if not refused:
            return redirect(url_for("cycles.settings", cycle_id=cycle_id) + "#limits", code=303)
    dates = DatesForm(formdata=None, obj=_visible(cycle_id))
    return _settings_page(cycle_id, dates, refused, limits=form)


@pages.post("/cycles/<int:cycle_id>/people")
@policy("coach")
def choose_people(cycle_id: int) -> Page:
    """Who takes part: those ticked among those shown, and whoever was not shown as before."""
    cycle = _visible(cycle_id)
    shown, ticked = (set(request.form.getlist(name, type=int)) for name in ("shown", "member"))
    standing = {one.membership_id for one in cycle.participants}
    teachers = {member.id: member for member in active_members(cycle.school) if member.has_role("teacher")}
    known = teachers | {one.membership_id: one.membership for one in cycle.participants}
    wanted = [known[number] for number in sorted((standing - shown) | ticked) if number in known]
    refused = _done(cycle, "Who takes part is kept.", lambda: set_participants(cycle, wanted, **_by()))
    if refused:
        return _settings_page(cycle_id, DatesForm(formdata=None, obj=_visible(cycle_id)), refused)
    return redirect(url_for("cycles.settings", cycle_id=cycle_id) + "#people", code=303)


@pages.post("/cycles/<int:cycle_id>/wishes")
@policy("coach")
def newest_wishes(cycle_id: int) -> Page:
    cycle = _visible(cycle_id)
    words = "Everybody’s wishes are as they stand today."
    refused = _done(cycle, words, lambda: refresh_wishes(cycle, **_by()))
    if refused:
        return _settings_page(cycle_id, DatesForm(formdata=None, obj=_visible(cycle_id)), refused)
    return redirect(url_for("cycles.settings", cycle_id=cycle_id) + "#people", code=303)


def _done(cycle: Cycle, words: str, operation: Any) -> str:
    """Do it, unless the page is stale; the sentence of a refusal, or nothing."""
    had_draft = cycle.status in ("planned", "in_review")
    try:
        refuse_stale(cycle.version, request.form.get("version"), now=clock.now(), cycle=cycle.id)
        operation()
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return str(error)
    flash(f"{words} Make the plan again before you publish it." if had_draft else words, "success")
    return ""


def _settings_page(cycle_id: int, form: DatesForm, refused: str, limits: LimitsForm | None = None) -> Page:
    cycle = _visible(cycle_id)
    if refused:
        form = DatesForm(formdata=None, obj=cycle)
    if refused or limits is None:
        limits = LimitsForm(formdata=None, obj=cycle)
    taking = {one.membership_id for one in cycle.participants}
    name = request.args.get("name", "").strip()
    everybody = {member.id: member for member in active_members(cycle.school) if member.has_role("teacher")}
    everybody |= {one.membership_id: one.membership for one in cycle.participants}
    people = sorted(everybody.values(), key=lambda member: member.sort_name)
    found = readiness(
        cycle.school,
        [member for member in people if member.id in taking],
        cycle.starts_on,
        cycle.ends_on,
        with_pairings=cycle.with_pairings,
        with_walkthroughs=cycle.with_walkthroughs,
    )
    context = {
        "cycle": cycle,
        "form": form,
        "limits": limits,
        "refused": refused,
        "found": found,
        "taking": taking,
        "people": [member for member in people if name.casefold() in member.person.name.casefold()],
        "name": name,
        "is_open": cycle.status not in ("published", "closed"),
        "has_draft": cycle.status in ("planned", "in_review"),
    }
    return render_template("cycles/settings.html", **context), (
        409 if refused else 422 if form.errors or limits.errors else 200
    )


def _asked(school: School) -> MultiDict[str, str]:
    """The fields of the query, or the usual ones where nothing was asked yet."""
    if request.args:
        return request.args
    today = clock.now().astimezone(ZoneInfo(school.time_zone)).date()
    starts_on, ends_on = usual_dates(school, today)
    taken = list(db.session.scalars(select(Cycle.name).where(Cycle.school_id == school.id)))
    usual = {"name": usual_name(starts_on, taken), "starts_on": str(starts_on), "ends_on": str(ends_on)}
    return MultiDict({**usual, "with_pairings": "y", "with_walkthroughs": "y", "who": "everyone"})


def _readiness(school: School, form: CycleForm) -> Any:
    """Nothing where the days cannot be read."""
    if not form.has_days:
        return None
    return readiness(
        school,
        who_takes_part(school, everyone=form.who.data != "wishing"),
        form.starts_on.data,
        form.ends_on.data,
        with_pairings=form.with_pairings.data,
        with_walkthroughs=form.with_walkthroughs.data,
    )


def _coached_school() -> School:
    """The reader's current school, where they coach it; else the first that they coach."""
    found = viewer()
    coached = [member for member in found.members if member.has_role("coach")]
    if not coached:
        abort(404)
    return (found.member if found.member in coached else coached[0]).school


def _visible(cycle_id: int) -> Cycle:
    people = selectinload(Cycle.participants).joinedload(Participant.membership)
    query = cycles_visible_to(viewer().person).where(Cycle.id == cycle_id)
    cycle: Cycle = one_or_404(query.options(people.options(joinedload(Membership.profile))))
    return cycle


def _by() -> dict[str, Any]:
    return {"by": viewer().by, "now": clock.now()}
