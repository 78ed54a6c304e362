"""Posting, pausing and sending mail. Nobody else speaks SMTP."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update

from mentorship.extensions import db
from mentorship.jobs.operations import Claim, add_job, complete_job, fail_job, give_back_job, put_off_job
from mentorship.outbox.letters import CalendarPart, Letter, final_bytes, one_line
from mentorship.outbox.models import OutboxMessage, OutboxSwitch
from mentorship.outbox.sender import MailTrouble, Sender

SEND = "send_mail"
KEPT_AFTER_DELIVERY = timedelta(days=30)
PAUSED_WAIT = timedelta(seconds=60)


def post_letter(letter: Letter, now: datetime) -> OutboxMessage:
    """Write the final bytes and the job that sends them; nothing leaves before the edge commits."""
    calendar = letter.calendar
    if calendar is not None:
        _refuse_second_content(letter.to_address, calendar)
    job = add_job(SEND, {}, run_at=now)
    db.session.flush()
    message = OutboxMessage(
        kind=letter.kind,
        person_id=letter.person_id,
        to_address=letter.to_address,
        subject=one_line(letter.subject)[:400],
        message_id=letter.message_id,
        uid=calendar.uid if calendar else None,
        sequence=calendar.sequence if calendar else None,
        method=calendar.method if calendar else None,
        calendar_digest=hashlib.sha256(calendar.content).hexdigest() if calendar else None,
        sealed=final_bytes(letter, now),
        job_id=job.id,
        created_at=now,
    )
    db.session.add(message)
    db.session.flush()
    job.ids = {"message": message.id}
    return message


def _refuse_second_content(address: str, calendar: CalendarPart) -> None:
    """One (recipient, UID, SEQUENCE, METHOD) has one calendar part: a second one is a fault of ours, never mailed."""
    sent = select(OutboxMessage.calendar_digest).where(
        OutboxMessage.to_address == address,
        OutboxMessage.uid == calendar.uid,
        OutboxMessage.sequence == calendar.sequence,
        OutboxMessage.method == calendar.method,
        OutboxMessage.calendar_digest != hashlib.sha256(calendar.content).hexdigest(),
    )
    if db.session.scalar(sent) is not None:
        raise RuntimeError(f"two calendar parts for {calendar.uid} {calendar.sequence} {calendar.method}")


def pause_outbox(now: datetime) -> None:
    if not outbox_is_paused():
        db.session.add(OutboxSwitch(id=1, paused_at=now))


def resume_outbox() -> None:
    db.session.execute(delete(OutboxSwitch))


def outbox_is_paused() -> bool:
    return db.session.scalar(select(OutboxSwitch.id).limit(1)) is not None


def send_message(claim: Claim, now: datetime, *, sender: Sender, waits: tuple[int, ...]) -> None:
    """Do one `send_mail` job: no transaction is open while the mail server answers; marks are fenced by the claim."""
    message = db.session.get(OutboxMessage, claim.ids["message"])
    if message is None or message.sealed is None or message.state == "sent":
        complete_job(claim)
        return
    if outbox_is_paused():
        give_back_job(claim, run_at=now + PAUSED_WAIT)
        return
    to_address, content = message.to_address, message.sealed
    db.session.commit()
    try:
        answer = sender.send(to_address, content)
    except MailTrouble as trouble:
        _mark_trouble(claim, message.id, trouble, now, waits)
        return
    if complete_job(claim):
        _mark(message.id, state="sent", last_answer=answer[:400], sent_at=now)


def _mark_trouble(claim: Claim, message_id: int, trouble: MailTrouble, now: datetime, waits: tuple[int, ...]) -> None:
    if trouble.final:
        if fail_job(claim, error=str(trouble)):
            _mark(message_id, state="failed", last_answer=str(trouble)[:400])
        return
    wait = waits[min(claim.attempt, len(waits)) - 1]
    if put_off_job(claim, run_at=now + timedelta(seconds=wait), error=str(trouble)):
        _mark(message_id, state="waiting", last_answer=str(trouble)[:400])


def _mark(message_id: int, **values: object) -> None:
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))


def mark_undeliverable(address: str, reason: str) -> None:
    """A bounce names an address: what was sent to it is shown as failed."""
    sent = and_(func.lower(OutboxMessage.to_address) == address.lower(), OutboxMessage.state == "sent")
    db.session.execute(update(OutboxMessage).where(sent).values(state="failed", last_answer=reason[:400]))


def erase_delivered(now: datetime) -> bool:
    """Erase the bytes of one lot of mails delivered, or given up, over 30 days ago; says whether there were any."""
    long_ago = now - KEPT_AFTER_DELIVERY
    over = or_(
        OutboxMessage.sent_at < long_ago, and_(OutboxMessage.state == "failed", OutboxMessage.created_at < long_ago)
    )
    old = select(OutboxMessage.id).where(over, OutboxMessage.sealed.is_not(None)).limit(500)
    ids = db.session.scalars(old).all()
    if ids:
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(sealed=None))
    return bool(ids)
