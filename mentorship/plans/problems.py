"""A cycle as the engine's two problems: rows in, plain JSON out (ids, no names)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from mentorship.availability.queries import CalendarDate, PersonTime, calendar, sections_of, sections_taught_by, times
from mentorship.cycles.models import Cycle, Participant
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Apart, EvaluatorLink, Membership, Profile, School
from mentorship.plans.elsewhere import Elsewhere, active_mentoring, elsewhere, past_pairs, visits_around
from mentorship.plans.lessons import Lesson, Near, closed_all_day, hosts, lessons_of, span_of
from mentorship.plans.locks import locked_pairs, locked_visits
from mentorship.plans.models import Pairing, Visit
from mentorship.timetable.models import LESSON_DAYS, Section, Term, Travel

NOTICE_SCHOOL_DAYS = 2
NOTICE_DAYS_WITHOUT_CALENDAR = 7
VISIT_MINUTES, MIN_MINUTES = 40, 20
PLANNING_USES_A_MONTH = 2


@dataclass(frozen=True)
class VisitProblem:
    """The problem file, what its lessons and who its people are (in its order), and whose time is unknown and why.

    `periods` are those that ring on its dates. Around a visit, `counted` are the visits of its people in the cycle.
    """

    data: dict[str, Any]
    lessons: dict[str, Lesson]
    members: tuple[Membership, ...]
    unknown_because: dict[str, list[str]]
    periods: tuple[str, ...] = ()
    counted: tuple[Visit, ...] = ()


@dataclass
class _School:
    """What both problems read of the school."""

    school: School
    members: Sequence[Participant]
    dates: Sequence[CalendarDate]
    sections: Mapping[str, Section]
    times: list[PersonTime]
    travel: list[list[Any]]
    elsewhere: Elsewhere
    counted: Sequence[Visit] = ()
    apart: list[list[str]] = field(default_factory=list)


def _load(cycle: Cycle, dates: Sequence[CalendarDate]) -> _School:
    """The people of the cycle on these dates."""
    school, members = cycle.school, [one for one in participants(cycle) if one.membership.active]
    terms, travel = _terms_and_travel(school)
    sections = sections_of(school)
    found = times(school, [one.membership for one in members], dates, sections, terms)
    return _School(school, members, dates, sections, found, travel, elsewhere(cycle))


def _load_around(cycle: Cycle, dates: Sequence[CalendarDate], visit: Visit) -> _School:
    """Of the people of the cycle only the two, and whoever could be visited instead about the same."""
    school = cycle.school
    everybody = _with_apart_from(cycle, visit.visitor)
    guest = next((one.profile for one, _ in everybody if one.membership_id == visit.visitor_id), None)
    members, apart = [], []
    for one, is_apart in everybody:
        if one.membership_id in (visit.visitor_id, visit.host_id) or _could_host(one.profile, guest, visit.focus):
            members.append(one)
            if is_apart:
                apart.append([visit.visitor.code, one.membership.code])
    terms, travel = _terms_and_travel(school)
    people = [one.membership for one in members]
    sections = sections_taught_by(*people)
    found, counted = visits_around(cycle, [one.id for one in people])
    own_times = times(school, people, dates, sections, terms)
    return _School(school, members, dates, sections, own_times, travel, found, counted, apart)


def _could_host(wishes: Mapping[str, Any], guest: Mapping[str, Any] | None, focus: str) -> bool:
    """Whether somebody with these wishes could be visited about that; without a focus anybody can."""
    if guest is None or not hosts(wishes):
        return False
    learns = focus in guest["wants_to_learn"] and focus in wishes["shows"]
    return not focus or learns or (focus in guest["gives_feedback_on"] and focus in wishes["wants_feedback_on"])


def _with_apart_from(cycle: Cycle, visitor: Membership) -> list[tuple[Participant, bool]]:
    """Who takes part, by family name, each with whether they are kept apart from the visitor."""
    theirs = Participant.membership_id
    between = [
        select(table).where(or_(and_(one == visitor.id, other == theirs), and_(other == visitor.id, one == theirs)))
        for table, one, other in (
            (EvaluatorLink.id, EvaluatorLink.evaluator_id, EvaluatorLink.membership_id),
            (Apart.id, Apart.membership_id, Apart.other_id),
        )
    ]
    pause = joinedload(Participant.membership).joinedload(Membership.profile).load_only(Profile.paused_until)
    query = select(Participant, or_(*(row.exists() for row in between))).where(Participant.cycle_id == cycle.id)
    rows = db.session.execute(query.options(pause))
    found = [(one, bool(is_apart)) for one, is_apart in rows if one.membership.active]
    return sorted(found, key=lambda row: row[0].membership.sort_name)


def pairing_problem(cycle: Cycle, *, seconds: int, seed: int) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The pairing problem of a cycle, and whose time is unknown and why."""
    loaded = _load(cycle, calendar(cycle.school, cycle.starts_on, cycle.ends_on))
    rotation = _one_rotation(loaded.dates)
    time_by_member = {each.member.id: each for each in loaded.times}
    people = {one.membership.code: one for one in loaded.members}
    mentees = {code: one for code, one in people.items() if one.membership.is_new_teacher}
    mentors = {code: one for code, one in people.items() if one.membership.mentor_places > 0 and code not in mentees}
    standing, taken = _standing_pairs(mentors, mentees)
    locked = locked_pairs(cycle, mentors, mentees)

    def facts(one: Participant) -> dict[str, Any]:
        return _pairing_facts(one, loaded.school, time_by_member[one.membership_id], rotation)

    data = {
        "format": "pairing-problem/1",
        "goal": cycle.pairing_goal,
        "weights": dict(cycle.pairing_weights),
        "mentors": [
            {
                **facts(one),
                "places": max(one.membership.mentor_places - taken[code], 0),
                "expertise": one.profile["shows"],
                "trained": one.membership.trained,
                "prefers": [other for other in one.membership.prefers if other in mentees],
            }
            for code, one in sorted(mentors.items())
        ],
        "mentees": [
            {
                **facts(one),
                "needs": one.profile["wants_to_learn"],
                "prefers": [other for other in one.membership.prefers if other in mentors],
            }
            for code, one in sorted(mentees.items())
        ],
        "apart": _apart_between(mentees, mentors),
        "related_departments": loaded.school.related,
        "fixed": sorted([*standing, *(pair for pair in locked if pair not in standing)]),
        "seed": seed,
        "seconds": seconds,
    }
    return data, _unknown(loaded.times)


def contact_problem(cycle: Cycle) -> dict[str, Any]:
    """Who could answer a new teacher's questions about what they teach, as a pairing problem.

    Everybody else who takes part stands where its mentors do, by family name. It has no weights: what counts less in
    a mentor counts here all the same.
    """
    dates = calendar(cycle.school, cycle.starts_on, cycle.ends_on)
    rotation = _one_rotation(dates)
    loaded = _load(cycle, [each for each in dates if each.on in rotation])
    people = {one.membership.code: one for one in loaded.members}
    mentees = {code: one for code, one in people.items() if one.membership.is_new_teacher}
    colleagues = {code: one for code, one in people.items() if code not in mentees}
    time_by_member = {each.member.id: each for each in loaded.times}

    def facts(one: Participant) -> dict[str, Any]:
        return _pairing_facts(one, loaded.school, time_by_member[one.membership_id], rotation)

    return {
        "format": "pairing-problem/1",
        "goal": "best_fit",
        "mentors": [facts(one) for one in colleagues.values()],
        "mentees": [facts(one) for one in mentees.values()],
        "apart": _apart_between(mentees, colleagues),
        "related_departments": loaded.school.related,
    }


def _pairing_facts(one: Participant, school: School, time: PersonTime, rotation: Sequence[date]) -> dict[str, Any]:
    member = one.membership
    return {
        "id": member.code,
        "subjects": member.subjects,
        "departments": _departments(member, school),
        "grades": member.grades,
        "building": member.building,
        "wing": member.wing,
        # Whoever has not said that they meet online has not ruled it out.
        "virtual": member.virtual or None,
        "free": [span_of(on, piece) for on in rotation for piece in time.days[on].planning],
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


def visit_problem(
    cycle: Cycle, now: datetime, *, seconds: int, seed: int, with_locks: bool = True, around: Visit | None = None
) -> VisitProblem:
    """The walkthrough problem of a cycle from the first date that still gives everybody notice.

    `around` a visit it holds only what its moves can concern: the two people, hosts of its focus, and of these the
    lessons while the visitor plans and those that have a visit; the fit of pairs is not that of the whole. Raises
    `Refused` where no school day of the cycle is left, or where a locked visit can no longer stand.
    """
    dates = _dates_with_notice(cycle, now)
    if not any(each.filed and each.filed.kind in LESSON_DAYS for each in dates):
        raise Refused(
            f"No school day of {cycle.name} is left that gives {NOTICE_SCHOOL_DAYS} school days' notice; "
            "open a cycle with later dates."
        )
    loaded = _load(cycle, dates) if around is None else _load_around(cycle, dates, around)
    people = {one.membership.code: one for one in loaded.members}
    others = None if around is None else _near(loaded, around)
    rows, lessons = [], {}
    for one, own_time in zip(loaded.members, loaded.times, strict=True):
        rows.append(_person(one, own_time, loaded))
        near = None if around is None or one.membership_id in (around.visitor_id, around.host_id) else others
        lessons.update(lessons_of(one, own_time, dates, loaded.sections, loaded.elsewhere, near))
    data: dict[str, Any] = {
        "format": "visit-problem/1",
        "min_minutes": MIN_MINUTES,
        "visit_minutes": VISIT_MINUTES,
        "most_visitors_in_a_lesson": 1,
        "most_a_day": cycle.most_a_day,
        "most_at_once": cycle.most_at_once,
        "people": sorted(rows, key=lambda row: str(row["id"])),
        "lessons": [row for row, _ in lessons.values()],
        "mentoring": active_mentoring(people) if around is None else [],
        "apart": loaded.apart if around is not None else [pair[:2] for pair in _apart_between(people, people)],
        "fixed": locked_visits(cycle, lessons) if with_locks else [],
        "past_pairs": past_pairs(cycle, people) if around is None else [],
        "travel_minutes": loaded.travel,
        "seed": seed,
        "seconds": seconds,
    }
    found = {key: lesson for key, (_, lesson) in lessons.items()}
    members = tuple(people[row["id"]].membership for row in data["people"])
    return VisitProblem(data, found, members, _unknown(loaded.times), _periods(dates), tuple(loaded.counted))


def _near(loaded: _School, around: Visit) -> Near:
    """The lessons while the visitor plans, none where they have left the cycle, and those that have a visit."""
    found = [each for each in loaded.times if each.member.id == around.visitor_id]
    planning = {on: day.planning for on, day in found[0].days.items()} if found else {}
    return Near(planning, frozenset(visit.lesson for visit in loaded.counted))


def _periods(dates: Sequence[CalendarDate]) -> tuple[str, ...]:
    found = {bell.period for each in dates if each.day for bell in each.day.bells if bell.kind != "lunch"}
    return tuple(sorted(found, key=lambda period: (len(period), period)))


def _dates_with_notice(cycle: Cycle, now: datetime) -> list[CalendarDate]:
    """The dates of the cycle for which everybody has two school days' notice; the day of asking is day 0.

    Before the year begins there are no school days to count: a week's notice serves as well.
    """
    today = now.astimezone(ZoneInfo(cycle.school.time_zone)).date()
    tomorrow, enough = today + timedelta(days=1), today + timedelta(days=NOTICE_DAYS_WITHOUT_CALENDAR)
    dates = calendar(cycle.school, min(tomorrow, cycle.starts_on), max(enough, cycle.ends_on))
    ahead = [each for each in dates if tomorrow <= each.on <= enough]
    school_days = [each.on for each in ahead if each.filed and each.filed.kind in LESSON_DAYS]
    with_notice = school_days[NOTICE_SCHOOL_DAYS - 1] if len(school_days) >= NOTICE_SCHOOL_DAYS else enough
    first = max(cycle.starts_on, with_notice)
    return [each for each in dates if first <= each.on <= cycle.ends_on]


def _person(one: Participant, time: PersonTime, loaded: _School) -> dict[str, Any]:
    member, wishes = one.membership, one.profile
    row = {
        "id": member.code,
        "building": member.building,
        "free": [
            span_of(each.on, piece)
            for each in loaded.dates
            if loaded.elsewhere.may_visit(member.id, each.on, wishes["visits_a_week"])
            for piece in time.days[each.on].planning
            if not time.is_paused_on(each.on)
        ],
        "departments": _departments(member, loaded.school) or member.subjects,
        "wants_to_learn": wishes["wants_to_learn"],
        "shows": wishes["shows"],
        "wants_feedback_on": wishes["wants_feedback_on"],
        "gives_feedback_on": wishes["gives_feedback_on"],
        "closed_days": [str(each.on) for each in loaded.dates if closed_all_day(time, each)],
        "video": {"host": wishes["video_host"] and wishes["open_to_visits"], "visit": wishes["video_visit"]},
    }
    if wishes["visits_wanted"] and wishes["visits_a_week"]:
        row["visit"] = {
            "required": wishes["visits_required"],
            "wanted": wishes["visits_wanted"],
            "per_week": wishes["visits_a_week"],
            "per_month": PLANNING_USES_A_MONTH,
            "used": loaded.elsewhere.used_by(member.id),
        }
    if hosts(wishes):
        row["host"] = {"required": 0, "most": wishes["hosts_at_most"], "per_week": wishes["hosts_a_week"]}
    return row


def _apart_between(first: Mapping[str, Participant], second: Mapping[str, Participant]) -> list[list[str]]:
    """Rows [one of `first`, one of `second`, why] for everybody who must never be put together."""
    code_by_id = {one.membership_id: code for code, one in {**first, **second}.items()}
    evaluating = select(EvaluatorLink.evaluator_id, EvaluatorLink.membership_id, literal("evaluator")).where(
        EvaluatorLink.evaluator_id.in_(code_by_id)
    )
    kept = select(Apart.membership_id, Apart.other_id, literal("apart")).where(Apart.membership_id.in_(code_by_id))
    rows = [row for row in db.session.execute(union_all(evaluating, kept)) if row[1] in code_by_id]
    found: dict[tuple[str, str], str] = {}
    for one, other, why in sorted((code_by_id[one], code_by_id[other], why) for one, other, why in rows):
        for pair in ((one, other), (other, one)):
            if pair[0] in first and pair[1] in second and pair[::-1] not in found:
                found.setdefault(pair, why)
    return [[*pair, why] for pair, why in sorted(found.items())]


def _terms_and_travel(school: School) -> tuple[dict[str, Term], list[list[Any]]]:
    """The terms by name, and rows [building, building, minutes]; a school has few of both: one statement joins them."""
    named, ways = Term.school_id == School.id, and_(Travel.school_id == School.id, Travel.minutes > 0)
    query = select(Term, Travel).select_from(School).outerjoin(Term, named).outerjoin(Travel, ways)
    rows = db.session.execute(query.where(School.id == school.id)).all()
    terms = {term.name: term for term, _ in rows if term is not None}
    travel = {way.id: [way.from_building, way.to_building, way.minutes] for _, way in rows if way is not None}
    return terms, sorted(travel.values())


def _unknown(found: Iterable[PersonTime]) -> dict[str, list[str]]:
    return {each.member.code: each.unknown_because for each in found if each.unknown_because}
