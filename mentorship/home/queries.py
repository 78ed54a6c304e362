"""What the front pages read: a cycle in numbers for its coach, one teacher's own things, and whom the demo shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ScalarSelect, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from mentorship import clock
from mentorship.availability.planning_periods import shared_times
from mentorship.availability.queries import CalendarDate, times
from mentorship.cycles.models import Cycle, Participant
from mentorship.cycles.queries import cycles_visible_to
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person, School
from mentorship.people.queries import active_members
from mentorship.plans.models import STANDING, ContentContact, Pairing, Plan, Visit
from mentorship.replies.models import Answer, InboundMessage
from mentorship.replies.queries import concerns_cycle
from mentorship.timetable.models import SchoolDay, Section, SectionTeacher

TO_READ = ("review", "quarantine")
READ_WITHIN = timedelta(days=14)
LASTING = ("invited", "active", "needs_attention")
Thing = TypeVar("Thing", Visit, Pairing)


@dataclass(frozen=True)
class Numbers:
    """Of one cycle: who takes part, how people answered about visits, mails to read, people whom no mail reaches."""

    people: int
    by_calendar: int
    by_link: int
    mails_to_read: int
    not_reached: int


@dataclass(frozen=True)
class Asked(Generic[Thing]):
    """A visit or a pairing of one person's, and the invitation by which they answer, as long as it stands."""

    member: Membership
    thing: Thing
    event: str | None
    generation: int | None

    @property
    def answer(self) -> str:
        return self.thing.answer_of(self.member.id)

    @property
    def other(self) -> Membership:
        return next(each for each in self.thing.people if each.id != self.member.id)

    @property
    def other_answer(self) -> str:
        return self.thing.answer_of(self.other.id)

    @property
    def can_answer(self) -> bool:
        return self.event is not None and self.thing.status in LASTING + STANDING

    @property
    def waits_for_me(self) -> bool:
        return self.can_answer and self.answer == "none"


@dataclass(frozen=True)
class SharedTime:
    """A stretch in which two people plan at once, on the school's clock."""

    on: CalendarDate
    starts: str
    ends: str


def cycle_in_numbers(person: Person, cycle_id: int, now: datetime) -> tuple[Cycle, Numbers] | None:
    """A cycle that the person coaches, with its numbers; None where there is no such cycle for them."""
    people = select(func.count(Participant.id)).where(Participant.cycle_id == Cycle.id).scalar_subquery()
    answered = (
        select(func.count(Answer.invite_id.distinct()))
        .join(Invite, Invite.id == Answer.invite_id)
        .join(Visit, Visit.id == Invite.visit_id)
        .join(Plan, Plan.id == Visit.plan_id)
        .where(Plan.cycle_id == Cycle.id)
    )
    by_link, by_calendar = (answered.where(Answer.by_link.is_(said)).scalar_subquery() for said in (True, False))
    query = cycles_visible_to(person).where(Cycle.id == cycle_id)
    row = db.session.execute(query.add_columns(people, by_calendar, by_link, _to_read(now), _not_reached())).first()
    return (row[0], Numbers(*row[1:])) if row is not None else None


def _to_read(now: datetime) -> ScalarSelect[int]:
    """How many mails of the last weeks wait for a person, among the people and visits of a cycle."""
    return (
        select(func.count(InboundMessage.id))
        .where(InboundMessage.outcome.in_(TO_READ), InboundMessage.received_at > now - READ_WITHIN)
        .where(InboundMessage.reviewed_at.is_(None), *concerns_cycle())
        .correlate(Cycle)
        .scalar_subquery()
    )


def _not_reached() -> ScalarSelect[int]:
    """How many people's newest mail since the cycle opened came back, as long as their address is still the same."""
    newer = aliased(OutboxMessage)
    is_newest = ~exists().where(newer.to_address == OutboxMessage.to_address, newer.id > OutboxMessage.id)
    return (
        select(func.count(Person.id.distinct()))
        .join(Membership, Membership.person_id == Person.id)
        .join(OutboxMessage, OutboxMessage.person_id == Person.id)
        .where(Membership.school_id == Cycle.school_id, Membership.active)
        .where(OutboxMessage.state == "failed", OutboxMessage.created_at >= Cycle.opened_at, is_newest)
        .where(func.lower(Person.email) == func.lower(OutboxMessage.to_address))
        .correlate(Cycle)
        .scalar_subquery()
    )


def school_days(cycle: Cycle, today: date) -> dict[date, SchoolDay]:
    """The filed dates of a cycle, and today."""
    during = SchoolDay.on_date.between(cycle.starts_on, cycle.ends_on)
    query = select(SchoolDay).where(SchoolDay.school_id == cycle.school_id, or_(during, SchoolDay.on_date == today))
    return {day.on_date: day for day in db.session.scalars(query.order_by(SchoolDay.on_date))}


def visits_of_member(member: Membership) -> list[Asked[Visit]]:
    """A person's own visits that are out, made and hosted, by time, with their own invitations."""
    mine = (Invite.visit_id == Visit.id) & (Invite.membership_id == member.id) & Invite.ended_at.is_(None)
    query = (
        select(Visit, Invite.event, Invite.generation)
        .outerjoin(Invite, mine)
        .where(or_(Visit.visitor_id == member.id, Visit.host_id == member.id))
        .where(Visit.status.not_in(("proposed", "cancelled")))
        .options(joinedload(Visit.section))
    )
    found: list[Asked[Visit]] = _asked(member, db.session.execute(query))
    return sorted(found, key=lambda each: (str(each.thing.starts_at), each.thing.id))


def pairings_of_member(member: Membership) -> list[Asked[Pairing]]:
    """A person's own pairings while they last, as mentor or as new teacher, with their own invitations."""
    mine = (Invite.pairing_id == Pairing.id) & (Invite.membership_id == member.id) & Invite.ended_at.is_(None)
    query = (
        select(Pairing, Invite.event, Invite.generation)
        .outerjoin(Invite, mine)
        .where(or_(Pairing.mentee_id == member.id, Pairing.mentor_id == member.id), Pairing.status.in_(LASTING))
        .order_by(Pairing.id)
        .options(
            joinedload(Pairing.mentee).joinedload(Membership.profile),
            joinedload(Pairing.mentor).joinedload(Membership.profile),
        )
    )
    return _asked(member, db.session.execute(query))


def contacts_of_member(member: Membership) -> list[ContentContact]:
    """A person's own content contacts while they last: whom they may ask, or who may ask them."""
    query = select(ContentContact).where(
        or_(ContentContact.mentee_id == member.id, ContentContact.contact_id == member.id),
        ContentContact.status == "named",
    )
    return list(db.session.scalars(query.order_by(ContentContact.id)))


def _asked(member: Membership, rows: Iterable[Any]) -> list[Any]:
    """One row of each thing."""
    return list({thing.id: Asked(member, thing, *invite) for thing, *invite in rows}.values())


def shared_planning(
    member: Membership, others: Sequence[Membership], dates: Sequence[CalendarDate]
) -> dict[int, list[SharedTime]]:
    """When a person plans at the same time as each of the others, by the other's id."""
    everybody = [member, *others]
    taught = select(SectionTeacher.section_id).where(SectionTeacher.membership_id.in_([each.id for each in everybody]))
    query = select(Section).where(Section.id.in_(taught), Section.active)
    query = query.options(joinedload(Section.meetings), joinedload(Section.teachers))
    sections = {section.code: section for section in db.session.scalars(query).unique()}
    own, *theirs = times(member.school, everybody, dates, sections)
    return {
        each.member.id: [
            SharedTime(on, *(f"{at.hour}:{at:%M}" for at in span))
            for on in dates
            for span in shared_times(own.days[on.on].planning, each.days[on.on].planning)
        ]
        for each in theirs
    }


def demo_people() -> list[tuple[str, Person]]:
    """A coach, a teacher and a new teacher of the first school: those who have most to look at."""
    school = db.session.scalars(select(School).order_by(School.id).limit(1)).first()
    if school is None:
        return []
    members, now = active_members(school), clock.now()
    ahead = select(Visit.visitor_id).where(Visit.status.in_(STANDING), Visit.starts_at > now)
    visitors = set(db.session.scalars(ahead))
    mentees = set(db.session.scalars(select(Pairing.mentee_id).where(Pairing.status == "active")))
    teachers = [member for member in members if member.has_role("teacher") and not member.has_role("coach")]
    wanted = (
        ("Coach", [member for member in members if member.has_role("coach")], set[int]()),
        ("Teacher", [member for member in teachers if not member.is_new_teacher], visitors),
        ("New teacher", [member for member in teachers if member.is_new_teacher], mentees),
    )
    chosen = ((label, next((m for m in found if m.id in best), found[0])) for label, found, best in wanted if found)
    return [(label, member.person) for label, member in chosen]
