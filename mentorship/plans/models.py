"""A plan and what it holds. Later stages write its statuses and answers."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import Base, one_of
from mentorship.people.models import Membership
from mentorship.timetable.models import Section

ANSWERS = ("none", "yes", "no", "maybe", "time_asked")
VISIT_STATUSES = (
    "proposed",
    "invited",
    "accepted",
    "time_asked",
    "needs_new_time",
    "held",
    "not_held",
    "expired",
    "cancelled",
)
CONTACT_STATUSES = ("proposed", "named", "ended")
PAIRING_STATUSES = ("proposed", "invited", "active", "needs_attention", "paused", "ended", "declined")
STANDING = ("invited", "accepted", "time_asked")
_standing = text("medium = 'live' AND status IN ('invited', 'accepted', 'time_asked')")


class Plan(Base):
    """One part of a cycle's plan: its problem as it was solved (ids, no names), its outcome, and whether it is out.

    What a person changes by hand is changed in the outcome too, so that publishing judges what stands; `last_edit` is
    what undoing needs.

    Of pairings, `weighed` says what other weights would do to the draft as it was made, None where that is not known;
    `former` is the draft that this one took the place of, until one of them is published.
    `contacts` are up to five colleagues for each new teacher who could answer questions about what they teach.

    Of visits that are out, `replan` is what a re-plan would change, until a person decides (see `replanning`).
    """

    __tablename__ = "plan"
    __table_args__ = (
        Index("uq_plan_cycle_part", "cycle_id", "part", unique=True),
        one_of("part", ("pairings", "visits")),
        one_of("status", ("draft", "published")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    part: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10), default="draft")
    problem: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    unknown_because: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_edit: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    weighed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    former: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    contacts: Mapped[dict[str, list[dict[str, Any]]]] = mapped_column(JSON, default=dict, deferred=True)
    replan: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    version: Mapped[int] = mapped_column(default=1)

    cycle: Mapped[Cycle] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def publish(self, now: datetime) -> None:
        if self.status != "draft":
            words = "pairings are" if self.part == "pairings" else "visits are"
            raise Refused(f"The {words} published already, and nothing was sent again.")
        self.status, self.published_at, self.last_edit, self.former = "published", now, None, None


class Pairing(Base):
    """A mentor and a new teacher for a time."""

    __tablename__ = "pairing"
    __table_args__ = (
        Index(
            "uq_pairing_standing_mentee",
            "mentee_id",
            unique=True,
            sqlite_where=text("status IN ('invited', 'active')"),
            postgresql_where=text("status IN ('invited', 'active')"),
        ),
        one_of("status", PAIRING_STATUSES),
        one_of("mentee_answer", ANSWERS),
        one_of("mentor_answer", ANSWERS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    mentee_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    mentee_answer: Mapped[str] = mapped_column(String(12), default="none")
    mentor_answer: Mapped[str] = mapped_column(String(12), default="none")
    locked: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[Plan] = relationship()
    mentee: Mapped[Membership] = relationship(foreign_keys=mentee_id, lazy="joined", innerjoin=True)
    mentor: Mapped[Membership] = relationship(foreign_keys=mentor_id, lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def key(self) -> str:
        """How tokens and messages name it."""
        return f"pairing-{self.id}"

    @property
    def people(self) -> tuple[Membership, Membership]:
        return (self.mentee, self.mentor)

    def answer_of(self, membership_id: int) -> str:
        return self.mentee_answer if membership_id == self.mentee_id else self.mentor_answer

    def answer(self, membership_id: int, answer: str) -> None:
        """Two yeses make it active; a no returns it quietly to the plan."""
        if membership_id == self.mentee_id:
            self.mentee_answer = answer
        else:
            self.mentor_answer = answer
        if "no" in (self.mentee_answer, self.mentor_answer):
            self.status = "declined"
        elif (self.mentee_answer, self.mentor_answer) == ("yes", "yes"):
            self.status = "active"
        elif self.status == "active":
            self.status = "needs_attention"


class Visit(Base):
    """One visitor in one host's lesson, live at a time, or a video review without one.

    Stored with date, wall-clock times, period and cycle day, so that a later change of the calendar is noticed; the
    instants follow from them. `revised_at` is the DTSTAMP of its newest calendar revision. A visitor has at most one
    standing live visit on a date: the database itself refuses a second. `declined` are the lessons to which one of the
    two said no, or for which they asked for another time: no re-plan offers them again.
    """

    __tablename__ = "visit"
    __table_args__ = (
        Index(
            "uq_visit_visitor_date",
            "visitor_id",
            "on_date",
            unique=True,
            sqlite_where=_standing,
            postgresql_where=_standing,
        ),
        Index("ix_visit_host_date", "host_id", "on_date"),
        one_of("status", VISIT_STATUSES),
        one_of("medium", ("live", "video")),
        one_of("visitor_answer", ANSWERS),
        one_of("host_answer", ANSWERS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    host_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    medium: Mapped[str] = mapped_column(String(10), default="live")
    mode: Mapped[str] = mapped_column(String(10))
    focus: Mapped[str] = mapped_column(String(120), default="")
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"), index=True)
    on_date: Mapped[date | None]
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    period: Mapped[str] = mapped_column(String(40), default="")
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
    room: Mapped[str] = mapped_column(String(60), default="")
    lesson: Mapped[str] = mapped_column(String(400), default="")
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    visitor_answer: Mapped[str] = mapped_column(String(12), default="none")
    host_answer: Mapped[str] = mapped_column(String(12), default="none")
    uid: Mapped[str | None] = mapped_column(String(255), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locked: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    declined: Mapped[list[str]] = mapped_column(JSON, default=list)
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[Plan] = relationship()
    section: Mapped[Section | None] = relationship()
    visitor: Mapped[Membership] = relationship(foreign_keys=visitor_id, lazy="joined", innerjoin=True)
    host: Mapped[Membership] = relationship(foreign_keys=host_id, lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def key(self) -> str:
        """How tokens and messages name it: a new UID is a new event."""
        return f"visit-{self.uid}"

    @property
    def people(self) -> tuple[Membership, Membership]:
        return (self.visitor, self.host)

    def other(self, membership_id: int) -> Membership:
        return self.host if membership_id == self.visitor_id else self.visitor

    def answer_of(self, membership_id: int) -> str:
        return self.visitor_answer if membership_id == self.visitor_id else self.host_answer

    def answer(self, membership_id: int, answer: str) -> None:
        """Only two yeses make it accepted; a no means that it needs a new time."""
        if self.status not in STANDING:
            raise Refused("This visit no longer waits for an answer.")
        if membership_id == self.visitor_id:
            self.visitor_answer = answer
        else:
            self.host_answer = answer
        answers = (self.visitor_answer, self.host_answer)
        if answer in ("no", "time_asked") and self.lesson and self.lesson not in self.declined:
            self.declined = [*self.declined, self.lesson]
        if "no" in answers:
            self.status = "needs_new_time"
        elif "time_asked" in answers:
            self.status = "time_asked"
        else:
            self.status = "accepted" if answers == ("yes", "yes") else "invited"

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


class ContentContact(Base):
    """A colleague whom a new teacher may ask about the subject, where the mentor teaches another or there is none.

    Not a mentor: no place is taken and nothing is answered. In a draft `chosen` is what a coach said by hand, and
    `ended` that none is needed; once named, it ends with its cycle.
    """

    __tablename__ = "content_contact"
    __table_args__ = (UniqueConstraint("plan_id", "mentee_id"), one_of("status", CONTACT_STATUSES))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    mentee_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="proposed")
    chosen: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[Plan] = relationship()
    mentee: Mapped[Membership] = relationship(foreign_keys=mentee_id, lazy="joined", innerjoin=True)
    contact: Mapped[Membership] = relationship(foreign_keys=contact_id, lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}
