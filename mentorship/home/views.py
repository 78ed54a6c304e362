"""The front page. In the demo it shows what the walk through one cycle came to; elsewhere it says where one is."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from sqlalchemy import select

from mentorship.config import Settings
from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.people.models import School
from mentorship.plans.queries import pairings_of, plans_of, visits_of
from mentorship.web.policies import policy

pages = Blueprint("home", __name__)
STATUS_WORDS = {
    "proposed": "Proposed",
    "invited": "Waiting for a reply",
    "accepted": "Accepted",
    "time_asked": "Another time asked",
    "needs_new_time": "Needs a new time",
    "held": "Visited",
    "not_held": "Did not happen",
    "expired": "Not answered in time",
    "cancelled": "Cancelled",
    "active": "Both said yes",
    "declined": "Not this time",
}


@pages.get("/")
@policy("anyone")
def start() -> str:
    settings: Settings = current_app.extensions["mentorship-settings"]
    if not settings.demo:
        return render_template("home/start.html")
    cycle = db.session.scalars(select(Cycle).order_by(Cycle.id.desc()).limit(1)).first()
    school = db.session.scalars(select(School).limit(1)).first()
    if cycle is None or school is None:
        return render_template("home/start.html")
    return render_template(
        "home/demo.html",
        school=school,
        cycle=cycle,
        plans=plans_of(cycle),
        pairings=pairings_of(cycle),
        visits=visits_of(cycle),
        words=STATUS_WORDS,
    )
