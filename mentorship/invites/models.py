"""An invitation of one person to one thing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base
from mentorship.people.models import Membership
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import Pairing, Visit

ONE_THING = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in ("visit_id", "pairing_id", "place_id")
)


class Invite(Base):
    """Who was asked to what. Its tokens are derived, not stored: the generation revokes, the digests look up.

    `answered_sequence` and `answered_stamp` are the newest calendar answer that was applied (RFC 5546 2.1.5);
    `asked_starts_at` and `asked_ends_at` the other time that the person's calendar asked for, if it named one.
    """

    __tablename__ = "invite"
    __table_args__ = (CheckConstraint(f"{ONE_THING} = 1", name="one_thing"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    pairing_id: Mapped[int | None] = mapped_column(ForeignKey("pairing.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("walk_place.id"), index=True)
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
    place: Mapped[WalkPlace | None] = relationship()
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)

    @property
    def thing(self) -> Visit | Pairing | WalkPlace:
        found = self.visit or self.pairing or self.place
        assert found is not None, "the table holds no invitation to nothing"
        return found

    @property
    def event_of(self) -> Visit | WalkPlace | None:
        """What stands in a calendar, if this is about such a thing."""
        return self.visit or self.place
