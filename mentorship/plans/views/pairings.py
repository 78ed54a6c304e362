"""The pairs of a draft: why each, what else would work, and what a coach changes by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.availability.queries import CalendarDate, calendar
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.viewer import viewer
from mentorship.plans import editing
from mentorship.plans.contacting import shown
from mentorship.plans.former import differing, standing
from mentorship.plans.forms import ChangeForm
from mentorship.plans.models import Pairing, Plan
from mentorship.plans.queries import UNFINISHED, pairing_plan, pairings_of, planning_job
from mentorship.plans.reviewing import Review, rotation_dates
from mentorship.plans.telling import outcome_nearness
from mentorship.plans.views import pages
from mentorship.plans.views.rows import coached_cycle, coached_pairing, draft_of, member_of
from mentorship.plans.weights import GOALS, book_with, in_order
from mentorship.web.policies import policy

Answer = str | Response | tuple[str, int]


@pages.get("/cycles/<int:cycle_id>/pairings")
@policy("coach")
def pairings(cycle_id: int) -> str:
    return _pairings_page(coached_cycle(cycle_id))


@pages.post("/pairings/<int:pairing_id>/lock")
@policy("coach")
def lock_pairing(pairing_id: int) -> Answer:
    row, form = coached_pairing(pairing_id), change_form()

    def change() -> str:
        editing.lock_pairing(row, form.locked.data == "yes", seen=form.version.data, by=viewer().by, now=clock.now())
        return ""

    return changed(row.plan.cycle, change, f"pair-{row.id}", row)


@pages.post("/pairings/<int:pairing_id>/swap")
@policy("coach")
def swap_pairing(pairing_id: int) -> Answer:
    row, form = coached_pairing(pairing_id), change_form()
    mentor = member_of(row.plan.cycle, form.mentor.data)
    exchange = coached_pairing(form.exchange.data) if form.exchange.data else None

    def change() -> str:
        told = {"seen": form.version.data, "by": viewer().by, "now": clock.now()}
        if form.next_best.data:
            editing.choose_next_best(row, mentor, **told)
        else:
            editing.swap_pairing(row, mentor, exchange=exchange, **told)
        return f"{row.mentee.person.name} now has {mentor.person.name}."

    return changed(row.plan.cycle, change, f"pair-{row.id}", row)


@pages.post("/pairings/<int:pairing_id>/apart")
@policy("coach")
def keep_apart(pairing_id: int) -> Answer:
    row, form = coached_pairing(pairing_id), change_form()
    both = f"{row.mentee.person.name} and {row.mentor.person.name}"

    def change() -> str:
        visits = editing.keep_apart(row, seen=form.version.data, by=viewer().by, now=clock.now())
        words = " They also visit each other in the draft: plan the visits again before you publish." if visits else ""
        return f"{both} will not be put together.{words}"

    return changed(row.plan.cycle, change, f"new-{row.mentee_id}", row)


@pages.post("/cycles/<int:cycle_id>/pairings/choose")
@policy("coach")
def choose_mentor(cycle_id: int) -> Answer:
    cycle, form = coached_cycle(cycle_id), change_form()
    mentee, mentor = member_of(cycle, form.mentee.data), member_of(cycle, form.mentor.data)

    def change() -> str:
        editing.choose_mentor(
            draft_of(cycle), mentee, mentor, with_place=bool(form.with_place.data), by=viewer().by, now=clock.now()
        )
        return f"{mentee.person.name} now has {mentor.person.name}."

    return changed(cycle, change, f"new-{mentee.id}")


@pages.post("/cycles/<int:cycle_id>/pairings/undo")
@policy("coach")
def undo_edit(cycle_id: int) -> Answer:
    cycle = coached_cycle(cycle_id)

    def change() -> str:
        editing.undo_last_edit(draft_of(cycle), by=viewer().by, now=clock.now())
        return "Your last change was taken back."

    return changed(cycle, change, "main")


def change_form() -> ChangeForm:
    form = ChangeForm()
    if not form.validate_on_submit():
        abort(400)
    return form


def changed(cycle: Cycle, operation: Callable[[], str], anchor: str, row: Pairing | None = None) -> Answer:
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
            "needs": shown(made, members),
            "loads": review.loads(),
            "standing": review.standing(),
            "matched": len(review.pairs),
            "mentees": review.mentees,
            "last_edit": review.last_edit() if made.status == "draft" else "",
            "near": outcome_nearness(made),
            **_around(cycle, made, review),
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
        rules=book_with(made.problem.get("weights", {}) if made is not None else cycle.pairing_weights),
        **context,
    )


def _around(cycle: Cycle, plan: Plan, review: Review) -> dict[str, Any]:
    """What mattered in the draft, whether it is settled, and how many pairs of the draft before differ (None: none)."""
    problem, former = plan.problem, standing(plan.former) if plan.former else None
    weights = problem.get("weights", {})
    return {
        "mattered": in_order(weights),
        "goal": GOALS[problem["goal"]][0],
        "is_ahead": (cycle.pairing_goal, cycle.pairing_weights) != (problem["goal"], weights),
        "is_settled": plan.status == "draft" and review.is_settled(),
        "differing": len(differing(review.pairs, former.pairs)) if former else None,
    }


def _dates(cycle: Cycle, plan: Plan) -> dict[date, CalendarDate]:
    span = rotation_dates(plan.problem)
    return {each.on: each for each in calendar(cycle.school, *span)} if span else {}
