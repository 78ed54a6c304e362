from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from matching.intervals import day_of, month_of
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan, Visit
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model, joined
from matching.walkthroughs.problem import VisitProblem

if TYPE_CHECKING:
    from matching.walkthroughs.arrays import Integers


class VisitsAMonth(VisitLimit):
    """Contracts often say on how many days of a month planning time may be used; visit and debrief both use
    it."""

    key = "visits_a_month"
    title = "A visitor's planning is used on only so many dates a month"

    def post(self, candidates: Candidates, model: Model) -> None:
        problem = candidates.problem
        talks: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, visit, debrief in candidates.debriefed:
            day = day_of(debrief[0])
            if day != visit.day:
                talks[visit.visitor, month_of(day)][day].append(number)
        visits: dict[tuple[str, str], dict[int, Integers]] = defaultdict(dict)
        for numbers in candidates.groups("visitor", "day"):
            first = candidates.visits[numbers[0]]
            if limit_a_month(problem, first.visitor) is not None:
                visits[first.visitor, month_of(first.day)][first.day] = numbers
        for visitor, month in sorted(visits.keys() | talks.keys()):
            left = dates_left(problem, visitor, month)
            if left is None:
                continue
            made, talked = visits[visitor, month], talks.get((visitor, month), {})
            if talked:
                wanted = problem.person_by_id[visitor].visits_wanted
                dates = [
                    [part for part in ((made.get(day, ()), 1), (talked.get(day, ()), wanted)) if len(part[0])]
                    for day in sorted(made.keys() | talked.keys())
                ]
                model.at_most_used(self.key, dates, left)
            elif made:
                # With one visit a day, as many visits as dates.
                model.at_most(self.key, joined(made.values()), left)

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for (visitor, month), dates in used_dates(plan.visits).items():
            left = dates_left(problem, visitor, month)
            if left is not None and len(dates) > left:
                text = f"{visitor} uses planning on {len(dates)} dates in {month}, {left} are left"
                yield Finding(self.key, text, (visitor,), {"count": len(dates), "most": left, "month": month})


def dates_left(problem: VisitProblem, visitor: str, month: str) -> int | None:
    """On how many dates of a month a visitor may still use planning; None where nothing limits it."""
    most = limit_a_month(problem, visitor)
    visiting = problem.person_by_id[visitor].visit
    return None if most is None or visiting is None else max(0, most - visiting.used.get(month, 0))


def limit_a_month(problem: VisitProblem, visitor: str) -> int | None:
    """On how many dates of any month a visitor's planning may be used; None where nothing limits it."""
    visiting = problem.person_by_id[visitor].visit
    return None if visiting is None else visiting.per_month


def used_dates(visits: tuple[Visit, ...]) -> dict[tuple[str, str], set[int]]:
    """The dates on which each visitor's planning goes to a visit or its debrief, by visitor and month."""
    dates: dict[tuple[str, str], set[int]] = defaultdict(set)
    for visit in visits:
        days = [visit.day] if visit.debrief is None else [visit.day, day_of(visit.debrief[0])]
        for day in days:
            dates[visit.visitor, month_of(day)].add(day)
    return dates
