"""What matters most in pairings, and the draft that came of it beside the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.people.viewer import viewer
from mentorship.plans.comparing import Comparison
from mentorship.plans.former import Standing, draft_now, standing
from mentorship.plans.forms import DraftForm, RelaxForm, WeightsForm
from mentorship.plans.going_back import go_back as let_former_stand
from mentorship.plans.models import Plan
from mentorship.plans.operations import propose_with, relax_rule
from mentorship.plans.queries import UNFINISHED, pairing_draft, pairings_of, planning_job
from mentorship.plans.views import pages
from mentorship.plans.views.rows import coached_cycle
from mentorship.plans.weights import (
    USUAL_GOAL,
    goal_choices,
    questions,
    set_otherwise,
    usual_words,
    words_in,
)
from mentorship.web.policies import policy

Answer = str | Response | tuple[str, int]
# As long as “Propose again” may take.
SECONDS = 30
PROPOSING = "The pairs are being proposed again with this. Locked pairs stay as they are."


@pages.get("/cycles/<int:cycle_id>/pairings/weights")
@policy("coach")
def weights(cycle_id: int) -> str:
    cycle = _with_mentoring(cycle_id)
    # The usual is only shown: it counts when somebody proposes with it.
    if request.args.get("usual"):
        return _weights_page(cycle, USUAL_GOAL, usual_words(), is_usual=True)
    return _weights_page(cycle, cycle.pairing_goal, words_in(cycle.pairing_weights))


@pages.post("/cycles/<int:cycle_id>/pairings/weights")
@policy("coach")
def set_weights(cycle_id: int) -> Answer:
    cycle, form = _with_mentoring(cycle_id), WeightsForm()
    if not form.validate_on_submit():
        abort(400)
    goal = form.goal.data or ""
    words = {key: request.form.get(key, "") for key in usual_words()}
    try:
        propose_with(cycle, goal=goal, words=words, seconds=SECONDS, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _weights_page(cycle, goal, words, refused=str(refusal)), 409
    flash(PROPOSING)
    return redirect(url_for("plans.plan", cycle_id=cycle.id), code=303)


@pages.post("/cycles/<int:cycle_id>/pairings/relax")
@policy("coach")
def relax(cycle_id: int) -> Answer:
    cycle, form = _with_mentoring(cycle_id), RelaxForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        relax_rule(cycle, form.rule.data or "", seconds=SECONDS, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _weights_page(cycle, cycle.pairing_goal, words_in(cycle.pairing_weights), refused=str(refusal)), 409
    flash(PROPOSING)
    return redirect(url_for("plans.plan", cycle_id=cycle.id), code=303)


@pages.get("/cycles/<int:cycle_id>/pairings/compare")
@policy("coach")
def compare(cycle_id: int) -> str:
    return _compare_page(_with_mentoring(cycle_id))


@pages.post("/cycles/<int:cycle_id>/pairings/back")
@policy("coach")
def go_back(cycle_id: int) -> Answer:
    cycle, form = _with_mentoring(cycle_id), DraftForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        plan = pairing_draft(cycle)
        if plan is None:
            abort(404)
        let_former_stand(plan, seen=form.version.data, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _compare_page(cycle, str(refusal)), 409
    flash("The draft before stands again. You can go back once more.")
    return redirect(url_for("plans.compare", cycle_id=cycle.id), code=303)


def _with_mentoring(cycle_id: int) -> Cycle:
    cycle = coached_cycle(cycle_id)
    if not cycle.with_pairings:
        abort(404)
    return cycle


def _members(cycle: Cycle) -> dict[str, Membership]:
    return {one.membership.code: one.membership for one in participants(cycle)}


def _now(cycle: Cycle, plan: Plan) -> Standing:
    return draft_now(plan, [row.mentee.code for row in pairings_of(cycle) if row.locked])


def _weights_page(
    cycle: Cycle, goal: str, words: Mapping[str, str], *, refused: str = "", is_usual: bool = False
) -> str:
    members, plan, job = _members(cycle), pairing_draft(cycle), planning_job(cycle)
    draft = _now(cycle, plan) if plan is not None else None
    is_draft = plan is not None and plan.status == "draft"
    return render_template(
        "plans/weights.html",
        cycle=cycle,
        form=WeightsForm(formdata=None),
        plan=plan,
        draft=draft,
        is_open=cycle.status != "closed" and (plan is None or is_draft),
        goal=goal,
        goals=goal_choices(draft, members),
        words=words,
        questions=questions(draft, members),
        refused=refused,
        is_usual=is_usual,
        is_unusual=goal != USUAL_GOAL or words != usual_words(),
        # What was set and never proposed with: the words on the page are not those of the draft.
        is_ahead=draft is not None and (cycle.pairing_goal, cycle.pairing_weights) != (draft.goal, draft.weights),
        running=job is not None and job.state in UNFINISHED,
    )


def _compare_page(cycle: Cycle, refused: str = "") -> str:
    plan = pairing_draft(cycle)
    context: dict[str, Any] = {}
    if plan is not None and plan.former is not None:
        now, before = _now(cycle, plan), standing(plan.former)
        found = Comparison(now, before, _members(cycle))
        context = {"found": found, "changed": found.changed(), "otherwise": set_otherwise(now, before)}
    return render_template("plans/compare.html", cycle=cycle, plan=plan, refused=refused, **context)
