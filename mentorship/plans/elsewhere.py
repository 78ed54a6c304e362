"""What people have agreed to in other cycles: a plan neither books them twice nor forgets whom they met."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from mentorship.cycles.models import Cycle, Participant
from mentorship.extensions import db
from mentorship.plans.models import STANDING, Pairing, Plan, Visit

# A visit in one of these takes its place in the weeks of both people.
COUNTED = ("proposed", *STANDING, "held")


@dataclass
class Elsewhere:
    """The dates on which people visit and host already in other cycles, by membership."""

    visiting: dict[int, set[date]] = field(default_factory=dict)
    hosting: dict[int, set[date]] = field(default_factory=dict)

    def may_visit(self, member_id: int, on: date) -> bool:
        """Not on a date on which anything else is agreed, nor in a week in which they visit in another cycle."""
        return self._is_open(self.visiting, member_id, on)

    def may_host(self, member_id: int, on: date) -> bool:
        """Likewise: the caps of a week hold over all cycles together."""
        return self._is_open(self.hosting, member_id, on)

    def used_by(self, member_id: int) -> dict[str, int]:
        """Planning periods that visits take in the months that the cycle touches; each date counts once."""
        return dict(Counter(f"{on:%Y-%m}" for on in sorted(self.visiting.get(member_id, ()))))

    def add(self, visitor: int, host: int, on: date | None) -> None:
        if on is not None:
            self.visiting.setdefault(visitor, set()).add(on)
            self.hosting.setdefault(host, set()).add(on)

    def _is_open(self, dates_by_member: Mapping[int, set[date]], member_id: int, on: date) -> bool:
        visiting, hosting = self.visiting.get(member_id, set()), self.hosting.get(member_id, set())
        if not visiting and not hosting:
            return True
        weeks = {monday_of(other) for other in dates_by_member.get(member_id, set())}
        return on not in visiting and on not in hosting and monday_of(on) not in weeks


def monday_of(on: date) -> date:
    """A week is Monday to Sunday."""
    return on - timedelta(days=on.weekday())


def elsewhere(cycle: Cycle) -> Elsewhere:
    """What stands, or was held, in other cycles during the weeks and months that this cycle touches."""
    found = Elsewhere()
    query = select(Visit.visitor_id, Visit.host_id, Visit.on_date).join(Plan).where(_is_elsewhere(cycle))
    for visitor, host, on in db.session.execute(query):
        found.add(visitor, host, on)
    return found


def _is_elsewhere(cycle: Cycle) -> ColumnElement[bool]:
    first = min(monday_of(cycle.starts_on), cycle.starts_on.replace(day=1))
    month_ends = cycle.ends_on.replace(day=monthrange(cycle.ends_on.year, cycle.ends_on.month)[1])
    last = max(monday_of(cycle.ends_on) + timedelta(days=6), month_ends)
    stood = Visit.status.in_((*STANDING, "held"))
    return and_(Plan.cycle_id != cycle.id, stood, Visit.on_date.between(first, last))


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
