"""Eligible pairs and their fit from the facts about people, without a Python loop over pairs.

People with equal facts are judged once. A rule with the weight `must` that can say what two people need in common
(a department, a building) is an index: only who has something in common is looked at. What is left is judged in blocks
of mentees with mentors, where each rule is a table between facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from matching.pairing.problem import Mentee, Mentor, PairingProblem, Person
from matching.pairing.shares import FactPreference

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools, Ints, SmallInts
    from matching.pairing.shares import SharePreference

BLOCK = 1_000_000  # pairs made at once: a few arrays of 8 MB
MOST_PAIRS = 30_000_000  # what a flow of a few gigabytes can hold
TABLE = 250_000  # facts with facts that are judged once for all blocks

Pairs = tuple["SmallInts", "SmallInts", "SmallInts"]


def pairs_from_facts(
    problem: PairingProblem,
    mentees: Sequence[Mentee],
    mentors: Sequence[Mentor],
    preferences: Sequence[SharePreference],
) -> Pairs:
    """(row, column, fit) of every pair that no fact rules out, in the order of the blocks.

    Where these can be too many to hold, each mentee keeps the best of them.
    """
    judged = judged_rules(problem, mentees, mentors, preferences)
    parts = []
    most = MOST_PAIRS // max(1, len(mentees)) if too_many(problem, preferences) else None
    for rows, columns in _blocks(judged, len(mentees), len(mentors)):
        parts.append(_judged_block(judged, rows, columns, most))
    empty = np.empty(0, dtype=np.int32)
    row, column, fit = (np.concatenate([empty, *(part[i] for part in parts)]) for i in range(3))
    return row, column, fit


def too_many(problem: PairingProblem, preferences: Sequence[SharePreference]) -> bool:
    """Whether a problem's pairs can be more than fit into memory."""
    return problem.candidates is None and most_pairs(problem, preferences) > MOST_PAIRS


def most_pairs(problem: PairingProblem, preferences: Sequence[SharePreference]) -> int:
    """How many pairs a problem can have at most, as its best index tells; it is cheap to ask."""
    if problem.candidates is not None:
        return len(problem.candidates)
    judged = judged_rules(problem, problem.mentees, problem.mentors, preferences)
    return min([len(problem.mentees) * len(problem.mentors), *(rule.index.pairs for rule in _indexed(judged))])


def judged_rules(
    problem: PairingProblem,
    mentees: Sequence[Mentee],
    mentors: Sequence[Mentor],
    preferences: Sequence[SharePreference],
) -> list[JudgedRule]:
    """Every preference about facts that counts, over these people."""
    counting = [rule for rule in preferences if isinstance(rule, FactPreference) and problem.weight(rule) != "off"]
    return [JudgedRule(problem, rule, mentees, mentors) for rule in counting]


class Index:
    """Who has what in common under one rule: the places of people by what they need in common."""

    def __init__(self, own: Sequence[frozenset[Hashable]], theirs: Sequence[frozenset[Hashable]]) -> None:
        self.own_keys, self.width = own, len(theirs)
        self.rows_by_keys = _places(own)
        columns: dict[Hashable, list[int]] = defaultdict(list)
        for place, keys in enumerate(theirs):
            for key in keys:
                columns[key].append(place)
        self.columns_by_key = {key: np.asarray(places) for key, places in columns.items()}

    @cached_property
    def pairs(self) -> int:
        """How many pairs have anything in common, those with two things counted twice."""
        return sum(
            len(rows) * sum(len(self.columns_by_key.get(key, ())) for key in keys)
            for keys, rows in self.rows_by_keys.items()
        )

    def groups(self, rows: Ints, columns: Ints) -> Iterator[tuple[Ints, Ints]]:
        """These mentees in groups, each with those of these mentors with whom they have anything in common."""
        here = np.zeros(self.width, dtype=bool)
        here[columns] = True
        found: dict[bytes, tuple[list[Ints], Ints]] = {}
        for keys, own in _places([self.own_keys[row] for row in rows.tolist()]).items():
            parts = [self.columns_by_key[key] for key in keys if key in self.columns_by_key]
            theirs = np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
            theirs = theirs[here[theirs]]
            if len(theirs):
                found.setdefault(theirs.tobytes(), ([], theirs))[0].append(rows[own])
        for members, theirs in found.values():
            yield np.sort(np.concatenate(members)), theirs


class JudgedRule:
    """One fact preference over all people: who has which facts, and the points and permissions between facts."""

    def __init__(
        self, problem: PairingProblem, rule: FactPreference, mentees: Sequence[Mentee], mentors: Sequence[Mentor]
    ) -> None:
        self.problem, self.rule, self.mentees, self.mentors = problem, rule, mentees, mentors
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
        own, theirs = self.mentee_facts[rows], self.mentor_facts[columns]
        if len(self.own_models) * len(self.their_models) <= TABLE:
            points, allowed = self._whole
        else:
            (own_facts, own), (their_facts, theirs) = (np.unique(facts, return_inverse=True) for facts in (own, theirs))
            models = [self.own_models[fact] for fact in own_facts], [self.their_models[fact] for fact in their_facts]
            points, allowed = self._table(*models)
        spread = np.ix_(own, theirs)
        return points[spread], allowed[spread]

    @cached_property
    def _whole(self) -> tuple[SmallInts, Bools]:
        return self._table(self.own_models, self.their_models)

    def _table(self, mentees: Sequence[Mentee], mentors: Sequence[Mentor]) -> tuple[SmallInts, Bools]:
        shares, allowed = self.rule.table(self.problem, mentees, mentors)
        return np.rint(shares * self.full).astype(np.int32), allowed

    @cached_property
    def can_index(self) -> bool:
        people: list[Person] = [*self.mentees[:1], *self.mentors[:1]]
        return self.must and all(self.rule.meets(self.problem, person) is not None for person in people)

    @cached_property
    def index(self) -> Index:
        own, theirs = (
            [self.rule.meets(self.problem, person) or frozenset[Hashable]() for person in models]
            for models in (self.own_models, self.their_models)
        )
        return Index([own[fact] for fact in self.mentee_facts], [theirs[fact] for fact in self.mentor_facts])


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


def _places(keys: Sequence[frozenset[Hashable]]) -> Mapping[frozenset[Hashable], Ints]:
    found: dict[frozenset[Hashable], list[int]] = defaultdict(list)
    for place, own in enumerate(keys):
        found[own].append(place)
    return {own: np.asarray(places) for own, places in found.items()}


def _indexed(judged: Sequence[JudgedRule]) -> list[JudgedRule]:
    """The rules that can be an index, the one that leaves the fewest pairs first."""
    return sorted((rule for rule in judged if rule.can_index), key=lambda rule: rule.index.pairs)


def _blocks(judged: Sequence[JudgedRule], height: int, width: int) -> Iterator[tuple[Ints, Ints]]:
    """Blocks of mentees with mentors that hold every eligible pair once."""
    groups: list[tuple[Ints, Ints]] = [(np.arange(height), np.arange(width))] if height and width else []
    for rule in _indexed(judged):
        finer: list[tuple[Ints, Ints]] = []
        for rows, columns in groups:
            small = len(rows) * len(columns) <= BLOCK
            finer += [(rows, columns)] if small else rule.index.groups(rows, columns)
        groups = finer
    for rows, columns in groups:
        most = max(1, BLOCK // len(columns))
        for start in range(0, len(rows), most):
            yield rows[start : start + most], columns


def _judged_block(judged: Sequence[JudgedRule], rows: Ints, columns: Ints, most: int | None) -> Pairs:
    fit = np.zeros((len(rows), len(columns)), dtype=np.int32)
    allowed = np.ones(fit.shape, dtype=bool)
    for rule in judged:
        points, may = rule.between(rows, columns)
        fit += points
        if rule.must:
            allowed &= may
    if most is not None and most < len(columns):
        # The first by id of equal ones, so that the same problem keeps the same pairs.
        order = np.argsort(np.where(allowed, -fit, 1), axis=1, kind="stable")[:, :most]
        best = np.zeros(fit.shape, dtype=bool)
        np.put_along_axis(best, order, True, axis=1)
        allowed &= best
    at, to = np.nonzero(allowed)
    return rows[at].astype(np.int32), columns[to].astype(np.int32), fit[at, to]
