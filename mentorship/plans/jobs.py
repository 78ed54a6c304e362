"""What planning has the runner do."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from mentorship.config import Settings
from mentorship.jobs.operations import Claim, fail_job
from mentorship.jobs.runner import Handler
from mentorship.plans.queries import MAKE_PLAN
from mentorship.plans.replanning import REPLAN
from mentorship.plans.supervisor import carry_out

MOST_ATTEMPTS = 3
BROKEN_OFF = (
    "Planning was broken off three times on our side. Ask whoever runs this service to look at the worker’s log."
)


def _make_plan(claim: Claim, _now: datetime) -> None:
    if claim.attempt > MOST_ATTEMPTS:
        fail_job(claim, error=BROKEN_OFF)
        return
    settings: Settings = current_app.extensions["mentorship-settings"]
    carry_out(claim, lease_seconds=settings.lease_seconds)


HANDLERS: dict[str, Handler] = {MAKE_PLAN: _make_plan, REPLAN: _make_plan}
