"""Closing a cycle, and taking its results away."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WebResponse

from mentorship import clock
from mentorship.closeout.export import CSV_LISTS, as_csv, as_json, as_xlsx
from mentorship.closeout.operations import close_cycle
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.doors import doors_held
from mentorship.invites.queries import visits_to_show
from mentorship.people.changes import refuse_stale
from mentorship.people.viewer import viewer
from mentorship.plans.groups import STATE_WORDS
from mentorship.plans.queries import pairings_of
from mentorship.plans.walking import walks_to_tell
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("closeout", __name__)
WAITING = ("invited", "time_asked", "needs_new_time")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.route("/cycles/<int:cycle_id>/close", methods=["GET", "POST"])
@policy("coach")
def close(cycle_id: int) -> str | WebResponse | tuple[str, int]:
    cycle, refused = _visible(cycle_id), ""
    if request.method == "POST":
        try:
            refuse_stale(cycle.version, request.form.get("version"), now=clock.now(), cycle=cycle.id)
            close_cycle(cycle, by=viewer().by, now=clock.now())
            db.session.commit()
            flash(f"{cycle.name} is closed. What people wrote stays theirs.", "success")
            return redirect(url_for("closeout.close", cycle_id=cycle_id), code=303)
        except Refused as error:
            db.session.rollback()
            refused = str(error)
            cycle = _visible(cycle_id)
    context = {"cycle": cycle, "refused": refused, "version": cycle.version, "walk_words": STATE_WORDS}
    context |= _counts(cycle)
    return render_template("closeout/close.html", **context), 409 if refused else 200


@pages.get("/cycles/<int:cycle_id>/export.<any(csv, xlsx, json):kind>")
@policy("coach")
def export(cycle_id: int, kind: str) -> WebResponse:
    cycle, now = _visible(cycle_id), clock.now()
    # A table holds one list; the other kinds hold all of them.
    what = request.args.get("list", "visits") if kind == "csv" else "plan"
    if kind == "csv" and what not in CSV_LISTS:
        abort(404)
    name = re.sub(r"[^a-z0-9]+", "-", cycle.name.lower()).strip("-") or "cycle"
    if kind == "json":
        answer = jsonify(as_json(cycle, now))
    else:
        content = as_csv(cycle, what, now) if kind == "csv" else as_xlsx(cycle, now)
        answer = Response(content, content_type=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{what}.{kind}"'
    return answer


def _counts(cycle: Cycle) -> dict[str, Any]:
    """What stands where, and what of it closing would still change."""
    visits, walks, now = visits_to_show(cycle), walks_to_tell(cycle), clock.now()
    ahead = [visit for visit in visits if visit.status == "accepted" and not visit.has_ended(now) and visit.starts_at]
    return {
        "visits": Counter(visit.status for visit in visits),
        "pairings": Counter(pairing.status for pairing in pairings_of(cycle)),
        "walks": Counter(walk.state(now) for walk in walks),
        "doors": doors_held(cycle, now),
        "ahead": ahead,
        "walks_ahead": [walk for walk in walks if walk.is_ahead(now)],
        "unanswered": sum(visit.status in WAITING for visit in visits),
    }


def _visible(cycle_id: int) -> Cycle:
    cycle: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return cycle
