"""Schools, people, memberships, wishes, evaluator links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base

ROLES = ("teacher", "coach", "leader", "admin")
THEMES = ("match", "light", "dark")


@dataclass(frozen=True)
class Role(RoleMixin):  # type: ignore[misc, unused-ignore]
    """A role as Flask-Security knows them: a name. It is held in a school, by a membership."""

    name: str


class School(Base):
    """A school with its zone and its rotation; every section, bell, day and cycle carries one."""

    __tablename__ = "school"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(60))
    cycle_days: Mapped[list[str]] = mapped_column(JSON)
    weekday_bound: Mapped[bool] = mapped_column(Boolean, default=False)
    rotation_policy: Mapped[str] = mapped_column(String(10), default="shift")
    first_day: Mapped[date | None]
    rotations: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    departments: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    related: Mapped[list[list[str]]] = mapped_column(JSON, default=list)


class Person(Base, UserMixin):  # type: ignore[misc, unused-ignore]
    """Anyone on a roster, once, whatever number of schools; some never sign in.

    `fs_uniquifier` stands in every session: a new one signs the person out everywhere. `us_totp_secrets` and
    `last_code_counter` are what a mailed code is checked against, so that it works once.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    given_name: Mapped[str] = mapped_column(String(120))
    family_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(320), unique=True)  # type: ignore[assignment]
    is_admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: uuid4().hex)
    us_totp_secrets: Mapped[str | None] = mapped_column(Text)
    us_phone_number: Mapped[str | None] = mapped_column(String(128))
    last_code_counter: Mapped[int | None] = mapped_column(BigInteger)
    theme: Mapped[str] = mapped_column(String(5), default="match")

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """Every role that the person holds anywhere now; which school it is held in, a membership says."""
        held = {role for member in self.memberships if member.active for role in member.roles}
        return [Role(name) for name in ROLES if name in held - {"admin"} or (name == "admin" and self.is_admin)]

    def us_send_security_token(self, method: str, **words: Any) -> str | None:
        """A code and never a link: whoever scans the mail would spend it."""
        told: str | None = super().us_send_security_token(method, **{**words, "send_magic_link": False})
        return told


class Membership(Base):
    """A person in a school: the file's id, the roles there, what they teach and what they offer.

    Whoever was added by hand is not `from_file`, and no file deactivates them; nor does one take a role back that was
    given by hand.
    """

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("school_id", "code"), UniqueConstraint("school_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str] = mapped_column(String(255))
    from_file: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    roles_by_hand: Mapped[list[str]] = mapped_column(JSON, default=list)
    subjects: Mapped[list[str]] = mapped_column(JSON, default=list)
    departments: Mapped[list[str]] = mapped_column(JSON, default=list)
    grades: Mapped[list[str]] = mapped_column(JSON, default=list)
    room: Mapped[str] = mapped_column(String(60), default="")
    building: Mapped[str] = mapped_column(String(60), default="")
    wing: Mapped[str] = mapped_column(String(60), default="")
    is_new_teacher: Mapped[bool] = mapped_column(default=False)
    mentor_places: Mapped[int] = mapped_column(default=0)
    trained: Mapped[bool] = mapped_column(default=False)
    trained_on: Mapped[date | None]
    virtual: Mapped[bool] = mapped_column(default=False)
    works_from: Mapped[time | None]
    works_to: Mapped[time | None]
    prefers: Mapped[list[str]] = mapped_column(JSON, default=list)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True, back_populates="memberships")
    school: Mapped[School] = relationship()
    profile: Mapped[Profile | None] = relationship(back_populates="membership")

    @property
    def sort_name(self) -> tuple[str, str, str]:
        return (self.person.family_name.casefold(), self.person.given_name.casefold(), self.code)

    def has_role(self, *roles: str) -> bool:
        return self.active and any(role in self.roles for role in roles)


class Profile(Base):
    """What a person wants to learn, shows, asks and gives, with caps; one row for who answered.

    Before the date `paused_until` they take no part in visits, by their own wish.
    """

    __tablename__ = "profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), unique=True)
    wants_to_learn: Mapped[list[str]] = mapped_column(JSON, default=list)
    shows: Mapped[list[str]] = mapped_column(JSON, default=list)
    wants_feedback_on: Mapped[list[str]] = mapped_column(JSON, default=list)
    gives_feedback_on: Mapped[list[str]] = mapped_column(JSON, default=list)
    visits_required: Mapped[int] = mapped_column(default=1)
    visits_wanted: Mapped[int] = mapped_column(default=1)
    visits_a_week: Mapped[int] = mapped_column(default=1)
    hosts_at_most: Mapped[int] = mapped_column(default=2)
    hosts_a_week: Mapped[int] = mapped_column(default=1)
    open_to_visits: Mapped[bool] = mapped_column(default=True)
    video_host: Mapped[bool] = mapped_column(default=False)
    video_visit: Mapped[bool] = mapped_column(default=False)
    paused_until: Mapped[date | None]

    membership: Mapped[Membership] = relationship(back_populates="profile")


class InterestsRequest(Base):
    """Somebody was asked for their wishes by a mailed link: one row a person, a new link ends the one before.

    `is_open` until they answer, by whatever way; when they answered is nobody's to know and stands nowhere.
    """

    __tablename__ = "interests_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), unique=True)
    generation: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_open: Mapped[bool] = mapped_column(default=True)

    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)


class FocusArea(Base):
    """The one thing looked at or learned, by the school's own name for it."""

    __tablename__ = "focus_area"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))


class EvaluatorLink(Base):
    """Who formally appraises whom; kept only to keep them out of each other's visits and pairings."""

    __tablename__ = "evaluator_link"
    __table_args__ = (UniqueConstraint("evaluator_id", "membership_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    evaluator_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)


class Apart(Base):
    """Two people who are never put together; nobody asks why. What was said by hand, no file takes back."""

    __tablename__ = "apart"
    __table_args__ = (UniqueConstraint("membership_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    from_file: Mapped[bool] = mapped_column(default=True)
