"""Only what people have fixed can contradict a limit: this looks at that alone, before anything is solved."""

from __future__ import annotations

from matching.errors import ProblemError
from matching.rule import Finding
from matching.walkthroughs.candidates import Plan, standing_visit
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import LIMITS


def fixed_plan(problem: VisitProblem, rows: int | None = None) -> Plan:
    """The plan of the first so many fixed visits, or of all."""
    return Plan(tuple(standing_visit(problem, visitor, lesson) for visitor, lesson in problem.fixed[:rows]))


def refuse_contradictions(problem: VisitProblem) -> None:
    """Raise ProblemError that names the first fixed row which no plan can keep together with those before
    it."""
    if _first_fault(problem, None) is None:
        return
    kept, refused = 0, len(problem.fixed)
    while refused - kept > 1:
        middle = (kept + refused) // 2
        if _first_fault(problem, middle) is None:
            kept = middle
        else:
            refused = middle
    fault = _first_fault(problem, refused)
    raise ProblemError(f"fixed[{refused - 1}]: {fault.text if fault else 'contradicts an earlier row'}")


def _first_fault(problem: VisitProblem, rows: int | None) -> Finding | None:
    plan = fixed_plan(problem, rows)
    for limit in LIMITS:
        if limit.key != "fixed_visits_stay":
            for finding in limit.check(problem, plan):
                return finding
    return None
