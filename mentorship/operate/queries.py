"""The mails that people were sent, as a coach sees them: to whom, of which kind, when, and whether it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, select

from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person, School
from mentorship.people.queries import evaluated_by, schools_coached_by

A_PAGE = 100
LAST_PAGE = 100_000
# A mail that the sender holds at this moment says so in its job only.
_STATE: Any = case(
    (and_(OutboxMessage.state == "waiting", Job.state == "running"), "sending"), else_=OutboxMessage.state
)
COLUMNS: tuple[Any, ...] = (
    OutboxMessage.id,
    OutboxMessage.kind,
    OutboxMessage.created_at,
    OutboxMessage.sent_at,
    Person.given_name,
    Person.family_name,
    _STATE.label("state"),
)


@dataclass(frozen=True)
class MailLine:
    """One mail in a list. The subject is filled in for the demo's own list alone."""

    id: int
    kind: str
    name: str
    state: str
    at: datetime
    subject: str = ""


@dataclass(frozen=True)
class MailPage:
    """A page of the list, and whether there are newer and older ones."""

    lines: Sequence[MailLine]
    number: int
    has_older: bool

    @property
    def has_newer(self) -> bool:
        return self.number > 1


def mails_visible_to(person: Person) -> Select[Any]:
    """Mails to people of the schools where the person coaches, all for an administrator; never a word of one.

    Not those of people whom they appraise. That notes were shared, and when, is a coach's business only where the mail
    about it came back: how somebody writes, and when, leaves nobody (not even as the time of a mail).
    """
    query = _mails(*COLUMNS)
    if person.is_admin:
        return query
    coached = select(Membership.person_id).where(
        Membership.school_id.in_(schools_coached_by(person)),
        Membership.active,
        Membership.id.not_in(evaluated_by(person)),
    )
    is_writing = (OutboxMessage.kind == "notes_shared") & (OutboxMessage.state != "failed")
    return query.where(OutboxMessage.person_id.in_(coached), ~is_writing)


def every_mail() -> Select[Any]:
    """Every mail with its subject: for the demo, whose people are invented."""
    return _mails(*COLUMNS, OutboxMessage.subject)


def _mails(*columns: Any) -> Select[Any]:
    query: Any = select(*columns).select_from(OutboxMessage).join(Job, Job.id == OutboxMessage.job_id)
    found: Select[Any] = query.outerjoin(Person, Person.id == OutboxMessage.person_id)
    return found


def mail_page(query: Select[Any], number: int, *, state: str = "") -> MailPage:
    """A page of such a query, newest first; `state` leaves out all others. Pages count from 1."""
    number = min(max(number, 1), LAST_PAGE)
    if state:
        query = query.where(state == _STATE)
    query = query.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    rows = db.session.execute(query.limit(A_PAGE + 1).offset((number - 1) * A_PAGE)).all()
    return MailPage([_line(row._mapping) for row in rows[:A_PAGE]], number, len(rows) > A_PAGE)


def _line(row: Any) -> MailLine:
    name = f"{row['given_name'] or ''} {row['family_name'] or ''}".strip()
    at = row["sent_at"] or row["created_at"]
    return MailLine(row["id"], row["kind"], name, row["state"], at, row.get("subject", ""))


def first_zone() -> str:
    """The zone of the first school, for readers who belong to none; UTC where there is no school."""
    return db.session.scalar(select(School.time_zone).order_by(School.id).limit(1)) or "UTC"
