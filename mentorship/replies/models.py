"""What came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base
from mentorship.keys import SealedBytes, SealedText


class InboundMessage(Base):
    """One mail, stored before it is read; once, however it came and however often."""

    __tablename__ = "inbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recipient: Mapped[str] = mapped_column(String(320), default="")
    sealed: Mapped[bytes | None] = mapped_column(SealedBytes, deferred=True)
    outcome: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(400), default="")
    uid: Mapped[str | None] = mapped_column(String(255))
    attendee: Mapped[str | None] = mapped_column(String(320))
    partstat: Mapped[str | None] = mapped_column(String(20))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Answer(Base):
    """One applied calendar answer or click; a person's own words about it rest sealed."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("invite_id", "sequence", "stamp", "partstat"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invite_id: Mapped[int] = mapped_column(ForeignKey("invite.id"))
    sequence: Mapped[int]
    stamp: Mapped[datetime] = mapped_column(UtcDateTime)
    partstat: Mapped[str] = mapped_column(String(20))
    by_link: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str | None] = mapped_column(SealedText)
    proposed_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposed_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
