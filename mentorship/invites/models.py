"""An invitation of one person to one thing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base
from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Visit


class Invite(Base):
    """Who was asked to what. Its tokens are derived, not stored: the generation revokes, the digests look up.

    `answered_sequence` and `answered_stamp` are the newest calendar answer that was applied (RFC 5546 2.1.5);
    `asked_starts_at` and `asked_ends_at` the other time that the person's calendar asked for, if it named one.
    """

    __tablename__ = "invite"
    __table_args__ = (CheckConstraint("(visit_id IS NULL) <> (pairing_id IS NULL)", name="one_thing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    pairing_id: Mapped[int | None] = mapped_column(ForeignKey("pairing.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    address: Mapped[str] = mapped_column(String(320))
    event: Mapped[str] = mapped_column(String(300))
    generation: Mapped[int] = mapped_column(default=1)
    reply_digest: Mapped[str] = mapped_column(String(64), unique=True)
    link_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_sequence: Mapped[int | None]
    answered_stamp: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    copies: Mapped[int] = mapped_column(default=0)

    visit: Mapped[Visit | None] = relationship()
    pairing: Mapped[Pairing | None] = relationship()
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)

    @property
    def thing(self) -> Visit | Pairing:
        found = self.visit or self.pairing
        assert found is not None, "the table holds no invitation to nothing"
        return found
