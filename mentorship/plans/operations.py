"""Making a draft: problems out, outcomes in, rows written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, select

from mentorship import clock
from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.plans.problems import Lesson, VisitProblem, pairing_problem, visit_problem
from mentorship.plans.solving import Part


@dataclass(frozen=True)
class Draft:
    """One part to be solved: its problem, and what is needed to write its outcome down."""

    part: Part
    problem: dict[str, Any]
    lessons: Mapping[str, Lesson]
    unknown_because: dict[str, list[str]]


def drafts(cycle: Cycle, *, now: datetime, seconds: int, seed: int) -> list[Draft]:
    """The parts of the cycle that are still open, as problems. Raises `Refused` where none is."""
    cycle.refuse_if_closed()
    published = set(db.session.scalars(select(Plan.part).where(Plan.cycle_id == cycle.id, Plan.status == "published")))
    found: list[Draft] = []
    if cycle.with_pairings and "pairings" not in published:
        data, unknown = pairing_problem(cycle, seconds=seconds, seed=seed)
        found.append(Draft("pairings", data, {}, unknown))
    if cycle.with_walkthroughs and "visits" not in published:
        problem = visit_problem(cycle, now, seconds=seconds, seed=seed)
        found.append(Draft("visits", problem.data, problem.lessons, problem.unknown_because))
    if not found:
        raise Refused(f"The plan of {cycle.name} is published; a published plan is changed visit by visit.")
    return found


def keep_draft(cycle: Cycle, draft: Draft, outcome: dict[str, Any], *, by: str, now: datetime) -> Plan:
    """Write an outcome down as the draft of its part, in place of the draft before it."""
    plan = db.session.scalars(select(Plan).where(Plan.cycle_id == cycle.id, Plan.part == draft.part)).first()
    if plan is None:
        plan = Plan(cycle_id=cycle.id, part=draft.part, problem={}, outcome={}, made_at=now)
        db.session.add(plan)
    elif plan.status != "draft":
        raise Refused("Somebody published this part of the plan meanwhile; the new draft was not kept.")
    plan.problem, plan.outcome, plan.made_at = draft.problem, outcome, now
    plan.unknown_because = draft.unknown_because
    db.session.flush()
    for model in (Pairing, Visit):
        db.session.execute(delete(model).where(model.plan_id == plan.id))
    members = {one.membership.code: one.membership for one in participants(cycle)}
    rows = _pairings(plan, members) if draft.part == "pairings" else _visits(plan, members, draft.lessons, cycle)
    db.session.add_all(rows)
    cycle.status = "planned" if cycle.status == "setting_up" else cycle.status
    audit.record("plan", by=by, now=now, cycle=cycle.id, part=draft.part)
    db.session.flush()
    return plan


def _pairings(plan: Plan, members: Mapping[str, Membership]) -> Sequence[Pairing]:
    """The pairs of an outcome but for those that stand from an earlier cycle already."""
    standing = {tuple(pair) for pair in plan.problem["fixed"]}
    return [
        Pairing(plan_id=plan.id, mentee=members[row["mentee"]], mentor=members[row["mentor"]], reasons=row["reasons"])
        for row in plan.outcome["pairs"]
        if (row["mentee"], row["mentor"]) not in standing
    ]


def _visits(
    plan: Plan, members: Mapping[str, Membership], lessons: Mapping[str, Lesson], cycle: Cycle
) -> Sequence[Visit]:
    zone = cycle.school.time_zone
    live = [_live(row, plan, members, lessons[row["lesson"]], zone) for row in plan.outcome["visits"]]
    videos = [
        Visit(
            plan_id=plan.id,
            visitor=members[row["visitor"]],
            host=members[row["host"]],
            medium="video",
            mode=row["mode"],
            focus=row["focus"] or "",
        )
        for row in plan.outcome["videos"]
    ]
    return [*live, *videos]


def _live(row: Mapping[str, Any], plan: Plan, members: Mapping[str, Membership], lesson: Lesson, zone: str) -> Visit:
    starts, ends = (time.fromisoformat(row[key].partition("T")[2]) for key in ("start", "end"))
    return Visit(
        plan_id=plan.id,
        visitor=members[row["visitor"]],
        host=members[row["host"]],
        mode=row["mode"],
        focus=row["focus"] or "",
        section=lesson.section,
        on_date=lesson.on_date,
        starts=starts,
        ends=ends,
        starts_at=clock.instant(lesson.on_date, starts, zone),
        ends_at=clock.instant(lesson.on_date, ends, zone),
        period=lesson.period,
        cycle_day=lesson.cycle_day,
        room=lesson.section.room or members[row["host"]].room,
        lesson=row["lesson"],
        reasons=row.get("reasons", []),
    )


def problem_file(cycle: Cycle, part: Part, *, now: datetime, seconds: int, seed: int) -> dict[str, Any]:
    """The engine's problem file of a cycle as it would be solved now."""
    if part == "pairings":
        return pairing_problem(cycle, seconds=seconds, seed=seed)[0]
    problem: VisitProblem = visit_problem(cycle, now, seconds=seconds, seed=seed)
    return problem.data
