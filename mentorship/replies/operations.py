"""Every answer, however it came, goes through `record_answer`."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select

from mentorship.audit import operations as audit
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import SOMEBODY_DECLINED, send_again, take_back
from mentorship.outbox.operations import mark_undeliverable
from mentorship.plans.models import STANDING, Visit
from mentorship.replies.decisions import ANSWER_BY_PARTSTAT, Decision, decide, our_recipient
from mentorship.replies.models import Answer, InboundMessage
from mentorship.replies.reading import ReadMessage, read_message_in_child

KEPT_OUTCOMES = ("review", "reject", "quarantine")


def store_message(raw: bytes, *, recipient: str | None, now: datetime) -> InboundMessage | None:
    """Keep a message before anything reads it; None where the very same one is here already."""
    digest = hashlib.sha256(raw).hexdigest()
    if db.session.scalar(select(InboundMessage.id).where(InboundMessage.sha256 == digest)) is not None:
        return None
    message = InboundMessage(sha256=digest, received_at=now, recipient=recipient or "", sealed=raw)
    db.session.add(message)
    db.session.flush()
    return message


def apply_message(message: InboundMessage, read: ReadMessage, *, mail_from: str, now: datetime) -> Decision:
    """Decide on a stored message that was read, and do what was decided."""
    recipient = our_recipient(read, mail_from, message.recipient or None)
    decision = decide(read, recipient, own_domain=mail_from.rpartition("@")[2], now=now)
    decision = _carry_out(decision, read, now)
    message.outcome, message.reason = decision.outcome, decision.reason[:400]
    message.uid = decision.answer.uid[:255] if decision.answer else None
    message.attendee, message.partstat = decision.attendee, decision.partstat
    if decision.outcome not in KEPT_OUTCOMES:
        message.sealed = None
    return decision


def _carry_out(decision: Decision, read: ReadMessage, now: datetime) -> Decision:
    invite, answer = decision.invite, decision.answer
    if decision.outcome == "bounce":
        for address in read.bounced:
            mark_undeliverable(address, (), f"Returned: {decision.reason}")
    elif decision.outcome == "refresh" and invite is not None and not send_again(invite, now):
        return Decision("refresh", "The invitation was sent again within the last hour already.", invite, answer)
    elif decision.outcome in ("apply", "counter") and invite is not None and answer is not None:
        assert decision.stamp is not None and decision.partstat is not None, "a decision to apply says both"
        word = "time_asked" if decision.outcome == "counter" else ANSWER_BY_PARTSTAT[decision.partstat]
        row = Answer(
            invite_id=invite.id,
            sequence=answer.sequence,
            stamp=decision.stamp,
            partstat=decision.partstat,
            comment=answer.comment or None,
        )
        if decision.outcome == "counter":
            row.proposed_starts_at, row.proposed_ends_at = answer.starts_at, answer.ends_at
        record_answer(invite, word, row, now)
    return decision


def answer_by_link(invite: Invite, word: str, *, comment: str, now: datetime) -> None:
    """A click on the answer page: the newest answer there can be, to the revision that stands."""
    if invite.ended_at is not None:
        raise Refused("This invitation no longer waits for an answer; nothing was changed.")
    sequence = invite.visit.sequence if invite.visit else 0
    row = Answer(
        invite_id=invite.id, sequence=sequence, stamp=now, partstat=word.upper(), by_link=True, comment=comment or None
    )
    record_answer(invite, word, row, now)


def record_answer(invite: Invite, word: str, row: Answer, now: datetime) -> None:
    """Put one person's answer on the thing they were asked about; a no takes a visit back from the other at once."""
    thing = invite.thing
    db.session.refresh(thing, with_for_update={"of": type(thing)})
    if isinstance(thing, Visit) and thing.status not in STANDING:
        raise Refused("This visit no longer waits for an answer; nothing was changed.")
    known = select(Answer.id).where(
        Answer.invite_id == invite.id,
        Answer.sequence == row.sequence,
        Answer.stamp == row.stamp,
        Answer.partstat == row.partstat,
    )
    if db.session.scalar(known) is not None:
        return
    db.session.add(row)
    thing.answer(invite.membership_id, word)
    invite.answered_sequence, invite.answered_stamp, invite.answered_at = row.sequence, row.stamp, now
    audit.record("answer", by=str(invite.membership.person_id), now=now, invite=invite.id)
    if isinstance(thing, Visit):
        if thing.status == "needs_new_time":
            take_back(thing, because=SOMEBODY_DECLINED, now=now, but=invite.membership)
    elif thing.status == "declined":
        _end_invites(thing.id, now)


def _end_invites(pairing_id: int, now: datetime) -> None:
    for invite in db.session.scalars(select(Invite).where(Invite.pairing_id == pairing_id)):
        invite.ended_at = now


def apply_one_waiting(now: datetime, *, mail_from: str) -> bool:
    """Read one stored message that nobody has read yet; says whether there was one.

    It commits before the child reads, as the runner does: no transaction may be open while somebody else's mail is
    being taken apart.
    """
    waiting = select(InboundMessage).where(InboundMessage.outcome.is_(None)).order_by(InboundMessage.id).limit(1)
    message = db.session.scalars(waiting).first()
    if message is None:
        return False
    message_id, raw = message.id, message.sealed or b""
    db.session.commit()
    read = read_message_in_child(raw)
    message = db.session.get(InboundMessage, message_id, with_for_update=True, populate_existing=True)
    if message is not None and message.outcome is None:
        apply_message(message, read, mail_from=mail_from, now=now)
    return True
