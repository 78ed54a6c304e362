"""What waits, what left, what failed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.outbox.letters import calendar_content
from mentorship.outbox.models import OutboxMessage


def messages() -> list[dict[str, Any]]:
    """Every mail with its state, oldest first; never a body."""
    rows = db.session.execute(
        select(OutboxMessage, Job).join(Job, Job.id == OutboxMessage.job_id).order_by(OutboxMessage.id)
    )
    return [_line(message, job) for message, job in rows]


def _line(message: OutboxMessage, job: Job) -> dict[str, Any]:
    state = "sending" if job.state == "running" else message.state
    return {
        "id": message.id,
        "to": message.to_address,
        "subject": message.subject,
        "message_id": f"<{message.message_id}>",
        "uid": message.uid,
        "sequence": message.sequence,
        "method": message.method,
        "state": state,
        "attempts": job.attempts,
        "last_answer": message.last_answer,
        "next_at": job.run_at.isoformat() if state == "waiting" else None,
    }


def stored_calendar(address: str, uid: str, sequence: int, method: str) -> tuple[str | None, bytes | None]:
    """The digest of the calendar part that went out under this identity, and the part itself unless it is erased."""
    query = select(OutboxMessage).where(
        OutboxMessage.to_address == address,
        OutboxMessage.uid == uid,
        OutboxMessage.sequence == sequence,
        OutboxMessage.method == method,
    )
    found = db.session.scalars(query.order_by(OutboxMessage.id)).all()
    kept = next((message.sealed for message in found if message.sealed is not None), None)
    return (found[0].calendar_digest if found else None), (calendar_content(kept) if kept else None)


def waiting_jobs() -> list[int]:
    """The jobs of every mail that still waits, due or not, oldest first."""
    query = select(OutboxMessage.job_id).where(OutboxMessage.state == "waiting").order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def counts_by_state() -> dict[str, int]:
    query = select(OutboxMessage.state, func.count().label("number")).group_by(OutboxMessage.state)
    return {row.state: row.number for row in db.session.execute(query)}
