"""The front page. In the demo it shows what the walk through one cycle came to; elsewhere it says where one is."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from mentorship.config import Settings
from mentorship.home.queries import latest_cycle, walked
from mentorship.web.policies import policy

pages = Blueprint("home", __name__)


@pages.get("/")
@policy("anyone")
def start() -> str:
    settings: Settings = current_app.extensions["mentorship-settings"]
    cycle = latest_cycle() if settings.demo else None
    if cycle is None:
        return render_template("home/start.html")
    return render_template("home/demo.html", cycle=cycle, school=cycle.school, **walked(cycle))
