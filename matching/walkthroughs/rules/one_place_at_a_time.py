from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from matching.intervals import Span, day_of, moment_text, overlap
from matching.rule import Finding
from matching.walkthroughs.candidates import Candidates, Plan
from matching.walkthroughs.entries import entries_taken
from matching.walkthroughs.kinds import VisitLimit
from matching.walkthroughs.model import Model, joined
from matching.walkthroughs.problem import VisitProblem

if TYPE_CHECKING:
    from matching.walkthroughs.arrays import Integers

Engagement = tuple[Span, str]


class OnePlaceAtATime(VisitLimit):
    """Nobody can be in two places: visits with the way there, debriefs and own lessons keep clear of each
    other."""

    key = "one_place_at_a_time"
    title = "Nobody has to be in two places at once"

    def post(self, candidates: Candidates, model: Model) -> None:
        # A visit lies in free time and a visitor makes one a day, so of visits only lessons of one host can be at odds.
        problem = candidates.problem
        # A host who receives one visitor a day is never visited in two lessons of a day.
        several = {person.id for person in problem.people if person.host and person.host.per_day > 1}
        numbers: dict[str, Integers] = {}
        for members in candidates.groups("lesson") if several else ():
            visit = candidates.visits[members[0]]
            if visit.host in several:
                numbers[visit.lesson] = members
        for one, other in _overlapping_lessons(problem, set(numbers)):
            # One visitor in one lesson leaves no seat in the other: exact whatever the number of seats.
            seats = min(problem.most_visitors_in_a_lesson, len(numbers[other]))
            for number in numbers[one]:
                weights = (seats,) + (1,) * len(numbers[other])
                model.at_most(self.key, joined([[number], numbers[other]]), seats, weights)
        # When debriefs begin is settled once they are chosen; here no more are chosen than find room.
        talking = {person for _, visit, _ in candidates.debriefed for person in visit.people}
        for entry in entries_taken(candidates, talking).values():
            if entry.debriefs:
                taken = Counter(entry.visits)
                taken.update(number for numbers in entry.debriefs.values() for number in numbers)
                model.at_most(self.key, taken, entry.most, taken.values())

    def check(self, problem: VisitProblem, plan: Plan) -> Iterator[Finding]:
        for person, engagements in sorted(_engagements(plan).items()):
            ordered = sorted(engagements)
            for place, (span, what) in enumerate(ordered):
                for later, other in ordered[place + 1 :]:
                    if overlap(span, later):
                        yield self._finding(person, what, other, later[0])
                for lesson in problem.lessons_by_host_day.get((person, day_of(span[0])), ()):
                    if overlap(span, problem.span_by_lesson[lesson.id]):
                        yield self._finding(person, what, f"the own lesson {lesson.id}", span[0])
        visited = {visit.lesson for visit in plan.visits}
        for one, other in _overlapping_lessons(problem, visited):
            host, at = problem.lesson_by_id[one].host, problem.span_by_lesson[other][0]
            yield self._finding(host, f"visited lesson {one}", f"visited lesson {other}", at)

    def _finding(self, person: str, one: str, other: str, at: int) -> Finding:
        text = f"{person} is in two places at {moment_text(at)}: {one} and {other}"
        return Finding(self.key, text, (person,), {"at": moment_text(at)})


def _engagements(plan: Plan) -> dict[str, list[Engagement]]:
    found: dict[str, list[Engagement]] = defaultdict(list)
    for visit in plan.visits:
        found[visit.visitor].append((visit.occupied, f"the visit in {visit.lesson}"))
        if visit.debrief is not None:
            for person in (visit.visitor, visit.host):
                found[person].append((visit.debrief, f"the debrief of {visit.lesson}"))
    return found


def _overlapping_lessons(problem: VisitProblem, lessons: set[str]) -> Iterator[tuple[str, str]]:
    held: dict[tuple[str, int], list[str]] = defaultdict(list)
    for lesson in sorted(lessons, key=lambda lesson: (problem.span_by_lesson[lesson], lesson)):
        held[problem.lesson_by_id[lesson].host, day_of(problem.span_by_lesson[lesson][0])].append(lesson)
    for same_day in held.values():
        for place, one in enumerate(same_day):
            for other in same_day[place + 1 :]:
                if problem.span_by_lesson[other][0] >= problem.span_by_lesson[one][1]:
                    break
                yield one, other
