"""A coach changes what a plan of visits is made of: one more of something for somebody, and who is not put together.

Moving and locking are in `operations`; here is what needs no look at the timetable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from matching import judge_and_count
from matching.errors import ProblemError
from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle, Participant
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Apart, Membership
from mentorship.plans.editing import kept_apart, recounted, touch
from mentorship.plans.models import Plan, Visit
from mentorship.plans.replanning import REPLAN_SECONDS, ask_for_replan
from mentorship.plans.unplaced import ONE_MORE

# As many as the wishes themselves may say.
MOST = {"hosts_at_most": 50, "hosts_a_week": 50, "visits_a_week": 10}


def one_more(plan: Plan, member: Membership, what: str, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Somebody who was asked takes one more of `what` (of `ONE_MORE`) in this cycle. Raises `Refused`.

    Of a draft the next plan may use it, and nothing else changes. Once the visits are out, a re-plan is asked for,
    which shows what it would change.
    """
    # In the order of the supervisor, which may be keeping a plan or a re-plan just now.
    db.session.refresh(plan.cycle, with_for_update={"of": Cycle})
    db.session.refresh(plan, with_for_update={"of": Plan})
    plan.cycle.refuse_if_closed()
    refuse_stale(plan.version, seen, now=now, cycle=plan.cycle_id)
    taking = select(Participant).where(Participant.cycle_id == plan.cycle_id, Participant.membership_id == member.id)
    one = db.session.scalars(taking).first()
    if what not in ONE_MORE or one is None or one.profile[what] >= MOST[what]:
        raise Refused(f"{member.person.name} can’t take {ONE_MORE.get(what, 'one more')} in this cycle.")
    one.profile = {**one.profile, what: one.profile[what] + 1}
    plan.outcome = {**plan.outcome, "given": [*plan.outcome.get("given", ()), [member.code, what]]}
    audit.record("one_more", by=by, now=now, cycle=plan.cycle_id, membership=member.id, what=what)
    if plan.status == "published":
        db.session.flush()
        ask_for_replan(plan.cycle, seconds=REPLAN_SECONDS, by=by, now=now)
    else:
        edited_at = plan.edited_at
        touch(plan, now)
        # Nothing in the draft itself was changed by hand, unless it was before.
        plan.edited_at = edited_at
    db.session.flush()


def set_apart(one: Membership, other: Membership) -> None:
    """The two are never put together again, in pairings and in visits, and no file takes that back."""
    if kept_apart(one, other) is None:
        db.session.add(Apart(membership_id=one.id, other_id=other.id, from_file=False))
        db.session.flush()


def drop_together(visit: Visit, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Not together: the visit leaves the draft, and no plan brings it back. Raises `Refused`."""
    plan = visit.plan
    plan.cycle.refuse_if_closed()
    if plan.status != "draft" or visit.status != "proposed":
        raise Refused("This visit is published; both people were asked already.")
    refuse_stale(visit.version, seen, now=now, visit=visit.id)
    if visit.locked:
        raise Refused(f"{visit.visitor.person.name} and {visit.host.person.name} are locked. Unlock them first.")
    set_apart(visit.visitor, visit.host)
    plan.outcome = _without(plan, visit)
    touch(plan, now)
    audit.record("visit_apart", by=by, now=now, visit=visit.id, cycle=plan.cycle_id)
    db.session.delete(visit)
    db.session.flush()


def _without(plan: Plan, visit: Visit) -> dict[str, Any]:
    """The outcome without a visit; what its visitor now lacks is said with its reason."""
    visitor, host = visit.visitor.code, visit.host.code
    outcome = dict(plan.outcome)
    if visit.medium == "live":
        gone = (visitor, visit.lesson)
        outcome["visits"] = [row for row in outcome["visits"] if (row["visitor"], row["lesson"]) != gone]
    else:
        outcome["videos"] = [row for row in outcome["videos"] if (row["visitor"], row["host"]) != (visitor, host)]
    made = sum(row["visitor"] == visitor for row in (*outcome["visits"], *outcome["videos"]))
    lacks = _required(plan.problem, visitor) - made
    if lacks > 0:
        row = {"person": visitor, "unit": "visit", "count": lacks, "would_fix": []}
        row["reasons"] = [{"rule": "people_kept_apart", "count": 1, "people": [host], "values": {}, "text": ""}]
        others = [each for each in outcome["missing"] if (each["person"], each["unit"]) != (visitor, "visit")]
        outcome["missing"] = [*others, row]
    try:
        values = judge_and_count(plan.problem, outcome)[1]
    except ProblemError:
        # What was moved by hand may stand in a lesson that the problem of then did not have.
        values = {}
    return {**outcome, "aims": recounted(outcome["aims"], values)}


def _required(problem: Mapping[str, Any], code: str) -> int:
    found: Mapping[str, Any] = next((row for row in problem["people"] if row["id"] == code), {})
    return int(found.get("visit", {}).get("required", 0))
