"""Adding, claiming and completing jobs. None of these commits: the runner does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, and_, or_, select, update

from mentorship import clock
from mentorship.extensions import db
from mentorship.jobs.models import Job


@dataclass(frozen=True)
class Claim:
    """A job taken for `lease` seconds; `attempt` fences what its taker may still mark."""

    id: int
    attempt: int
    kind: str
    ids: dict[str, Any]


def add_job(kind: str, ids: dict[str, Any], *, run_at: datetime) -> Job:
    job = Job(kind=kind, ids=ids, run_at=run_at)
    db.session.add(job)
    return job


def claim_job(*, lease_seconds: int, kinds: list[str] | None = None, only: int | None = None) -> Claim | None:
    """Take the oldest due job, or the one named by `only` whether due or not; None where there is none.

    A job is due when it waits and its time has come, or when it runs under a lease that ran out.
    """
    now = clock.database_now(db.session())
    lapsed = and_(Job.state == "running", Job.lease_until < now)
    if only is not None:
        wanted = and_(Job.id == only, or_(Job.state == "waiting", lapsed))
    else:
        wanted = or_(and_(Job.state == "waiting", Job.run_at <= now), lapsed)
    query = select(Job).where(wanted).order_by(Job.run_at, Job.id).limit(1)
    if kinds is not None:
        query = query.where(Job.kind.in_(kinds))
    job = db.session.scalars(query.with_for_update(skip_locked=True)).first()
    if job is None:
        return None
    job.state, job.attempts, job.lease_until = "running", job.attempts + 1, now + timedelta(seconds=lease_seconds)
    job.started_at, job.progress = now, None
    db.session.flush()
    return Claim(job.id, job.attempts, job.kind, dict(job.ids))


def complete_job(claim: Claim) -> bool:
    """Mark it done; False where the lease was lost, and then nothing else may be marked either."""
    return _mark(claim, state="done", lease_until=None, error=None)


def put_off_job(claim: Claim, *, run_at: datetime, error: str) -> bool:
    return _mark(claim, state="waiting", lease_until=None, run_at=run_at, error=error[:400])


def give_back_job(claim: Claim, *, run_at: datetime) -> bool:
    """Put it back as if nobody had taken it: a claim that came to no try does not count as one."""
    return _mark(claim, state="waiting", lease_until=None, run_at=run_at, attempts=claim.attempt - 1)


def fail_job(claim: Claim, *, error: str) -> bool:
    return _mark(claim, state="failed", lease_until=None, error=error[:400])


def note_progress(claim: Claim, progress: dict[str, Any] | None, *, lease_seconds: int) -> str | None:
    """Say how far a long job is and keep its lease; returns what somebody wishes of it (`wish`, "" for nothing).

    None where the lease was lost: whoever works on it must stop and mark nothing.
    """
    until = clock.database_now(db.session()) + timedelta(seconds=lease_seconds)
    if not _mark(claim, lease_until=until, **({} if progress is None else {"progress": progress})):
        return None
    return db.session.scalar(select(Job.wish).where(Job.id == claim.id)) or ""


def jobs_about(kind: str, **ids: int) -> Select[Job]:
    """The jobs of a kind that carry these ids, the newest first."""
    named = [Job.ids[name].as_integer() == number for name, number in ids.items()]
    return select(Job).where(Job.kind == kind, *named).order_by(Job.id.desc())


def _mark(claim: Claim, **values: Any) -> bool:
    now = clock.database_now(db.session())
    held = and_(Job.id == claim.id, Job.attempts == claim.attempt, Job.state == "running", Job.lease_until >= now)
    result = db.session.execute(update(Job).where(held).values(**values).execution_options(synchronize_session="fetch"))
    return isinstance(result, CursorResult) and result.rowcount == 1
