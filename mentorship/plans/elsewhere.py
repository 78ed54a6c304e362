"""What people agreed to in other cycles and in walks: a plan neither books them twice nor forgets whom they met."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select, union_all

from mentorship.cycles.models import Cycle, Participant
from mentorship.extensions import db
from mentorship.plans.groups import Walk, WalkPlace
from mentorship.plans.models import STANDING, Pairing, Plan, Visit

# A visit in one of these takes its place in the weeks of both people.
COUNTED = ("proposed", *STANDING, "held")
# What stands where a visit has its host, in a row about a walk: no membership has such an id.
WALKING, ENTERED = -1, -2


@dataclass
class Elsewhere:
    """The dates on which people visit and host already in other cycles, by membership.

    `walking` and `entered` are those on which they go on a walk, or have one in their class, whatever its cycle.
    """

    visiting: dict[int, set[date]] = field(default_factory=dict)
    hosting: dict[int, set[date]] = field(default_factory=dict)
    walking: dict[int, set[date]] = field(default_factory=dict)
    entered: dict[int, set[date]] = field(default_factory=dict)

    def may_visit(self, member_id: int, on: date, a_week: int = 1) -> bool:
        """Not on a date on which anything else is agreed, nor in a week in which they visit in another cycle.

        Walks take their dates, and a whole week only once there are as many as the person’s visits `a_week`: others of
        this cycle may stand beside them.
        """
        return self._is_open(self.visiting, member_id, on) and _leaves_room(self.walking, member_id, on, a_week)

    def may_host(self, member_id: int, on: date, a_week: int = 1) -> bool:
        """Likewise: the caps of a week hold over all cycles together."""
        return self._is_open(self.hosting, member_id, on) and _leaves_room(self.entered, member_id, on, a_week)

    def used_by(self, member_id: int) -> dict[str, int]:
        """Planning periods that visits take in the months that the cycle touches; each date counts once."""
        dates = self.visiting.get(member_id, set()) | self.walking.get(member_id, set())
        return dict(Counter(f"{on:%Y-%m}" for on in sorted(dates)))

    def add(self, visitor: int, host: int, on: date | None) -> None:
        if on is not None:
            self.visiting.setdefault(visitor, set()).add(on)
            self.hosting.setdefault(host, set()).add(on)

    def add_walk(self, member_id: int, is_host: bool, on: date) -> None:
        (self.entered if is_host else self.walking).setdefault(member_id, set()).add(on)

    def _is_open(self, dates_by_member: Mapping[int, set[date]], member_id: int, on: date) -> bool:
        visiting, hosting = self.visiting.get(member_id, set()), self.hosting.get(member_id, set())
        if not visiting and not hosting:
            return True
        weeks = {monday_of(other) for other in dates_by_member.get(member_id, set())}
        return on not in visiting and on not in hosting and monday_of(on) not in weeks


def _leaves_room(dates_by_member: Mapping[int, set[date]], member_id: int, on: date, a_week: int) -> bool:
    dates = dates_by_member.get(member_id, set())
    return on not in dates and sum(monday_of(other) == monday_of(on) for other in dates) < max(a_week, 1)


def monday_of(on: date) -> date:
    """A week is Monday to Sunday."""
    return on - timedelta(days=on.weekday())


def elsewhere(cycle: Cycle) -> Elsewhere:
    """What stands, or was held, in other cycles and in walks during the weeks and months that this cycle touches."""
    found = Elsewhere()
    visits = select(Visit.visitor_id, Visit.host_id, Visit.on_date).join(Plan).where(_is_elsewhere(cycle))
    rows: list[Any] = list(db.session.execute(union_all(visits, _in_walks(cycle))))
    for person, host, on in rows:
        _add(found, person, host, on)
    return found


def _add(found: Elsewhere, person: int, host: int, on: date) -> None:
    """A row of a visit, or one of `_in_walks`."""
    if host in (WALKING, ENTERED):
        found.add_walk(person, host == ENTERED, on)
    else:
        found.add(person, host, on)


def _is_elsewhere(cycle: Cycle) -> ColumnElement[bool]:
    stood = Visit.status.in_((*STANDING, "held"))
    return and_(Plan.cycle_id != cycle.id, stood, Visit.on_date.between(*_touched(cycle.starts_on, cycle.ends_on)))


def _touched(starts_on: date, ends_on: date) -> tuple[date, date]:
    """The weeks and months that these dates touch, whole."""
    month_ends = ends_on.replace(day=monthrange(ends_on.year, ends_on.month)[1])
    first = min(monday_of(starts_on), starts_on.replace(day=1))
    return first, max(monday_of(ends_on) + timedelta(days=6), month_ends)


def _in_walks(cycle: Cycle) -> Select[Any]:
    """Who takes part on which date in walks that people are invited to; how, where a visit has its host."""
    how = case((WalkPlace.role == "host", ENTERED), else_=WALKING)
    query = select(WalkPlace.membership_id, how, Walk.on_date).join(WalkPlace.walk).join(Walk.cycle)
    touched = Walk.on_date.between(*_touched(cycle.starts_on, cycle.ends_on))
    stands = and_(Walk.status == "invited", WalkPlace.left_at.is_(None))
    return query.where(Cycle.school_id == cycle.school_id, stands, touched)


def counted_visits(cycle: Cycle) -> list[Visit]:
    """The visits of the cycle that take a place in somebody's weeks."""
    query = select(Visit).join(Visit.plan).where(Plan.cycle_id == cycle.id, Visit.status.in_(COUNTED))
    return list(db.session.scalars(query))


def visits_around(cycle: Cycle, member_ids: Collection[int]) -> tuple[Elsewhere, list[Visit]]:
    """`elsewhere` and `counted_visits`, of these people alone and in one statement."""
    here = and_(Plan.cycle_id == cycle.id, Visit.status.in_(COUNTED))
    theirs = or_(Visit.visitor_id.in_(member_ids), Visit.host_id.in_(member_ids))
    query = select(Visit, Plan.cycle_id).join(Visit.plan).where(theirs, or_(here, _is_elsewhere(cycle)))
    found, counted = Elsewhere(), []
    for visit, cycle_id in db.session.execute(query):
        if cycle_id == cycle.id:
            counted.append(visit)
        else:
            found.add(visit.visitor_id, visit.host_id, visit.on_date)
    for person, how, on in db.session.execute(_in_walks(cycle).where(WalkPlace.membership_id.in_(member_ids))):
        _add(found, person, how, on)
    return found, counted


def active_mentoring(people: Mapping[str, Participant]) -> list[list[str]]:
    """Rows [new teacher, mentor] of active pairs among these people."""
    ids = [one.membership_id for one in people.values()]
    rows = db.session.scalars(select(Pairing).where(Pairing.status == "active", Pairing.mentee_id.in_(ids)))
    return sorted([row.mentee.code, row.mentor.code] for row in rows if row.mentor.code in people)


def past_pairs(cycle: Cycle, people: Mapping[str, Participant]) -> list[list[Any]]:
    """Who visited whom in the last cycles, and how many cycles ago (1 is the last)."""
    earlier = select(Cycle.id).where(Cycle.school_id == cycle.school_id, Cycle.ends_on < cycle.starts_on)
    ids = list(db.session.scalars(earlier.order_by(Cycle.ends_on.desc()).limit(3)))
    rows = db.session.execute(
        select(Visit, Plan.cycle_id).join(Plan).where(Plan.cycle_id.in_(ids), Visit.status.in_(("held", "accepted")))
    )
    ago: dict[tuple[str, str], int] = {}
    for visit, cycle_id in rows:
        pair = (visit.visitor.code, visit.host.code)
        if set(pair) <= set(people):
            ago[pair] = min(ago.get(pair, 99), ids.index(cycle_id) + 1)
    return sorted([*pair, count] for pair, count in ago.items())
