from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from matching.intervals import day_of, month_of
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model
from matching.walkthroughs.problem import VisitProblem


class VisitsAMonth(VisitLimit):
    """Contracts often say on how many days of a month planning time may be used; visit and debrief both use
    it."""

    key = "visits_a_month"
    title = "A visitor's planning is used on only so many dates a month"

    def post(self, candidates: Candidates, model: Model) -> None:
        visits: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        talks: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, visit in candidates.numbered_visits():
            visits[visit.visitor, month_of(visit.day)][visit.day].append(number)
        for number, visit, debrief in candidates.debriefed:
            day = day_of(debrief[0])
            if day != visit.day:
                talks[visit.visitor, day].append(number)
                visits[visit.visitor, month_of(day)].setdefault(day, [])
        for (visitor, month), by_day in visits.items():
            left = dates_left(candidates.problem, visitor, month)
            if left is None:
                continue
            if any((visitor, day) in talks for day in by_day):
                wanted = candidates.problem.person_by_id[visitor].visits_wanted
                dates = [((tuple(numbers), 1), (tuple(talks[visitor, day]), wanted)) for day, numbers in by_day.items()]
                model.at_most_used(self.key, ([part for part in parts if part[0]] for parts in dates), left)
            else:
                # With one visit a day, as many visits as dates.
                model.at_most(self.key, [number for numbers in by_day.values() for number in numbers], left)

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for (visitor, month), dates in used_dates(plan.visits).items():
            left = dates_left(problem, visitor, month)
            if left is not None and len(dates) > left:
                text = f"{visitor} uses planning on {len(dates)} dates in {month}, {left} are left"
                yield Finding(self.key, text, (visitor,), {"count": len(dates), "most": left, "month": month})


def dates_left(problem: VisitProblem, visitor: str, month: str) -> int | None:
    """On how many dates of a month a visitor may still use planning; None where nothing limits it."""
    visiting = problem.person_by_id[visitor].visit
    if visiting is None or visiting.per_month is None:
        return None
    return max(0, visiting.per_month - visiting.used.get(month, 0))


def used_dates(visits: tuple[Visit, ...]) -> dict[tuple[str, str], set[int]]:
    """The dates on which each visitor's planning goes to a visit or its debrief, by visitor and month."""
    dates: dict[tuple[str, str], set[int]] = defaultdict(set)
    for visit in visits:
        days = [visit.day] if visit.debrief is None else [visit.day, day_of(visit.debrief[0])]
        for day in days:
            dates[visit.visitor, month_of(day)].add(day)
    return dates
