"""What people have agreed to in other cycles: a plan neither books them twice nor forgets whom they met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from mentorship.cycles.models import Cycle, Participant
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.plans.models import STANDING, Pairing, Plan, Visit


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

    def _is_open(self, dates_by_member: Mapping[int, set[date]], member_id: int, on: date) -> bool:
        agreed = self.visiting.get(member_id, set()) | self.hosting.get(member_id, set())
        weeks = {monday_of(other) for other in dates_by_member.get(member_id, set())}
        return on not in agreed and monday_of(on) not in weeks


def monday_of(on: date) -> date:
    """A week is Monday to Sunday."""
    return on - timedelta(days=on.weekday())


def elsewhere(cycle: Cycle) -> Elsewhere:
    """What stands, or was held, in other cycles during the weeks that this cycle touches."""
    first, last = monday_of(cycle.starts_on), monday_of(cycle.ends_on) + timedelta(days=6)
    rows = db.session.execute(
        select(Visit.visitor_id, Visit.host_id, Visit.on_date)
        .join(Plan)
        .where(Plan.cycle_id != cycle.id, Visit.status.in_((*STANDING, "held")), Visit.on_date.between(first, last))
    )
    found = Elsewhere()
    for visitor, host, on in rows:
        if on is None:
            continue
        found.visiting.setdefault(visitor, set()).add(on)
        found.hosting.setdefault(host, set()).add(on)
    return found


def planning_used(member: Membership, cycle: Cycle) -> dict[str, int]:
    """Planning periods that visits of other cycles take, by month; each date counts once."""
    dates = db.session.scalars(
        select(Visit.on_date)
        .join(Plan)
        .where(Visit.visitor_id == member.id, Visit.status.in_((*STANDING, "held")), Plan.cycle_id != cycle.id)
        .distinct()
    )
    return dict(Counter(f"{on:%Y-%m}" for on in dates if on is not None))


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
