"""From a plan to the outcome that is written: visits with their reasons, what is missing, the aims and their
bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from matching.intervals import moment_text
from matching.outcome import Aim
from matching.walkthroughs.candidates import Choice, Plan, Visit
from matching.walkthroughs.fit import fitted_pair, reasons
from matching.walkthroughs.fixed import fixed_plan
from matching.walkthroughs.judge import AIMS, broken_rules, counted_aims
from matching.walkthroughs.problem import VisitProblem

UP_TO_FIT = AIMS[: AIMS.index("fit") + 1]


def counted(problem: VisitProblem, plan: Plan, bounds: Mapping[str, int | None]) -> list[Aim]:
    """The aims of a plan as the judge counts them, with the bounds that are known."""
    return [Aim(name, value, bounds.get(name)) for name, value in counted_aims(problem, plan).items()]


def status_of(aims: list[Aim]) -> str:
    """`optimal` where every aim up to the fit is at its bound."""
    return "optimal" if all(aim.proven for aim in aims if aim.name in UP_TO_FIT) else "feasible"


def outcome(problem: VisitProblem, plan: Plan, aims: list[Aim], status: str) -> dict[str, Any]:
    """The outcome as JSON, with the reason of each visit; what takes longer to explain is added by
    `explain`."""
    visits = sorted(plan.visits, key=lambda visit: (visit.start, visit.visitor, visit.lesson))
    return {
        "format": "visit-outcome/1",
        "status": status,
        "visits": [_visit_row(problem, visit) for visit in visits],
        "videos": [
            {"visitor": pair.visitor, "host": pair.host, "mode": pair.mode, "focus": pair.focus}
            for pair in sorted(plan.videos)
        ],
        "missing": missing_units(problem, plan),
        "aims": [aim.as_json() for aim in aims],
        "moved": _moved(problem, plan),
        "findings": [finding.as_json() for finding in broken_rules(problem, plan)],
        "seconds": 0.0,
        "explain_seconds": 0.0,
        "seed": problem.seed,
        "problem_sha256": "",
    }


def standing_outcome(problem: VisitProblem) -> dict[str, Any]:
    """The outcome that has nothing but the fixed visits: what there is before a solver has said anything."""
    plan = fixed_plan(problem)
    return outcome(problem, plan, counted(problem, plan, {}), "stopped")


def _visit_row(problem: VisitProblem, visit: Visit) -> dict[str, Any]:
    pair = fitted_pair(problem, visit.visitor, visit.host)
    debrief = None if visit.debrief is None else [moment_text(visit.debrief[0]), moment_text(visit.debrief[1])]
    return {
        "visitor": visit.visitor,
        "host": visit.host,
        "lesson": visit.lesson,
        "start": moment_text(visit.start),
        "end": moment_text(visit.end),
        "mode": pair.mode,
        "focus": pair.focus,
        "fit": pair.fit,
        "debrief": debrief,
        "reasons": reasons(problem, pair),
        "other_lessons": [],
    }


def missing_units(problem: VisitProblem, plan: Plan) -> list[dict[str, Any]]:
    """Required units that neither a visit nor a video covers, by person."""
    choices: list[Choice] = [*plan.visits, *plan.videos]
    made = Counter(choice.visitor for choice in choices)
    received = Counter(choice.host for choice in choices)
    found = []
    for person in sorted(problem.people, key=lambda person: person.id):
        lacking = {
            "visit": person.visits_required - made[person.id],
            "host": person.hosts_required - received[person.id],
        }
        for unit, lacks in lacking.items():
            if lacks > 0:
                row = {"person": person.id, "unit": unit, "count": lacks, "reasons": [], "would_fix": []}
                found.append(row)
    return found


def _moved(problem: VisitProblem, plan: Plan) -> list[dict[str, Any]]:
    made = {visit.place for visit in plan.visits}
    lessons = problem.lesson_by_id
    moved = []
    for visitor, lesson in sorted(problem.previous):
        if (visitor, lesson) in made:
            continue
        host = lessons[lesson].host
        other = [visit.lesson for visit in plan.visits if (visit.visitor, visit.host) == (visitor, host)]
        moved.append({"visitor": visitor, "lesson": lesson, "to": other[0] if other else None})
    return moved
