"""After a roster or a calendar changed: every visit ahead is looked at again, and none is moved in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mentorship.audit import operations as audit
from mentorship.availability.planning_periods import PersonDay
from mentorship.availability.queries import calendar, sections_of, times
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.doors import recheck_doors
from mentorship.invites.operations import take_back
from mentorship.invites.walking import recheck_walks
from mentorship.people.models import Membership, School
from mentorship.plans.contacting import end_contacts_of_leavers
from mentorship.plans.models import STANDING, Plan, Visit
from mentorship.roster.operations import import_files
from mentorship.roster.report import Counts, ImportReport

CALENDAR_CHANGED = "The school's schedule has changed. A new time will be proposed."


def apply_import(*paths: Any, now: datetime, **options: Any) -> ImportReport:
    """`import_files`, and then a second look at the visits ahead, in the same transaction."""
    report = import_files(*paths, now=now, **options)
    if report.error is None:
        affected = recheck_visits(db.session.get_one(School, report.school), now)
        recheck_groups(db.session.get_one(School, report.school), now)
        end_contacts_of_leavers(db.session.get_one(School, report.school))
        report.records["visits"] = Counts(changed=affected)
    return report


def set_active(member: Membership, active: bool, *, by: str, now: datetime) -> int:
    """Somebody leaves the school or is back: the number of visits ahead that need a new time for it."""
    if str(member.person_id) == by and not active:
        raise Refused("You can’t mark yourself as away. Another coach can.")
    member.active = active
    audit.record("set_active", by=by, now=now, membership=member.id, active=active)
    db.session.flush()
    end_contacts_of_leavers(member.school)
    recheck_groups(member.school, now)
    return recheck_visits(member.school, now)


def recheck_groups(school: School, now: datetime) -> None:
    """Walks go on with whoever still can, and an open door whose lesson is gone is closed."""
    recheck_walks(school, now)
    recheck_doors(school, now)


def recheck_visits(school: School, now: datetime) -> int:
    """Take back each standing visit ahead that no longer fits: it needs a new time. The number of them."""
    ahead = (
        select(Visit)
        .join(Visit.plan)
        .join(Plan.cycle)
        .where(Cycle.school_id == school.id, Visit.status.in_(STANDING), Visit.starts_at > now)
        .order_by(Visit.id)
    )
    visits = db.session.scalars(ahead.with_for_update(of=Visit)).all()
    dates = [visit.on_date for visit in visits if visit.on_date is not None]
    if not dates:
        return 0
    members = {member.id: member for visit in visits for member in visit.people}
    found = times(school, list(members.values()), calendar(school, min(dates), max(dates)), sections_of(school))
    days_by_member = {each.member.id: each.days for each in found}
    broken = [visit for visit in visits if not _still_fits(visit, days_by_member)]
    for visit in broken:
        visit.status = "needs_new_time"
        take_back(visit, because=CALENDAR_CHANGED, now=now)
    db.session.flush()
    return len(broken)


def _still_fits(visit: Visit, days_by_member: Mapping[int, Mapping[Any, PersonDay]]) -> bool:
    """The host teaches that section in that period all the while, and the visitor neither teaches nor is away."""
    host, visitor = (days_by_member[member.id][visit.on_date] for member in (visit.host, visit.visitor))
    if not (visit.host.active and visit.visitor.active) or visit.section is None:
        return False
    assert visit.starts is not None and visit.ends is not None, "a live visit has its times"
    is_taught = any(
        piece.section == visit.section.code
        and piece.period == visit.period
        and piece.starts <= visit.starts
        and visit.ends <= piece.ends
        for piece in host.teaching
    )
    taken = [(piece.starts, piece.ends) for piece in visitor.teaching]
    spans = [*taken, *visitor.away, *host.away]
    return is_taught and not any(starts < visit.ends and visit.starts < ends for starts, ends in spans)
