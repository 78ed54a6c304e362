"""A walk and open doors as rows, for the sweeps of all pages: who may open them is asked there, not how they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

from sqlalchemy import select

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.plans.groups import DoorGuest, OpenDoor, Walk, WalkPlace
from mentorship.timetable.models import Section, SectionTeacher

STARTS, ENDS = time(9, 30), time(10, 55)


def add_walk(cycle: Cycle, walkers: Sequence[Membership], hosts: Sequence[Membership], on: date) -> Walk:
    """A walk that everybody was told of, without its mails; commits."""
    zone = cycle.school.time_zone
    walk = Walk(
        cycle=cycle,
        kind="walk",
        on_date=on,
        period="3",
        starts=STARTS,
        ends=ENDS,
        minutes=10,
        talk_starts=time(10, 18),
        starts_at=clock.instant(on, time(9, 33), zone),
        ends_at=clock.instant(on, time(10, 52), zone),
        seed=1,
        status="invited",
    )
    for member in walkers:
        role = "walker" if walk.places else "lead"
        walk.places.append(WalkPlace(membership=member, role=role, starts=time(9, 33), ends=time(10, 52)))
    for position, host in enumerate(hosts, start=1):
        stop = {"starts": time(9, 30 + 4 * position), "ends": time(9, 33 + 4 * position)}
        walk.places.append(
            WalkPlace(membership=host, role="host", position=position, section=section_of(host), room="R", **stop)
        )
    db.session.add(walk)
    db.session.commit()
    return walk


def add_door(host: Membership, on: date, guests: Sequence[Membership] = (), *, starts: time = STARTS) -> OpenDoor:
    """A door that stands open, with who has a seat; commits."""
    zone = host.school.time_zone
    door = OpenDoor(
        membership=host,
        section=section_of(host),
        on_date=on,
        period="3",
        starts=starts,
        ends=ENDS,
        starts_at=clock.instant(on, starts, zone),
        ends_at=clock.instant(on, ENDS, zone),
        shows="stations",
        seats=3,
        guests=[DoorGuest(membership=guest) for guest in guests],
    )
    db.session.add(door)
    db.session.commit()
    return door


def section_of(host: Membership) -> Section:
    """Any that they teach."""
    query = select(Section).join(SectionTeacher).where(SectionTeacher.membership_id == host.id).order_by(Section.id)
    found = db.session.scalars(query).unique().first()
    assert found is not None, f"{host.code} teaches nothing"
    return found
