"""Re-planning visits that are out: asking for it, watching it, and deciding about what it would change."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, jsonify, redirect, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.filters import Filters
from mentorship.invites.replanning import CHANGED, OUTDATED, make_changes
from mentorship.invites.views import pages
from mentorship.invites.views.visits import visits_page
from mentorship.people.viewer import viewer
from mentorship.plans.findings import BreaksRules
from mentorship.plans.replanning import REPLAN_SECONDS, ask_for_replan, forget_replan, replan_job, stop_replan
from mentorship.plans.telling import telling
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

Answer = Response | tuple[str, int]


@pages.post("/cycles/<int:cycle_id>/visits/replan")
@policy("coach")
def replan(cycle_id: int) -> Answer:
    cycle = _coached(cycle_id)

    def ask() -> str:
        ask_for_replan(cycle, seconds=REPLAN_SECONDS, by=viewer().by, now=clock.now())
        return ""

    return _done(cycle, ask)


@pages.get("/cycles/<int:cycle_id>/visits/replan/progress")
@policy("coach")
def replan_progress(cycle_id: int) -> Response:
    job = replan_job(_coached(cycle_id))
    if job is None:
        abort(404)
    return jsonify(telling(job, clock.now()).as_json())


@pages.post("/cycles/<int:cycle_id>/visits/replan/stop", endpoint="stop_replan")
@policy("coach")
def stop(cycle_id: int) -> Answer:
    cycle = _coached(cycle_id)

    def end() -> str:
        stop_replan(cycle, by=viewer().by, now=clock.now())
        return "The re-plan stops. Nothing has changed."

    return _done(cycle, end)


@pages.post("/cycles/<int:cycle_id>/visits/replan/make", endpoint="make_changes")
@policy("coach")
def make(cycle_id: int) -> Answer:
    cycle = _coached(cycle_id)

    def change() -> str:
        made = make_changes(cycle, seen=request.form.get("seen", ""), by=viewer().by, now=clock.now())
        changes = plural(made.count, "change is", "changes are")
        return f"{changes} made. {plural(made.people, 'person gets', 'people get')} a calendar update by mail."

    return _done(cycle, change)


@pages.post("/cycles/<int:cycle_id>/visits/replan/keep", endpoint="keep_visits")
@policy("coach")
def keep(cycle_id: int) -> Answer:
    cycle = _coached(cycle_id)

    def forget() -> str:
        forget_replan(cycle, by=viewer().by, now=clock.now())
        return "The plan stays as it is."

    return _done(cycle, forget)


def _coached(cycle_id: int) -> Cycle:
    found: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return found


def _done(cycle: Cycle, operation: Callable[[], str]) -> Answer:
    """Do it and go back to the visits, or show them as they are now with why not."""
    try:
        words = operation()
        db.session.commit()
    except BreaksRules as broken:
        db.session.rollback()
        return visits_page(cycle, Filters(), OUTDATED.format(fault=broken.broken[0].text)), 409
    except Refused as refused:
        db.session.rollback()
        return visits_page(cycle, Filters(), str(refused)), 409
    except StaleDataError:
        db.session.rollback()
        return visits_page(cycle, Filters(), CHANGED), 409
    if words:
        flash(words)
    return redirect(url_for("invites.visits", cycle_id=cycle.id), code=303)
