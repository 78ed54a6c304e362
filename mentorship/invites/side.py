"""What stands beside the grid of visits: why a visit needs a decision, in words that may be told, and who has no place.

Who said no and which time was asked for are told to a coach; why somebody said no is nobody’s to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from mentorship.cycles.models import Cycle
from mentorship.invites.queries import times_asked_for
from mentorship.plans.models import Plan, Visit
from mentorship.web.filters import clock_time, in_words, plural, short_date

# The end of a lesson’s id: its date and the time of its bell.
_WHEN = re.compile(r"@(\d{4}-\d\d-\d\d)T(\d\d:\d\d)$")


@dataclass(frozen=True)
class Decision:
    """A visit that waits for a coach, and why."""

    visit: Visit
    why: str


def decisions(cycle: Cycle, visits: Sequence[Visit]) -> list[Decision]:
    """These visits with their reasons, in one statement."""
    asking = [visit.id for visit in visits if visit.status == "time_asked"]
    asked_for = times_asked_for(asking) if asking else {}
    zone = ZoneInfo(cycle.school.time_zone)
    return [Decision(visit, _why(visit, asked_for, zone)) for visit in visits]


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


def limits_in_words(cycle: Cycle) -> str:
    """“At most 3 visits a day and 2 at once”; nothing where nobody has set a limit."""
    day, once = cycle.most_a_day, cycle.most_at_once
    if day is not None:
        return f"At most {plural(day, 'visit')} a day" + (f" and {once} at once" if once is not None else "")
    return f"At most {plural(once, 'visit')} at once" if once is not None else ""
