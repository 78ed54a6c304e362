"""What takes a person's time besides sections, and what they say is planning."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mentorship.extensions import Base

BLOCK_KINDS = ("duty", "meeting", "plc", "travel", "off_contract", "closed")


class Block(Base):
    """A duty, meeting or hold; a blank cycle day, weekday or date means every one, no time the whole day.

    `closed` takes no planning: on those dates the person hosts no visit.
    """

    __tablename__ = "block"

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
    weekday: Mapped[int | None]
    on_date: Mapped[date | None]
    period: Mapped[str] = mapped_column(String(40), default="")
    starts: Mapped[time | None]
    ends: Mapped[time | None]


class DeclaredPlanning(Base):
    """A period that its owner declares as planning; makes a presumed piece confirmed."""

    __tablename__ = "declared_planning"

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    period: Mapped[str] = mapped_column(String(40))
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
