"""Eligible pairs and their fit, as arrays: from a list, or from facts about people. A pair with fit 0 is eligible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matching.pairing.facts import pairs_from_facts, too_many
from matching.pairing.problem import Mentee, Mentor, PairingProblem
from matching.pairing.shares import ListedPreference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matching.pairing.listed import ListedPairs
    from matching.pairing.shares import SharePreference

    Ints = NDArray[np.int64]
    SmallInts = NDArray[np.int32]
    Bools = NDArray[np.bool_]
    _Codes = Callable[[Iterable[tuple[str, str]]], Ints]


@dataclass(frozen=True)
class Candidates:
    """The eligible pairs of the mentees that are not fixed, sorted by mentee, then mentor.

    `row` and `column` index `mentees` and `mentors`, which are sorted by id so that the order of the file
    decides nothing; `fit` is 0 to 10,000; `kept` says which pairs stood in the last cycle. Not `complete` where there
    were too many to hold: then what is best among these need not be the best there is.
    """

    problem: PairingProblem
    mentees: tuple[Mentee, ...]
    mentors: tuple[Mentor, ...]
    row: SmallInts
    column: SmallInts
    fit: SmallInts
    kept: Bools
    complete: bool = True

    def __len__(self) -> int:
        return len(self.row)

    def only(self, chosen: Bools) -> Candidates:
        """The same people with fewer pairs."""
        row, column, fit = self.row[chosen], self.column[chosen], self.fit[chosen]
        return replace(self, row=row, column=column, fit=fit, kept=self.kept[chosen])


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
        row, column, fit = in_order(*pairs_from_facts(problem, mentees, mentors, preferences), len(mentors))
        for rule in preferences:
            if isinstance(rule, ListedPreference) and problem.weight(rule) != "off":
                row, column, fit = _with_listed(problem, rule, codes, len(mentors), (row, column, fit))
    complete = not too_many(problem, preferences)
    found = Candidates(problem, mentees, mentors, row, column, fit, np.zeros(len(row), dtype=bool), complete)
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
    return in_order(row, column, np.frombuffer(listed.fit, dtype=np.int32), len(columns))


def in_order(row: SmallInts, column: SmallInts, fit: SmallInts, width: int) -> tuple[SmallInts, SmallInts, SmallInts]:
    """The same pairs by mentee, then mentor."""
    code = row.astype(np.int64) * width + column
    if (code[1:] > code[:-1]).all():
        return row, column, fit
    order = np.argsort(code, kind="stable")
    return row[order], column[order], fit[order]


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
