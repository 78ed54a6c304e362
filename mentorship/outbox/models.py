"""Mail that waits, and the switch that pauses it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base
from mentorship.keys import SealedBytes


class OutboxMessage(Base):
    """One mail to one person, its final bytes written in the transaction that causes it.

    The bytes hold tokens, so they rest encrypted and are erased some time after delivery. `calendar_digest` keeps the
    promise that one (recipient, UID, SEQUENCE, METHOD) never has two contents.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_revision", "to_address", "uid", "sequence", "method"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    to_address: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(400))
    message_id: Mapped[str] = mapped_column(String(250), unique=True)
    uid: Mapped[str | None] = mapped_column(String(255))
    sequence: Mapped[int | None]
    method: Mapped[str | None] = mapped_column(String(16))
    calendar_digest: Mapped[str | None] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(SealedBytes, deferred=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    last_answer: Mapped[str | None] = mapped_column(String(400))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxSwitch(Base):
    """One row where mail is paused, none where it flows: a restored copy starts paused."""

    __tablename__ = "outbox_switch"

    id: Mapped[int] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime] = mapped_column(UtcDateTime)
