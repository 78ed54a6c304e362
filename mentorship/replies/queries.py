"""Who answered what in a cycle, and the mails that came in and that somebody has to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, lazyload

from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.queries import visits_to_show
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person, School
from mentorship.plans.models import STANDING, Pairing, Plan, Visit
from mentorship.plans.queries import pairings_of
from mentorship.replies.models import Answer, InboundMessage

KEPT = ("review", "quarantine", "reject")
STATES = ("waiting", "yes", "time_asked", "no", "over")
OPEN_PAIRINGS = ("invited", "active", "needs_attention")


@dataclass(frozen=True)
class Asked:
    """One person who was asked to one thing, and how it stands with them.

    `state` is one of `STATES`; after a no to a pairing both are `no`, because nobody is told whose it was. `words` are
    what they wrote to the organiser, if anything; `asked_for` is the other time that their calendar named.
    """

    member: Membership
    other: Membership
    thing: Visit | Pairing
    state: str
    is_maybe: bool
    words: str
    asked_for: datetime | None
    is_undelivered: bool


def people_asked(cycle: Cycle) -> list[Asked]:
    """Everybody who was asked about something of a cycle that is published, by name and then by time."""
    invites = _newest_invites(cycle)
    words = _words(invites.values())
    undelivered = undelivered_people(cycle)
    things: list[Visit | Pairing] = [*visits_to_show(cycle), *pairings_of(cycle)]
    found = []
    for thing in things:
        for member in thing.people:
            invite = invites.get((type(thing), thing.id, member.id))
            if invite is not None and thing.status != "cancelled":
                found.append(_asked(thing, member, invite, words, undelivered))
    return sorted(found, key=lambda each: (each.member.sort_name, str(getattr(each.thing, "starts_at", ""))))


def _asked(
    thing: Visit | Pairing, member: Membership, invite: Invite, words: dict[int, str], undelivered: set[int]
) -> Asked:
    answer = thing.answer_of(member.id)
    return Asked(
        member=member,
        other=next(each for each in thing.people if each.id != member.id),
        thing=thing,
        state=_state(thing, answer),
        is_maybe=answer == "maybe",
        words="" if thing.status == "declined" else words.get(invite.id, ""),
        asked_for=invite.asked_starts_at if answer == "time_asked" else None,
        is_undelivered=member.person_id in undelivered,
    )


def _state(thing: Visit | Pairing, answer: str) -> str:
    if thing.status == "declined":
        return "no"
    if answer in ("yes", "no", "time_asked"):
        return answer
    still = STANDING if isinstance(thing, Visit) else OPEN_PAIRINGS
    return "waiting" if thing.status in still else "over"


def _newest_invites(cycle: Cycle) -> dict[tuple[type[Any], int, int], Invite]:
    query = (
        select(Invite)
        .outerjoin(Visit, Visit.id == Invite.visit_id)
        .outerjoin(Pairing, Pairing.id == Invite.pairing_id)
        .join(Plan, or_(Plan.id == Visit.plan_id, Plan.id == Pairing.plan_id))
        .where(Plan.cycle_id == cycle.id)
        .order_by(Invite.id)
        .options(lazyload(Invite.membership))
    )
    found: dict[tuple[type[Any], int, int], Invite] = {}
    for invite in db.session.scalars(query):
        kind, number = (Visit, invite.visit_id) if invite.visit_id else (Pairing, invite.pairing_id)
        assert number is not None, "the table holds no invitation to nothing"
        found[kind, number, invite.membership_id] = invite
    return found


def _words(invites: Any) -> dict[int, str]:
    """The newest words of each invitation that has any."""
    ids = [invite.id for invite in invites if invite.answered_at is not None]
    query = select(Answer.invite_id, Answer.comment).where(Answer.invite_id.in_(ids), Answer.comment.is_not(None))
    return {row.invite_id: row.comment for row in db.session.execute(query.order_by(Answer.id))}


def undelivered_people(cycle: Cycle) -> set[int]:
    """Whose newest mail since the cycle opened came back, as long as their address is still the same."""
    newer = aliased(OutboxMessage)
    is_newest = ~exists().where(newer.to_address == OutboxMessage.to_address, newer.id > OutboxMessage.id)
    query = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(OutboxMessage, OutboxMessage.person_id == Person.id)
        .where(Membership.school_id == cycle.school_id, Membership.active)
        .where(OutboxMessage.state == "failed", OutboxMessage.created_at >= cycle.opened_at, is_newest)
        .where(func.lower(Person.email) == func.lower(OutboxMessage.to_address))
    )
    return set(db.session.scalars(query))


def concerns_cycle() -> Sequence[ColumnElement[bool]]:
    """Which mails that came in are about a `Cycle` of the query: its visits, or the people of its school."""
    uids = select(Visit.uid).join(Plan, Plan.id == Visit.plan_id).where(Plan.cycle_id == Cycle.id)
    addresses = select(Person.email).join(Membership).where(Membership.school_id == Cycle.school_id)
    # A mail that names neither visit nor person can only be told to a coach where there is one school.
    nameless = and_(InboundMessage.uid.is_(None), InboundMessage.attendee.is_(None))
    is_alone = select(func.count(School.id)).scalar_subquery() == 1
    about = or_(InboundMessage.uid.in_(uids), InboundMessage.attendee.in_(addresses), and_(nameless, is_alone))
    return (InboundMessage.received_at >= Cycle.opened_at, about)


def messages_to_look_at(cycle: Cycle) -> Select[InboundMessage]:
    """Mails of a cycle that were kept because no rule could apply them, and that nobody has looked at, newest first."""
    query = select(InboundMessage).join(Cycle, Cycle.id == cycle.id)
    query = query.where(InboundMessage.outcome.in_(KEPT), InboundMessage.reviewed_at.is_(None), *concerns_cycle())
    return query.order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc())
