"""Asking for a draft and keeping one: problems out, outcomes in, rows written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy import delete, select

from mentorship import clock
from mentorship.audit import operations as audit
from mentorship.cycles.models import GOALS, Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import add_job
from mentorship.people.changes import refuse_stale
from mentorship.people.models import Membership
from mentorship.plans.contacting import keep_contacts
from mentorship.plans.contacts import Possible, possible_contacts
from mentorship.plans.editing import recounted, touch
from mentorship.plans.findings import BreaksRules
from mentorship.plans.former import as_it_stands, locked_in
from mentorship.plans.lessons import Lesson
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.plans.moving import move_to, open_moves
from mentorship.plans.problems import VisitProblem, contact_problem, pairing_problem, visit_problem
from mentorship.plans.queries import MAKE_PLAN, UNFINISHED, planning_job
from mentorship.plans.solving import Part
from mentorship.plans.unplaced import why_video
from mentorship.plans.weights import RELAXED, only_unusual, words_in

SHORTEST_SECONDS, LONGEST_SECONDS = 1, 600
PUBLISHED = "The plan of {cycle} is published; a published plan is changed visit by visit."
STOPPED = "Planning was stopped before it had finished, and no plan was changed."


@dataclass(frozen=True)
class Draft:
    """One part to be solved: its problem, and what is needed to write its outcome down."""

    part: Part
    problem: dict[str, Any]
    lessons: Mapping[str, Lesson]
    unknown_because: dict[str, list[str]]
    contacts: dict[str, list[Possible]] = field(default_factory=dict)


def drafts(
    cycle: Cycle, *, now: datetime, seconds: int, seed: int, parts: Collection[Part] | None = None
) -> list[Draft]:
    """The parts of the cycle that are still open (of these `parts`), as problems. Raises `Refused` where none is."""
    chosen = [part for part in open_parts(cycle) if parts is None or part in parts]
    found: list[Draft] = []
    if "pairings" in chosen:
        data, unknown = pairing_problem(cycle, seconds=seconds, seed=seed)
        found.append(Draft("pairings", data, {}, unknown, possible_contacts(contact_problem(cycle))))
    if "visits" in chosen:
        problem = visit_problem(cycle, now, seconds=seconds, seed=seed)
        found.append(Draft("visits", problem.data, problem.lessons, problem.unknown_because))
    if not found:
        raise Refused(PUBLISHED.format(cycle=cycle.name))
    return found


def open_parts(cycle: Cycle) -> list[Part]:
    """The parts of the cycle that are not published. Raises `Refused` where it is closed or none is open."""
    cycle.refuse_if_closed()
    published = set(db.session.scalars(select(Plan.part).where(Plan.cycle_id == cycle.id, Plan.status == "published")))
    wanted: dict[Part, bool] = {"pairings": cycle.with_pairings, "visits": cycle.with_walkthroughs}
    found = [part for part, is_wanted in wanted.items() if is_wanted and part not in published]
    if not found:
        raise Refused(PUBLISHED.format(cycle=cycle.name))
    return found


def ask_for_plan(cycle: Cycle, *, seconds: int, parts: Collection[Part] | None = None, by: str, now: datetime) -> Job:
    """Have the worker make the plan, with so many seconds for each part; locks stay. Raises `Refused`."""
    db.session.refresh(cycle, with_for_update=True)
    chosen = [part for part in open_parts(cycle) if parts is None or part in parts]
    if not chosen:
        raise Refused(PUBLISHED.format(cycle=cycle.name))
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise Refused(f"Planning may take {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds.")
    if (standing := planning_job(cycle)) is not None and standing.state in UNFINISHED:
        raise Refused("A plan is being made already.")
    job = add_job(MAKE_PLAN, {"cycle": cycle.id, "seconds": seconds, "parts": chosen, "by": by}, run_at=now)
    db.session.flush()
    audit.record("ask_for_plan", by=by, now=now, cycle=cycle.id, job=job.id)
    return job


def propose_with(cycle: Cycle, *, goal: str, words: Mapping[str, str], seconds: int, by: str, now: datetime) -> Job:
    """Let these words of the rules and this goal matter from now on, and have the pairs proposed with them; locks stay.

    Raises `Refused`, also where `ask_for_plan` does.
    """
    if goal not in GOALS:
        raise Refused("Choose what the proposal is to aim for.")
    weights = only_unusual(words)
    job = ask_for_plan(cycle, seconds=seconds, parts=["pairings"], by=by, now=now)
    cycle.pairing_goal, cycle.pairing_weights = goal, weights
    audit.record("set_weights", by=by, now=now, cycle=cycle.id)
    db.session.flush()
    return job


def relax_rule(cycle: Cycle, rule: str, *, seconds: int, by: str, now: datetime) -> Job:
    """Let a rule that had to hold only count for much, and have the pairs proposed again. Raises `Refused`."""
    words = words_in(cycle.pairing_weights)
    if words.get(rule) != "must":
        raise Refused("This rule does not have to hold any more. Propose again to see what it does.")
    words[rule] = RELAXED
    return propose_with(cycle, goal=cycle.pairing_goal, words=words, seconds=seconds, by=by, now=now)


def wish_of_planning(cycle: Cycle, wish: Literal["best", "stop"], *, by: str, now: datetime) -> None:
    """Tell the running planning to end with its best plan so far, or with none. Raises `Refused` where none runs."""
    job = planning_job(cycle)
    if job is None or job.state not in UNFINISHED:
        raise Refused("No plan is being made any more.")
    if job.state == "waiting" and wish == "stop":
        job.state, job.error = "failed", STOPPED
    job.wish = wish
    audit.record(f"planning_{wish}", by=by, now=now, cycle=cycle.id, job=job.id)


def keep_draft(
    cycle: Cycle,
    draft: Draft,
    outcome: dict[str, Any],
    *,
    weighed: dict[str, Any] | None = None,
    by: str,
    now: datetime,
) -> Plan:
    """Write an outcome down as the draft of its part, in place of the draft before it; locked rows stay the same.

    Of pairings the draft before it is kept as `former`; `weighed` is what other weights would do.
    """
    plan = db.session.scalars(select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == draft.part)).first()
    if plan is None:
        plan = Plan(cycle_id=cycle.id, part=draft.part, problem={}, outcome={}, made_at=now)
        db.session.add(plan)
    elif plan.status != "draft":
        raise Refused("Somebody published this part of the plan meanwhile; the new draft was not kept.")
    if draft.part == "pairings" and plan.outcome:
        plan.former = as_it_stands(plan, locked_in(plan))
    plan.problem, plan.outcome, plan.made_at, plan.weighed = draft.problem, outcome, now, weighed
    plan.unknown_because, plan.edited_at, plan.last_edit = draft.unknown_because, None, None
    db.session.flush()
    for model in (Pairing, Visit):
        db.session.execute(delete(model).where(model.plan_id == plan.id, model.locked.is_(False)))
    members = {one.membership.code: one.membership for one in participants(cycle)}
    if draft.part == "pairings":
        keep_pairings(plan, members, plan.problem["fixed"])
        keep_contacts(plan, draft.contacts, members)
    else:
        _keep_visits(plan, members, draft.lessons, cycle)
    cycle.status = "planned" if cycle.status == "setting_up" else cycle.status
    audit.record("plan", by=by, now=now, cycle=cycle.id, part=draft.part)
    db.session.flush()
    return plan


def keep_pairings(plan: Plan, members: Mapping[str, Membership], fixed: Iterable[Sequence[str]]) -> None:
    """The pairs of an outcome as rows, but for those `fixed` that stand from an earlier cycle already."""
    standing = {tuple(pair) for pair in fixed}
    rows = db.session.scalars(select(Pairing).where(Pairing.plan_id == plan.id))
    locked = {(row.mentee.code, row.mentor.code): row for row in rows}
    for row in plan.outcome["pairs"]:
        pair = (row["mentee"], row["mentor"])
        if pair in locked:
            locked[pair].reasons = row["reasons"]
        elif pair not in standing:
            mentee, mentor = (members[code] for code in pair)
            db.session.add(Pairing(plan_id=plan.id, mentee=mentee, mentor=mentor, reasons=row["reasons"]))


def _keep_visits(plan: Plan, members: Mapping[str, Membership], lessons: Mapping[str, Lesson], cycle: Cycle) -> None:
    rows = db.session.scalars(select(Visit).where(Visit.plan_id == plan.id))
    locked = {(row.visitor.code, row.lesson): row for row in rows}
    for row in plan.outcome["visits"]:
        values = _live(row, members, lessons[row["lesson"]], cycle.school.time_zone)
        visit = locked.get((row["visitor"], row["lesson"]))
        if visit is None:
            db.session.add(Visit(plan_id=plan.id, **values))
            continue
        for name, value in values.items():
            setattr(visit, name, value)
    for row in plan.outcome["videos"]:
        visitor, host = members[row["visitor"]], members[row["host"]]
        why = why_video(plan.problem, row["visitor"], row["host"])
        about = {"medium": "video", "mode": row["mode"], "focus": row["focus"] or ""}
        about["reasons"] = [{"rule": "video_is_needed", "fact": why}]
        db.session.add(Visit(plan_id=plan.id, visitor=visitor, host=host, **about))


def _live(row: Mapping[str, Any], members: Mapping[str, Membership], lesson: Lesson, zone: str) -> dict[str, Any]:
    """The columns of a live visit, from its row in an outcome."""
    starts, ends = (time.fromisoformat(row[key].partition("T")[2]) for key in ("start", "end"))
    return {
        "visitor": members[row["visitor"]],
        "host": members[row["host"]],
        "mode": row["mode"],
        "focus": row["focus"] or "",
        "section": lesson.section,
        "on_date": lesson.on_date,
        "starts": starts,
        "ends": ends,
        "starts_at": clock.instant(lesson.on_date, starts, zone),
        "ends_at": clock.instant(lesson.on_date, ends, zone),
        "period": lesson.period,
        "cycle_day": lesson.cycle_day,
        "room": lesson.section.room or members[row["host"]].room,
        "lesson": row["lesson"],
        "reasons": row.get("reasons", []),
    }


def move_visit(visit: Visit, lesson: str, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Put a visit of a draft into the lesson of that id. Raises `BreaksRules` with the rules' own sentences."""
    _refuse_unless_draft(visit, seen, now)
    moves = open_moves(visit, now, whole=True)
    if faults := moves.broken(lesson):
        raise BreaksRules(faults)
    plan, row = visit.plan, moves.outcome_row(lesson)
    place = (visit.visitor.code, visit.lesson)
    visits = [row if (old["visitor"], old["lesson"]) == place else old for old in plan.outcome["visits"]]
    outcome = {**plan.outcome, "visits": visits}
    plan.outcome = {**outcome, "aims": recounted(outcome["aims"], moves.aims(outcome))}
    move_to(visit, moves.move(lesson))
    visit.mode, visit.focus, visit.reasons = row["mode"], row["focus"] or "", row["reasons"]
    touch(plan, now)
    audit.record("move_visit", by=by, now=now, visit=visit.id, cycle=plan.cycle_id)
    db.session.flush()


def lock_visit(visit: Visit, locked: bool, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Lock or unlock a visit of a draft: a new proposal keeps what is locked."""
    _refuse_unless_draft(visit, seen, now)
    if visit.medium != "live":
        raise Refused("A video review has no place in the timetable that could be locked.")
    if visit.locked == locked:
        return
    visit.locked = locked
    touch(visit.plan, now)
    audit.record("lock_visit" if locked else "unlock_visit", by=by, now=now, visit=visit.id, cycle=visit.plan.cycle_id)
    db.session.flush()


def _refuse_unless_draft(visit: Visit, seen: str | None, now: datetime) -> None:
    visit.plan.cycle.refuse_if_closed()
    if visit.plan.status != "draft" or visit.status != "proposed":
        raise Refused("This visit is published; both people were asked already.")
    refuse_stale(visit.version, seen, now=now, visit=visit.id)


def problem_file(cycle: Cycle, part: Part, *, now: datetime, seconds: int, seed: int) -> dict[str, Any]:
    """The engine's problem file of a cycle as it would be solved now."""
    if part == "pairings":
        return pairing_problem(cycle, seconds=seconds, seed=seed)[0]
    problem: VisitProblem = visit_problem(cycle, now, seconds=seconds, seed=seed)
    return problem.data
