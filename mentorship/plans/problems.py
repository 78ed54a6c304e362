"""A cycle as the engine's two problems: rows in, plain JSON out (ids, no names)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from mentorship.availability.planning_periods import Block, Piece
from mentorship.availability.queries import CalendarDate, PersonTime, calendar, sections_of, times
from mentorship.cycles.models import Cycle, Participant
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership, School
from mentorship.people.queries import pairs_apart
from mentorship.plans.elsewhere import Elsewhere, active_mentoring, elsewhere, past_pairs, planning_used
from mentorship.plans.models import Pairing
from mentorship.timetable.models import LESSON_DAYS, Section, Travel

NOTICE_SCHOOL_DAYS = 2
BUFFER_MINUTES, MINUTES_A_DAY = 3, 24 * 60
NOTICE_DAYS_WITHOUT_CALENDAR = 7
VISIT_MINUTES, MIN_MINUTES = 40, 20
PLANNING_USES_A_MONTH = 2


@dataclass(frozen=True)
class Lesson:
    """What a lesson id of the problem stands for."""

    section: Section
    on_date: date
    period: str
    cycle_day: str


@dataclass(frozen=True)
class VisitProblem:
    """The problem file, what its lessons are, and whose time is unknown and why."""

    data: dict[str, Any]
    lessons: dict[str, Lesson]
    unknown_because: dict[str, list[str]]


@dataclass
class _School:
    """What both problems read of the school."""

    school: School
    members: Sequence[Participant]
    dates: Sequence[CalendarDate]
    sections: Mapping[str, Section]
    times: list[PersonTime] = field(default_factory=list)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


def _load(cycle: Cycle) -> _School:
    school = cycle.school
    members = [one for one in participants(cycle) if one.membership.active]
    dates = calendar(school, cycle.starts_on, cycle.ends_on)
    loaded = _School(school, members, dates, sections_of(school))
    loaded.times = times(school, [one.membership for one in members], dates, loaded.sections)
    loaded.elsewhere = elsewhere(cycle)
    return loaded


def pairing_problem(cycle: Cycle, *, seconds: int, seed: int) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The pairing problem of a cycle, and whose time is unknown and why."""
    loaded = _load(cycle)
    rotation = _one_rotation(loaded.dates)
    time_by_member = {each.member.id: each for each in loaded.times}
    people = {one.membership.code: one for one in loaded.members}
    mentees = {code: one for code, one in people.items() if one.membership.is_new_teacher}
    mentors = {code: one for code, one in people.items() if one.membership.mentor_places > 0 and code not in mentees}
    standing, taken = _standing_pairs(mentors, mentees)

    def facts(one: Participant) -> dict[str, Any]:
        return _pairing_facts(one, loaded.school, time_by_member[one.membership_id], rotation)

    data = {
        "format": "pairing-problem/1",
        "goal": "best_fit",
        "mentors": [
            {
                **facts(one),
                "places": max(one.membership.mentor_places - taken[code], 0),
                "expertise": one.profile["shows"],
                "virtual": one.membership.virtual,
                "trained": one.membership.trained,
                "prefers": [other for other in one.membership.prefers if other in mentees],
            }
            for code, one in sorted(mentors.items())
        ],
        "mentees": [
            {
                **facts(one),
                "needs": one.profile["wants_to_learn"],
                "virtual": one.membership.virtual,
                "prefers": [other for other in one.membership.prefers if other in mentors],
            }
            for code, one in sorted(mentees.items())
        ],
        "apart": _apart_between(loaded.school, mentees, mentors),
        "fixed": standing,
        "seed": seed,
        "seconds": seconds,
    }
    return data, _unknown(loaded.times)


def _pairing_facts(one: Participant, school: School, time: PersonTime, rotation: Sequence[date]) -> dict[str, Any]:
    member = one.membership
    return {
        "id": member.code,
        "subjects": member.subjects,
        "departments": _departments(member, school),
        "grades": member.grades,
        "building": member.building,
        "wing": member.wing,
        "free": [_span(on, piece) for on in rotation for piece in time.days[on].planning],
    }


def _departments(member: Membership, school: School) -> list[str]:
    if member.departments:
        return list(member.departments)
    return [name for name, subjects in school.departments.items() if set(subjects) & set(member.subjects)]


def _one_rotation(dates: Sequence[CalendarDate]) -> list[date]:
    """One date of each cycle day, with the bells that most days have, the earliest of each."""
    lesson_days = [each for each in dates if each.filed and each.filed.kind in LESSON_DAYS and each.cycle_day]
    usual = Counter(each.filed.bell_schedule for each in lesson_days if each.filed).most_common(1)
    first_by_code: dict[str, tuple[bool, date]] = {}
    for each in lesson_days:
        is_odd = each.filed is not None and each.filed.bell_schedule != usual[0][0]
        found = (is_odd, each.on)
        first_by_code[each.cycle_day] = min(first_by_code.get(each.cycle_day, found), found)
    return sorted(on for _, on in first_by_code.values())


def _standing_pairs(
    mentors: Mapping[str, Participant], mentees: Mapping[str, Participant]
) -> tuple[list[list[str]], Counter[str]]:
    """Pairings that stand from before, as fixed pairs; and the places that other standing pairings take."""
    rows = db.session.scalars(select(Pairing).where(Pairing.status.in_(("invited", "active", "paused"))))
    ids = {one.membership_id for one in (*mentors.values(), *mentees.values())}
    fixed: list[list[str]] = []
    taken: Counter[str] = Counter()
    for row in rows:
        if row.mentor_id not in ids:
            continue
        if row.mentee_id in ids and row.mentee.code in mentees and row.mentor.code in mentors:
            fixed.append([row.mentee.code, row.mentor.code])
        else:
            taken[row.mentor.code] += 1
    return sorted(fixed), taken


def visit_problem(cycle: Cycle, now: datetime, *, seconds: int, seed: int) -> VisitProblem:
    """The walkthrough problem of a cycle from the first date that still gives everybody notice.

    Raises `Refused` where no school day of the cycle is left.
    """
    loaded = _load(cycle)
    first = first_date_with_notice(loaded.school, cycle, now)
    loaded.dates = [each for each in loaded.dates if each.on >= first]
    if not any(each.filed and each.filed.kind in LESSON_DAYS for each in loaded.dates):
        raise Refused(
            f"No school day of {cycle.name} is left that gives {NOTICE_SCHOOL_DAYS} school days' notice; "
            "open a cycle with later dates."
        )
    people = {one.membership.code: one for one in loaded.members}
    rows, lessons = [], {}
    for one, own_time in zip(loaded.members, loaded.times, strict=True):
        rows.append(_person(one, own_time, loaded, cycle))
        lessons.update(_lessons_of(one, own_time, loaded))
    data = {
        "format": "visit-problem/1",
        "min_minutes": MIN_MINUTES,
        "visit_minutes": VISIT_MINUTES,
        "most_visitors_in_a_lesson": 1,
        "people": sorted(rows, key=lambda row: str(row["id"])),
        "lessons": [row for row, _ in lessons.values()],
        "mentoring": active_mentoring(people),
        "apart": [pair[:2] for pair in _apart_between(loaded.school, people, people)],
        "past_pairs": past_pairs(cycle, people),
        "travel_minutes": _travel(loaded.school),
        "seed": seed,
        "seconds": seconds,
    }
    return VisitProblem(data, {key: lesson for key, (_, lesson) in lessons.items()}, _unknown(loaded.times))


def first_date_with_notice(school: School, cycle: Cycle, now: datetime) -> date:
    """The date from which everybody has two school days' notice; the day of asking is day 0.

    Before the year begins there are no school days to count: a week's notice serves as well.
    """
    today = now.astimezone(ZoneInfo(school.time_zone)).date()
    enough = today + timedelta(days=NOTICE_DAYS_WITHOUT_CALENDAR)
    ahead = calendar(school, today + timedelta(days=1), enough)
    school_days = [each.on for each in ahead if each.filed and each.filed.kind in LESSON_DAYS]
    with_notice = school_days[NOTICE_SCHOOL_DAYS - 1] if len(school_days) >= NOTICE_SCHOOL_DAYS else enough
    return max(cycle.starts_on, with_notice)


def _person(one: Participant, time: PersonTime, loaded: _School, cycle: Cycle) -> dict[str, Any]:
    member, wishes = one.membership, one.profile
    row = {
        "id": member.code,
        "building": member.building,
        "free": [
            _span(each.on, piece)
            for each in loaded.dates
            if loaded.elsewhere.may_visit(member.id, each.on)
            for piece in time.days[each.on].planning
        ],
        "departments": _departments(member, loaded.school) or member.subjects,
        "wants_to_learn": wishes["wants_to_learn"],
        "shows": wishes["shows"],
        "wants_feedback_on": wishes["wants_feedback_on"],
        "gives_feedback_on": wishes["gives_feedback_on"],
        "closed_days": [str(each.on) for each in loaded.dates if _closed_all_day(time, each)],
        "video": {"host": wishes["video_host"] and wishes["open_to_visits"], "visit": wishes["video_visit"]},
    }
    if wishes["visits_wanted"] and wishes["visits_a_week"]:
        row["visit"] = {
            "required": wishes["visits_required"],
            "wanted": wishes["visits_wanted"],
            "per_week": wishes["visits_a_week"],
            "per_month": PLANNING_USES_A_MONTH,
            "used": planning_used(member, cycle),
        }
    if _hosts(wishes):
        row["host"] = {"required": 0, "most": wishes["hosts_at_most"], "per_week": wishes["hosts_a_week"]}
    return row


def _hosts(wishes: Mapping[str, Any]) -> bool:
    return bool(wishes["open_to_visits"] and wishes["hosts_at_most"] and wishes["hosts_a_week"])


def _lessons_of(one: Participant, time: PersonTime, loaded: _School) -> dict[str, tuple[dict[str, Any], Lesson]]:
    """The lessons in which this person may be visited: three minutes after the bell, not when closed or away.

    A duty over a lesson may be a slip in the files; whether the person is in the room is not known then.
    """
    found: dict[str, tuple[dict[str, Any], Lesson]] = {}
    if not _hosts(one.profile):
        return found
    for each in loaded.dates:
        if not loaded.elsewhere.may_host(one.membership_id, each.on):
            continue
        for piece in time.days[each.on].teaching:
            section = loaded.sections[piece.section]
            starts = _after(piece.starts, BUFFER_MINUTES)
            if starts is None or starts >= piece.ends or _is_closed(time, each, piece) or _is_away(time, each, piece):
                continue
            key = f"{_quoted(section.code)}@{_quoted(one.membership.code)}@{each.on}T{piece.starts:%H:%M}"
            row = {
                "id": key,
                "host": one.membership.code,
                "start": f"{each.on}T{starts:%H:%M}",
                "end": f"{each.on}T{piece.ends:%H:%M}",
                "building": section.building or one.membership.building,
                "room": section.room,
                "section": section.code,
            }
            found[key] = (row, Lesson(section, each.on, piece.period, each.cycle_day))
    return found


def _after(at: time, minutes: int) -> time | None:
    """So many minutes later on the same date; None past midnight."""
    total = at.hour * 60 + at.minute + minutes
    return time(*divmod(total, 60)) if total < MINUTES_A_DAY else None


def _quoted(code: str) -> str:
    """A code in which the separator cannot stand, so that no two lessons share an id."""
    return code.replace("%", "%25").replace("@", "%40")


def _span(on: date, piece: Piece) -> list[str]:
    return [f"{on}T{piece.starts:%H:%M}", f"{on}T{piece.ends:%H:%M}"]


def _holds(block: Block, each: CalendarDate) -> bool:
    codes = set(each.day.cycle_days.values()) if each.day else set()
    return (
        (block.on is None or block.on == each.on)
        and (block.weekday is None or block.weekday == each.on.weekday())
        and (block.cycle_day is None or block.cycle_day in codes)
    )


def _closed_all_day(time: PersonTime, each: CalendarDate) -> bool:
    whole = (block for block in time.closed if block.period is None and block.starts is None)
    return each.day is not None and any(_holds(block, each) for block in whole)


def _is_away(time: PersonTime, each: CalendarDate, piece: Piece) -> bool:
    return any(starts < piece.ends and piece.starts < ends for starts, ends in time.days[each.on].away)


def _is_closed(time: PersonTime, each: CalendarDate, piece: Piece) -> bool:
    for block in time.closed:
        if not _holds(block, each):
            continue
        if block.period is not None and block.period == piece.period:
            return True
        if (
            block.starts is not None
            and block.ends is not None
            and block.starts < piece.ends
            and piece.starts < block.ends
        ):
            return True
    return False


def _apart_between(school: School, first: Iterable[str], second: Iterable[str]) -> list[list[str]]:
    """Rows [one of `first`, one of `second`, why] for everybody who must never be put together."""
    found: dict[tuple[str, str], str] = {}
    for one, other, why in pairs_apart(school):
        for pair in ((one.code, other.code), (other.code, one.code)):
            if pair[0] in first and pair[1] in second and pair[::-1] not in found:
                found.setdefault(pair, why)
    return [[*pair, why] for pair, why in sorted(found.items())]


def _travel(school: School) -> list[list[Any]]:
    rows = db.session.scalars(select(Travel).where(Travel.school_id == school.id, Travel.minutes > 0))
    return sorted([row.from_building, row.to_building, row.minutes] for row in rows)


def _unknown(found: Iterable[PersonTime]) -> dict[str, list[str]]:
    return {each.member.code: each.unknown_because for each in found if each.unknown_because}
