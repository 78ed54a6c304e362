"""What an answer from outside may do: who sent it, to what, and whether it is the newest (invitations.md 2, RFC 5546).

Nothing here writes: a decision is an outcome with its reason, and the invitation it speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.ical.answers import CalendarAnswer
from mentorship.invites.models import Invite
from mentorship.invites.queries import invite_of_reply
from mentorship.keys import TOKEN_LENGTH
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import STANDING, Visit
from mentorship.replies.models import Answer
from mentorship.replies.reading import ReadMessage

LARGEST_SEQUENCE = 2**31
ANSWER_BY_PARTSTAT = {"ACCEPTED": "yes", "DECLINED": "no", "TENTATIVE": "maybe"}
LONGEST_PARTSTAT = 20
CLOCK_MAY_DIFFER = timedelta(hours=24)


@dataclass(frozen=True)
class Decision:
    """`outcome` is one of apply, counter, refresh, stale, duplicate, review, reject, bounce, autoreply, quarantine.

    `stamp` is when the answer was given, for telling the newest: its DTSTAMP, or now where that lies far ahead.
    """

    outcome: str
    reason: str
    invite: Invite | None = None
    answer: CalendarAnswer | None = None
    attendee: str | None = None
    partstat: str | None = None
    stamp: datetime | None = None


def our_recipient(read: ReadMessage, mail_from: str, told: str | None) -> str:
    """The first recipient that is ours, with or without a token; what the mail server was told goes first."""
    candidates = (told.strip().lower(),) if told else read.recipients
    return next((address for address in candidates if is_ours(address, mail_from)), "")


def is_ours(address: str, mail_from: str) -> bool:
    """Whether mail to this address, in lower case, is meant for this service, with or without a token."""
    local, _, domain = mail_from.rpartition("@")
    theirs, _, their_domain = address.rpartition("@")
    return their_domain == domain and (theirs == local or theirs.startswith(f"{local}+"))


def decide(read: ReadMessage, recipient: str, *, own_domain: str, now: datetime) -> Decision:
    """What to do with a message that was read."""
    if read.kind != "calendar":
        return Decision("review" if read.kind == "prose" else read.kind, read.reason)
    if read.disagreeing or len(read.answers) != 1:
        return Decision("review", read.reason or "The mail says different things in different parts.")
    answer = read.answers[0]
    if answer.method not in {"REPLY", "COUNTER", "REFRESH"}:
        return Decision("reject", f"A {answer.method or 'nameless'} is not an answer.", answer=answer)
    token = recipient.rpartition("@")[0].partition("+")[2]
    invite = invite_of_reply(token) if len(token) == TOKEN_LENGTH else None
    if invite is None:
        return _without_token(read, answer, bool(token), own_domain)
    return _with_token(answer, invite, now)


def _without_token(read: ReadMessage, answer: CalendarAnswer, has_token: bool, own_domain: str) -> Decision:
    if has_token:
        return Decision("reject", "The answer address is not one of ours.", answer=answer)
    visit = db.session.scalars(select(Visit).where(Visit.uid == answer.uid)).first()
    if visit is None:
        return Decision("reject", "No invitation of ours has this identity.", answer=answer)
    invited = {invite.address.lower(): invite for invite in _invites(visit)}
    found = [address for address, _ in answer.attendees if address in invited]
    if not found:
        return Decision("reject", "The answer comes from somebody who was not invited.", answer=answer)
    if read.sender == found[0] and _is_authenticated(read, own_domain):
        return Decision("review", "The answer came without its token; somebody has to look.", invited[found[0]], answer)
    return Decision(
        "reject", "The answer came without its token and from an address that was not proven.", answer=answer
    )


def _invites(visit: Visit) -> list[Invite]:
    return list(db.session.scalars(select(Invite).where(Invite.visit_id == visit.id)))


def _is_authenticated(read: ReadMessage, own_domain: str) -> bool:
    """Only what our own mail server wrote counts: its name stands first (RFC 8601)."""
    for line in read.authentication_results:
        server, _, results = line.partition(";")
        name = server.strip().partition(" ")[0].lower()
        if (name == own_domain or name.endswith("." + own_domain)) and "dmarc=pass" in results.lower():
            return True
    return False


def _with_token(answer: CalendarAnswer, invite: Invite, now: datetime) -> Decision:
    visit = invite.event_of
    if visit is None or visit.uid is None or answer.uid.lower() != visit.uid.lower():
        return Decision("reject", "The answer speaks of another invitation than its address.", answer=answer)
    if answer.recurrence_id is not None:
        return Decision("reject", "The answer speaks of one date of a series, and this is none.", answer=answer)
    if answer.method == "REFRESH":
        return Decision("refresh", "The current invitation was asked for again.", invite, answer)
    known = {invite.address.lower(), (invite.membership.person.email or "").lower()}
    named = [(address, partstat) for address, partstat in answer.attendees if address in known]
    if not named:
        return Decision("review", "The answer is somebody else's: the invitation was forwarded.", invite, answer)
    attendee, partstat = named[0]
    return _by_revision(answer, invite, visit, attendee, partstat[:LONGEST_PARTSTAT], now)


def _by_revision(
    answer: CalendarAnswer, invite: Invite, visit: Visit | WalkPlace, attendee: str, partstat: str, now: datetime
) -> Decision:
    def decided(outcome: str, reason: str, stamp: datetime | None = None) -> Decision:
        return Decision(outcome, reason, invite, answer, attendee, partstat, stamp)

    if answer.sequence > visit.sequence or answer.sequence > LARGEST_SEQUENCE:
        return decided("reject", "The answer is to a revision that was never sent.")
    if answer.stamped_at is None:
        return decided("review", "The answer does not say when it was made.")
    stamp = now if answer.stamped_at - now > CLOCK_MAY_DIFFER else answer.stamped_at
    if invite.answered_stamp is not None and invite.answered_sequence == answer.sequence:
        if stamp == invite.answered_stamp:
            return decided("duplicate", "This answer was applied already.", stamp)
        if stamp < invite.answered_stamp:
            return decided("stale", "A newer answer of the same person was applied before.", stamp)
    if _is_on_file(answer, invite, partstat):
        return decided("duplicate", "This answer was applied already.", stamp)
    if invite.ended_at is not None:
        return decided("stale", "The visit was cancelled before this answer came.", stamp)
    if visit.status not in STANDING:
        return decided("stale", "The visit no longer waits for an answer.", stamp)
    if answer.sequence < visit.sequence:
        return decided("stale", "The answer is to an older time of this visit.", stamp)
    if answer.method == "COUNTER":
        return decided("counter", "Another time was asked for.", stamp)
    if partstat == "DELEGATED":
        return decided("review", "The invitation was handed on to somebody else.", stamp)
    if partstat not in ANSWER_BY_PARTSTAT:
        return decided("review", "The mail says neither yes, no nor maybe.", stamp)
    return decided("apply", f"{attendee} answered {ANSWER_BY_PARTSTAT[partstat]}.", stamp)


def _is_on_file(answer: CalendarAnswer, invite: Invite, partstat: str) -> bool:
    """The very answer, by what it says of itself: a clock far ahead must not make a repetition the newest."""
    same = select(Answer.id).where(
        Answer.invite_id == invite.id,
        Answer.sequence == answer.sequence,
        Answer.stamp == answer.stamped_at,
        Answer.partstat == partstat,
    )
    return db.session.scalar(same) is not None
