"""A re-plan of visits that are out: what may still move, as a problem, and what a person decides about it.

What both people have accepted, what is over and what is too soon stays; what waits for answers stays if it can; what
has no time any more is planned anew. Nobody gets more visits by it than they had, but for those whom the plan left
without one that they need: for them it looks for a place.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from mentorship.audit import operations as audit
from mentorship.availability.planning_periods import PersonDay
from mentorship.availability.queries import calendar, sections_of, times
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import add_job, jobs_about
from mentorship.people.models import Membership
from mentorship.plans.elsewhere import COUNTED, monday_of
from mentorship.plans.findings import Broken, newly_broken
from mentorship.plans.models import Plan, Visit
from mentorship.plans.moving import NOT_THERE, Move, with_standing, words_of, words_of_stand_ins, words_of_visits
from mentorship.plans.problems import VisitProblem, visit_problem
from mentorship.plans.queries import UNFINISHED
from mentorship.plans.replan_changes import Kind, Movable, Reason, ReplanDraft
from mentorship.plans.school_limits import Limits, most_at_once, newly_crowded
from mentorship.plans.unplaced import looked_again, visits_lacking

REPLAN = "replan"
# Nearly every re-plan is proven best within a second.
REPLAN_SECONDS = 30
WAITING = ("invited", "time_asked")
# What stands no more and may still get a time.
WITHOUT_A_TIME = ("needs_new_time", "expired")
NOTHING_OUT = "The visits of {cycle} are not published: make the plan again instead."
NOTHING_OPEN = (
    "There is nothing to plan again: no visit waits for answers, none needs a new time, and everybody has what "
    "they need."
)


@dataclass
class _Reading:
    """The school as it is now and the visits of a cycle, by what a re-plan may do with them."""

    made: VisitProblem
    staying: list[Visit] = field(default_factory=list)
    waiting: list[Visit] = field(default_factory=list)
    asked: list[Visit] = field(default_factory=list)
    open: list[Visit] = field(default_factory=list)

    @property
    def movable(self) -> list[tuple[Visit, Kind]]:
        found: list[tuple[Visit, Kind]] = [(visit, "waiting") for visit in self.waiting]
        return [*found, *((visit, "asked") for visit in self.asked), *((visit, "open") for visit in self.open)]


def ask_for_replan(cycle: Cycle, *, seconds: int, by: str, now: datetime) -> Job:
    """Have the worker find out what a re-plan would change. Raises `Refused` where nothing could."""
    db.session.refresh(cycle, with_for_update={"of": Cycle})
    cycle.refuse_if_closed()
    plan = visits_out(cycle)
    if plan is None:
        raise Refused(NOTHING_OUT.format(cycle=cycle.name))
    standing = replan_job(cycle)
    if standing is not None and standing.state in UNFINISHED:
        raise Refused("A re-plan is being made already.")
    may_move = select(Visit.id).join(Plan).where(Plan.cycle_id == cycle.id, Visit.medium == "live")
    may_move = may_move.where(Visit.status.in_((*WAITING, *WITHOUT_A_TIME))).limit(1)
    if not visits_lacking(plan) and db.session.scalar(may_move) is None:
        raise Refused(NOTHING_OPEN)
    job = add_job(REPLAN, {"cycle": cycle.id, "seconds": seconds, "by": by}, run_at=now)
    db.session.flush()
    audit.record("ask_for_replan", by=by, now=now, cycle=cycle.id, job=job.id)
    return job


def stop_replan(cycle: Cycle, *, by: str, now: datetime) -> None:
    """Have the running re-plan end without a proposal. Raises `Refused` where none runs."""
    job = replan_job(cycle)
    if job is None or job.state not in UNFINISHED:
        raise Refused("No re-plan is being made any more.")
    if job.state == "waiting":
        job.state, job.error = "failed", "The re-plan was stopped, and nothing was changed."
    job.wish = "stop"
    audit.record("stop_replan", by=by, now=now, cycle=cycle.id, job=job.id)


def replan_job(cycle: Cycle) -> Job | None:
    """The newest re-plan that was asked for, whatever came of it."""
    return db.session.scalars(jobs_about(REPLAN, cycle=cycle.id).limit(1)).first()


def visits_out(cycle: Cycle, *, for_update: bool = False) -> Plan | None:
    """The published plan of the visits, with its pending re-plan."""
    query = select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == "visits", Plan.status == "published")
    query = query.options(undefer(Plan.replan))
    if for_update:
        query = query.with_for_update(of=Plan).execution_options(populate_existing=True)
    return db.session.scalars(query).first()


@dataclass(frozen=True)
class ReplanState:
    """Whether the visits are published, what a re-plan of them would change, and the newest one asked for."""

    is_out: bool = False
    pending: dict[str, Any] | None = None
    job: Job | None = None


def replan_state(cycle: Cycle) -> ReplanState:
    """Of the visits of a cycle, in one statement and without the plan's long outcome."""
    newest = jobs_about(REPLAN, cycle=cycle.id).with_only_columns(Job.id).limit(1).scalar_subquery()
    query = select(Plan.replan, Job).outerjoin(Job, Job.id == newest)
    query = query.where(Plan.cycle_id == cycle.id, Plan.part == "visits", Plan.status == "published")
    row = db.session.execute(query).first()
    return ReplanState(True, row[0], row[1]) if row is not None else ReplanState()


def keep_replan(cycle: Cycle, changes: dict[str, Any], *, by: str, now: datetime) -> None:
    """Let these changes wait for a person's decision, in place of those before; no visit changes.

    What is said of those who lack a visit is what the re-plan has found.
    """
    plan = visits_out(cycle, for_update=True)
    if plan is None:
        raise Refused(NOTHING_OUT.format(cycle=cycle.name))
    cycle.refuse_if_closed()
    missing = changes.pop("missing", [])
    added = {row["row"]["visitor"] for row in changes["changes"] if row["kind"] == "added"}
    plan.outcome = looked_again(plan.outcome, missing, added)
    plan.replan = {**changes, "made_at": now.isoformat()}
    audit.record("replan", by=by, now=now, cycle=cycle.id, changes=len(changes["changes"]))
    db.session.flush()


def forget_replan(cycle: Cycle, *, by: str, now: datetime) -> None:
    """Keep the plan as it is. Raises `Refused` where nothing waits for a decision."""
    plan = visits_out(cycle, for_update=True)
    if plan is None or plan.replan is None:
        raise Refused("Somebody decided about this re-plan already.")
    plan.replan = None
    audit.record("forget_replan", by=by, now=now, cycle=cycle.id)
    db.session.flush()


def replan_draft(cycle: Cycle, *, now: datetime, seconds: int, seed: int) -> ReplanDraft:
    """The problem of a re-plan from the first date that still gives notice. Raises as `visit_problem`, and `Refused`
    where nothing could move.
    """
    read = _read(cycle, now, seconds=seconds, seed=seed)
    plan = visits_out(cycle)
    wishing = {str(row["id"]) for row in read.made.data["people"] if "visit" in row}
    lacking = {code: count for code, count in (visits_lacking(plan) if plan else {}).items() if code in wishing}
    if not read.movable and not lacking:
        raise Refused(NOTHING_OPEN)
    data, standing = _problem(read.made, read.staying, [*read.waiting, *read.asked], read.open, lacking)
    lessons, places = read.made.lessons, [(row["visitor"], row["lesson"]) for row in standing["visits"]]
    previous = [(visit.visitor.code, visit.lesson) for visit in read.waiting]
    taken = {*places, *previous}
    declined = {
        (visit.visitor.code, lesson) for visit, _ in read.movable for lesson in _declined(visit) if lesson in lessons
    }
    # Whom a video brings together does not meet again in the room.
    films = {(visit.visitor.code, visit.host.code) for visit in read.staying if visit.medium == "video"}
    met = {(film[0], key) for film in films for key, lesson in lessons.items() if lesson.host.code == film[1]}
    data["fixed"] = sorted([*row] for row in places)
    data["previous"] = sorted([*row] for row in previous)
    data["declined"] = sorted([*row] for row in (declined | met) - taken)
    why = _why(cycle, [visit for visit, kind in read.movable if kind != "waiting"], read.made)
    there = [_movable(visit, kind, why.get(visit.id, ())) for visit, kind in read.movable]
    movable = (*there, *_not_there_yet(lacking))
    return ReplanDraft(data, movable, {key: lesson.period for key, lesson in lessons.items()}, _limits(cycle))


def judge_changes(
    cycle: Cycle, now: datetime, rows: Mapping[int, Mapping[str, Any] | None]
) -> tuple[list[Broken], dict[int, Move]]:
    """What these changes together break in the school as it is now that stands unbroken without them, and where each
    visit would go; `rows` are rows of an outcome by visit, None for a visit that is given up. Those by a number below
    zero are of visits that are not there yet.
    """
    read = _read(cycle, now, seconds=1, seed=1)
    # What was asked for stands no more where it was, even if by now it is too soon for another re-plan to move it.
    going = [visit for visit in (*read.staying, *read.waiting, *read.asked, *read.open) if visit.id in rows]
    staying = [visit for visit in (*read.staying, *read.waiting, *read.asked) if visit.id not in rows]
    added = Counter(row["visitor"] for number, row in rows.items() if number < 0 and row is not None)
    data, standing = _problem(read.made, staying, going, [], added)
    lessons = read.made.lessons
    asked = [(number, row) for number, row in rows.items() if row is not None]
    if any(row["lesson"] not in lessons for _, row in asked):
        return [Broken("", NOT_THERE)], {}
    keys = ("visitor", "lesson", "start", "end")
    after = [*standing["visits"], *({key: row[key] for key in keys} for _, row in asked)]
    visits = [*read.staying, *(visit for visit, _ in read.movable)]
    words = words_of_visits(visits) | words_of(read.made)
    words |= words_of_stand_ins([visit for visit in visits if visit.lesson], words)
    faults = newly_broken(data, {**standing, "videos": []}, {"visits": after, "videos": []}, words)
    faults += newly_crowded(after, len(standing["visits"]), _limits(cycle))
    return faults, {number: _move(read.made, row) for number, row in asked}


def _limits(cycle: Cycle) -> Limits:
    return cycle.most_a_day, cycle.most_at_once


def _read(cycle: Cycle, now: datetime, *, seconds: int, seed: int) -> _Reading:
    made = visit_problem(cycle, now, seconds=seconds, seed=seed, with_locks=False)
    read, present = _Reading(made), {member.code for member in made.members}
    first = min((lesson.on_date for lesson in made.lessons.values()), default=None)
    query = select(Visit).join(Visit.plan).where(Plan.cycle_id == cycle.id).order_by(Visit.id)
    for visit in db.session.scalars(query.where(Visit.status.in_((*COUNTED, *WITHOUT_A_TIME)))):
        if visit.status in WITHOUT_A_TIME:
            if visit.medium == "live" and visit.visitor.code in present:
                read.open.append(visit)
        elif not _may_move(visit, first, now) or visit.visitor.code not in present or visit.host.code not in present:
            read.staying.append(visit)
        elif visit.status == "time_asked":
            read.asked.append(visit)
        else:
            (read.waiting if visit.lesson in made.lessons else read.asked).append(visit)
    return read


def _may_move(visit: Visit, first: date | None, now: datetime) -> bool:
    """It waits for answers and lies where everybody still has notice."""
    if visit.medium != "live" or visit.status not in WAITING or visit.on_date is None or first is None:
        return False
    return visit.on_date >= first and visit.starts_at is not None and visit.starts_at > now


def _problem(
    made: VisitProblem,
    staying: Sequence[Visit],
    waiting: Iterable[Visit],
    open_visits: Iterable[Visit],
    lacking: Mapping[str, int],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem with room for everything that stays, and what stays as a plan."""
    data, plan = with_standing(made, staying)
    counts = _Counts(staying, waiting, open_visits, lacking)
    data["people"] = [counts.with_room(row) for row in data["people"]]
    # Two who were put apart after both had said yes keep that visit, unless a person takes it back.
    agreed = {frozenset((visit.visitor.code, visit.host.code)) for visit in staying}
    data["apart"] = [row for row in data["apart"] if frozenset(row) not in agreed]
    if data.get("most_a_day"):
        data["most_a_day"] = max(data["most_a_day"], _most(one.on_date for one in staying if one.on_date))
    if data.get("most_at_once"):
        data["most_at_once"] = max(data["most_at_once"], most_at_once(staying))
    return data, plan


class _Counts:
    """How often each person visits and hosts already, and how many visits they lack, by code."""

    def __init__(
        self,
        staying: Sequence[Visit],
        waiting: Iterable[Visit],
        open_visits: Iterable[Visit],
        lacking: Mapping[str, int],
    ) -> None:
        self.visiting: dict[str, list[date]] = defaultdict(list)
        self.hosting: dict[str, list[date]] = defaultdict(list)
        films = [visit for visit in staying if visit.medium == "video"]
        self.films_seen = Counter(visit.visitor.code for visit in films)
        self.films_shown = Counter(visit.host.code for visit in films)
        for visit in staying:
            if visit.on_date is not None:
                self.visiting[visit.visitor.code].append(visit.on_date)
                self.hosting[visit.host.code].append(visit.on_date)
        self.waiting = Counter(visit.visitor.code for visit in waiting)
        self.open = Counter(visit.visitor.code for visit in open_visits)
        self.lacking = lacking

    def with_room(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A person with limits that hold what stands, whatever they wish by now, and no more visits than there are."""
        code = str(row["id"])
        found = {key: value for key, value in row.items() if key not in ("visit", "host")}
        found["video"] = {"host": False, "visit": False}
        visit, host = self._visit(row.get("visit"), code), self._host(row.get("host"), code)
        return {**found, **({"visit": visit} if visit else {}), **({"host": host} if host else {})}

    def _visit(self, wish: Mapping[str, Any] | None, code: str) -> dict[str, Any] | None:
        dates = self.visiting[code]
        wanted = len(dates) + self.waiting[code]
        wanted += self.open[code] + self.lacking.get(code, 0) if wish else 0
        if not wanted:
            return None
        kept = dict(wish or {"required": 0, "per_week": 1})
        kept["required"] = min(max(kept["required"] - self.films_seen[code], 0), wanted)
        kept["wanted"], kept["per_week"] = wanted, max(kept["per_week"], _most(map(monday_of, dates)))
        if "per_month" in kept:
            used = Counter(kept.get("used", {}))
            used.update(f"{on:%Y-%m}" for on in set(dates))
            kept["per_month"] = max(kept["per_month"], *used.values(), 0)
        return kept

    def _host(self, wish: Mapping[str, Any] | None, code: str) -> dict[str, Any] | None:
        dates = self.hosting[code]
        most = max(wish["most"] - self.films_shown[code] if wish else 0, len(dates))
        if most < 1:
            return None
        kept = dict(wish or {"required": 0, "per_week": 1})
        week, day = max(kept["per_week"], _most(map(monday_of, dates))), max(kept.get("per_day", 1), _most(dates))
        return {**kept, "most": most, "per_week": week, "per_day": day}


def _most(values: Iterable[date]) -> int:
    return max(Counter(values).values(), default=0)


def _declined(visit: Visit) -> set[str]:
    """The lessons to which one of the two said no, of old visits too."""
    answers = {visit.visitor_answer, visit.host_answer}
    return {*visit.declined, *([visit.lesson] if answers & {"no", "time_asked"} else [])}


def _movable(visit: Visit, kind: Kind, why: Sequence[Reason]) -> Movable:
    people = visit.visitor.code, visit.host.code
    return Movable(visit.id, visit.version, *people, visit.lesson, visit.focus, kind, tuple(why))


def _not_there_yet(lacking: Mapping[str, int]) -> list[Movable]:
    visitors = [code for code, count in sorted(lacking.items()) for _ in range(count)]
    why: tuple[Reason, ...] = (("lacking", ""),)
    return [Movable(-place, 0, code, "", "", "", "lacking", why) for place, code in enumerate(visitors, start=1)]


def _move(made: VisitProblem, row: Mapping[str, Any]) -> Move:
    lesson = made.lessons[row["lesson"]]
    starts, ends = (time.fromisoformat(row[side].partition("T")[2]) for side in ("start", "end"))
    room, section, host = lesson.section.room or lesson.host.room, lesson.section, lesson.host
    return Move(row["lesson"], lesson.on_date, lesson.period, lesson.cycle_day, starts, ends, room, section, host)


def _why(cycle: Cycle, visits: Sequence[Visit], made: VisitProblem) -> dict[int, list[Reason]]:
    """Why each visit needs another time, from facts of the school and the answers; never a person's own words."""
    dates = [visit.on_date for visit in visits if visit.on_date is not None]
    if not dates:
        return {}
    members = {member.id: member for visit in visits for member in visit.people}
    around = calendar(cycle.school, min(dates), max(dates))
    found = times(cycle.school, list(members.values()), around, sections_of(cycle.school))
    days = {each.member.id: each.days for each in found}
    return {visit.id: _why_one(visit, days, made) for visit in visits}


def _why_one(visit: Visit, days: Mapping[int, Mapping[date, PersonDay]], made: VisitProblem) -> list[Reason]:
    answers = {"no": "declined", "time_asked": "asked"}
    said: list[Reason] = [
        (answers[visit.answer_of(member.id)], member.code)
        for member in visit.people
        if visit.answer_of(member.id) in answers
    ]
    if said or visit.status == "expired" or visit.on_date is None:
        return said or [("expired", "")]
    facts: list[Reason] = []
    for member in visit.people:
        if word := _what_hinders(member, visit, days[member.id][visit.on_date]):
            facts.append((word, member.code))
    if not facts and visit.status in WAITING and visit.lesson not in made.lessons:
        return [("not_open", "")]
    return facts or [("changed", "")]


def _what_hinders(member: Membership, visit: Visit, day: PersonDay) -> str:
    assert visit.starts is not None and visit.ends is not None, "a live visit has its times"
    if not member.active:
        return "left"
    if any(starts < visit.ends and visit.starts < ends for starts, ends in day.away):
        return "away"
    own = [piece for piece in day.teaching if piece.starts < visit.ends and visit.starts < piece.ends]
    if member.id == visit.visitor_id:
        return "teaches" if own else ""
    code = visit.section.code if visit.section else ""
    return "" if any(piece.section == code for piece in own) else "no_class"
