"""What the demo's front page shows: a closed cycle as its coach may see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.people.queries import somebody_who_is
from mentorship.plans.models import Plan
from mentorship.plans.queries import pairings_visible_to, plans_of, visits_visible_to

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
    "needs_attention": "Needs attention",
    "paused": "Paused",
    "ended": "Ended",
    "declined": "Not this time",
}
AIM_WORDS = {
    "paired": "New teachers with a mentor",
    "worst": "Points of the pair with the fewest",
    "kept": "Pairs kept from last time",
    "fit": "Points of everything together",
    "even": "Load of the mentors, squared and added up",
    "covered": "Required visits that nobody covers",
    "live": "Required visits by recording only",
    "moved": "Visits that had to move",
    "wanted": "Visits beyond the required ones",
    "debriefs": "Visits with a talk afterwards",
    "early": "How early the visits come, in day numbers",
}


def latest_cycle() -> Cycle | None:
    return db.session.scalars(select(Cycle).order_by(Cycle.id.desc()).limit(1)).first()


def walked(cycle: Cycle) -> dict[str, Any]:
    """Visits by time, pairings by name and the proof of each plan; nothing where the school has no coach."""
    coach = somebody_who_is("coach", cycle.school)
    if coach is None:
        return {"visits": [], "pairings": [], "proofs": []}
    visits = db.session.scalars(visits_visible_to(coach).where(Plan.cycle_id == cycle.id))
    pairings = db.session.scalars(pairings_visible_to(coach).where(Plan.cycle_id == cycle.id))
    return {
        "visits": sorted(visits, key=lambda visit: (str(visit.starts_at), visit.visitor.sort_name)),
        "pairings": sorted(pairings, key=lambda pairing: pairing.mentee.sort_name),
        "proofs": [(part, _aims(plan)) for part, plan in sorted(plans_of(cycle).items())],
        "status_words": STATUS_WORDS,
    }


def _aims(plan: Plan) -> list[dict[str, Any]]:
    """The aims in words; those that are trivially nothing are left out."""
    return [
        {"words": AIM_WORDS.get(aim["name"], aim["name"]), **aim}
        for aim in plan.outcome["aims"]
        if aim["value"] or aim["bound"] or aim["name"] in {"paired", "covered"}
    ]
