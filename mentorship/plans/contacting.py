"""The content contacts of a plan: proposed with its pairs, chosen by a coach, named when the pairs are published.

Who needs one is decided anew whenever it is asked, from the pairs as they stand: a change by hand needs no new plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, literal, or_, select, union_all

from matching import pair_parts, pairing_facts
from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Apart, EvaluatorLink, Membership, School
from mentorship.people.queries import departments_of
from mentorship.plans.contacts import MEET_ONLINE, ONLINE, Possible, lacking_subject, offered, spread, told_of
from mentorship.plans.editing import touch
from mentorship.plans.models import ContentContact, Plan

People = Mapping[str, Membership]


@dataclass(frozen=True)
class Offer:
    """A colleague who could be the contact, and what is told of them."""

    contact: Membership
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Need:
    """A new teacher who needs a content contact: whom the draft proposes, and who else there is.

    `others` is everybody who may be one, where nobody of the subject is there. `is_declined` where a coach has said
    that none is needed; `version` is that of the row, 0 where there is none yet.
    """

    mentee: Membership
    own: Offer | None
    offers: tuple[Offer, ...] = ()
    others: tuple[Membership, ...] = ()
    is_declined: bool = False
    version: int = 0
    reasons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What deciding takes: the plan's people, its rows, and whom nobody may bring together."""

    plan: Plan
    people: People
    mentor_by_mentee: Mapping[str, str | None]
    rows: Mapping[str, ContentContact]
    apart: Mapping[frozenset[int], str]

    def may(self, mentee: str, contact: str) -> bool:
        return not self.why_not(mentee, contact)

    def why_not(self, mentee: str, contact: str) -> str:
        """Why somebody can't be the contact of a new teacher, as a sentence; empty where they can."""
        new, other = self.people[mentee], self.people.get(contact)
        if other is None or not other.active or other.id == new.id:
            return "Whoever is a content contact takes part in the cycle."
        name = other.person.name
        if other.is_new_teacher:
            return f"{name} is new here too. A content contact is somebody who has been here for longer."
        if self.mentor_by_mentee.get(mentee) == contact:
            return f"{name} is the mentor of {new.person.name} already."
        why = self.apart.get(frozenset((new.id, other.id)))
        if why == "evaluator":
            return f"{name} evaluates {new.person.name}, and can’t be the one to ask."
        return f"{name} and {new.person.name} are kept apart." if why else ""


def keep_contacts(plan: Plan, possible: Mapping[str, Sequence[Possible]], people: People) -> None:
    """Propose a contact to each new teacher of a new draft who needs one; a coach's own choice stays while it can."""
    asked = _asked(plan, people)
    needing = _needing(asked)
    kept = {mentee: row for mentee, row in asked.rows.items() if mentee in needing and _stays(asked, mentee, row)}
    load = _load_elsewhere(asked)
    load.update(row.contact.code for row in kept.values() if row.status == "proposed")
    open_ones = {
        mentee: [row for row in possible.get(mentee, ()) if asked.may(mentee, row["contact"])]
        for mentee in sorted(needing - kept.keys(), key=lambda mentee: people[mentee].sort_name)
    }
    chosen = spread(open_ones, load)
    load.update(chosen.values())
    own = {**chosen, **{mentee: row.contact.code for mentee, row in kept.items()}}
    plan.contacts = {
        mentee: found for mentee, rows in possible.items() if (found := offered(rows, load, own.get(mentee)))
    }
    for mentee, row in asked.rows.items():
        if mentee not in own:
            db.session.delete(row)
    for mentee, row in kept.items():
        row.reasons = next(
            (each["reasons"] for each in possible.get(mentee, ()) if each["contact"] == row.contact.code), row.reasons
        )
    for mentee, contact in chosen.items():
        reasons = next(row["reasons"] for row in open_ones[mentee] if row["contact"] == contact)
        _write(asked, mentee, people[contact], reasons, chosen=False)
    db.session.flush()


def needs(plan: Plan, people: People) -> dict[int, Need]:
    """The new teachers of a draft who need a content contact, by membership; nothing is written."""
    return _needs(_asked(plan, people))


def _needs(asked: _Asked) -> dict[int, Need]:
    people, plan = asked.people, asked.plan
    needing = _needing(asked)
    standing = {mentee: row for mentee, row in asked.rows.items() if mentee in needing and _stands(asked, mentee, row)}
    load = Counter(row.contact.code for row in standing.values() if row.status == "proposed")
    possible = {
        mentee: [row for row in plan.contacts.get(mentee, ()) if asked.may(mentee, row["contact"])]
        for mentee in sorted(needing, key=lambda mentee: people[mentee].sort_name)
    }
    chosen = spread({mentee: rows for mentee, rows in possible.items() if mentee not in standing}, load)
    return {
        people[mentee].id: _need(asked, mentee, standing.get(mentee), chosen.get(mentee), rows)
        for mentee, rows in possible.items()
    }


def shown(plan: Plan, people: People) -> dict[int, Need]:
    """What the page of the pairs shows: of a draft who needs a contact, afterwards who has one; by membership."""
    if plan.status == "draft":
        return needs(plan, people)
    query = select(ContentContact).where(ContentContact.plan_id == plan.id, ContentContact.status == "named")
    rows = db.session.scalars(query)
    return {row.mentee_id: Need(row.mentee, Offer(row.contact, words_of_facts(row.reasons))) for row in rows}


def contacts_to_name(plan: Plan) -> list[tuple[Membership, Membership]]:
    """Whom publishing a draft would tell: contact and new teacher."""
    found = needs(plan, {one.membership.code: one.membership for one in participants(plan.cycle)})
    return [(need.own.contact, need.mentee) for need in found.values() if need.own and not need.is_declined]


def choose_contact(
    plan: Plan, mentee: Membership, contact: Membership | None, *, by: str, now: datetime, seen: str | None = None
) -> None:
    """A coach names the content contact of a new teacher by hand; None where they say that none is needed."""
    plan.cycle.refuse_if_closed()
    if plan.status != "draft":
        raise Refused("These pairings are published; the content contacts were told already.")
    people = {one.membership.code: one.membership for one in participants(plan.cycle)}
    asked = _asked(plan, people)
    need = _needs(asked).get(mentee.id)
    if need is None:
        raise Refused(f"{mentee.person.name} needs no content contact: the mentor teaches the same subject.")
    refuse_stale(need.version, seen, now=now, mentee=mentee.id)
    if contact is None:
        if need.own is None:
            raise Refused(f"Nobody is proposed as content contact of {mentee.person.name}.")
        _write(asked, mentee.code, need.own.contact, need.reasons, chosen=True).status = "ended"
    else:
        if why := asked.why_not(mentee.code, contact.code):
            raise Refused(why)
        known = [row["reasons"] for row in plan.contacts.get(mentee.code, ()) if row["contact"] == contact.code]
        reasons = known[0] if known else _facts_at_hand(mentee, contact, plan.cycle.school)
        _write(asked, mentee.code, contact, reasons, chosen=True)
    touch(plan, now)
    audit.record("choose_contact", by=by, now=now, mentee=mentee.id, cycle=plan.cycle_id)
    db.session.flush()


def name_contacts(plan: Plan, people: People, now: datetime) -> list[ContentContact]:
    """Write the contacts of a draft down as named, as it is published; those that nobody needs are forgotten."""
    asked, found = _asked(plan, people), []
    for need in _needs(asked).values():
        if need.own is not None and not need.is_declined:
            chosen = need.mentee.code in asked.rows and asked.rows[need.mentee.code].chosen
            row = _write(asked, need.mentee.code, need.own.contact, need.reasons, chosen=chosen)
            row.status, row.named_at = "named", now
            found.append(row)
    for row in asked.rows.values():
        if row not in found:
            db.session.delete(row)
    db.session.flush()
    return found


def end_contacts(cycle: Cycle) -> None:
    """With its cycle each content contact ends."""
    _end(select(ContentContact).join(ContentContact.plan).where(Plan.cycle_id == cycle.id))


def end_contacts_of_leavers(school: School) -> None:
    """Whoever has left the school is nobody's contact, and has none."""
    away = select(Membership.id).where(Membership.school_id == school.id, Membership.active.is_(False))
    left = or_(ContentContact.contact_id.in_(away), ContentContact.mentee_id.in_(away))
    _end(select(ContentContact).where(left))


def _end(query: Any) -> None:
    for row in db.session.scalars(query.where(ContentContact.status == "named")):
        row.status = "ended"
    db.session.flush()


def contacts_of(cycle: Cycle) -> list[ContentContact]:
    """Whom people were told of, ended ones too, by the new teacher's name."""
    query = select(ContentContact).join(ContentContact.plan).where(Plan.cycle_id == cycle.id)
    rows = db.session.scalars(query.where(ContentContact.named_at.is_not(None)))
    return sorted(rows, key=lambda row: row.mentee.sort_name)


def words_of_facts(reasons: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What is told of a contact, as a page says it; of the place only what speaks for it."""
    found = []
    for part in reasons:
        if part["rule"] == "building" and not part["step"] and part["fact"] != ONLINE:
            continue
        fact = MEET_ONLINE if part["fact"] == ONLINE else str(part["fact"])
        found.append(fact[:1].upper() + fact[1:])
    return tuple(found)


def _asked(plan: Plan, people: People) -> _Asked:
    if away := {"problem", "contacts"} & inspect(plan).unloaded:
        # Together, in one statement.
        db.session.refresh(plan, away)
    pairs: dict[str, str | None] = {row["mentee"]: row["mentor"] for row in plan.outcome["pairs"]}
    pairs |= {row["mentee"]: None for row in plan.outcome["unpaired"]}
    mentees = {mentee: mentor for mentee, mentor in pairs.items() if mentee in people}
    rows = db.session.scalars(select(ContentContact).where(ContentContact.plan_id == plan.id))
    by_mentee = {row.mentee.code: row for row in rows}
    return _Asked(plan, people, mentees, by_mentee, _apart_from([people[mentee].id for mentee in mentees]))


def _apart_from(ids: Collection[int]) -> dict[frozenset[int], str]:
    """Everybody whom these people must not be brought together with, by both memberships."""
    pairs = (
        (EvaluatorLink.evaluator_id, EvaluatorLink.membership_id, "evaluator"),
        (Apart.membership_id, Apart.other_id, "apart"),
    )
    rows = [select(one, other, literal(why)).where(or_(one.in_(ids), other.in_(ids))) for one, other, why in pairs]
    # Of two reasons for the same pair the evaluation is told.
    found = sorted(db.session.execute(union_all(*rows)), key=lambda row: row[2])
    return {frozenset((one, other)): why for one, other, why in found}


def _needing(asked: _Asked) -> set[str]:
    school, people = asked.plan.cycle.school, asked.people
    mentors = set(asked.mentor_by_mentee.values()) - asked.mentor_by_mentee.keys()
    sides = (
        [people[code] for code in asked.mentor_by_mentee],
        [people[code] for code in mentors if code is not None and code in people],
    )
    problem = _problem(*sides, school)
    # As the pairs were judged, so that no card says otherwise.
    problem["related_departments"] = asked.plan.problem.get("related_departments", [])
    return lacking_subject(problem, asked.mentor_by_mentee)


def _problem(mentees: Iterable[Membership], colleagues: Iterable[Membership], school: School) -> dict[str, Any]:
    """What people teach and where, as the rules of the pairings take it; without their times."""

    def facts(member: Membership) -> dict[str, Any]:
        return {
            "id": member.code,
            "subjects": member.subjects,
            "departments": departments_of(member, school),
            "building": member.building,
            "wing": member.wing,
            "virtual": member.virtual or None,
        }

    sides = {"mentees": [facts(one) for one in mentees], "mentors": [facts(one) for one in colleagues]}
    return {"format": "pairing-problem/1", "goal": "best_fit", **sides}


def _facts_at_hand(mentee: Membership, contact: Membership, school: School) -> list[dict[str, Any]]:
    """What is told of somebody whom the draft did not offer: nobody has compared their times."""
    facts = pairing_facts(_problem([mentee], [contact], school))
    return [part for part in told_of(pair_parts(facts, mentee.code, contact.code)) if part["rule"] != "common_planning"]


def _load_elsewhere(asked: _Asked) -> Counter[str]:
    """How many other new teachers everybody is a contact of in the cycles that go on beside this one, by code."""
    code_by_id = {member.id: code for code, member in asked.people.items()}
    own = [asked.people[mentee].id for mentee in asked.mentor_by_mentee]
    query = (
        select(ContentContact.contact_id, func.count())
        .join(ContentContact.plan)
        .join(Plan.cycle)
        .where(ContentContact.status == "named", ContentContact.plan_id != asked.plan.id)
        .where(Cycle.status != "closed", ContentContact.mentee_id.not_in(own))
        .where(ContentContact.contact_id.in_(code_by_id))
        .group_by(ContentContact.contact_id)
    )
    rows = db.session.execute(query).all()
    return Counter({code_by_id[row[0]]: row[1] for row in rows})


def _stays(asked: _Asked, mentee: str, row: ContentContact) -> bool:
    return row.chosen and _stands(asked, mentee, row)


def _stands(asked: _Asked, mentee: str, row: ContentContact) -> bool:
    """Whether a row still says something: that none is needed, or a contact who may be one today."""
    return row.status == "ended" or asked.may(mentee, row.contact.code)


def _need(
    asked: _Asked, mentee: str, row: ContentContact | None, chosen: str | None, possible: Sequence[Possible]
) -> Need:
    people = asked.people
    code = row.contact.code if row is not None else chosen
    proposed: list[dict[str, Any]] = next((each["reasons"] for each in possible if each["contact"] == code), [])
    reasons = row.reasons if row is not None else proposed
    is_declined = row is not None and row.status == "ended"
    own = Offer(people[code], words_of_facts(reasons)) if code is not None and code in people else None
    offers = [
        Offer(people[each["contact"]], words_of_facts(each["reasons"]))
        for each in possible
        if each["contact"] != code or is_declined
    ]
    others = () if possible else _others(asked, mentee, code)
    seen = asked.rows[mentee].version if mentee in asked.rows else 0
    return Need(people[mentee], own, tuple(offers), others, is_declined, seen, tuple(reasons))


def _others(asked: _Asked, mentee: str, own: str | None) -> tuple[Membership, ...]:
    found = [one for code, one in asked.people.items() if code not in (mentee, own) and asked.may(mentee, code)]
    return tuple(sorted(found, key=lambda one: one.sort_name))


def _write(
    asked: _Asked, mentee: str, contact: Membership, reasons: Iterable[Mapping[str, Any]], *, chosen: bool
) -> ContentContact:
    row = asked.rows.get(mentee)
    if row is None:
        row = ContentContact(plan_id=asked.plan.id, mentee=asked.people[mentee])
        db.session.add(row)
    row.contact, row.reasons, row.chosen, row.status = contact, [dict(part) for part in reasons], chosen, "proposed"
    return row
