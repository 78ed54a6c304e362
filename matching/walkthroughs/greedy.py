"""The first plan: one pass over people and units, keeping every row. It needs no solver, so it is there at
once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.candidates import Candidates
from matching.walkthroughs.model import AtMost
from matching.walkthroughs.space import Space


class Ledger:
    """What each row still has left while choices are taken one by one.

    Rows of a choice lie side by side in flat columns: a large school has millions of them.
    """

    def __init__(self, rows: Sequence[AtMost], choices: int) -> None:
        self.rows = rows
        self.left = [row.bound for row in rows]
        numbers = np.concatenate([row.numbers for row in rows]) if rows else np.empty(0, dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        of_row = np.repeat(np.arange(len(rows)), [len(row.numbers) for row in rows])
        weights = np.concatenate([row.weights for row in rows]) if rows else numbers
        self._first = [0, *np.cumsum(np.bincount(numbers, minlength=choices)).tolist()]
        self._row, self._weight = of_row[order].tolist(), weights[order].tolist()

    def uses(self, number: int) -> Iterator[tuple[int, int]]:
        """The rows of a choice, each with its weight there."""
        for at in range(self._first[number], self._first[number + 1]):
            yield self._row[at], self._weight[at]

    def has_room(self, number: int) -> bool:
        left, row, weight = self.left, self._row, self._weight
        return all(left[row[at]] >= weight[at] for at in range(self._first[number], self._first[number + 1]))

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
    def __init__(self, space: Space, candidates: Candidates, rows: Sequence[AtMost]) -> None:
        self.space, self.candidates, self.problem = space, candidates, space.problem
        self.ledger = Ledger(rows, len(candidates.visits) + len(candidates.videos))
        self.taken: list[int] = []
        self.made: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.by_visitor: dict[str, list[int]] = defaultdict(list)
        self.by_host: dict[str, list[int]] = defaultdict(list)
        self.hosts_ask = any(person.hosts_required for person in self.problem.people)
        worth = self._worth()
        for numbers in candidates.groups("visitor"):
            self.by_visitor[candidates.visits[numbers[0]].visitor] = numbers[np.argsort(worth[numbers])].tolist()
        for numbers in candidates.groups("host") if self.hosts_ask else ():
            self.by_host[candidates.visits[numbers[0]].host] = numbers[np.argsort(worth[numbers])].tolist()

    def _worth(self) -> Integers:
        """The place of each visit in the order of the best fit, then the earliest day."""
        visits, pairs, days = self.candidates.visits, self.space.pairs, self.problem.day_numbers
        fits = np.fromiter((pairs[visit.people].fit for visit in visits), dtype=np.int64, count=len(visits))
        on = np.fromiter((days[visit.day] for visit in visits), dtype=np.int64, count=len(visits))
        place = np.empty(len(visits), dtype=np.int64)
        place[np.lexsort((on, -fits))] = np.arange(len(visits))
        return place

    def take(self, number: int) -> None:
        visit = self.candidates.visits[number]
        self.ledger.take(number)
        self.taken.append(number)
        self.made[visit.visitor] += 1
        self.received[visit.host] += 1

    def take_best(self, numbers: Sequence[int]) -> bool:
        """Take the first of these, in the order of `by_worth`, that has room; hosts who still require visits first."""
        asked = [number for number in numbers if self._is_asked_for(number)] if self.hosts_ask else []
        for number in (*asked, *numbers):
            if self.ledger.has_room(number):
                self.take(number)
                return True
        return False

    def _is_asked_for(self, number: int) -> bool:
        host = self.candidates.visits[number].host
        return self.received[host] < self.problem.person_by_id[host].hosts_required


def greedy_choice(space: Space, candidates: Candidates, rows: list[AtMost]) -> list[int]:
    """The numbers of a complete plan: fixed, previous, required and then wanted visits, and videos for what
    is left.

    Scarce people choose first: those with the fewest eligible visits.
    """
    choosing = _Choosing(space, candidates, rows)
    problem = space.problem
    known = candidates.stands | problem.previous_visits
    standing = (
        [(number, visit.place) for number, visit in candidates.numbered_visits() if visit.place in known]
        if known
        else []
    )
    for number, place in sorted(standing, key=lambda one: one[1] not in candidates.stands):
        if place in candidates.stands or choosing.ledger.has_room(number):
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
