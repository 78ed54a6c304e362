"""A plan made greedily: whoever has the fewest possible visits chooses first, and takes the best fit that is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.benchmarks.choices import Choice, Key, School


def greedy(school: School) -> list[Choice]:
    """One visit a round for whoever wants another; every limit is kept."""
    taken = _Taken(school)
    by_visitor: dict[str, list[Choice]] = {name: [] for name in school.people}
    for one in sorted(school.choices, key=lambda one: (-one.fit, one.on, one.start, one.lesson)):
        by_visitor[one.visitor].append(one)
    for unit in range(max(map(school.wanted, school.people), default=0)):
        wanting = [name for name in school.people if school.wanted(name) > unit]
        by_visitor = {name: taken.left(by_visitor[name]) for name in wanting}
        for name in sorted(wanting, key=lambda name: (len(by_visitor[name]), name)):
            best = next((one for one in by_visitor[name] if taken.allows(one)), None)
            if best is not None:
                taken.take(best)
    return taken.plan


class _Taken:
    """The visits so far, and what they count in each limit."""

    def __init__(self, school: School) -> None:
        self.school = school
        self.plan: list[Choice] = []
        self.count: Counter[Key] = Counter()
        self.closed: set[str] = set()

    def allows(self, one: Choice) -> bool:
        if one.lesson in self.closed:
            return False
        return all(self.count[key] < most for key, most in self.school.limits(one))

    def left(self, choices: Iterable[Choice]) -> list[Choice]:
        return [one for one in choices if self.allows(one)]

    def take(self, one: Choice) -> None:
        self.plan.append(one)
        self.count.update(key for key, _ in self.school.limits(one))
        for pair in self.school.clashes:
            if one.lesson in pair:
                self.closed.update({*pair} - {one.lesson})
