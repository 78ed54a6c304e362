"""Group visits: a walk through several lessons, and a door that its teacher leaves open."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship import clock
from mentorship.clock import UtcDateTime
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import Base, one_of
from mentorship.keys import SealedText
from mentorship.people.models import Membership
from mentorship.plans.models import ANSWERS
from mentorship.plans.walks import BUFFER, KINDS, Span, later
from mentorship.timetable.models import Section

WALK_STATUSES = ("proposed", "invited", "needs_new_time", "cancelled")
# What a walk is at a moment: an invitation whose end has passed was a walk.
STATE_WORDS = {
    "proposed": "Planned, nobody is told",
    "invited": "Everybody is invited",
    "held": "Over",
    "needs_new_time": "Needs a new time",
    "cancelled": "Called off",
}
# With fewer stops a host could tell whose class a pattern was seen in.
FEWEST_STOPS = 3
ROLES = ("lead", "walker", "host")


class Walk(Base):
    """Several colleagues through several lessons of one period: `starts` and `ends` are its bells.

    The instants are those of the walk itself, which begins after the one bell and ends before the other. `seed` is what
    the order of the stops came from; `questions` what the walkers look for, which hosts may read too.
    """

    __tablename__ = "walk"
    __table_args__ = (one_of("kind", tuple(KINDS)), one_of("status", WALK_STATUSES))

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    questions: Mapped[str] = mapped_column(String(400), default="")
    on_date: Mapped[date]
    period: Mapped[str] = mapped_column(String(40))
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
    starts: Mapped[time]
    ends: Mapped[time]
    minutes: Mapped[int]
    talk_starts: Mapped[time]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seed: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    version: Mapped[int] = mapped_column(default=1)

    cycle: Mapped[Cycle] = relationship()
    places: Mapped[list[WalkPlace]] = relationship(back_populates="walk", order_by="WalkPlace.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def words(self) -> str:
        return KINDS[self.kind].words

    @property
    def bell(self) -> Span:
        return Span(self.starts, self.ends)

    @property
    def span(self) -> Span:
        """When the walkers are on their way, the talk included."""
        return Span(later(self.starts, BUFFER), later(self.ends, -BUFFER))

    @property
    def talk(self) -> Span:
        return Span(self.talk_starts, self.span.ends)

    @property
    def standing(self) -> list[WalkPlace]:
        return [place for place in self.places if place.left_at is None]

    @property
    def stops(self) -> list[WalkPlace]:
        """The hosts who take part, in the order of the stops."""
        return sorted((place for place in self.standing if place.is_host), key=lambda place: place.position)

    @property
    def walkers(self) -> list[WalkPlace]:
        """Who goes, the lead first."""
        walkers = (place for place in self.standing if not place.is_host)
        return sorted(walkers, key=lambda place: (place.role != "lead", place.membership.sort_name))

    def has_begun(self, now: datetime) -> bool:
        return self.starts_at <= now

    def is_ahead(self, now: datetime) -> bool:
        """Whether people are invited to it and it can still change."""
        return self.status == "invited" and now < self.ends_at

    def is_over(self, now: datetime) -> bool:
        """Whether it took place, as far as anybody knows."""
        return self.state(now) == "held"

    def state(self, now: datetime) -> str:
        """Its status, and `held` once its time has passed: a key of `STATE_WORDS`."""
        return "held" if self.status == "invited" and now >= self.ends_at else self.status

    @property
    def lead(self) -> WalkPlace | None:
        return next((place for place in self.walkers if place.role == "lead"), None)

    @property
    def can_be_told(self) -> bool:
        """Whether a summary of it could name no host by what it says."""
        return len(self.stops) >= FEWEST_STOPS


class WalkPlace(Base):
    """One person of a walk: who goes, or the host of one stop; with an event of their own in their calendar.

    `position` orders the stops. A host’s times are those of the stop, a walker’s those of the walk. Whoever left did so
    at `left_at`; nobody asks why. A host was thanked by mail at `thanked_at`, which happens once.
    """

    __tablename__ = "walk_place"
    __table_args__ = (
        UniqueConstraint("walk_id", "membership_id"),
        one_of("role", ROLES),
        one_of("said", ANSWERS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    walk_id: Mapped[int] = mapped_column(ForeignKey("walk.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    position: Mapped[int] = mapped_column(default=0)
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    room: Mapped[str] = mapped_column(String(60), default="")
    starts: Mapped[time]
    ends: Mapped[time]
    said: Mapped[str] = mapped_column(String(12), default="none")
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uid: Mapped[str | None] = mapped_column(String(255), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    thanked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    walk: Mapped[Walk] = relationship(back_populates="places")
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
    section: Mapped[Section | None] = relationship(lazy="joined")

    @property
    def key(self) -> str:
        """How tokens and messages name it: by its UID, as a visit."""
        return f"visit-{self.uid}"

    @property
    def is_host(self) -> bool:
        return self.role == "host"

    @property
    def status(self) -> str:
        """As a visit's: an answer counts while it is `invited`."""
        return "invited" if self.left_at is None and self.walk.status == "invited" else "cancelled"

    @property
    def starts_at(self) -> datetime:
        return clock.instant(self.walk.on_date, self.starts, self.walk.cycle.school.time_zone)

    @property
    def ends_at(self) -> datetime:
        return clock.instant(self.walk.on_date, self.ends, self.walk.cycle.school.time_zone)

    def answer_of(self, _membership_id: int) -> str:
        return self.said

    def answer(self, _membership_id: int, answer: str) -> None:
        """What the person says; what a no does to the walk is for whoever records it."""
        if self.status != "invited":
            raise Refused("This walk no longer waits for an answer.")
        self.said = answer


class WalkSummary(Base):
    """What the walkers saw across the rooms and wonder about, in the words of who leads: patterns, and no class of one.

    Who went along reads it; hosts do from `shared_at` on, until the lead takes it back. `told_at` says that a mail told
    its readers, which happens once. A walk does not lead to it: it is reached through the query that knows its readers.
    """

    __tablename__ = "walk_summary"

    id: Mapped[int] = mapped_column(primary_key=True)
    walk_id: Mapped[int] = mapped_column(ForeignKey("walk.id"), unique=True)
    noticed: Mapped[str] = mapped_column(SealedText, default="")
    wondered: Mapped[str] = mapped_column(SealedText, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    walk: Mapped[Walk] = relationship()

    __mapper_args__ = {"version_id_col": version}


class OpenDoor(Base):
    """A lesson that whoever is free then may join, so long as there are seats: nothing is asked and nothing noted.

    `shows` is what can be seen, in the host's words. It is no visit, and counts as none.
    """

    __tablename__ = "open_door"
    __table_args__ = (UniqueConstraint("membership_id", "on_date", "starts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    on_date: Mapped[date] = mapped_column(index=True)
    period: Mapped[str] = mapped_column(String(40))
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
    starts: Mapped[time]
    ends: Mapped[time]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    room: Mapped[str] = mapped_column(String(60), default="")
    shows: Mapped[str] = mapped_column(String(200), default="")
    seats: Mapped[int]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
    section: Mapped[Section] = relationship(lazy="joined", innerjoin=True)
    guests: Mapped[list[DoorGuest]] = relationship(
        back_populates="door", cascade="all, delete-orphan", order_by="DoorGuest.id"
    )

    @property
    def seats_left(self) -> int:
        return max(self.seats - len(self.guests), 0)

    def guest(self, membership_id: int) -> DoorGuest | None:
        return next((guest for guest in self.guests if guest.membership_id == membership_id), None)


class DoorGuest(Base):
    """Somebody who wants to look in."""

    __tablename__ = "door_guest"
    __table_args__ = (UniqueConstraint("door_id", "membership_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    door_id: Mapped[int] = mapped_column(ForeignKey("open_door.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)

    door: Mapped[OpenDoor] = relationship(back_populates="guests")
    membership: Mapped[Membership] = relationship(lazy="joined", innerjoin=True)
