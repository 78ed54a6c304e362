"""The planning run: asking for a plan, watching it being made, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response

from matching import rule_book
from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.viewer import viewer
from mentorship.plans.former import differing, standing
from mentorship.plans.forms import PlanForm
from mentorship.plans.locks import count_of_locked
from mentorship.plans.models import Plan
from mentorship.plans.operations import ask_for_plan, wish_of_planning
from mentorship.plans.queries import UNFINISHED, planning_job, plans_of, videos_of, what_to_plan
from mentorship.plans.solving import VERB
from mentorship.plans.telling import outcome_facts, outcome_nearness, telling
from mentorship.plans.unplaced import given_since, unplaced
from mentorship.plans.views import pages
from mentorship.plans.views.rows import coached_cycle
from mentorship.plans.weights import book_with
from mentorship.web.filters import plural
from mentorship.web.policies import policy

Answer = str | Response | tuple[str, int]


@pages.get("/cycles/<int:cycle_id>/plan")
@policy("coach")
def plan(cycle_id: int) -> str:
    return _plan_page(coached_cycle(cycle_id), PlanForm())


@pages.get("/cycles/<int:cycle_id>/plan/progress")
@policy("coach")
def progress(cycle_id: int) -> Response:
    job = planning_job(coached_cycle(cycle_id))
    if job is None:
        abort(404)
    return jsonify(telling(job, clock.now()).as_json())


@pages.post("/cycles/<int:cycle_id>/plan")
@policy("coach")
def make(cycle_id: int) -> Answer:
    cycle, form = coached_cycle(cycle_id), PlanForm()
    if not form.validate_on_submit() or form.part.data not in ("", None, *VERB):
        return _plan_page(cycle, form), 422
    parts = [form.part.data] if form.part.data else None

    def ask() -> None:
        ask_for_plan(cycle, seconds=form.seconds.data, parts=parts, by=viewer().by, now=clock.now())

    return _planned(cycle, form, ask)


@pages.post("/cycles/<int:cycle_id>/plan/best")
@policy("coach")
def use_best(cycle_id: int) -> Answer:
    cycle = coached_cycle(cycle_id)
    return _planned(cycle, PlanForm(), lambda: wish_of_planning(cycle, "best", by=viewer().by, now=clock.now()))


@pages.post("/cycles/<int:cycle_id>/plan/stop")
@policy("coach")
def stop(cycle_id: int) -> Answer:
    cycle = coached_cycle(cycle_id)
    told = "Planning stops, and no plan was changed. Change the rules, then plan again."
    rules = url_for("cycles.settings", cycle_id=cycle.id)
    return _planned(
        cycle, PlanForm(), lambda: wish_of_planning(cycle, "stop", by=viewer().by, now=clock.now()), rules, told
    )


def _planned(cycle: Cycle, form: PlanForm, operation: Callable[[], None], then: str = "", told: str = "") -> Answer:
    """Do it and go on to `then`, or back to the page."""
    try:
        operation()
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        return _plan_page(cycle, form, str(refusal)), 409
    if told:
        flash(told)
    return redirect(then or url_for("plans.plan", cycle_id=cycle.id), code=303)


def _plan_page(cycle: Cycle, form: PlanForm, refused: str = "") -> str:
    job, plans = planning_job(cycle), plans_of(cycle)
    running = job is not None and job.state in UNFINISHED
    newest = max((made.made_at for made in plans.values()), default=None)
    failed = job is not None and job.state == "failed" and (newest is None or job.run_at > newest)
    given = given_since(cycle, plans.get("visits")) if not running and not _is_out(plans.get("visits")) else []
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
        rules=[(part, _rules(cycle, part)) for part, wanted in _wanted(cycle).items() if wanted],
        differing=_differing(plans.get("pairings")),
        hard=[] if running else unplaced(cycle, plans.get("visits")),
        given=given,
        locked=count_of_locked(plans["visits"]) if given else 0,
        by_video=[] if running else videos_of(plans.get("visits")),
    )


def _wanted(cycle: Cycle) -> dict[str, bool]:
    return {"pairings": cycle.with_pairings, "visits": cycle.with_walkthroughs}


def _rules(cycle: Cycle, part: str) -> list[dict[str, Any]]:
    """The rules of a part, each with the `word` that says how strict it is in this cycle."""
    if part == "pairings":
        return book_with(cycle.pairing_weights)
    limits = {"school_visits_a_day": cycle.most_a_day, "school_visits_at_once": cycle.most_at_once}
    titles = {
        "school_visits_a_day": "At most {} in the school on one day",
        "school_visits_at_once": "At most {} at once",
    }
    found = []
    for rule in rule_book("visit-problem/1"):
        most = limits.get(rule["key"], 0)
        # A limit that nobody has set is no rule.
        if most is not None:
            title = titles[rule["key"]].format(plural(most, "visit")) if most else rule["title"]
            found.append({**rule, "title": title, "word": rule["weight"] or "must"})
    return found


def _differing(plan: Plan | None) -> int | None:
    """In how many pairs the draft and the one before it differ; None where there is none before it."""
    if plan is None or plan.status != "draft" or plan.former is None:
        return None
    pairs = {row["mentee"]: row["mentor"] for row in plan.outcome["pairs"]}
    return len(differing(pairs, standing(plan.former).pairs))


def _is_out(plan: Plan | None) -> bool:
    return plan is not None and plan.status == "published"
