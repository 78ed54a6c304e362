from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from matching.intervals import Span, day_of, overlap, week_of
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class PlanningIsProtected(VisitLimit):
    """Planning time is for planning: in a week with visits or debriefs enough of it stays whole."""

    key = "planning_is_protected"
    title = "So many planning periods a week stay whole"

    def post(self, candidates: Candidates, model: Model) -> None:
        problem = candidates.problem
        numbers: dict[tuple[str, int], list[tuple[int, Visit]]] = defaultdict(list)
        for number, visit in candidates.numbered_visits():
            if problem.person_by_id[visit.visitor].keep_free_per_week:
                numbers[visit.visitor, week_of(visit.day)].append((number, visit))
        for (person, week), members in numbers.items():
            weights = [len(used_entries(problem, person, visit.span)) for _, visit in members]
            using = [(number, weight) for (number, _), weight in zip(members, weights, strict=True) if weight]
            spare = spare_entries(problem, person, week)
            model.at_most(self.key, [number for number, _ in using], spare, [weight for _, weight in using])

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for (person, week), spans in sorted(_spans_by_week(problem, plan).items()):
            used = {entry for span in spans for entry in used_entries(problem, person, span)}
            spare = spare_entries(problem, person, week)
            if len(used) > spare:
                keep = problem.person_by_id[person].keep_free_per_week
                whole = keep - (len(used) - spare)
                text = f"{person} keeps {whole} of {keep} planning periods whole in one week"
                yield Finding(self.key, text, (person,), {"used": len(used), "most": max(spare, 0)})


def entries_by_week(problem: VisitProblem, person: str, week: int) -> list[Span]:
    """The planning intervals of a person in a week."""
    days = range(week * 7 + 1, week * 7 + 8)
    return [span for day in days for span in problem.free_by_person_day.get((person, day), ())]


def spare_entries(problem: VisitProblem, person: str, week: int) -> int:
    """How many planning intervals of a week may be used; below 0 where there are too few from the start."""
    return len(entries_by_week(problem, person, week)) - problem.person_by_id[person].keep_free_per_week


def used_entries(problem: VisitProblem, person: str, span: Span) -> list[Span]:
    """The planning intervals that a visit or debrief takes from a person."""
    entries = problem.free_by_person_day.get((person, day_of(span[0])), ())
    return [entry for entry in entries if overlap(entry, span)]


def _spans_by_week(problem: VisitProblem, plan: Plan) -> dict[tuple[str, int], list[Span]]:
    found: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for visit in plan.visits:
        found[visit.visitor, week_of(visit.day)].append(visit.span)
        if visit.debrief is not None:
            for person in (visit.visitor, visit.host):
                found[person, week_of(day_of(visit.debrief[0]))].append(visit.debrief)
    keeps = problem.person_by_id
    return {group: spans for group, spans in found.items() if keeps[group[0]].keep_free_per_week}
