"""The draft of pairings before takes the place of the one that stands, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from mentorship.audit import operations as audit
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Membership
from mentorship.plans.contacting import keep_contacts
from mentorship.plans.editing import touch
from mentorship.plans.findings import broken
from mentorship.plans.former import Standing, as_it_stands, standing
from mentorship.plans.models import Pairing, Plan
from mentorship.plans.operations import keep_pairings
from mentorship.plans.problems import pairing_problem
from mentorship.plans.steps import listed

NOTHING_BEFORE = "There is no draft before this one."
PUBLISHED = "These pairings are published."


def go_back(plan: Plan, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Let the draft before stand again with its goal and weights; the one that stood becomes the draft before.

    It is judged in the school as it is now, and locked pairs must stand in it. Raises `Refused` with what speaks
    against it.
    """
    cycle = plan.cycle
    cycle.refuse_if_closed()
    if plan.status != "draft":
        raise Refused(PUBLISHED)
    if plan.former is None:
        raise Refused(NOTHING_BEFORE)
    refuse_stale(plan.version, seen, now=now, cycle=cycle.id)
    before = standing(plan.former)
    members = {one.membership.code: one.membership for one in participants(cycle)}
    rows = db.session.scalars(select(Pairing).where(Pairing.plan_id == plan.id)).all()
    locked = [row for row in rows if row.locked]
    _refuse_lost_locks(locked, before)
    cycle.pairing_goal, cycle.pairing_weights = before.goal, before.weights
    problem = pairing_problem(cycle, seconds=1, seed=1)[0]
    _refuse_broken(problem, before, members)
    kept = as_it_stands(plan, [row.mentee.code for row in locked])
    _let_stand(plan, before, problem)
    plan.former = kept
    db.session.execute(delete(Pairing).where(Pairing.plan_id == plan.id, Pairing.locked.is_(False)))
    keep_pairings(plan, members, problem["fixed"])
    keep_contacts(plan, plan.contacts or {}, members)
    touch(plan, now)
    # Nobody changed a pair of this draft by hand since it was made, unless somebody had then.
    plan.edited_at = before.edited_at
    audit.record("go_back", by=by, now=now, cycle=cycle.id)
    db.session.flush()


def _let_stand(plan: Plan, draft: Standing, problem: Mapping[str, Any]) -> None:
    """Who became new to the school meanwhile has no mentor in it."""
    known = {row["mentee"] for row in (*draft.outcome["pairs"], *draft.outcome["unpaired"])}
    joined = [
        {"mentee": row["id"], "reasons": [], "would_fix": []} for row in problem["mentees"] if row["id"] not in known
    ]
    there = {row["id"] for row in problem["mentees"]}
    left = [row for row in draft.outcome["unpaired"] if row["mentee"] in there]
    plan.problem, plan.outcome = draft.problem, {**draft.outcome, "unpaired": [*left, *joined]}
    plan.unknown_because, plan.made_at, plan.last_edit = draft.unknown_because, draft.made_at, None
    plan.weighed = draft.weighed


def _refuse_lost_locks(locked: Sequence[Pairing], before: Standing) -> None:
    lost = [row for row in locked if before.pairs.get(row.mentee.code) != row.mentor.code]
    if lost:
        names = [f"{row.mentee.person.name} with {row.mentor.person.name}" for row in lost]
        is_one = len(names) == 1
        raise Refused(
            f"The draft before does not have {listed(names)}, {'a pair' if is_one else 'pairs'} that you have locked. "
            f"Unlock {'it' if is_one else 'them'} first."
        )


def _refuse_broken(problem: Mapping[str, Any], before: Standing, members: Mapping[str, Membership]) -> None:
    there = {row["id"] for row in (*problem["mentees"], *problem["mentors"])}
    gone = sorted({code for pair in before.pairs.items() for code in pair} - there)
    if gone:
        names = sorted(members[code].person.name for code in gone if code in members)
        who = listed(names) if len(names) == len(gone) else "Somebody in it"
        verb = "take" if len(names) == len(gone) > 1 else "takes"
        raise Refused(f"The draft before no longer fits: {who} no longer {verb} part in mentoring.")
    names_by_code = {code: member.person.name for code, member in members.items()}
    if faults := broken(problem, before.outcome, names_by_code):
        raise Refused(f"The draft before no longer fits the school. {' '.join(faults)}")
