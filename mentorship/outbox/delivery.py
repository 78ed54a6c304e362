"""Trying everything that waits, once, now."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.extensions import db
from mentorship.jobs.runner import Handler, run_one
from mentorship.outbox.operations import SEND
from mentorship.outbox.queries import counts_by_state, waiting_jobs


def deliver_once(handlers: Mapping[str, Handler], *, lease_seconds: int) -> dict[str, int]:
    """Send each waiting mail once, due or not; how many went, still wait, and failed for good."""
    before = counts_by_state()
    jobs = waiting_jobs()
    db.session.commit()
    for job in jobs:
        run_one({SEND: handlers[SEND]}, lease_seconds=lease_seconds, only=job)
    after = counts_by_state()
    db.session.commit()
    return {
        "sent": after.get("sent", 0) - before.get("sent", 0),
        "waiting": after.get("waiting", 0),
        "failed": after.get("failed", 0) - before.get("failed", 0),
    }
