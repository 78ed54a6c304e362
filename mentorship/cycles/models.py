"""A cycle and its participants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.errors import Refused
from mentorship.extensions import Base, one_of
from mentorship.people.models import Membership, School

STATUSES = ("setting_up", "planned", "in_review", "published", "closed")
GOALS = ("best_fit", "nobody_left_behind")


class Cycle(Base):
    """A round with dates (both inclusive), people, mentoring and walkthroughs.

    `pairing_goal` and `pairing_weights` (rule key to word, only what differs from the usual) say what matters most when
    mentors are proposed. `most_a_day` and `most_at_once` limit the visits in the whole school; None is no limit.
    """

    __tablename__ = "cycle"
    __table_args__ = (
        UniqueConstraint("school_id", "name"),
        one_of("status", STATUSES),
        one_of("pairing_goal", GOALS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    with_pairings: Mapped[bool]
    with_walkthroughs: Mapped[bool]
    pairing_goal: Mapped[str] = mapped_column(String(20), default="best_fit")
    pairing_weights: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    most_a_day: Mapped[int | None]
    most_at_once: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(20), default="setting_up")
    version: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    school: Mapped[School] = relationship(lazy="joined", innerjoin=True)
    participants: Mapped[list[Participant]] = relationship(back_populates="cycle", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    def refuse_if_closed(self) -> None:
        if self.status == "closed":
            raise Refused(f"The cycle {self.name} is closed; its plan and its visits no longer change.")


class Participant(Base):
    """A person in a cycle, with the wishes, offers and caps as they stood when it opened."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("cycle_id", "membership_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20), default="plan")
    profile: Mapped[dict[str, Any]] = mapped_column(JSON)

    cycle: Mapped[Cycle] = relationship(back_populates="participants")
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
