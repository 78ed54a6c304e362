"""Every answer, however it came, goes through `record_answer`."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from mentorship.audit import operations as audit
from mentorship.errors import Refused, where_it_happened
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import SOMEBODY_DECLINED, end_invites, send_again, take_back
from mentorship.invites.walking import leave_walk
from mentorship.outbox.operations import mark_undeliverable
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import STANDING, Visit
from mentorship.replies.decisions import ANSWER_BY_PARTSTAT, Decision, decide, our_recipient
from mentorship.replies.models import Answer, InboundMessage
from mentorship.replies.reading import ReadMessage

logger = logging.getLogger(__name__)
KEPT_OUTCOMES = ("review", "reject", "quarantine")


def store_message(raw: bytes, *, recipient: str | None, now: datetime) -> InboundMessage | None:
    """Keep a message before anything reads it; None where the very same one is here already."""
    digest = hashlib.sha256(raw).hexdigest()
    if db.session.scalar(select(InboundMessage.id).where(InboundMessage.sha256 == digest)) is not None:
        return None
    message = InboundMessage(sha256=digest, received_at=now, recipient=(recipient or "")[:320], sealed=raw)
    try:
        with db.session.begin_nested():
            db.session.add(message)
    except IntegrityError:
        # The same message came in by another door in this very moment.
        return None
    return message


def apply_message(message: InboundMessage, read: ReadMessage, *, mail_from: str, now: datetime) -> Decision:
    """Decide on a stored message that was read, and do what was decided.

    The first look finds whose invitation it is; what counts is the second, with the invitation held, so that of two
    answers at once the later one sees the earlier.
    """
    recipient, own_domain = our_recipient(read, mail_from, message.recipient or None), mail_from.rpartition("@")[2]
    decision = decide(read, recipient, own_domain=own_domain, now=now)
    if decision.invite is not None:
        _hold(decision.invite)
        decision = decide(read, recipient, own_domain=own_domain, now=now)
    decision = _carry_out(decision, read, now)
    message.outcome, message.reason = decision.outcome, decision.reason[:400]
    message.uid = decision.answer.uid[:255] if decision.answer else None
    message.attendee, message.partstat = decision.attendee, decision.partstat
    if decision.outcome not in KEPT_OUTCOMES:
        message.sealed = None
    return decision


def apply_or_quarantine(message: InboundMessage, read: ReadMessage, *, mail_from: str, now: datetime) -> None:
    """`apply_message`, but a message that our own code stumbles over is put aside: it must not be met for ever."""
    try:
        with db.session.begin_nested():
            apply_message(message, read, mail_from=mail_from, now=now)
    except SQLAlchemyError:
        raise
    except Exception as error:
        logger.error("a message could not be applied: %s", where_it_happened(error))
        message.outcome, message.reason = "quarantine", "The message could not be applied; somebody has to look."


def _hold(invite: Invite) -> None:
    """Lock what the invitation is about, and read both as they stand now."""
    thing = invite.thing
    db.session.refresh(thing, with_for_update={"of": type(thing)})
    db.session.refresh(invite)


def _carry_out(decision: Decision, read: ReadMessage, now: datetime) -> Decision:
    invite, answer = decision.invite, decision.answer
    if decision.outcome == "bounce":
        for address in read.bounced:
            mark_undeliverable(address, f"Returned: {decision.reason}")
    elif decision.outcome == "refresh" and invite is not None:
        try:
            send_again(invite, now)
        except Refused as refused:
            return replace(decision, reason=str(refused))
    elif decision.outcome in ("apply", "counter") and invite is not None and answer is not None:
        assert decision.stamp and decision.partstat and answer.stamped_at, "a decision to apply says all three"
        word = "time_asked" if decision.outcome == "counter" else ANSWER_BY_PARTSTAT[decision.partstat]
        row = Answer(
            invite_id=invite.id,
            sequence=answer.sequence,
            stamp=answer.stamped_at,
            partstat=decision.partstat,
            comment=answer.comment or None,
        )
        if decision.outcome == "counter":
            row.proposed_starts_at, row.proposed_ends_at = answer.starts_at, answer.ends_at
        record_answer(invite, word, row, decision.stamp, now)
    return decision


def answer_by_link(invite: Invite, word: str, *, comment: str, now: datetime) -> None:
    """A click on the answer page: the newest answer there can be, to the revision that stands."""
    _hold(invite)
    if not waits_for_answer(invite):
        raise Refused("This invitation no longer waits for an answer; nothing was changed.")
    stamp = now
    if invite.answered_stamp is not None:
        # Clocks of phones run ahead, and two clicks may fall into one second: the click is newer all the same.
        stamp = max(now, invite.answered_stamp + timedelta(seconds=1))
    sequence = invite.event_of.sequence if invite.event_of else 0
    row = Answer(
        invite_id=invite.id,
        sequence=sequence,
        stamp=stamp,
        partstat=word.upper(),
        by_link=True,
        comment=comment or None,
    )
    record_answer(invite, word, row, stamp, now)


def mark_looked_at(message: InboundMessage, *, by: str, now: datetime) -> None:
    """Somebody has seen why a mail was kept: it leaves the list, and its text is erased."""
    db.session.refresh(message, with_for_update=True)
    if message.reviewed_at is not None:
        raise Refused("Somebody has looked at that mail already; it is off the list.")
    message.reviewed_at, message.sealed = now, None
    audit.record("looked_at", by=by, now=now, message=message.id)


def waits_for_answer(invite: Invite) -> bool:
    """Whether an answer can still change something: not taken back, not over, not closed."""
    return invite.ended_at is None and (invite.event_of is None or invite.event_of.status in STANDING)


def record_answer(invite: Invite, word: str, row: Answer, stamp: datetime, now: datetime) -> None:
    """Put one person's answer on the thing they were asked about; a no takes a visit back from the other at once.

    Whoever calls holds the invitation and has seen that it waits for this answer, the newest by its `stamp`.
    """
    thing = invite.thing
    db.session.add(row)
    thing.answer(invite.membership_id, word)
    invite.answered_sequence, invite.answered_stamp, invite.answered_at = row.sequence, stamp, now
    invite.asked_starts_at, invite.asked_ends_at = row.proposed_starts_at, row.proposed_ends_at
    audit.record("answer", by=str(invite.membership.person_id), now=now, invite=invite.id)
    if isinstance(thing, WalkPlace):
        if word == "no":
            leave_walk(thing, by=str(invite.membership.person_id), now=now, calendar_knows=not row.by_link)
    elif isinstance(thing, Visit):
        if thing.status == "needs_new_time":
            take_back(thing, because=SOMEBODY_DECLINED, now=now, but=invite.membership)
    elif thing.status == "declined":
        end_invites(thing, now)
