"""The planning run and the pairings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from matching import rule_book
from mentorship import clock
from mentorship.availability.queries import CalendarDate, calendar
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to, participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.people.viewer import viewer
from mentorship.plans import editing
from mentorship.plans.forms import ChangeForm, PlanForm
from mentorship.plans.models import Pairing, Plan
from mentorship.plans.operations import ask_for_plan, wish_of_planning
from mentorship.plans.queries import (
    UNFINISHED,
    pairing_plan,
    pairings_of,
    pairings_visible_to,
    planning_job,
    plans_of,
    what_to_plan,
)
from mentorship.plans.reviewing import Review, rotation_dates
from mentorship.plans.solving import VERB
from mentorship.plans.telling import outcome_facts, outcome_nearness, telling
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("plans", __name__)
Answer = str | Response | tuple[str, int]
FORMATS = {"pairings": "pairing-problem/1", "visits": "visit-problem/1"}


@pages.get("/cycles/<int:cycle_id>/plan")
@policy("coach")
def plan(cycle_id: int) -> str:
    return _plan_page(_cycle(cycle_id), PlanForm())


@pages.get("/cycles/<int:cycle_id>/plan/progress")
@policy("coach")
def progress(cycle_id: int) -> Response:
    job = planning_job(_cycle(cycle_id))
    if job is None:
        abort(404)
    return jsonify(telling(job, clock.now()).as_json())


@pages.post("/cycles/<int:cycle_id>/plan")
@policy("coach")
def make(cycle_id: int) -> Answer:
    cycle, form = _cycle(cycle_id), PlanForm()
    if not form.validate_on_submit() or form.part.data not in ("", None, *VERB):
        return _plan_page(cycle, form), 422
    parts = [form.part.data] if form.part.data else None

    def ask() -> None:
        ask_for_plan(cycle, seconds=form.seconds.data, parts=parts, by=viewer().by, now=clock.now())

    return _planned(cycle, form, ask)


@pages.post("/cycles/<int:cycle_id>/plan/best")
@policy("coach")
def use_best(cycle_id: int) -> Answer:
    cycle = _cycle(cycle_id)
    return _planned(cycle, PlanForm(), lambda: wish_of_planning(cycle, "best", by=viewer().by, now=clock.now()))


@pages.post("/cycles/<int:cycle_id>/plan/stop")
@policy("coach")
def stop(cycle_id: int) -> Answer:
    cycle = _cycle(cycle_id)
    return _planned(cycle, PlanForm(), lambda: wish_of_planning(cycle, "stop", by=viewer().by, now=clock.now()))


@pages.get("/cycles/<int:cycle_id>/pairings")
@policy("coach")
def pairings(cycle_id: int) -> str:
    return _pairings_page(_cycle(cycle_id))


@pages.post("/pairings/<int:pairing_id>/lock")
@policy("coach")
def lock_pairing(pairing_id: int) -> Answer:
    row, form = _pairing(pairing_id), _change()

    def change() -> str:
        editing.lock_pairing(row, form.locked.data == "yes", seen=form.version.data, by=viewer().by, now=clock.now())
        return ""

    return _changed(row.plan.cycle, change, f"pair-{row.id}", row)


@pages.post("/pairings/<int:pairing_id>/swap")
@policy("coach")
def swap_pairing(pairing_id: int) -> Answer:
    row, form = _pairing(pairing_id), _change()
    mentor = _member(row.plan.cycle, form.mentor.data)
    exchange = _pairing(form.exchange.data) if form.exchange.data else None

    def change() -> str:
        told = {"seen": form.version.data, "by": viewer().by, "now": clock.now()}
        if form.next_best.data:
            editing.choose_next_best(row, mentor, **told)
        else:
            editing.swap_pairing(row, mentor, exchange=exchange, **told)
        return f"{row.mentee.person.name} now has {mentor.person.name}."

    return _changed(row.plan.cycle, change, f"pair-{row.id}", row)


@pages.post("/pairings/<int:pairing_id>/apart")
@policy("coach")
def keep_apart(pairing_id: int) -> Answer:
    row, form = _pairing(pairing_id), _change()
    both = f"{row.mentee.person.name} and {row.mentor.person.name}"

    def change() -> str:
        visits = editing.keep_apart(row, seen=form.version.data, by=viewer().by, now=clock.now())
        words = " They also visit each other in the draft: plan the visits again before you publish." if visits else ""
        return f"{both} will not be put together.{words}"

    return _changed(row.plan.cycle, change, f"new-{row.mentee_id}", row)


@pages.post("/cycles/<int:cycle_id>/pairings/choose")
@policy("coach")
def choose_mentor(cycle_id: int) -> Answer:
    cycle, form = _cycle(cycle_id), _change()
    mentee, mentor = _member(cycle, form.mentee.data), _member(cycle, form.mentor.data)

    def change() -> str:
        editing.choose_mentor(
            _draft(cycle), mentee, mentor, with_place=bool(form.with_place.data), by=viewer().by, now=clock.now()
        )
        return f"{mentee.person.name} now has {mentor.person.name}."

    return _changed(cycle, change, f"new-{mentee.id}")


@pages.post("/cycles/<int:cycle_id>/pairings/undo")
@policy("coach")
def undo_edit(cycle_id: int) -> Answer:
    cycle = _cycle(cycle_id)

    def change() -> str:
        editing.undo_last_edit(_draft(cycle), by=viewer().by, now=clock.now())
        return "Your last change was taken back."

    return _changed(cycle, change, "main")


def _cycle(cycle_id: int) -> Cycle:
    found: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return found


def _pairing(pairing_id: int) -> Pairing:
    """A pair of a school where the reader is a coach; one's own pair elsewhere is left out."""
    found: Pairing = one_or_404(pairings_visible_to(viewer().person).where(Pairing.id == pairing_id))
    _cycle(found.plan.cycle_id)
    return found


def _member(cycle: Cycle, member_id: int | None) -> Membership:
    found: Membership = one_or_404(
        select(Membership).where(Membership.id == member_id, Membership.school_id == cycle.school_id)
    )
    return found


def _draft(cycle: Cycle) -> Plan:
    found: Plan = one_or_404(select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == "pairings"))
    return found


def _change() -> ChangeForm:
    form = ChangeForm()
    if not form.validate_on_submit():
        abort(400)
    return form


def _planned(cycle: Cycle, form: PlanForm, operation: Callable[[], None]) -> Answer:
    try:
        operation()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _plan_page(cycle, form, str(refusal)), 409
    return redirect(url_for("plans.plan", cycle_id=cycle.id), code=303)


def _changed(cycle: Cycle, operation: Callable[[], str], anchor: str, row: Pairing | None = None) -> Answer:
    """Do it and go back to where it was asked, or show the page as it is now with why not."""
    number = row.id if row is not None else None
    try:
        words = operation()
        db.session.commit()
    except editing.PlacesFull as refusal:
        exchanges = [pairing.id for pairing in refusal.exchanges]
        db.session.rollback()
        return _pairings_page(cycle, str(refusal), number, exchanges, refusal.mentor.id), 422
    except Refused as refusal:
        db.session.rollback()
        return _pairings_page(cycle, str(refusal), number), 409
    flash(words)
    return redirect(url_for("plans.pairings", cycle_id=cycle.id, _anchor=anchor), code=303)


def _plan_page(cycle: Cycle, form: PlanForm, refused: str = "") -> str:
    job, plans = planning_job(cycle), plans_of(cycle)
    running = job is not None and job.state in UNFINISHED
    newest = max((made.made_at for made in plans.values()), default=None)
    failed = job is not None and job.state == "failed" and (newest is None or job.run_at > newest)
    open_parts = [part for part, wanted in _wanted(cycle).items() if wanted and not _is_out(plans.get(part))]
    return render_template(
        "plans/plan.html",
        cycle=cycle,
        form=form,
        refused=refused,
        job=job,
        told=telling(job, clock.now()) if job is not None and running else None,
        failed=job.error if job is not None and failed else "",
        plans=[
            (made, outcome_facts(made), outcome_nearness(made)) for _, made in sorted(plans.items()) if made.outcome
        ],
        open_parts=open_parts,
        sizes=what_to_plan(cycle),
        rules=[(part, rule_book(FORMATS[part])) for part, wanted in _wanted(cycle).items() if wanted],
    )


def _wanted(cycle: Cycle) -> dict[str, bool]:
    return {"pairings": cycle.with_pairings, "visits": cycle.with_walkthroughs}


def _is_out(plan: Plan | None) -> bool:
    return plan is not None and plan.status == "published"


def _pairings_page(
    cycle: Cycle,
    refused: str = "",
    number: int | None = None,
    exchanges: list[int] | None = None,
    mentor: int | None = None,
) -> str:
    members = {one.membership.code: one.membership for one in participants(cycle)}
    made, apart = pairing_plan(cycle)
    rows = list(pairings_of(cycle)) if made is not None else []
    review = Review(made, rows, members) if made is not None else None
    context: dict[str, Any] = {}
    if made is not None and review is not None:
        context = {
            "cards": review.cards(_dates(cycle, made)),
            "unmatched": review.unmatched(),
            "loads": review.loads(),
            "standing": review.standing(),
            "matched": len(review.pairs),
            "mentees": review.mentees,
            "last_edit": review.last_edit() if made.status == "draft" else "",
            "near": outcome_nearness(made),
        }
    job = planning_job(cycle)
    return render_template(
        "plans/pairings.html",
        cycle=cycle,
        plan=made,
        refused=refused,
        refused_at=number,
        exchanges=[row for row in rows if row.id in (exchanges or [])],
        exchange_mentor=mentor,
        running=job is not None and job.state in UNFINISHED,
        apart=apart,
        rules=rule_book(FORMATS["pairings"]),
        **context,
    )


def _dates(cycle: Cycle, plan: Plan) -> dict[date, CalendarDate]:
    span = rotation_dates(plan.problem)
    return {each.on: each for each in calendar(cycle.school, *span)} if span else {}
