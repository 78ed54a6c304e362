"""The visits of a cycle: week by week, as a list, on paper; and what a coach does to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.availability.queries import calendar
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.changes import (
    cancel_visit,
    is_cancellable,
    is_markable,
    is_movable,
    keep_visit_apart,
    mark_took_place,
)
from mentorship.invites.filters import NEEDS_DECISION, Filters, focuses_of, names_in
from mentorship.invites.grid import Week, weeks, whole_weeks
from mentorship.invites.queries import asked, history, visits_to_show
from mentorship.invites.replanning import pending_replan
from mentorship.invites.side import decisions, limits_in_words, other_lessons, over_limits
from mentorship.invites.views import pages
from mentorship.people.viewer import viewer
from mentorship.plans.models import Plan, Visit
from mentorship.plans.operations import lock_visit
from mentorship.plans.queries import UNFINISHED, plans_of, visits_visible_to
from mentorship.plans.replanning import replan_state
from mentorship.plans.telling import telling
from mentorship.plans.unplaced import unplaced
from mentorship.plans.words import VISIT_LOOK
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

WEEKS_SHOWN, DECISIONS_SHOWN = 6, 8
WEEKEND_DAYS = 2
# Why a re-plan came to nothing is told for so long.
FAILURE_SHOWN = timedelta(days=1)


@pages.get("/cycles/<int:cycle_id>/visits")
@policy("coach")
def visits(cycle_id: int) -> str:
    cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return visits_page(cycle, Filters.of(request.args))


def visits_page(cycle: Cycle, filters: Filters, refused: str = "") -> str:
    now, plans, everything = clock.now(), plans_of(cycle), visits_to_show(cycle)
    shown = [visit for visit in everything if filters.matches(visit)]
    chosen = next((visit for visit in everything if visit.id == filters.visit), None)
    found = _weeks(cycle, shown)
    week = _week(found, filters, chosen, _today(cycle))
    replan = _replan(cycle, everything, now)
    waiting = [visit for visit in everything if visit.status in NEEDS_DECISION]
    return render_template(
        "invites/visits.html",
        cycle=cycle,
        plan=plans.get("visits"),
        filters=filters,
        everything=everything,
        shown=shown,
        weeks=found,
        near=_near(found, week),
        week=week,
        in_week_unfiltered=sum(_is_in(week, visit) for visit in everything if visit.status != "cancelled"),
        chosen=_details(chosen, plans.get("visits")) if chosen else None,
        decisions=decisions(cycle, waiting, replan.get("replan")),
        decisions_shown=DECISIONS_SHOWN,
        videos=[visit for visit in shown if visit.medium == "video"],
        left_out=unplaced(cycle, plans.get("visits")),
        focuses=focuses_of(everything),
        names=names_in(everything),
        looks={status: look.words for status, look in VISIT_LOOK.items()},
        now=now,
        limits=limits_in_words(cycle),
        over=over_limits(cycle, everything, now),
        refused=refused,
        **replan,
    )


def _replan(cycle: Cycle, everything: Sequence[Visit], now: datetime) -> dict[str, Any]:
    """What a re-plan would change, how far one is that runs, or why the newest came to nothing."""
    found = replan_state(cycle)
    if not found.is_out or cycle.status == "closed":
        return {"can_replan": False}
    job = found.job
    running = job is not None and job.state in UNFINISHED
    is_new = job is not None and now - job.run_at < FAILURE_SHOWN
    return {
        "can_replan": not running,
        "replan": pending_replan(cycle, found.pending, everything, now) if not running else None,
        "replan_told": telling(job, now) if job is not None and running else None,
        "replan_failed": job.error if job is not None and job.state == "failed" and is_new else "",
    }


def _weeks(cycle: Cycle, shown: Sequence[Visit]) -> list[Week]:
    dates = calendar(cycle.school, *whole_weeks(cycle.starts_on, cycle.ends_on))
    return weeks(dates, [visit for visit in shown if visit.medium == "live"], _today(cycle))


def _today(cycle: Cycle) -> date:
    return clock.now().astimezone(ZoneInfo(cycle.school.time_zone)).date()


def _week(found: Sequence[Week], filters: Filters, chosen: Visit | None, today: date) -> Week:
    """The week asked for, else the chosen visit's, else this week (on a weekend the coming one), else the first that
    has a visit.
    """
    asked_for = filters.week or (chosen.on_date if chosen else None)
    for week in found:
        if asked_for is not None and week.holds(asked_for):
            return week
    soon = [today + timedelta(days=ahead) for ahead in range(WEEKEND_DAYS + 1)]
    this = next((week for day in soon for week in found if any(column.on == day for column in week.columns)), None)
    return this or next((week for week in found if week.visits), found[0])


def _near(found: Sequence[Week], week: Week) -> list[Week]:
    """All weeks of a short cycle; of a long one the chosen week and its neighbours."""
    if len(found) <= WEEKS_SHOWN:
        return list(found)
    first = min(max(week.number - 2, 0), len(found) - 3)
    return list(found[first : first + 3])


def _is_in(week: Week, visit: Visit) -> bool:
    on: date | None = visit.on_date
    return on is not None and week.holds(on)


def _details(visit: Visit, plan: Plan | None) -> dict[str, Any]:
    """The chosen visit with everything that the side panel says of it."""
    now, is_open = clock.now(), visit.plan.cycle.status != "closed"
    can_move = is_open and is_movable(visit, now)
    is_draft = visit.status == "proposed"
    return {
        "visit": visit,
        "asked": asked(visit),
        "history": history(visit),
        "can_lock": is_open and is_draft and visit.medium == "live",
        "can_move": can_move,
        "can_part": is_open and ((is_draft and not visit.locked) or is_cancellable(visit, now)),
        "other_lessons": other_lessons(plan, visit) if can_move else [],
        "can_cancel": is_open and is_cancellable(visit, now),
        "can_mark": is_open and is_markable(visit, now),
    }


def coached_visit(visit_id: int) -> tuple[Visit, Cycle]:
    """A visit and its cycle, at a school where the reader is a coach; their own visits elsewhere are left out."""
    person = viewer().person
    visit = one_or_404(visits_visible_to(person).where(Visit.id == visit_id))
    return visit, one_or_404(cycles_visible_to(person).where(Cycle.id == visit.plan.cycle_id))


@pages.get("/cycles/<int:cycle_id>/visits/print")
@policy("coach")
def print_visits(cycle_id: int) -> str:
    cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    shown = [visit for visit in visits_to_show(cycle) if Filters().matches(visit)]
    found = [week for week in _weeks(cycle, shown) if week.visits]
    return render_template("invites/print_visits.html", cycle=cycle, weeks=found, shown=shown, today=_today(cycle))


@pages.post("/visits/<int:visit_id>/lock")
@policy("coach")
def lock(visit_id: int) -> Response | tuple[str, int]:
    """Lock or unlock a visit of a draft: a new proposal keeps what is locked."""
    visit, cycle = coached_visit(visit_id)
    locked = request.form.get("locked") != "no"
    try:
        lock_visit(visit, locked, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return visits_page(cycle, Filters(visit=visit_id), str(refused)), 409
    flash("Locked. A new plan keeps this visit where it is." if locked else "Unlocked. A new plan may move this visit.")
    return redirect(url_for("invites.visits", cycle_id=cycle.id, visit=visit_id, _anchor="chosen"), code=303)


@pages.post("/visits/<int:visit_id>/cancel")
@policy("coach")
def cancel(visit_id: int) -> Response | tuple[str, int]:
    visit, cycle = coached_visit(visit_id)
    names = " and ".join(member.person.name for member in visit.people)
    try:
        mails = cancel_visit(visit, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return visits_page(cycle, Filters(visit=visit_id), str(refused)), 409
    flash(f"The visit is cancelled. {names} are told by mail." if mails else "The visit is cancelled.")
    return redirect(url_for("invites.visits", cycle_id=cycle.id), code=303)


@pages.post("/visits/<int:visit_id>/apart")
@policy("coach")
def not_together(visit_id: int) -> Response | tuple[str, int]:
    """The two do not visit each other, in this plan and in every later one."""
    visit, cycle = coached_visit(visit_id)
    names, is_draft = " and ".join(member.person.name for member in visit.people), visit.status == "proposed"
    try:
        mails = keep_visit_apart(visit, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return visits_page(cycle, Filters(visit=visit_id), str(refused)), 409
    told = " Plan again to find another visit." if is_draft else f" {names} are told by mail." if mails else ""
    flash(f"{names} will not be put together.{told}")
    return redirect(url_for("invites.visits", cycle_id=cycle.id), code=303)


@pages.post("/visits/<int:visit_id>/took-place")
@policy("signed_in")
def took_place(visit_id: int) -> Response | tuple[str, int]:
    """By a coach from the grid, or by one of the two people from their own page: each comes back where they were."""
    person = viewer().person
    visit = one_or_404(visits_visible_to(person).where(Visit.id == visit_id))
    cycle_id, school_id = visit.plan.cycle_id, visit.plan.cycle.school_id
    happened = request.form.get("took_place") != "no"
    try:
        mark_took_place(visit, happened, by=viewer().by, now=clock.now(), seen=request.form.get("version"))
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(str(refused), "warning")
    else:
        flash("Marked as visited." if happened else "Marked as “did not happen”. Nobody needs to say why.")
    is_coach = any(member.school_id == school_id and member.has_role("coach") for member in viewer().members)
    if is_coach and request.form.get("back") != "home":
        return redirect(url_for("invites.visits", cycle_id=cycle_id, visit=visit_id), code=303)
    return redirect(url_for("home.teacher"), code=303)
