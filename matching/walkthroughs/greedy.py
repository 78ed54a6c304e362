"""The first plan: one pass over people and units, keeping every row. It needs no solver, so it is there at
once."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate

from matching.walkthroughs.candidates import Candidates
from matching.walkthroughs.model import AtMost
from matching.walkthroughs.space import Space


class Ledger:
    """What each row still has left while choices are taken one by one.

    Rows of a choice lie side by side in flat columns: a large school has millions of them.
    """

    def __init__(self, rows: Iterable[AtMost], choices: int) -> None:
        self.rows = list(rows)
        self.left = [row.bound for row in self.rows]
        uses = [0] * (choices + 1)
        for row in self.rows:
            for number in row.numbers:
                uses[number + 1] += 1
        self._first = array("i", accumulate(uses))
        self._row, self._weight = (array("i", bytes(4 * self._first[-1])) for _ in range(2))
        end = array("i", self._first)
        for place, row in enumerate(self.rows):
            for number, weight in zip(row.numbers, row.weights, strict=True):
                at = end[number]
                self._row[at], self._weight[at] = place, weight
                end[number] = at + 1

    def uses(self, number: int) -> Iterator[tuple[int, int]]:
        """The rows of a choice, each with its weight there."""
        for at in range(self._first[number], self._first[number + 1]):
            yield self._row[at], self._weight[at]

    def has_room(self, number: int) -> bool:
        places = range(self._first[number], self._first[number + 1])
        return all(self.left[self._row[at]] >= self._weight[at] for at in places)

    def blocking(self, number: int) -> list[str]:
        """The rules of the rows that have no room for a choice."""
        return [self.rows[row].rule for row, weight in self.uses(number) if self.left[row] < weight]

    def take(self, number: int) -> None:
        for row, weight in self.uses(number):
            self.left[row] -= weight

    def give_back(self, number: int) -> None:
        for row, weight in self.uses(number):
            self.left[row] += weight


class _Choosing:
    def __init__(self, space: Space, candidates: Candidates, rows: list[AtMost]) -> None:
        self.space, self.candidates, self.problem = space, candidates, space.problem
        self.ledger = Ledger(rows, len(candidates.visits) + len(candidates.videos))
        self.taken: list[int] = []
        self.made: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.by_visitor: dict[str, list[int]] = defaultdict(list)
        self.by_host: dict[str, list[int]] = defaultdict(list)
        for number, visit in candidates.numbered_visits():
            self.by_visitor[visit.visitor].append(number)
            self.by_host[visit.host].append(number)

    def take(self, number: int) -> None:
        visit = self.candidates.visits[number]
        self.ledger.take(number)
        self.taken.append(number)
        self.made[visit.visitor] += 1
        self.received[visit.host] += 1

    def take_best(self, numbers: list[int]) -> bool:
        open_now = [number for number in numbers if self.ledger.has_room(number)]
        if not open_now:
            return False
        self.take(max(open_now, key=self._worth))
        return True

    def _worth(self, number: int) -> tuple[int, int, int, int]:
        visit = self.candidates.visits[number]
        needs = self.made[visit.visitor] < self.problem.person_by_id[visit.visitor].visits_required
        asks = self.received[visit.host] < self.problem.person_by_id[visit.host].hosts_required
        fit = self.space.pairs[visit.visitor, visit.host].fit
        return needs + asks, fit, -self.problem.day_numbers[visit.day], -number


def greedy_choice(space: Space, candidates: Candidates, rows: list[AtMost]) -> list[int]:
    """The numbers of a complete plan: fixed, previous, required and then wanted visits, and videos for what
    is left.

    Scarce people choose first: those with the fewest eligible visits.
    """
    choosing = _Choosing(space, candidates, rows)
    problem = space.problem
    for number, visit in candidates.numbered_visits():
        if visit.place in candidates.stands:
            choosing.take(number)
    for number, visit in candidates.numbered_visits():
        stood = visit.place in problem.previous_visits and visit.place not in candidates.stands
        if stood and choosing.ledger.has_room(number):
            choosing.take(number)
    visitors = sorted(choosing.by_visitor, key=lambda person: (len(choosing.by_visitor[person]), person))
    hosts = sorted(choosing.by_host, key=lambda person: (len(choosing.by_host[person]), person))
    for person in visitors:
        while choosing.made[person] < problem.person_by_id[person].visits_required:
            if not choosing.take_best(choosing.by_visitor[person]):
                break
    for person in hosts:
        while choosing.received[person] < problem.person_by_id[person].hosts_required:
            if not choosing.take_best(choosing.by_host[person]):
                break
    for person in visitors:
        while choosing.made[person] < problem.person_by_id[person].visits_wanted:
            if not choosing.take_best(choosing.by_visitor[person]):
                break
    return choosing.taken + _needed_videos(choosing)


def _needed_videos(choosing: _Choosing) -> list[int]:
    people = choosing.problem.person_by_id
    needs = {("visit", person): people[person].visits_required - choosing.made[person] for person in people}
    needs |= {("host", person): people[person].hosts_required - choosing.received[person] for person in people}
    chosen = []
    for least in (2, 1):
        for number, pair in choosing.candidates.numbered_videos():
            sides = [("visit", pair.visitor), ("host", pair.host)]
            open_sides = [side for side in sides if needs[side] > 0]
            if len(open_sides) >= least and number not in chosen and choosing.ledger.has_room(number):
                choosing.ledger.take(number)
                chosen.append(number)
                for side in open_sides:
                    needs[side] -= 1
    return chosen
