"""What stands beside the grid of visits: why a visit needs a decision, in words that may be told, and its limits.

Who said no and which time was asked for are told to a coach; why somebody said no is nobody’s to tell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from mentorship.cycles.models import Cycle
from mentorship.invites.changes import is_movable
from mentorship.invites.queries import times_asked_for
from mentorship.invites.replanning import Change, PendingReplan
from mentorship.plans.elsewhere import COUNTED
from mentorship.plans.models import Plan, Visit
from mentorship.plans.school_limits import most_at_once
from mentorship.web.filters import clock_time, in_words, plural, short_date

# The end of a lesson’s id: its date and the time of its bell.
_WHEN = re.compile(r"@(\d{4}-\d\d-\d\d)T(\d\d:\d\d)$")


@dataclass(frozen=True)
class Decision:
    """A visit that waits for a coach, and why; where a re-plan waits too, what it would do with the visit.

    `is_without` says that the re-plan found no time for it.
    """

    visit: Visit
    why: str
    change: Change | None = None
    is_without: bool = False


def decisions(cycle: Cycle, visits: Sequence[Visit], replan: PendingReplan | None = None) -> list[Decision]:
    """These visits with their reasons, in one statement."""
    asking = [visit.id for visit in visits if visit.status == "time_asked"]
    asked_for = times_asked_for(asking) if asking else {}
    zone = ZoneInfo(cycle.school.time_zone)
    without = {visit.id for visit in replan.without} if replan else set()
    change_by_visit = {change.visit.id: change for change in replan.changes} if replan else {}
    return [
        Decision(visit, _why(visit, asked_for, zone), change_by_visit.get(visit.id), visit.id in without)
        for visit in visits
    ]


def _why(visit: Visit, asked_for: Mapping[tuple[int, int], datetime], zone: ZoneInfo) -> str:
    if visit.status == "time_asked":
        return " ".join(
            _asked(member.person.name, asked_for.get((visit.id, member.id)), zone)
            for member in visit.people
            if visit.answer_of(member.id) == "time_asked"
        )
    if visit.status == "expired":
        return f"{_who(visit, ('none', 'maybe', 'time_asked'))} had not agreed when it was due."
    if refusing := _who(visit, ("no",)):
        return f"{refusing} said no."
    if leavers := in_words([member.person.name for member in visit.people if not member.active]):
        return f"{leavers} no longer takes part."
    return "The school’s schedule has changed since they were asked."


def _asked(name: str, starts_at: datetime | None, zone: ZoneInfo) -> str:
    if starts_at is None:
        return f"{name} asked for another time."
    local = starts_at.astimezone(zone)
    return f"{name} asked for {short_date(local.date())}, {clock_time(local.time())}."


def _who(visit: Visit, answers: Iterable[str]) -> str:
    return in_words([member.person.name for member in visit.people if visit.answer_of(member.id) in answers])


def other_lessons(plan: Plan | None, visit: Visit) -> list[tuple[str, str]]:
    """Up to three other lessons of the host that would have served as well when the plan was made, with their words."""
    rows = plan.outcome.get("visits", []) if plan is not None and plan.id == visit.plan_id else []
    found: list[Any] = [
        lesson
        for row in rows
        if (row["visitor"], row["lesson"]) == (visit.visitor.code, visit.lesson)
        for lesson in row.get("other_lessons", ())
    ]
    return [(lesson, _lesson_words(when[1], when[2])) for lesson in found if (when := _WHEN.search(lesson))]


def _lesson_words(on: str, starts: str) -> str:
    return f"{short_date(datetime.fromisoformat(on).date())}, {clock_time(time.fromisoformat(starts))}"


@dataclass(frozen=True)
class OverLimits:
    """Visits ahead that are more than the limits of the school allow, in the order of time.

    Both people of `agreed` of them have said yes: only a person moves these.
    """

    visits: tuple[Visit, ...]
    agreed: int

    @property
    def dates(self) -> list[str]:
        return list(dict.fromkeys(short_date(visit.on_date) for visit in self.visits))


def over_limits(cycle: Cycle, visits: Iterable[Visit], now: datetime) -> OverLimits:
    """Of these visits those that no longer fit: what has begun, is agreed or locked keeps its place before others."""
    if cycle.most_a_day is None and cycle.most_at_once is None:
        return OverLimits((), 0)
    counted = [visit for visit in visits if visit.status in COUNTED and visit.starts_at and visit.ends_at]
    fitting: dict[date | None, list[Visit]] = defaultdict(list)
    over = []
    for visit in sorted(counted, key=lambda visit: (_may_go(visit, now), visit.starts_at, visit.id)):
        if _fits(cycle, visit, fitting[visit.on_date]) or not is_movable(visit, now):
            fitting[visit.on_date].append(visit)
        else:
            over.append(visit)
    over.sort(key=lambda visit: (visit.starts_at, visit.id))
    return OverLimits(tuple(over), sum(visit.status == "accepted" for visit in over))


def _may_go(visit: Visit, now: datetime) -> int:
    return 0 if not is_movable(visit, now) else 1 if visit.status == "accepted" or visit.locked else 2


def _fits(cycle: Cycle, visit: Visit, others: Sequence[Visit]) -> bool:
    if cycle.most_a_day is not None and len(others) >= cycle.most_a_day:
        return False
    return cycle.most_at_once is None or most_at_once([*others, visit]) <= cycle.most_at_once


def limits_in_words(cycle: Cycle) -> str:
    """“At most 3 visits a day and 2 at once”; nothing where nobody has set a limit."""
    day, once = cycle.most_a_day, cycle.most_at_once
    if day is not None:
        return f"At most {plural(day, 'visit')} a day" + (f" and {once} at once" if once is not None else "")
    return f"At most {plural(once, 'visit')} at once" if once is not None else ""
