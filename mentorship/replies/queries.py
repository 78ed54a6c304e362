"""Who answered what in a cycle, and the mails that came in and that somebody has to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
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
ANYTHING = ""


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


def people_asked(cycle: Cycle, appraised: Collection[int] = ()) -> list[Asked]:
    """Everybody who was asked about something of a cycle that is published, by name and then by time.

    `appraised` are the memberships of those whom the reader appraises: what these wrote is not for them to read.
    """
    invites = _newest_invites(cycle)
    words = _words(invites.values())
    came_back = _came_back(cycle)
    things: list[Visit | Pairing] = [*visits_to_show(cycle), *pairings_of(cycle)]
    found = []
    for thing in things:
        for member in thing.people:
            invite = invites.get((type(thing), thing.id, member.id))
            if invite is not None and thing.status != "cancelled":
                said = "" if member.id in appraised else words.get(invite.id, "")
                found.append(_asked(thing, member, invite, said, came_back))
    return sorted(found, key=lambda each: (each.member.sort_name, str(getattr(each.thing, "starts_at", ""))))


def _asked(
    thing: Visit | Pairing, member: Membership, invite: Invite, words: str, came_back: set[tuple[int, str]]
) -> Asked:
    answer = thing.answer_of(member.id)
    about = {(member.person_id, ANYTHING), (member.person_id, _mail_of(thing))}
    return Asked(
        member=member,
        other=next(each for each in thing.people if each.id != member.id),
        thing=thing,
        state=_state(thing, answer),
        is_maybe=answer == "maybe",
        words="" if thing.status == "declined" else words,
        asked_for=invite.asked_starts_at if answer == "time_asked" else None,
        is_undelivered=not about.isdisjoint(came_back),
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


def _words(invites: Iterable[Invite]) -> dict[int, str]:
    """What people wrote with the newest answer of each invitation; older words belong to an answer that is no more."""
    ids = [invite.id for invite in invites if invite.answered_at is not None]
    query = select(Answer.invite_id, Answer.comment).where(Answer.invite_id.in_(ids)).order_by(Answer.id)
    return {invite_id: comment or "" for invite_id, comment in db.session.execute(query)}


def _mail_of(thing: Visit | Pairing) -> str:
    """How the mails about a thing are told from others: a live visit's by its UID, all else by their kind."""
    if isinstance(thing, Pairing):
        return "pairing_invitation"
    return thing.uid or "" if thing.medium == "live" else "video_invitation"


def _came_back(cycle: Cycle) -> set[tuple[int, str]]:
    """Whose newest mail about a thing could not be delivered since the cycle opened, with what `_mail_of` says of it.

    `ANYTHING` where it is their newest mail of all. A new address of the person ends it.
    """
    newer = aliased(OutboxMessage)
    later = and_(newer.to_address == OutboxMessage.to_address, newer.id > OutboxMessage.id)
    both_nameless = and_(newer.uid.is_(None), OutboxMessage.uid.is_(None), newer.kind == OutboxMessage.kind)
    is_newest = ~exists().where(later)
    is_newest_of_its_thing = ~exists().where(later, or_(newer.uid == OutboxMessage.uid, both_nameless))
    query = (
        select(Person.id, OutboxMessage.uid, OutboxMessage.kind, is_newest)
        .join(Membership, Membership.person_id == Person.id)
        .join(OutboxMessage, OutboxMessage.person_id == Person.id)
        .where(Membership.school_id == cycle.school_id, Membership.active)
        .where(OutboxMessage.state == "failed", OutboxMessage.created_at >= cycle.opened_at, is_newest_of_its_thing)
        .where(func.lower(Person.email) == func.lower(OutboxMessage.to_address))
    )
    found: set[tuple[int, str]] = set()
    for person_id, uid, kind, newest in db.session.execute(query):
        found |= {(person_id, uid or kind), *([(person_id, ANYTHING)] if newest else [])}
    return found


def concerns_cycle() -> Sequence[ColumnElement[bool]]:
    """Which mails that came in are about a `Cycle` of the query: its visits, or the people of its school.

    An invitation counts with every identity that it ever had. A mail that names neither visit nor person is about the
    school where there is no other.
    """
    events = select(Invite.event).join(Visit, Visit.id == Invite.visit_id).join(Plan, Plan.id == Visit.plan_id)
    addresses = select(func.lower(Person.email)).join(Membership).where(Membership.school_id == Cycle.school_id)
    nameless = and_(InboundMessage.uid.is_(None), InboundMessage.attendee.is_(None))
    is_alone = select(func.count(School.id)).scalar_subquery() == 1
    about = or_(
        _event().in_(events.where(Plan.cycle_id == Cycle.id)),
        func.lower(InboundMessage.attendee).in_(addresses),
        and_(nameless, is_alone),
    )
    return (InboundMessage.received_at >= Cycle.opened_at, about)


def _concerns_nobody() -> ColumnElement[bool]:
    """A mail that speaks of no invitation and of no person of ours, such as a forged one: its row names nobody."""
    everybody = select(func.lower(Person.email)).where(Person.email.is_not(None))
    names_no_visit = or_(InboundMessage.uid.is_(None), _event().not_in(select(Invite.event)))
    names_no_person = or_(InboundMessage.attendee.is_(None), func.lower(InboundMessage.attendee).not_in(everybody))
    return and_(names_no_visit, names_no_person)


def _event() -> ColumnElement[str]:
    """The invitation that a mail speaks of, as `Visit.key` names it."""
    return literal("visit-") + func.lower(InboundMessage.uid)


def kept_messages(cycle: Cycle) -> Select[InboundMessage]:
    """Mails that no rule could apply, newest first: a cycle's, and those that are nobody's, which each school sees."""
    since_opening, about = concerns_cycle()
    query = select(InboundMessage).join(Cycle, Cycle.id == cycle.id)
    query = query.where(InboundMessage.outcome.in_(KEPT), since_opening, or_(about, _concerns_nobody()))
    return query.order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc())


def messages_to_look_at(cycle: Cycle) -> Select[InboundMessage]:
    """Those of them that nobody has looked at yet."""
    return kept_messages(cycle).where(InboundMessage.reviewed_at.is_(None))
