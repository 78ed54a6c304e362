"""Closing a cycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.invites.doors import doors_held
from mentorship.invites.operations import cancel_unanswered, finish_past_visits
from mentorship.invites.walking import refuse_walks_ahead
from mentorship.plans.queries import pairings_of, visits_of
from mentorship.plans.walking import walks_to_tell


def close_cycle(cycle: Cycle, *, by: str, now: datetime) -> dict[str, Any]:
    """Finish what is past, refuse while accepted visits lie ahead, cancel what still waits, and count.

    Returns the summary: visits, walks, open doors and pairings by status, never by person.
    """
    cycle.refuse_if_closed()
    if cycle.status != "published":
        raise Refused(f"{cycle.name} was never published, so there is nothing to close; publish its plan first.")
    finish_past_visits(cycle, now)
    ahead = [visit for visit in visits_of(cycle) if visit.status == "accepted"]
    if ahead:
        last = max(str(visit.on_date) for visit in ahead)
        count = "1 accepted visit lies" if len(ahead) == 1 else f"{len(ahead)} accepted visits lie"
        raise Refused(f"{count} ahead, the last on {last}; close {cycle.name} after it.")
    refuse_walks_ahead(cycle, now)
    cancel_unanswered(cycle, now)
    cycle.summary = summary(cycle, now)
    cycle.status, cycle.closed_at = "closed", now
    for participant in cycle.participants:
        participant.stage = "closed"
    audit.record("close", by=by, now=now, cycle=cycle.id)
    return cycle.summary


def summary(cycle: Cycle, now: datetime) -> dict[str, Any]:
    """How many visits, videos, walks, open doors and pairings stand where, in counts alone."""
    visits = visits_of(cycle)
    return {
        "visits": _counts(visit.status for visit in visits if visit.medium == "live"),
        "videos": _counts(visit.status for visit in visits if visit.medium == "video"),
        "walks": _counts(walk.state(now) for walk in walks_to_tell(cycle)),
        "doors": _counts(["held"] * doors_held(cycle, now)),
        "pairings": _counts(pairing.status for pairing in pairings_of(cycle)),
    }


def _counts(statuses: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(statuses).items()))
