"""Open doors: a teacher says that whoever is free may look in, and others do, without being asked or asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, or_, select, union_all
from sqlalchemy.orm import selectinload

from mentorship import clock
from mentorship.audit import operations as audit
from mentorship.availability.queries import PersonTime, calendar, sections_of, sections_taught_by, times
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.emails import door_closed
from mentorship.outbox.letters import can_be_mailed
from mentorship.outbox.operations import post_letters
from mentorship.people.models import Apart, EvaluatorLink, Membership, School
from mentorship.plans.groups import DoorGuest, OpenDoor, Walk, WalkPlace
from mentorship.plans.models import STANDING, Visit
from mentorship.plans.walks import Span
from mentorship.timetable.models import Section

DAYS_AHEAD, MOST_SEATS, USUAL_SEATS = 13, 5, 2
# As short as a look in may be.
SHORTEST_LOOK = 5


@dataclass(frozen=True)
class Lesson:
    """A lesson of one’s own that could be open; `key` names it in forms."""

    on: date
    cycle_day: str
    period: str
    span: Span
    section: Section
    room: str

    @property
    def key(self) -> str:
        return f"{self.on}T{self.span.starts:%H:%M}"


@dataclass(frozen=True)
class Shown:
    """An open door as one person sees it. Who comes is for the host alone."""

    door: OpenDoor
    is_mine: bool
    is_joined: bool

    @property
    def can_join(self) -> bool:
        return not self.is_mine and not self.is_joined and self.door.seats_left > 0


def today_at(school: School, now: datetime) -> date:
    return now.astimezone(ZoneInfo(school.time_zone)).date()


def own_lessons(member: Membership, now: datetime) -> list[Lesson]:
    """The lessons of the next two weeks that have not begun and are not open yet, by the clock."""
    school, today = member.school, today_at(member.school, now)
    dates = calendar(school, today, today + timedelta(days=DAYS_AHEAD))
    sections = sections_taught_by(member)
    (own,) = times(school, [member], dates, sections)
    query = select(OpenDoor.on_date, OpenDoor.starts).where(
        OpenDoor.membership_id == member.id, OpenDoor.closed_at.is_(None), OpenDoor.on_date >= today
    )
    taken = {(row.on_date, row.starts) for row in db.session.execute(query)}
    found = []
    for each in dates:
        for piece in own.days[each.on].teaching:
            begins = clock.instant(each.on, piece.starts, school.time_zone)
            if begins > now and (each.on, piece.starts) not in taken:
                section, span = sections[piece.section], Span(piece.starts, piece.ends)
                room = section.room or member.room
                found.append(Lesson(each.on, each.cycle_day, piece.period, span, section, room))
    return found


def open_door(member: Membership, lesson: str, *, shows: str, seats: int, by: str, now: datetime) -> OpenDoor:
    """Open one’s own lesson to so many guests. Raises `Refused` where it is not there, or open already."""
    chosen = next((each for each in own_lessons(member, now) if each.key == lesson), None)
    if chosen is None:
        raise Refused("That lesson is over, open already, or no longer in your timetable; choose another.")
    if not 1 <= seats <= MOST_SEATS:
        raise Refused(f"Choose 1 to {MOST_SEATS} guests; more change the lesson that they came to see.")
    starts = chosen.span.starts
    # One that was closed before is opened again: a lesson has one door.
    same = select(OpenDoor).where(
        OpenDoor.membership_id == member.id, OpenDoor.on_date == chosen.on, OpenDoor.starts == starts
    )
    door = db.session.scalars(same).first() or OpenDoor(membership=member, on_date=chosen.on, starts=starts)
    door.section, door.period, door.cycle_day, door.room = chosen.section, chosen.period, chosen.cycle_day, chosen.room
    door.ends, door.shows, door.seats, door.closed_at = chosen.span.ends, shows, seats, None
    door.starts_at = clock.instant(chosen.on, starts, member.school.time_zone)
    door.ends_at = clock.instant(chosen.on, chosen.span.ends, member.school.time_zone)
    db.session.add(door)
    db.session.flush()
    audit.record("open_door", by=by, now=now, door=door.id)
    return door


def doors_visible_to(member: Membership, now: datetime) -> Select[OpenDoor]:
    """The open doors of the school that are not over; never those of whom they appraise or are kept apart from."""
    host = OpenDoor.membership_id
    apart = or_(
        *(
            select(table.id)
            .where(or_(and_(one == member.id, other == host), and_(other == member.id, one == host)))
            .exists()
            for table, one, other in (
                (EvaluatorLink, EvaluatorLink.evaluator_id, EvaluatorLink.membership_id),
                (Apart, Apart.membership_id, Apart.other_id),
            )
        )
    )
    query = select(OpenDoor).join(OpenDoor.membership).where(Membership.school_id == member.school_id, ~apart)
    return query.where(OpenDoor.closed_at.is_(None), OpenDoor.ends_at > now, Membership.active)


def doors_held(cycle: Cycle, now: datetime) -> int:
    """How many doors of the school stood open on the dates of a cycle; by whom, and who came, is nobody’s count."""
    query = select(func.count(OpenDoor.id)).join(OpenDoor.membership).where(Membership.school_id == cycle.school_id)
    query = query.where(OpenDoor.on_date.between(cycle.starts_on, cycle.ends_on))
    return db.session.scalar(query.where(OpenDoor.closed_at.is_(None), OpenDoor.ends_at <= now)) or 0


def doors_for(member: Membership, now: datetime) -> tuple[list[Shown], int]:
    """The doors that somebody has opened, joined or could join, by time; and how many are open while they can’t."""
    query = doors_visible_to(member, now).options(selectinload(OpenDoor.guests))
    doors = db.session.scalars(query.order_by(OpenDoor.starts_at, OpenDoor.id)).all()
    own = _own_time(member, [door.on_date for door in doors])
    found = [
        Shown(door, door.membership_id == member.id, door.guest(member.id) is not None)
        for door in doors
        if door.membership_id == member.id or door.guest(member.id) is not None or _why_not(door, own) == ""
    ]
    return found, len(doors) - len(found)


@dataclass(frozen=True)
class _OwnTime:
    """When somebody plans, and the spans in which they are in another room already, by date."""

    time: PersonTime | None
    taken: dict[date, list[Span]]


def _own_time(member: Membership, dates: Sequence[date], *, but: int | None = None) -> _OwnTime:
    if not dates:
        return _OwnTime(None, {})
    first, last = min(dates), max(dates)
    days = calendar(member.school, first, last)
    (own,) = times(member.school, [member], days, sections_taught_by(member))
    visits = select(Visit.on_date, Visit.starts, Visit.ends).where(
        Visit.visitor_id == member.id, Visit.status.in_(STANDING), Visit.on_date.between(first, last)
    )
    walks = select(Walk.on_date, WalkPlace.starts, WalkPlace.ends).join(WalkPlace.walk)
    walks = walks.where(WalkPlace.membership_id == member.id, WalkPlace.left_at.is_(None))
    walks = walks.where(Walk.status == "invited", Walk.on_date.between(first, last))
    doors = select(OpenDoor.on_date, OpenDoor.starts, OpenDoor.ends).join(OpenDoor.guests)
    doors = doors.where(DoorGuest.membership_id == member.id, OpenDoor.closed_at.is_(None), OpenDoor.id != (but or 0))
    taken: dict[date, list[Span]] = {}
    rows: list[Any] = list(db.session.execute(union_all(visits, walks, doors)))
    for on, starts, ends in rows:
        taken.setdefault(on, []).append(Span(starts, ends))
    return _OwnTime(own, taken)


def _why_not(door: OpenDoor, own: _OwnTime) -> str:
    """Why somebody can’t look in then, as a sentence; empty where they can."""
    planning = own.time.days[door.on_date].planning if own.time is not None else ()
    if not any(_shared(piece.starts, piece.ends, door) >= SHORTEST_LOOK for piece in planning):
        return "You are not free then, as far as we know."
    if any(_shared(span.starts, span.ends, door) > 0 for span in own.taken.get(door.on_date, ())):
        return "You are in another colleague’s class then."
    return ""


def _shared(starts: time, ends: time, door: OpenDoor) -> int:
    """Minutes that a stretch shares with a lesson."""
    first, last = max(starts, door.starts), min(ends, door.ends)
    return (last.hour * 60 + last.minute) - (first.hour * 60 + first.minute)


def join_door(door: OpenDoor, member: Membership, *, by: str, now: datetime) -> None:
    """Take a seat. Raises `Refused` where there is none, for one’s own door, or where one is elsewhere then."""
    _hold(door, now)
    if door.membership_id == member.id:
        raise Refused("This door is your own.")
    if door.guest(member.id) is not None:
        raise Refused("You have a seat there already.")
    if door.seats_left < 1:
        raise Refused("Every seat is taken. Nothing was changed.")
    why = _why_not(door, _own_time(member, [door.on_date], but=door.id))
    if why:
        raise Refused(why)
    door.guests.append(DoorGuest(membership=member))
    audit.record("join_door", by=by, now=now, door=door.id)
    db.session.flush()


def leave_door(door: OpenDoor, member: Membership, *, by: str, now: datetime) -> None:
    """Give a seat back; nobody asks why."""
    _hold(door, now)
    guest = door.guest(member.id)
    if guest is None:
        raise Refused("You have no seat there.")
    door.guests.remove(guest)
    audit.record("leave_door", by=by, now=now, door=door.id)
    db.session.flush()


def close_door(door: OpenDoor, *, by: str, now: datetime) -> int:
    """The host closes the door again; whoever wanted to look in is told by a mail, how many."""
    _hold(door, now)
    mails = _close([door], now)
    audit.record("close_door", by=by, now=now, door=door.id)
    db.session.flush()
    return mails


def _hold(door: OpenDoor, now: datetime) -> None:
    """Lock a door and read its guests as they are now. Raises `Refused` where it is closed or the lesson over."""
    db.session.refresh(door, with_for_update={"of": OpenDoor})
    if door.closed_at is not None or door.ends_at <= now:
        raise Refused("This door is closed.")


def _close(doors: Iterable[OpenDoor], now: datetime) -> int:
    letters = []
    for door in doors:
        guests = [guest.membership for guest in door.guests]
        letters += [
            door_closed(door, guest, door.membership.school) for guest in guests if can_be_mailed(guest.person.email)
        ]
        door.guests.clear()
        door.closed_at = now
    post_letters(letters, now)
    return len(letters)


def recheck_doors(school: School, now: datetime) -> None:
    """After a roster or a calendar changed: a door whose lesson is no longer taught then is closed."""
    query = select(OpenDoor).join(OpenDoor.membership).where(Membership.school_id == school.id)
    doors = db.session.scalars(query.where(OpenDoor.closed_at.is_(None), OpenDoor.starts_at > now)).all()
    if not doors:
        return
    days = calendar(school, min(door.on_date for door in doors), max(door.on_date for door in doors))
    members = {door.membership_id: door.membership for door in doors}
    found = {each.member.id: each for each in times(school, list(members.values()), days, sections_of(school))}
    _close([door for door in doors if not _is_taught(door, found[door.membership_id])], now)
    db.session.flush()


def _is_taught(door: OpenDoor, host: PersonTime) -> bool:
    day = host.days[door.on_date]
    if not host.member.active or any(starts < door.ends and door.starts < ends for starts, ends in day.away):
        return False
    return any(
        (piece.section, piece.starts, piece.ends) == (door.section.code, door.starts, door.ends)
        for piece in day.teaching
    )
