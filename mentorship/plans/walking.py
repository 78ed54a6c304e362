"""Planning a walk: who is free then, whose lesson may be entered, and the draft that nobody is told of yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, case, or_, select, union_all
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from mentorship import clock
from mentorship.audit import operations as audit
from mentorship.availability.free import bells_of
from mentorship.availability.queries import CalendarDate, PersonTime, calendar, sections_of, sections_taught_by, times
from mentorship.cycles.models import Cycle, Participant
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Apart, EvaluatorLink, Membership, Person, School
from mentorship.people.queries import active_members, coached_schools
from mentorship.plans.elsewhere import COUNTED, Elsewhere, monday_of
from mentorship.plans.groups import Walk, WalkPlace
from mentorship.plans.lessons import hosts, lessons_of
from mentorship.plans.models import Visit
from mentorship.plans.problems import PLANNING_USES_A_MONTH
from mentorship.plans.walks import BUFFER, Span, later, refuse_unusual, shuffled, timed
from mentorship.timetable.models import LESSON_DAYS, Section

# So long those who went along find their walk on their own page, to look back on it.
LOOKING_BACK = timedelta(days=7)


@dataclass(frozen=True)
class Room:
    """A lesson that a walk could enter."""

    host: Membership
    section: Section
    room: str


@dataclass(frozen=True)
class Wish:
    """What a coach wants: memberships by id, the lead among the walkers."""

    on: date
    period: str
    kind: str
    minutes: int
    lead: int
    walkers: Sequence[int]
    hosts: Sequence[int]
    questions: str = ""


@dataclass
class WalkDay:
    """One date of a cycle for walks; `closed_because` says why none can be, and then the rest is empty.

    `bells` are the times of the class periods. `refused` counts who teaches in the period and is not offered.
    """

    on: date
    cycle_day: str = ""
    closed_because: str = ""
    bells: dict[str, Span] = field(default_factory=dict)
    period: str = ""
    walkers: list[Membership] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    refused: int = 0

    @property
    def bell(self) -> Span:
        return self.bells[self.period]


@dataclass
class _Taken:
    """The dates around one on which people visit and host already, in visits and in walks, by membership."""

    visiting: dict[int, list[date]] = field(default_factory=dict)
    hosting: dict[int, list[date]] = field(default_factory=dict)

    def may_go(self, one: Participant, on: date) -> bool:
        """A walk takes a planning period as a visit does: at most one a day, so many a week and a month."""
        dates = self.visiting.get(one.membership_id, [])
        in_month = [each for each in dates if (each.year, each.month) == (on.year, on.month)]
        in_week = sum(monday_of(each) == monday_of(on) for each in dates)
        return on not in dates and len(in_month) < PLANNING_USES_A_MONTH and in_week < one.profile["visits_a_week"]

    def may_host(self, one: Participant, on: date) -> bool:
        """At most one a day and so many a week, as visits."""
        dates = self.hosting.get(one.membership_id, [])
        in_week = sum(monday_of(each) == monday_of(on) for each in dates)
        return on not in dates and in_week < one.profile["hosts_a_week"]


def bells_on(day: CalendarDate) -> dict[str, Span]:
    """The class periods of a date with their times."""
    found: dict[str, Span] = {}
    for bell in bells_of(day):
        if bell.kind == "class" and not bell.wave:
            found.setdefault(bell.period, Span(bell.starts, bell.ends))
    return found


def walk_day(cycle: Cycle, on: date, period: str | None, *, but: int | None = None) -> WalkDay:
    """Who could walk and who could host in a period of a date; without a period that rings then, in the first.

    `but` is a walk that does not count as taken, because it is the one that is looked at.
    """
    (day,) = calendar(cycle.school, on, on)
    found = WalkDay(on, day.cycle_day, bells=bells_on(day))
    if not cycle.starts_on <= on <= cycle.ends_on:
        found.closed_because = f"{cycle.name} goes from {cycle.starts_on} to {cycle.ends_on}; choose a date in it."
    elif day.filed is None or day.filed.kind not in LESSON_DAYS or not found.bells:
        found.closed_because = "There are no lessons on that date."
    if found.closed_because:
        return found
    found.period = period if period in found.bells else next(iter(found.bells))
    _fill(found, cycle, day, but)
    return found


def _fill(found: WalkDay, cycle: Cycle, day: CalendarDate, but: int | None) -> None:
    school, on = cycle.school, found.on
    # Everybody with their profile first: afterwards nobody's pause is asked for by itself.
    coaches = {member.id: member for member in active_members(school) if member.has_role("coach")}
    people = {one.membership_id: one for one in participants(cycle) if one.membership.active}
    members = {**coaches, **{member_id: one.membership for member_id, one in people.items()}}
    sections = sections_of(school)
    span = Span(later(found.bell.starts, BUFFER), later(found.bell.ends, -BUFFER))
    taken = _taken(school, on, but)
    for each in times(school, list(members.values()), [day], sections):
        one = people.get(each.member.id)
        is_free = one is not None and _plans(each, on, span) and taken.may_go(one, on)
        if is_free or (each.member.id in coaches and _is_at_hand(each, on, span)):
            found.walkers.append(each.member)
        room = _room(one, each, day, found.period, span, sections) if one is not None else None
        if room is not None and one is not None and taken.may_host(one, on):
            found.rooms.append(room)
        elif any(piece.period == found.period for piece in each.days[on].teaching):
            found.refused += 1
    found.walkers.sort(key=lambda member: member.sort_name)
    found.rooms.sort(key=lambda room: room.host.sort_name)


def _plans(each: PersonTime, on: date, span: Span) -> bool:
    """Whether the whole walk lies in planning of theirs, and they don't pause."""
    pieces = each.days[on].planning
    return not each.is_paused_on(on) and any(
        piece.starts <= span.starts and span.ends <= piece.ends for piece in pieces
    )


def _is_at_hand(each: PersonTime, on: date, span: Span) -> bool:
    """A released coach has no timetable: nothing may stand against the time."""
    day = each.days[on]
    taken = [*((piece.starts, piece.ends) for piece in day.teaching), *day.away]
    return not any(starts < span.ends and span.starts < ends for starts, ends in taken)


def _room(
    one: Participant, each: PersonTime, day: CalendarDate, period: str, span: Span, sections: Mapping[str, Section]
) -> Room | None:
    """Their lesson in the period, where it lasts as long as the walk and may be visited."""
    if not hosts(one.profile):
        return None
    for row, lesson in lessons_of(one, each, [day], sections, Elsewhere()).values():
        # Wall-clock times without seconds sort as text.
        starts, ends = (row[name].partition("T")[2] for name in ("start", "end"))
        if lesson.period == period and starts <= f"{span.starts:%H:%M}" and f"{span.ends:%H:%M}" <= ends:
            return Room(one.membership, lesson.section, lesson.section.room or one.membership.room)
    return None


def _taken(school: School, on: date, but: int | None) -> _Taken:
    first, last = min(monday_of(on), on.replace(day=1)), max(monday_of(on) + timedelta(days=6), _month_end(on))
    visits = select(Visit.visitor_id, Visit.host_id, Visit.on_date)
    visits = visits.join(Membership, Membership.id == Visit.host_id).where(Membership.school_id == school.id)
    visits = visits.where(Visit.status.in_(COUNTED), Visit.on_date.between(first, last))
    is_host = WalkPlace.role == "host"
    walks = select(
        case((is_host, None), else_=WalkPlace.membership_id),
        case((is_host, WalkPlace.membership_id)),
        Walk.on_date,
    )
    walks = walks.select_from(WalkPlace).join(Walk).join(Cycle).where(Cycle.school_id == school.id)
    stands = and_(Walk.status.in_(("proposed", "invited")), WalkPlace.left_at.is_(None))
    walks = walks.where(stands, Walk.on_date.between(first, last), Walk.id != (but or 0))
    found = _Taken()
    for visitor, host, day in db.session.execute(union_all(visits, walks)):
        if visitor is not None:
            found.visiting.setdefault(visitor, []).append(day)
        if host is not None:
            found.hosting.setdefault(host, []).append(day)
    return found


def _month_end(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def plan_walk(cycle: Cycle, wish: Wish, *, seed: int, by: str, now: datetime) -> Walk:
    """Draft a walk: nobody is told of it. `seed` decides the order of the stops.

    Raises `Refused` for a date that is over, for whoever is not free or may not be visited then, for two people who are
    kept apart, for a group or a room of unusual size, and `DoesNotFit` where the rooms take too long.
    """
    cycle.refuse_if_closed()
    # Two walks at once could each take the same lesson without seeing the other.
    db.session.execute(select(School.id).where(School.id == cycle.school_id).with_for_update(key_share=True))
    if wish.on <= now.astimezone(ZoneInfo(cycle.school.time_zone)).date():
        raise Refused("Choose a date from tomorrow on: everybody hears of a walk at least a day before.")
    day = walk_day(cycle, wish.on, wish.period)
    if day.closed_because:
        raise Refused(day.closed_because)
    if day.period != wish.period:
        raise Refused(f"Period {wish.period} does not ring on that date; choose another.")
    walkers, rooms = _chosen(cycle, wish, day)
    refuse_unusual(wish.kind, wish.minutes, len(walkers))
    if wish.lead not in {member.id for member in walkers}:
        raise Refused("Choose who leads, from those who go.")
    if not rooms:
        raise Refused("Choose at least one class.")
    _refuse_apart(walkers, [room.host for room in rooms])
    timing = timed(day.bell, len(rooms), minutes=wish.minutes)
    walk = Walk(
        cycle=cycle,
        kind=wish.kind,
        questions=wish.questions,
        on_date=wish.on,
        period=wish.period,
        cycle_day=day.cycle_day,
        starts=day.bell.starts,
        ends=day.bell.ends,
        minutes=wish.minutes,
        talk_starts=timing.talk.starts,
        seed=seed,
        status="proposed",
    )
    _set_instants(walk)
    for member in walkers:
        role = "lead" if member.id == wish.lead else "walker"
        place = WalkPlace(membership=member, role=role, starts=walk.span.starts, ends=walk.span.ends)
        walk.places.append(place)
    room_list = sorted(rooms, key=lambda room: (room.room, room.host.sort_name))
    for position, (room, stop) in enumerate(zip(shuffled(room_list, seed), timing.stops, strict=True), start=1):
        place = WalkPlace(membership=room.host, role="host", position=position, section=room.section, room=room.room)
        place.starts, place.ends = stop.starts, stop.ends
        walk.places.append(place)
    db.session.add(walk)
    db.session.flush()
    audit.record("plan_walk", by=by, now=now, walk=walk.id, cycle=cycle.id)
    return walk


def _chosen(cycle: Cycle, wish: Wish, day: WalkDay) -> tuple[list[Membership], list[Room]]:
    """Those of the day who were chosen. Raises `Refused` with the names of the others."""
    wanted = {*wish.walkers, *wish.hosts}
    walkers = [member for member in day.walkers if member.id in wish.walkers]
    rooms = [room for room in day.rooms if room.host.id in wish.hosts]
    missing = wanted - {member.id for member in walkers} - {room.host.id for room in rooms}
    if missing:
        query = select(Membership).where(Membership.id.in_(missing), Membership.school_id == cycle.school_id)
        names = [member.person.name for member in db.session.scalars(query)]
        raise Refused(f"{' and '.join(sorted(names)) or 'Somebody'} can’t take part in that period any more.")
    return walkers, rooms


def _refuse_apart(walkers: Sequence[Membership], welcoming: Sequence[Membership]) -> None:
    """Nobody enters the class of somebody whom they appraise, or from whom they are kept apart."""
    names = {member.id: member.person.name for member in (*walkers, *welcoming)}
    pairs = pairs_apart([member.id for member in walkers], [member.id for member in welcoming])
    for walker, host in sorted(pairs, key=lambda pair: (names[pair[0]], names[pair[1]])):
        raise Refused(f"{names[walker]} and {names[host]} are not put together; leave one of them out.")


def pairs_apart(guests: Iterable[int], welcoming: Iterable[int]) -> set[tuple[int, int]]:
    """Pairs of one of these guests and one of these hosts who are never put together."""
    guests, welcoming = set(guests), set(welcoming)
    rows = union_all(
        *(
            select(one, other).where(
                or_(
                    and_(one.in_(guests), other.in_(welcoming)),
                    and_(one.in_(welcoming), other.in_(guests)),
                )
            )
            for one, other in (
                (EvaluatorLink.evaluator_id, EvaluatorLink.membership_id),
                (Apart.membership_id, Apart.other_id),
            )
        )
    )
    both = [pair for one, other in db.session.execute(rows) for pair in ((one, other), (other, one))]
    return {(guest, host) for guest, host in both if guest in guests and host in welcoming}


def reflow(walk: Walk) -> list[WalkPlace]:
    """Give the standing stops their times anew, in the order that they have: the hosts for whom something changed.

    Raises `DoesNotFit` where the period has become too short for them, and leaves the walk as it is.
    """
    stops = walk.stops
    timing = timed(walk.bell, len(stops), minutes=walk.minutes)
    changed = []
    for position, (place, stop) in enumerate(zip(stops, timing.stops, strict=True), start=1):
        if (place.starts, place.ends) != (stop.starts, stop.ends):
            changed.append(place)
        place.position, place.starts, place.ends = position, stop.starts, stop.ends
    for place in walk.walkers:
        place.starts, place.ends = walk.span.starts, walk.span.ends
    walk.talk_starts = timing.talk.starts
    _set_instants(walk)
    return changed


def who_can_no_longer(walk: Walk) -> tuple[Span | None, list[WalkPlace]]:
    """The bells of the walk’s period as they ring on its date now, None where they don’t; and who can’t take part."""
    school = walk.cycle.school
    (day,) = calendar(school, walk.on_date, walk.on_date)
    bell = bells_on(day).get(walk.period)
    if bell is None:
        return None, []
    places = {place.membership_id: place for place in walk.standing}
    members = [place.membership for place in places.values()]
    span = Span(later(bell.starts, BUFFER), later(bell.ends, -BUFFER))
    found = times(school, members, [day], sections_taught_by(*members))
    return bell, [places[each.member.id] for each in found if not _still_can(places[each.member.id], each, span)]


def _still_can(place: WalkPlace, each: PersonTime, span: Span) -> bool:
    """A host teaches that class all the while; who goes neither teaches nor is away."""
    on = place.walk.on_date
    if not place.is_host or place.section is None:
        return each.member.active and _is_at_hand(each, on, span)
    code, period = place.section.code, place.walk.period
    is_taught = any(
        piece.section == code and piece.period == period and piece.starts <= span.starts and span.ends <= piece.ends
        for piece in each.days[on].teaching
    )
    is_away = any(starts < span.ends and span.starts < ends for starts, ends in each.days[on].away)
    return each.member.active and is_taught and not is_away


def _set_instants(walk: Walk) -> None:
    zone = walk.cycle.school.time_zone
    walk.starts_at = clock.instant(walk.on_date, walk.span.starts, zone)
    walk.ends_at = clock.instant(walk.on_date, walk.span.ends, zone)


def walks_of(cycle: Cycle) -> list[Walk]:
    """The walks of a cycle by date, those that were cancelled left out."""
    query = select(Walk).where(Walk.cycle_id == cycle.id, Walk.status != "cancelled")
    return list(db.session.scalars(query.options(*_whole()).order_by(Walk.starts_at, Walk.id)))


def walks_to_tell(cycle: Cycle) -> list[Walk]:
    """The walks of a cycle by date, but for those that were called off before anybody was told."""
    told = or_(Walk.status != "cancelled", Walk.places.any(WalkPlace.invited_at.is_not(None)))
    query = select(Walk).where(Walk.cycle_id == cycle.id, told).options(*_whole())
    return list(db.session.scalars(query.order_by(Walk.starts_at, Walk.id)))


def walks_visible_to(person: Person) -> Select[Walk]:
    """A coach’s whole school, drafts included; whoever takes part in one, once it is out."""
    mine = select(Membership.id).where(Membership.person_id == person.id, Membership.active)
    own = and_(
        Walk.status != "proposed", Walk.places.any(WalkPlace.membership_id.in_(mine) & WalkPlace.left_at.is_(None))
    )
    coached = Cycle.school_id.in_(coached_schools(person))
    return select(Walk).join(Walk.cycle).where(or_(own, coached)).options(*_whole())


def own_places(member: Membership, now: datetime) -> list[WalkPlace]:
    """The walks that somebody goes on or hosts a stop of, by time, in one statement; who goes looks back for a week."""
    query = select(WalkPlace).join(WalkPlace.walk).options(contains_eager(WalkPlace.walk))
    query = query.where(WalkPlace.membership_id == member.id, WalkPlace.left_at.is_(None))
    ends = or_(Walk.ends_at > now, and_(WalkPlace.role != "host", Walk.ends_at > now - LOOKING_BACK))
    return list(db.session.scalars(query.where(Walk.status == "invited", ends).order_by(Walk.starts_at)))


def _whole() -> tuple[Any, ...]:
    return (joinedload(Walk.cycle, innerjoin=True), selectinload(Walk.places))
