"""A cycle at a glance for its coach: stages with dates, counts, today, week by week, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mentorship.cycles.models import Cycle
from mentorship.invites.grid import CLOSED_BECAUSE
from mentorship.plans.elsewhere import monday_of
from mentorship.plans.models import STANDING, Plan, Visit
from mentorship.plans.words import VISIT_LOOK
from mentorship.timetable.models import LESSON_DAYS, SchoolDay
from mentorship.web.filters import day_month

WEEKEND = 5
CLOSED_DAYS_TOLD = 2
IN_BAR = ("held", "accepted", "invited", "time_asked", "needs_new_time", "video", "not_held", "expired")
TAKES_PLACE = (*STANDING, "held", "not_held")
AT_AN_END = ("held", "not_held", "expired")
Bar = list[tuple[str, str, str, int]]


@dataclass(frozen=True)
class WeekLine:
    """One line of week by week: how many visits stand in it, and how many took place."""

    words: str
    visits: int
    done: int


def local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def stage_dates(cycle: Cycle, plans: Mapping[str, Plan], today: date) -> dict[str, str]:
    """The line under each stage, by the status that it leads to."""
    zone = cycle.school.time_zone
    made, edited, published = (
        [local_date(at, zone) for plan in plans.values() if (at := getattr(plan, name)) is not None]
        for name in ("made_at", "edited_at", "published_at")
    )
    opened = local_date(cycle.opened_at, zone)
    lines = {"setting_up": f"{'Since' if cycle.status == 'setting_up' else 'Opened'} {day_month(opened)}"}
    if made:
        lines["planned"] = f"Made {day_month(max(made))}"
    if edited:
        lines["in_review"] = f"Changed {day_month(max(edited))}"
    if published:
        lines["published"] = f"Since {day_month(min(published))}{_week_words(cycle, today)}"
    closed = cycle.closed_at
    lines["closed"] = f"On {day_month(local_date(closed, zone))}" if closed else f"After {day_month(cycle.ends_on)}"
    return lines


def _week_words(cycle: Cycle, today: date) -> str:
    if cycle.status != "published" or not cycle.starts_on <= today <= cycle.ends_on:
        return ""
    first = monday_of(cycle.starts_on)
    number, of = ((monday_of(on) - first).days // 7 + 1 for on in (today, cycle.ends_on))
    return f", week {number} of {of}"


def standing(visits: Iterable[Visit]) -> list[Visit]:
    """Visits that were asked for and not called off."""
    return [visit for visit in visits if visit.status not in ("proposed", "cancelled")]


def invites_bar(visits: Sequence[Visit]) -> Bar:
    """Counts by status with fill, icon and words; a recording that is still to be watched is one of its own kind."""
    counts = Counter(
        "video" if visit.medium == "video" and visit.status not in AT_AN_END else visit.status for visit in visits
    )
    looks = [(VISIT_LOOK[status], counts[status]) for status in IN_BAR if counts[status]]
    return [(look.fill, look.icon, look.words, count) for look, count in looks]


def notes_bar(shared: int, not_yet: int) -> Bar:
    return [("brand", "send-check", "Shared with the host", shared), ("line", "circle", "Not shared yet", not_yet)]


def weeks(cycle: Cycle, visits: Sequence[Visit]) -> list[WeekLine]:
    """Every week of a cycle, and recordings as a line of their own."""
    lines = []
    monday = monday_of(cycle.starts_on)
    while monday <= cycle.ends_on:
        first, last = max(monday, cycle.starts_on), min(monday + timedelta(days=4), cycle.ends_on)
        here = [visit for visit in visits if visit.on_date is not None and monday_of(visit.on_date) == monday]
        if here or first <= last:
            lines.append(_line(f"{day_month(first)} to {_short(first, last)}", here))
        monday += timedelta(days=7)
    videos = [visit for visit in visits if visit.medium == "video"]
    return [*lines, _line("Video", videos)] if videos else lines


def _line(words: str, visits: Sequence[Visit]) -> WeekLine:
    return WeekLine(words, len(visits), sum(visit.status == "held" for visit in visits))


def _short(first: date, last: date) -> str:
    return str(last.day) if first.month == last.month else day_month(last)


def day_words(day: SchoolDay | None) -> str:
    """What a date is in the rotation: A day; why there is no school; nothing where nobody knows."""
    if day is None:
        return ""
    if day.kind not in LESSON_DAYS:
        return day.note or CLOSED_BECAUSE.get(day.kind, "No school")
    codes = " / ".join(code for code in day.cycle_day_by_rotation.values() if code)
    return f"{codes} day" if codes else ""


def visits_of_day(visits: Iterable[Visit], on: date, now: datetime) -> list[Visit]:
    """What takes place on a date or did, by time; what is over comes last."""
    here = [visit for visit in visits if visit.on_date == on and visit.status in TAKES_PLACE]
    return sorted(here, key=lambda visit: visit.has_ended(now))


def lesson_days(cycle: Cycle, days: Mapping[date, SchoolDay]) -> int:
    """How many dates of a cycle have lessons."""
    return sum(day.kind in LESSON_DAYS and cycle.starts_on <= on <= cycle.ends_on for on, day in days.items())


def next_dates(
    cycle: Cycle, visits: Sequence[Visit], days: Mapping[date, SchoolDay], today: date
) -> list[tuple[date, str]]:
    """What the coach should know of the dates to come."""
    if cycle.status == "closed":
        return []
    found = [(cycle.starts_on, "The cycle begins.")] if today < cycle.starts_on else []
    closed = [
        (on, f"No school: {day.note or CLOSED_BECAUSE.get(day.kind, 'closed')}.")
        for on, day in sorted(days.items())
        if today < on <= cycle.ends_on and day.kind not in LESSON_DAYS and on.weekday() < WEEKEND
    ]
    found += closed[:CLOSED_DAYS_TOLD]
    ahead = [visit.on_date for visit in visits if visit.on_date is not None and visit.on_date >= today]
    if ahead:
        found.append((max(ahead), "Last visits."))
    if today <= cycle.ends_on:
        found.append((cycle.ends_on, "The cycle ends. After it, close it: no text is deleted."))
    return sorted(found)
