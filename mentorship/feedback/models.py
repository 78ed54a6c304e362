"""What people wrote, who may read it, and who was asked for it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.cycles.models import Cycle
from mentorship.extensions import Base, canonical_json
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.instruments.base import Instrument
from mentorship.keys import SealedText
from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Visit

Answers = dict[str, Any]


class Entry(Base):
    """One filled-in form of one author, about a visit, about a pairing, or about neither (a goal).

    `written` is what a button finished, and the only text that a reader ever gets; `draft` is what is being typed, and
    becomes `written` when its author says so. Both rest sealed, as JSON by field. `saved_from` names the open page that
    saved last, so that a repeat after a lost answer is not taken for somebody else's change. `told_at` says that a mail
    told a reader, which happens once.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("author_id", "instrument", "visit_id"),
        CheckConstraint("visit_id IS NULL OR pairing_id IS NULL", name="one_thing"),
        CheckConstraint("(written IS NULL) = (finished_at IS NULL)", name="finished"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument: Mapped[str] = mapped_column(String(60))
    form_version: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    pairing_id: Mapped[int | None] = mapped_column(ForeignKey("pairing.id"), index=True)
    written: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    draft: Mapped[str | None] = mapped_column(SealedText, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_from: Mapped[str] = mapped_column(String(40), default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    author: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
    cycle: Mapped[Cycle] = relationship()
    visit: Mapped[Visit | None] = relationship()
    pairing: Mapped[Pairing | None] = relationship()
    readers: Mapped[list[EntryReader]] = relationship(
        back_populates="entry", cascade="all, delete-orphan", order_by="EntryReader.id"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def thing(self) -> Visit | Pairing | None:
        return self.visit or self.pairing

    @property
    def form(self) -> Instrument:
        return INSTRUMENTS[self.instrument]

    @property
    def title(self) -> str:
        return self.form.title

    @property
    def is_draft(self) -> bool:
        """Nothing was finished yet, so nobody but the author can read a word."""
        return self.finished_at is None

    @property
    def answers(self) -> Answers:
        """What was finished, by field; empty before."""
        return dict(json.loads(self.written)) if self.written else {}

    @property
    def newest(self) -> Answers:
        """What the author goes on with: the draft where there is one."""
        return dict(json.loads(self.draft)) if self.draft else self.answers

    def keep_draft(self, answers: Answers, *, window: str, now: datetime) -> None:
        """Keep what is being typed; what equals the newest text changes nothing."""
        if answers == self.newest:
            return
        self.draft = canonical_json(answers) if answers != self.answers else None
        self.saved_from, self.saved_at = window, now

    def finish(self, answers: Answers, *, now: datetime) -> None:
        """Make it what readers see."""
        if answers != self.answers or self.finished_at is None:
            self.written, self.saved_at = canonical_json(answers), now
        self.draft = None
        self.finished_at = self.finished_at or now

    def amend(self, **changes: Any) -> None:
        """Change single answers of what was finished; a draft on top of it keeps its other words."""
        self.written = canonical_json(self.answers | changes)
        if self.draft:
            self.draft = canonical_json(self.newest | changes)


class EntryReader(Base):
    """One person whom the author lets read one entry; the row goes when the author takes that back."""

    __tablename__ = "entry_reader"
    __table_args__ = (UniqueConstraint("entry_id", "membership_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    shared_at: Mapped[datetime] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(back_populates="readers")
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)


class FormRequest(Base):
    """Who is asked for which form about a visit that was held.

    Its link is derived, not stored, as an invitation's tokens are: the generation revokes, the digest looks up.
    """

    __tablename__ = "form_request"
    __table_args__ = (UniqueConstraint("visit_id", "membership_id", "instrument"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    instrument: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(default=1)
    link_digest: Mapped[str] = mapped_column(String(64), unique=True)

    visit: Mapped[Visit] = relationship()
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
