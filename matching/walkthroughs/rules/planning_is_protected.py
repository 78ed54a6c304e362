from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from matching.intervals import Span, day_of, week_of
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.entries import Entry, entries_taken, used_entries
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class PlanningIsProtected(VisitLimit):
    """Planning time is for planning: in a week with visits or debriefs enough of it stays whole."""

    key = "planning_is_protected"
    title = "So many planning periods a week stay whole"

    def post(self, candidates: Candidates, model: Model) -> None:
        problem = candidates.problem
        protected = {person.id for person in problem.people if person.keep_free_per_week}
        if candidates.debriefed:
            by_week: dict[tuple[str, int], list[Entry]] = defaultdict(list)
            for (person, entry), taken in entries_taken(candidates, protected).items():
                by_week[person, week_of(day_of(entry[0]))].append(taken)
            for (person, week), entries in by_week.items():
                model.at_most_used(self.key, map(_parts, entries), spare_entries(problem, person, week))
            return
        for numbers in candidates.groups("visitor", "week"):
            first = candidates.visits[numbers[0]]
            if first.visitor in protected:
                # With one visit a day no two visits share an entry; one that a person has fixed may take several.
                weights = [_entries_of(problem, candidates.visits[number]) for number in numbers]
                model.at_most(self.key, numbers, spare_entries(problem, first.visitor, first.week), weights)

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for (person, week), spans in sorted(_spans_by_week(problem, plan).items()):
            used = {entry for span in spans for entry in used_entries(problem, person, span)}
            spare = spare_entries(problem, person, week)
            if len(used) > spare:
                keep = problem.person_by_id[person].keep_free_per_week
                whole = keep - (len(used) - spare)
                text = f"{person} keeps {whole} of {keep} planning periods whole in one week"
                yield Finding(self.key, text, (person,), {"used": len(used), "most": max(spare, 0)})


def _entries_of(problem: VisitProblem, visit: Visit) -> int:
    return len(used_entries(problem, visit.visitor, visit.span)) if visit.place in problem.fixed_visits else 1


def _parts(entry: Entry) -> list[tuple[list[int], int]]:
    # With one visit a day, and each pair once, of each of these sets one is chosen at most.
    return [(numbers, 1) for numbers in (list(entry.visits), *entry.debriefs.values()) if numbers]


def entries_by_week(problem: VisitProblem, person: str, week: int) -> list[Span]:
    """The planning intervals of a person in a week."""
    days = range(week * 7 + 1, week * 7 + 8)
    return [span for day in days for span in problem.free_by_person_day.get((person, day), ())]


def spare_entries(problem: VisitProblem, person: str, week: int) -> int:
    """How many planning intervals of a week may be used; below 0 where there are too few from the start."""
    return len(entries_by_week(problem, person, week)) - problem.person_by_id[person].keep_free_per_week


def _spans_by_week(problem: VisitProblem, plan: Plan) -> dict[tuple[str, int], list[Span]]:
    found: dict[tuple[str, int], list[Span]] = defaultdict(list)
    for visit in plan.visits:
        found[visit.visitor, week_of(visit.day)].append(visit.span)
        if visit.debrief is not None:
            for person in (visit.visitor, visit.host):
                found[person, week_of(day_of(visit.debrief[0]))].append(visit.debrief)
    keeps = problem.person_by_id
    return {group: spans for group, spans in found.items() if keeps[group[0]].keep_free_per_week}
