"""Schools, people, memberships, wishes, evaluator links."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.extensions import Base

ROLES = ("teacher", "coach", "leader", "admin")


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


class Person(Base):
    """Anyone on a roster, once, whatever number of schools; some never sign in."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    given_name: Mapped[str] = mapped_column(String(120))
    family_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


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

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    profile: Mapped[Profile | None] = relationship(back_populates="membership", lazy="selectin")

    @property
    def sort_name(self) -> tuple[str, str, str]:
        return (self.person.family_name.casefold(), self.person.given_name.casefold(), self.code)

    def has_role(self, *roles: str) -> bool:
        return self.active and any(role in self.roles for role in roles)


class Profile(Base):
    """What a person wants to learn, shows, asks and gives, with caps; one row for who answered."""

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

    membership: Mapped[Membership] = relationship(back_populates="profile")


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
    """Two people who are never put together; nobody asks why."""

    __tablename__ = "apart"
    __table_args__ = (UniqueConstraint("membership_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
