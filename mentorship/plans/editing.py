"""A coach changes the pairs of a draft by hand: lock, swap, choose, keep apart, and take the last change back.

Every change is judged before it is kept, by the rule files that made the plan and in the school as it is now; it is
written into the rows and into the plan's outcome, so that publishing judges what stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm.attributes import flag_modified

from matching import judge_and_count, pair_row, pairing_facts
from mentorship.audit import operations as audit
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Apart, Membership
from mentorship.plans.findings import BreaksRules, Broken, newly_broken
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.plans.problems import pairing_problem

Pairs = dict[str, str]


class PlacesFull(Refused):
    """The mentor has no place left; `exchanges` are the pairs that could change mentors instead."""

    def __init__(self, mentor: Membership, exchanges: Sequence[Pairing]) -> None:
        name = mentor.person.name
        others = " or ".join(pairing.mentee.person.name for pairing in exchanges)
        words = f" You can exchange mentors with {others}." if exchanges else " No exchange of two pairs would work."
        super().__init__(f"{name} has no place left.{words}")
        self.mentor, self.exchanges = mentor, exchanges


def lock_pairing(pairing: Pairing, locked: bool, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Lock or unlock a pair of a draft: a new proposal keeps what is locked."""
    _refuse_unless_draft(pairing, seen, now)
    if pairing.locked == locked:
        return
    pairing.locked = locked
    kind = "lock_pairing" if locked else "unlock_pairing"
    _edited(pairing.plan, {"kind": kind, "pairing": pairing.id}, now)
    audit.record(kind, by=by, now=now, pairing=pairing.id, cycle=pairing.plan.cycle_id)


def swap_pairing(
    pairing: Pairing,
    mentor: Membership,
    *,
    exchange: Pairing | None = None,
    by: str,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Give a new teacher another mentor; with `exchange` that pair's new teacher gets this one's mentor.

    Raises `PlacesFull` where only an exchange could do it, and `BreaksRules` with the rules' own sentences.
    """
    _refuse_unless_draft(pairing, seen, now)
    changed = [pairing] if exchange is None else [pairing, exchange]
    for each in changed:
        _refuse_locked(each)
    if exchange is not None and (exchange.plan_id != pairing.plan_id or exchange.mentor_id != mentor.id):
        raise Refused("The other pair was changed meanwhile; look at it again.")
    wanted: dict[str, str | None] = {pairing.mentee.code: mentor.code}
    if exchange is not None:
        wanted[exchange.mentee.code] = pairing.mentor.code
    before = {each.mentee.code: each.mentor.code for each in changed}
    _assign(pairing.plan, wanted, mentor, pairing, now)
    _edited(pairing.plan, {"kind": "swap_pairing", "pairing": pairing.id, "before": before}, now)
    for each in changed:
        audit.record("swap_pairing", by=by, now=now, pairing=each.id, cycle=pairing.plan.cycle_id)


def choose_next_best(pairing: Pairing, mentor: Membership, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Give a new teacher the mentor that the engine named as next best, with the moves of others that go with it."""
    _refuse_unless_draft(pairing, seen, now)
    stored = [row["alternatives"] for row in pairing.plan.outcome["pairs"] if row["mentee"] == pairing.mentee.code]
    named = [other for other in (stored[0] if stored else []) if other["mentor"] == mentor.code]
    if not named or not named[0]["moves"]:
        swap_pairing(pairing, mentor, by=by, now=now)
        return
    rows = _rows(pairing.plan)
    moves: dict[str, str | None] = dict(named[0]["moves"])
    for each in (pairing, *(rows[mentee] for mentee in moves if mentee in rows)):
        _refuse_locked(each)
    wanted = {**moves, pairing.mentee.code: mentor.code}
    before = {mentee: rows[mentee].mentor.code if mentee in rows else None for mentee in wanted}
    _assign(pairing.plan, wanted, mentor, pairing, now)
    _edited(pairing.plan, {"kind": "swap_pairing", "pairing": pairing.id, "before": before}, now)
    audit.record("swap_pairing", by=by, now=now, pairing=pairing.id, cycle=pairing.plan.cycle_id)


def choose_mentor(
    plan: Plan, mentee: Membership, mentor: Membership, *, with_place: bool = False, by: str, now: datetime
) -> None:
    """Pair a new teacher who has nobody; `with_place` gives the mentor one place more, which a coach has asked for."""
    if plan.status != "draft":
        raise Refused("These pairings are published.")
    if any(row.mentee_id == mentee.id for row in _rows(plan).values()):
        raise Refused(f"{mentee.person.name} has a mentor already.")
    edit: dict[str, Any] = {"kind": "choose_mentor", "mentee": mentee.id, "before": {mentee.code: None}}
    if with_place:
        edit |= {"places": [mentor.id, mentor.mentor_places]}
        mentor.mentor_places += 1
        audit.record("offer_place", by=by, now=now, member=mentor.id)
        db.session.flush()
    _assign(plan, {mentee.code: mentor.code}, mentor, None, now)
    _edited(plan, edit, now)
    row = _rows(plan)[mentee.code]
    audit.record("choose_mentor", by=by, now=now, pairing=row.id, cycle=plan.cycle_id)


def keep_apart(pairing: Pairing, *, by: str, now: datetime, seen: str | None = None) -> list[Visit]:
    """Not together: the two are never paired nor sent to each other again, and no file takes that back.

    Returns the draft visits that the two have with each other, which now break a rule.
    """
    _refuse_unless_draft(pairing, seen, now)
    _refuse_locked(pairing)
    plan, mentee, mentor = pairing.plan, pairing.mentee, pairing.mentor
    edit: dict[str, Any] = {"kind": "keep_apart", "pairing": pairing.id, "before": {mentee.code: mentor.code}}
    if kept_apart(mentee, mentor) is None:
        row = Apart(membership_id=mentee.id, other_id=mentor.id, from_file=False)
        db.session.add(row)
        db.session.flush()
        edit["apart"] = row.id
    _assign(plan, {mentee.code: None}, None, None, now)
    _edited(plan, edit, now)
    audit.record("keep_apart", by=by, now=now, pairing=edit["pairing"], cycle=plan.cycle_id)
    both = (mentee.id, mentor.id)
    draft = select(Visit).join(Visit.plan).where(Plan.cycle_id == plan.cycle_id, Visit.status == "proposed")
    return list(db.session.scalars(draft.where(Visit.visitor_id.in_(both), Visit.host_id.in_(both))))


def undo_last_edit(plan: Plan, *, by: str, now: datetime) -> None:
    """Take the last change by hand back. Raises `Refused` where there is none, or where it no longer fits."""
    edit = plan.last_edit
    if plan.status != "draft" or not edit:
        raise Refused("There is no change left that could be taken back.")
    if edit["kind"] in ("lock_pairing", "unlock_pairing"):
        row = next((row for row in _rows(plan).values() if row.id == edit["pairing"]), None)
        if row is None:
            raise Refused("That pair is no longer in the plan.")
        row.locked = edit["kind"] == "unlock_pairing"
    else:
        if edit.get("apart") and (apart := db.session.get(Apart, edit["apart"])) is not None:
            db.session.delete(apart)
        _assign(plan, edit["before"], None, None, now)
        if edit.get("places"):
            member_id, places = edit["places"]
            db.session.get_one(Membership, member_id).mentor_places = places
    _edited(plan, None, now)
    audit.record("undo_edit", by=by, now=now, cycle=plan.cycle_id, kind=edit["kind"])


def touch(plan: Plan, now: datetime) -> None:
    """A person changed the draft: its cycle is in review, and a plan that is being made meanwhile is not kept."""
    plan.edited_at = now
    if plan.cycle.status in ("setting_up", "planned"):
        plan.cycle.status = "in_review"
    flag_modified(plan.cycle, "status")


def recounted(aims: Sequence[Mapping[str, Any]], values: Mapping[str, int]) -> list[dict[str, Any]]:
    """The aims at their new values. A bound holds for given values of the aims before it: the first change ends it."""
    found: list[dict[str, Any]] = []
    same = True
    for aim in aims:
        value = values.get(aim["name"], aim["value"])
        found.append({"name": aim["name"], "value": value, "bound": aim["bound"] if same else None})
        same = same and value == aim["value"]
    return found


def _edited(plan: Plan, edit: dict[str, Any] | None, now: datetime) -> None:
    plan.last_edit = edit
    touch(plan, now)
    db.session.flush()


def _refuse_unless_draft(pairing: Pairing, seen: str | None, now: datetime) -> None:
    pairing.plan.cycle.refuse_if_closed()
    if pairing.plan.status != "draft" or pairing.status != "proposed":
        raise Refused("This pairing is published; both people were asked already.")
    refuse_stale(pairing.version, seen, now=now, pairing=pairing.id)


def _refuse_locked(pairing: Pairing) -> None:
    if pairing.locked:
        raise Refused(f"{pairing.mentee.person.name} and {pairing.mentor.person.name} are locked. Unlock them first.")


def kept_apart(one: Membership, other: Membership) -> Apart | None:
    either = or_(
        (Apart.membership_id == one.id) & (Apart.other_id == other.id),
        (Apart.membership_id == other.id) & (Apart.other_id == one.id),
    )
    return db.session.scalars(select(Apart).where(either)).first()


def _rows(plan: Plan) -> dict[str, Pairing]:
    """The pairs of a plan by the new teacher's code."""
    rows = db.session.scalars(select(Pairing).where(Pairing.plan_id == plan.id))
    return {row.mentee.code: row for row in rows}


def _assign(
    plan: Plan,
    wanted: Mapping[str, str | None],
    mentor: Membership | None,
    swapped: Pairing | None,
    now: datetime,
) -> None:
    """Give each of these new teachers (by code) that mentor or none, in rows and outcome, once the rules agree."""
    plan.cycle.refuse_if_closed()
    members = {one.membership.code: one.membership for one in participants(plan.cycle)}
    problem = pairing_problem(plan.cycle, seconds=1, seed=1)[0]
    before: Pairs = {row["mentee"]: row["mentor"] for row in plan.outcome["pairs"]}
    after = _after(before, wanted)
    faults = _faults(problem, before, after, members)
    if faults and mentor is not None and _is_full(problem, after, mentor.code):
        raise PlacesFull(mentor, _exchanges(plan, problem, before, mentor, swapped, members))
    if faults:
        raise BreaksRules(faults)
    _write_rows(plan, wanted, members, problem)
    _write_outcome(plan, after, wanted, problem)


def _after(before: Pairs, wanted: Mapping[str, str | None]) -> Pairs:
    changed = {**before, **wanted}
    return {mentee: mentor for mentee, mentor in changed.items() if mentor is not None}


def _faults(problem: Mapping[str, Any], before: Pairs, after: Pairs, members: Mapping[str, Membership]) -> list[Broken]:
    names = {code: member.person.name for code, member in members.items()}
    return newly_broken(problem, _plan_of(before), _plan_of(after), names)


def _plan_of(pairs: Pairs) -> dict[str, Any]:
    return {"pairs": [{"mentee": mentee, "mentor": mentor} for mentee, mentor in sorted(pairs.items())]}


def _is_full(problem: Mapping[str, Any], pairs: Pairs, mentor: str) -> bool:
    places = next((row["places"] for row in problem["mentors"] if row["id"] == mentor), 0)
    return sum(other == mentor for other in pairs.values()) > places > 0


def _exchanges(
    plan: Plan,
    problem: Mapping[str, Any],
    before: Pairs,
    mentor: Membership,
    swapped: Pairing | None,
    members: Mapping[str, Membership],
) -> list[Pairing]:
    """The pairs of that mentor whose new teacher could take the other mentor instead, with no rule broken."""
    if swapped is None:
        return []
    found: list[Pairing] = []
    for row in _rows(plan).values():
        if row.mentor_id != mentor.id or row.locked or row.id == swapped.id:
            continue
        both = {swapped.mentee.code: mentor.code, row.mentee.code: swapped.mentor.code}
        if not _faults(problem, before, _after(before, both), members):
            found.append(row)
    return sorted(found, key=lambda row: row.mentee.sort_name)


def _write_rows(
    plan: Plan, wanted: Mapping[str, str | None], members: Mapping[str, Membership], problem: Mapping[str, Any]
) -> None:
    rows, facts = _rows(plan), pairing_facts(problem)
    for mentee, mentor in wanted.items():
        row = rows.get(mentee)
        if mentor is None:
            if row is not None:
                db.session.delete(row)
            continue
        if row is None:
            row = Pairing(plan_id=plan.id, mentee=members[mentee])
            db.session.add(row)
        row.mentor, row.reasons = members[mentor], pair_row(facts, mentee, mentor)["reasons"]
    db.session.flush()


def _write_outcome(plan: Plan, after: Pairs, wanted: Mapping[str, str | None], problem: Mapping[str, Any]) -> None:
    facts = pairing_facts(problem)
    kept = {row["mentee"]: row for row in plan.outcome["pairs"]}
    pairs = [
        kept[mentee] if mentee in kept and mentee not in wanted else pair_row(facts, mentee, mentor)
        for mentee, mentor in sorted(after.items())
    ]
    left = {row["mentee"]: row for row in plan.outcome["unpaired"]}
    unpaired = [
        left.get(row["id"], {"mentee": row["id"], "reasons": [], "would_fix": []})
        for row in problem["mentees"]
        if row["id"] not in after
    ]
    values = judge_and_count(problem, {"pairs": pairs})[1]
    aims = recounted(plan.outcome["aims"], values)
    plan.outcome = {**plan.outcome, "pairs": pairs, "unpaired": unpaired, "aims": aims}
