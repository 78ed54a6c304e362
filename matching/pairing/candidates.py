"""Eligible pairs and their fit, as arrays.

People with equal facts are judged once. Rules with the weight `must` split both sides into classes, and only
classes that may meet are expanded: no Python loop runs over pairs. A pair with fit 0 is eligible, so without
any `must` the pairs are all mentees with all mentors, made in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matching.pairing.problem import Mentee, Mentor, PairingProblem, Person

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matching.pairing.listed import ListedPairs
    from matching.pairing.shares import FactPreference, ListedPreference, SharePreference

    Ints = NDArray[np.int64]
    SmallInts = NDArray[np.int32]
    Bools = NDArray[np.bool_]
    _Codes = Callable[[Iterable[tuple[str, str]]], Ints]

BLOCK = 1_000_000  # pairs made at once: a few arrays of 8 MB


@dataclass(frozen=True)
class Candidates:
    """The eligible pairs of the mentees that are not fixed, sorted by mentee, then mentor.

    `row` and `column` index `mentees` and `mentors`, which are sorted by id so that the order of the file
    decides nothing; `fit` is 0 to 10,000; `kept` says which pairs stood in the last cycle.
    """

    problem: PairingProblem
    mentees: tuple[Mentee, ...]
    mentors: tuple[Mentor, ...]
    row: SmallInts
    column: SmallInts
    fit: SmallInts
    kept: Bools

    def __len__(self) -> int:
        return len(self.row)

    def only(self, chosen: Bools) -> Candidates:
        """The same people with fewer pairs."""
        row, column, fit = self.row[chosen], self.column[chosen], self.fit[chosen]
        return Candidates(self.problem, self.mentees, self.mentors, row, column, fit, self.kept[chosen])


def build(
    problem: PairingProblem, preferences: Sequence[SharePreference], banned: Iterable[tuple[str, str]]
) -> Candidates:
    """All eligible pairs of a problem; `banned` are the (mentee, mentor) that eligibility rules out."""
    mentees = tuple(sorted(problem.mentees, key=lambda person: person.id))
    mentors = tuple(sorted(problem.mentors, key=lambda person: person.id))
    row_by_id = {person.id: row for row, person in enumerate(mentees)}
    column_by_id = {person.id: column for column, person in enumerate(mentors)}

    def codes(pairs: Iterable[tuple[str, str]]) -> Ints:
        found = [row_by_id[a] * len(mentors) + column_by_id[b] for a, b in pairs]
        return np.asarray(sorted(found), dtype=np.int64)

    if problem.candidates is not None:
        row, column, fit = _listed(problem.candidates, row_by_id, column_by_id)
    else:
        row, column, fit = _from_facts(problem, mentees, mentors, preferences, codes)
    found = Candidates(problem, mentees, mentors, row, column, fit, np.zeros(len(row), dtype=bool))
    shut = _among(found, codes(banned))
    shut |= np.isin(row, [row_by_id[mentee] for mentee, _ in problem.fixed])
    if shut.any():
        found = found.only(~shut)
    return replace(found, kept=_among(found, codes(problem.previous)))


def _among(candidates: Candidates, codes: Ints) -> Bools:
    """Which candidates are among the pairs of these sorted codes (row x mentors + column)."""
    among = np.zeros(len(candidates), dtype=bool)
    if len(codes):
        code = candidates.row.astype(np.int64) * len(candidates.mentors) + candidates.column
        place = np.searchsorted(code, codes)
        hit = place < len(code)
        among[place[hit][code[place[hit]] == codes[hit]]] = True
    return among


def _listed(
    listed: ListedPairs, row_by_id: dict[str, int], column_by_id: dict[str, int]
) -> tuple[SmallInts, SmallInts, SmallInts]:
    rows = np.asarray([row_by_id[one] for one in listed.mentees], dtype=np.int32)
    columns = np.asarray([column_by_id[one] for one in listed.mentors], dtype=np.int32)
    row, column = rows[np.frombuffer(listed.mentee, dtype=np.int32)], columns[np.frombuffer(listed.mentor, np.int32)]
    return _in_order(row, column, np.frombuffer(listed.fit, dtype=np.int32), len(columns))


def _in_order(row: SmallInts, column: SmallInts, fit: SmallInts, width: int) -> tuple[SmallInts, SmallInts, SmallInts]:
    """The same pairs by mentee, then mentor."""
    code = row.astype(np.int64) * width + column
    if (code[1:] > code[:-1]).all():
        return row, column, fit
    order = np.argsort(code, kind="stable")
    return row[order], column[order], fit[order]


class _Judged:
    """One fact preference over all people: who has which facts, and the points and permissions
    between facts.
    """

    def __init__(
        self,
        problem: PairingProblem,
        rule: FactPreference,
        mentees: Sequence[Mentee],
        mentors: Sequence[Mentor],
    ) -> None:
        self.problem, self.rule = problem, rule
        self.must = problem.weight(rule) == "must"
        self.full = rule.full(problem)
        self.mentee_facts, own = _distinct(rule, mentees)
        self.mentor_facts, theirs = _distinct(rule, mentors)
        self.own_models = [mentees[place] for place in own]
        self.their_models = [mentors[place] for place in theirs]

    def between(self, rows: Ints, columns: Ints) -> tuple[SmallInts, Bools]:
        """Points and permission for each of `rows` (mentees) with each of `columns` (mentors), as
        matrices.
        """
        own, own_place = np.unique(self.mentee_facts[rows], return_inverse=True)
        theirs, their_place = np.unique(self.mentor_facts[columns], return_inverse=True)
        shares, allowed = self.rule.table(
            self.problem,
            [self.own_models[fact] for fact in own],
            [self.their_models[fact] for fact in theirs],
        )
        points = np.rint(shares * self.full).astype(np.int32)
        spread = np.ix_(own_place, their_place)
        return points[spread], allowed[spread]

    def classes(self) -> tuple[Ints, Ints, Bools]:
        """The facts of each mentee and mentor, and which facts may meet."""
        _, allowed = self.rule.table(self.problem, self.own_models, self.their_models)
        return self.mentee_facts, self.mentor_facts, allowed


def _distinct(rule: FactPreference, people: Sequence[Person]) -> tuple[Ints, list[int]]:
    """The number of each person's facts, and for each number the place of the first person who has them."""
    number_by_facts: dict[object, int] = {}
    first: list[int] = []
    numbers = np.empty(len(people), dtype=np.int64)
    for place, person in enumerate(people):
        facts = rule.facts(person)
        if facts not in number_by_facts:
            number_by_facts[facts] = len(first)
            first.append(place)
        numbers[place] = number_by_facts[facts]
    return numbers, first


def _from_facts(
    problem: PairingProblem,
    mentees: Sequence[Mentee],
    mentors: Sequence[Mentor],
    preferences: Sequence[SharePreference],
    codes: _Codes,
) -> tuple[SmallInts, SmallInts, SmallInts]:
    from matching.pairing.shares import FactPreference, ListedPreference

    counting = [rule for rule in preferences if problem.weight(rule) != "off"]
    judged = [_Judged(problem, rule, mentees, mentors) for rule in counting if isinstance(rule, FactPreference)]
    parts = list(_blocks(judged, len(mentees), len(mentors)))
    empty = np.empty(0, dtype=np.int32)
    row, column, fit = (np.concatenate([empty, *(part[i] for part in parts)]) for i in range(3))
    parts.clear()
    pairs = _in_order(row, column, fit, len(mentors))
    for rule in counting:
        if isinstance(rule, ListedPreference):
            pairs = _with_listed(problem, rule, codes, len(mentors), pairs)
    return pairs


def _blocks(judged: Sequence[_Judged], height: int, width: int) -> Iterator[tuple[SmallInts, SmallInts, SmallInts]]:
    """Eligible (row, column, fit), block by block of mentees whose eligible mentors are the same."""
    indexed = [rule for rule in judged if rule.must and len(rule.own_models) * len(rule.their_models) <= BLOCK]
    for rows, columns in _meeting(indexed, height, width):
        most = max(1, BLOCK // max(1, len(columns)))
        for start in range(0, len(rows), most):
            block = rows[start : start + most]
            fit = np.zeros((len(block), len(columns)), dtype=np.int32)
            allowed = np.ones(fit.shape, dtype=bool)
            for rule in judged:
                points, may = rule.between(block, columns)
                fit += points
                if rule.must:
                    allowed &= may
            at, to = np.nonzero(allowed)
            yield block[at].astype(np.int32), columns[to].astype(np.int32), fit[at, to]


def _meeting(indexed: Sequence[_Judged], height: int, width: int) -> Iterator[tuple[Ints, Ints]]:
    """Groups of mentees with the mentors whom every `must` that is a small table lets them meet."""
    groups: list[tuple[Ints, Ints]] = [(np.arange(height), np.arange(width))] if height and width else []
    for rule in indexed:
        own, theirs, allowed = rule.classes()
        finer = []
        for rows, columns in groups:
            kinds = own[rows]
            for kind in np.unique(kinds):
                meets = columns[allowed[kind][theirs[columns]]]
                if len(meets):
                    finer.append((rows[kinds == kind], meets))
        groups = finer
    yield from groups


def _with_listed(
    problem: PairingProblem,
    rule: ListedPreference,
    codes: _Codes,
    width: int,
    pairs: tuple[SmallInts, SmallInts, SmallInts],
) -> tuple[SmallInts, SmallInts, SmallInts]:
    row, column, fit = pairs
    by_share: dict[float, list[tuple[str, str]]] = {}
    for ids, share in rule.listed(problem).items():
        by_share.setdefault(share, []).append(ids)
    code = row.astype(np.int64) * width + column
    named = np.zeros(len(code), dtype=bool)
    for share, listed in sorted(by_share.items()):
        hit = np.isin(code, codes(listed))
        named |= hit
        fit = fit + hit * np.int32(round(share * rule.full(problem)))
    if problem.weight(rule) == "must":
        return row[named], column[named], fit[named]
    return row, column, fit
