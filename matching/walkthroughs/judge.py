"""The judge: it reads a plan, asks every rule, and counts each aim by itself; it never sees a solver."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from matching.errors import ProblemError, refusal
from matching.fields import Moment
from matching.intervals import Span, moment
from matching.rule import Finding
from matching.walkthroughs.candidates import Plan, Visit, live_visit, standing_visit
from matching.walkthroughs.fit import fitted_pair
from matching.walkthroughs.kinds import AnyRule
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS, PAIR_ELIGIBILITY, VISIT_ELIGIBILITY
from matching.walkthroughs.rules.video_is_needed import open_units

AIMS = ("covered", "live", "moved", "wanted", "fit", "debriefs", "early")
SMALLER_IS_BETTER = frozenset({"covered", "live", "moved", "early"})


class _PlanRow(BaseModel):
    # A plan that a person has edited carries what the judge needs; what else stands in an outcome is not
    # looked at.
    model_config = ConfigDict(strict=True, extra="ignore")


class _VisitRow(_PlanRow):
    visitor: str
    lesson: str
    host: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    debrief: tuple[Moment, Moment] | None = None


class _VideoRow(_PlanRow):
    visitor: str
    host: str


class _PlanRows(_PlanRow):
    visits: tuple[_VisitRow, ...] = ()
    videos: tuple[_VideoRow, ...] = ()


def read_plan(problem: VisitProblem, plan: dict[str, Any]) -> Plan:
    """Read the visits and videos of an outcome, or of a plan with the same fields.

    `host`, `start` and `end` may be left out: they follow from the lesson. Raises ProblemError that names the
    field.
    """
    try:
        rows = _PlanRows.model_validate_json(json.dumps(plan))
    except ValidationError as error:
        raise refusal(error, "plan") from None
    visits = tuple(_visit(problem, f"visits[{place}]", row) for place, row in enumerate(rows.visits))
    seen: set[tuple[str, str]] = set()
    for place, visit in enumerate(visits):
        if visit.place in seen:
            raise ProblemError(f"visits[{place}]: stands twice")
        seen.add(visit.place)
    videos = []
    for place, row in enumerate(rows.videos):
        for side in ("visitor", "host"):
            if getattr(row, side) not in problem.person_by_id:
                raise ProblemError(f"videos[{place}].{side}: nobody has the id {getattr(row, side)!r}")
        videos.append(fitted_pair(problem, row.visitor, row.host))
    return Plan(visits, tuple(videos))


def _visit(problem: VisitProblem, path: str, row: _VisitRow) -> Visit:
    if row.visitor not in problem.person_by_id:
        raise ProblemError(f"{path}.visitor: nobody has the id {row.visitor!r}")
    lesson = problem.lesson_by_id.get(row.lesson)
    if lesson is None:
        raise ProblemError(f"{path}.lesson: no lesson has the id {row.lesson!r}")
    if row.host is not None and row.host != lesson.host:
        raise ProblemError(f"{path}.host: the lesson {row.lesson!r} is held by {lesson.host!r}")
    fixed = (row.visitor, row.lesson) in problem.fixed_visits
    found = None if fixed else live_visit(problem, row.visitor, row.lesson)
    found = found or standing_visit(problem, row.visitor, row.lesson)
    start = moment(row.start) if row.start else found.start
    end = moment(row.end) if row.end else found.end
    if start >= end:
        raise ProblemError(f"{path}.end: a visit ends after it starts")
    return Visit(row.visitor, lesson.host, row.lesson, start, end, found.travel, _debrief(path, row))


def _debrief(path: str, row: _VisitRow) -> Span | None:
    if row.debrief is None:
        return None
    start, end = moment(row.debrief[0]), moment(row.debrief[1])
    if start >= end:
        raise ProblemError(f"{path}.debrief: a debrief ends after it starts")
    return start, end


def broken_rules(problem: VisitProblem, plan: Plan) -> list[Finding]:
    """What the rules find wrong with a plan, in the order of the rule book."""
    rules: tuple[AnyRule, ...] = (*PAIR_ELIGIBILITY, *VISIT_ELIGIBILITY, *LIMITS)
    return [finding for rule in rules for finding in rule.check(problem, plan)]


def counted_aims(problem: VisitProblem, plan: Plan) -> dict[str, int]:
    """The value of each aim, counted from the plan alone, in the order of the aims."""
    open_now = open_units(problem, plan)
    shown = Counter((pair.visitor, "visit") for pair in plan.videos)
    shown.update((pair.host, "host") for pair in plan.videos)
    live = Counter(visit.visitor for visit in plan.visits)
    made = {visit.place for visit in plan.visits}
    return {
        "covered": sum(max(0, count - shown[side]) for side, count in open_now.items()),
        "live": sum(min(count, shown[side]) for side, count in open_now.items()),
        "moved": sum(place not in made for place in problem.previous),
        "wanted": sum(
            max(0, min(live[person.id], person.visits_wanted) - person.visits_required) for person in problem.people
        ),
        "fit": sum(fitted_pair(problem, visit.visitor, visit.host).fit for visit in plan.visits),
        "debriefs": sum(visit.debrief is not None for visit in plan.visits),
        "early": sum(problem.day_numbers[visit.day] for visit in plan.visits),
    }


def check(problem: VisitProblem, plan: dict[str, Any]) -> tuple[list[Finding], dict[str, int]]:
    """Judge a plan: what it breaks, and the value of each aim; raises ProblemError for a plan that can't be
    read."""
    read = read_plan(problem, plan)
    return broken_rules(problem, read), counted_aims(problem, read)
