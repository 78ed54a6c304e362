"""Finding an invitation by its token, and what the pages show of visits and who was asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, and_, cast, func, or_, select, union
from sqlalchemy.orm import joinedload

from mentorship import keys
from mentorship.audit.models import AuditEntry
from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person
from mentorship.plans.models import ContentContact, Pairing, Plan, Visit


@dataclass(frozen=True)
class Asked:
    """One person of a visit: what they answered and when, which other time they asked for, and why mail failed."""

    member: Membership
    answer: str
    answered_at: datetime | None
    asked_for: datetime | None
    undelivered: str


@dataclass(frozen=True)
class Event:
    """Something that happened to a visit: what (the audit log's word), when, who, and the time that it was before."""

    action: str
    at: datetime
    who: str
    was: datetime | None


def invite_of_reply(token: str) -> Invite | None:
    """By the token of a mail's answer address, also when the invitation has ended."""
    return db.session.scalars(select(Invite).where(Invite.reply_digest == keys.ring().digest(token))).first()


def invite_of_link(token: str) -> Invite | None:
    """By the token of an answer page, also when the invitation has ended."""
    return db.session.scalars(select(Invite).where(Invite.link_digest == keys.ring().digest(token))).first()


def visits_to_show(cycle: Cycle) -> Sequence[Visit]:
    """All visits of a cycle in the order of a page, in one statement however many there are."""
    people = (joinedload(Visit.visitor), joinedload(Visit.host))
    query = select(Visit).join(Plan).where(Plan.cycle_id == cycle.id).options(joinedload(Visit.section))
    rows = db.session.scalars(query.options(*(path.lazyload(Membership.profile) for path in people)))
    return sorted(rows, key=lambda visit: (visit.medium != "live", str(visit.starts_at), visit.visitor.sort_name))


def asked(visit: Visit) -> list[Asked]:
    """Visitor and host with their answers and what became of their newest mail; nothing of a draft."""
    is_about = and_(OutboxMessage.uid == visit.uid, OutboxMessage.to_address == Invite.address)
    query = (
        select(
            Invite.membership_id,
            Invite.answered_at,
            Invite.asked_starts_at,
            OutboxMessage.state,
            OutboxMessage.last_answer,
        )
        .outerjoin(OutboxMessage, is_about)
        .where(Invite.visit_id == visit.id)
        .order_by(Invite.id, OutboxMessage.id)
    )
    newest = {row.membership_id: row for row in db.session.execute(query)}
    found = []
    for member in visit.people:
        row = newest.get(member.id)
        if row is not None:
            answer = visit.answer_of(member.id)
            undelivered = (row.last_answer or "no reason told") if row.state == "failed" else ""
            answered_at = row.answered_at if answer != "none" else None
            asked_for = row.asked_starts_at if answer == "time_asked" else None
            found.append(Asked(member, answer, answered_at, asked_for, undelivered))
    return found


def times_asked_for(visit_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """The other times that people asked for, by visit and membership, in one statement."""
    query = (
        select(Invite.visit_id, Invite.membership_id, Invite.asked_starts_at)
        .where(Invite.visit_id.in_(visit_ids), Invite.asked_starts_at.is_not(None))
        .order_by(Invite.id)
    )
    return {(row.visit_id, row.membership_id): row.asked_starts_at for row in db.session.execute(query)}


def history(visit: Visit) -> list[Event]:
    """What happened to one visit, oldest first: publishing, answers, moves; who is named, and never their words."""
    ids = AuditEntry.ids
    invites = select(Invite.id).where(Invite.visit_id == visit.id)
    about = or_(
        ids["visit"].as_integer() == visit.id,
        (AuditEntry.action == "answer") & ids["invite"].as_integer().in_(invites),
        (AuditEntry.action == "publish") & (ids["cycle"].as_integer() == visit.plan.cycle_id),
    )
    rows = db.session.execute(
        select(AuditEntry, Person)
        .outerjoin(Person, cast(Person.id, String) == AuditEntry.by)
        .where(about)
        .order_by(AuditEntry.id)
    )
    return [
        Event(entry.action, entry.at, person.name if person else "", _instant(entry.ids.get("was")))
        for entry, person in rows
        if entry.action != "publish" or "visits" in entry.ids.get("parts", [])
    ]


def people_asked(cycle: Cycle, since: datetime) -> int:
    """How many people have been asked about anything of a cycle since an instant, or told of a content contact."""
    asked = (
        select(Invite.membership_id)
        .outerjoin(Visit, Visit.id == Invite.visit_id)
        .outerjoin(Pairing, Pairing.id == Invite.pairing_id)
        .join(Plan, or_(Plan.id == Visit.plan_id, Plan.id == Pairing.plan_id))
        .where(Plan.cycle_id == cycle.id, Invite.created_at >= since)
    )
    told = [
        select(person).join(Plan).where(Plan.cycle_id == cycle.id, ContentContact.named_at >= since)
        for person in (ContentContact.contact_id, ContentContact.mentee_id)
    ]
    return db.session.scalar(select(func.count()).select_from(union(asked, *told).subquery())) or 0


def _instant(word: str | None) -> datetime | None:
    return datetime.fromisoformat(word) if word else None
