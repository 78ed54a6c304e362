"""Posting, pausing and sending mail. Nobody else speaks SMTP."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from mentorship.extensions import db
from mentorship.jobs.operations import Claim, add_job, complete_job, fail_job, give_back_job, put_off_job
from mentorship.outbox.letters import CalendarPart, Letter, final_bytes, one_line
from mentorship.outbox.models import OutboxMessage, OutboxSwitch
from mentorship.outbox.sender import MailTrouble, Sender

SEND = "send_mail"
KEPT_AFTER_DELIVERY = timedelta(days=30)
PAUSED_WAIT = timedelta(seconds=60)
AHEAD = timedelta(days=1)
UIDS_AT_ONCE = 500


def post_letter(letter: Letter, now: datetime, *, is_urgent: bool = False) -> OutboxMessage:
    """Post one letter; see `post_letters`."""
    return post_letters([letter], now, is_urgent=is_urgent)[0]


def post_letters(letters: Sequence[Letter], now: datetime, *, is_urgent: bool = False) -> list[OutboxMessage]:
    """Write the final bytes and the jobs that send them, in few statements; nothing leaves before the edge commits.

    What is urgent, such as a code that somebody waits for, goes before all that waits already.
    """
    _refuse_second_content(letters)
    jobs = [add_job(SEND, {}, run_at=now - AHEAD if is_urgent else now) for _ in letters]
    db.session.flush()
    messages = [_message(letter, job.id, now) for letter, job in zip(letters, jobs, strict=True)]
    db.session.add_all(messages)
    db.session.flush()
    for job, message in zip(jobs, messages, strict=True):
        job.ids = {"message": message.id}
    return messages


def _message(letter: Letter, job_id: int, now: datetime) -> OutboxMessage:
    calendar = letter.calendar
    return OutboxMessage(
        kind=letter.kind,
        person_id=letter.person_id,
        to_address=letter.to_address,
        subject=one_line(letter.subject)[:400],
        message_id=letter.message_id,
        uid=calendar.uid if calendar else None,
        sequence=calendar.sequence if calendar else None,
        method=calendar.method if calendar else None,
        calendar_digest=_digest(calendar) if calendar else None,
        sealed=final_bytes(letter, now),
        job_id=job_id,
        created_at=now,
    )


def _digest(calendar: CalendarPart) -> str:
    return hashlib.sha256(calendar.content).hexdigest()


def _refuse_second_content(letters: Sequence[Letter]) -> None:
    """One (recipient, UID, SEQUENCE, METHOD) has one calendar part: a second one is a fault of ours, never mailed."""
    parts = [(letter.to_address, letter.calendar) for letter in letters if letter.calendar is not None]
    digest_by_revision: dict[tuple[Any, ...], str | None] = dict(_digests_sent({part.uid for _, part in parts}))
    for address, part in parts:
        revision, digest = (address, part.uid, part.sequence, part.method), _digest(part)
        if digest_by_revision.setdefault(revision, digest) != digest:
            raise RuntimeError(f"two calendar parts for {part.uid} {part.sequence} {part.method}")


def _digests_sent(uids: Collection[str]) -> Iterator[tuple[tuple[Any, ...], str | None]]:
    """What was posted of these events: recipient, UID, SEQUENCE and METHOD, with the digest of the calendar part."""
    row, wanted = OutboxMessage, sorted(uids)
    sent = select(row.to_address, row.uid, row.sequence, row.method, row.calendar_digest)
    for first in range(0, len(wanted), UIDS_AT_ONCE):
        for *revision, digest in db.session.execute(sent.where(row.uid.in_(wanted[first : first + UIDS_AT_ONCE]))):
            yield tuple(revision), digest


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
