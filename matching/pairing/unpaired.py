"""Why somebody is left without a mentor, and what would change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.outcome import silent
from matching.pairing.facts import judged_rules, most_pairs
from matching.pairing.problem import Mentee, Pair
from matching.pairing.rules import PREFERENCES, RULES
from matching.pairing.shares import SharePreference
from matching.rule import Eligibility, Rule

if TYPE_CHECKING:
    from matching.pairing.candidates import Bools
    from matching.pairing.run import Run

FULL = "mentor_capacity"
SHOWN_PEOPLE = 10
PLACES_OFFERED = 2
UNFIXED_TRIED = 5
PAIRS_SOLVED = 4_000_000  # pairs in all trial solves together: a limit that is counted, not timed
PAIRS_A_TRIAL = 10_000  # what any trial costs, however small
PAIRS_COUNTED = 2_000_000


class Unpaired:
    """The explanations of everybody whom one plan leaves without a mentor."""

    def __init__(self, run: Run) -> None:
        self.run, self.problem, self.eligible = run, run.problem, run.eligible
        self.removing = [rule for rule in RULES if isinstance(rule, Eligibility | SharePreference) or rule.key == FULL]
        fixed = Counter(mentor for _, mentor in run.problem.fixed)
        self.full = np.asarray([mentor.places <= fixed[mentor.id] for mentor in run.eligible.mentors], dtype=bool)
        self.judged = {
            each.rule.key: each
            for each in judged_rules(run.problem, run.eligible.mentees, run.eligible.mentors, PREFERENCES)
        }
        self.first = np.searchsorted(self.eligible.row, np.arange(len(self.eligible.mentees) + 1))
        self.row_by_id = {person.id: row for row, person in enumerate(self.eligible.mentees)}
        self.column_of = np.full(len(self.eligible.mentees), -1, dtype=np.int64)
        self.column_of[run.candidates.row[run.chosen]] = run.candidates.column[run.chosen]
        self.paired = {mentee for mentee, _, _ in run.pairs()}
        self.counts = PAIRS_COUNTED // max(1, len(self.eligible.mentors))
        self.pairs_left = PAIRS_SOLVED
        self.crowds: dict[bytes, tuple[int, int]] = {}
        self.paired_by_trial: dict[tuple[str, str], set[str]] = {}

    def explain(self, row: dict[str, Any]) -> None:
        """Fill in the reasons of one unpaired mentee and what would fix it; beyond the limits they stay
        empty.
        """
        if self.counts <= 0:
            return
        self.counts -= 1
        mentee = self.problem.mentee_by_id[row["mentee"]]
        removed = self._removed(mentee)
        row["reasons"] = self._reasons(mentee, removed)
        row["would_fix"] = list(self._fixes(mentee, removed))

    def _removed(self, mentee: Mentee) -> dict[str, list[str]]:
        """The mentors by the first rule, in the order of the rules, that keeps them from this mentee."""
        removed: dict[str, list[str]] = {}
        left = np.ones(len(self.eligible.mentors), dtype=bool)
        for rule in self.removing:
            away = left & self._kept_away(rule, mentee)
            if away.any():
                removed[rule.key] = [self.eligible.mentors[column].id for column in np.flatnonzero(away)]
                left &= ~away
        if left.any():
            # Every rule lets them meet: others have these mentors' places.
            taken = [self.eligible.mentors[column].id for column in np.flatnonzero(left)]
            removed[FULL] = sorted([*removed.get(FULL, []), *taken])
        return removed

    def _kept_away(self, rule: Rule[Any, Any, Any], mentee: Mentee) -> Bools:
        """Which mentors a rule keeps from a mentee."""
        if rule.key == FULL:
            return self.full
        if rule.key in self.judged:
            if not self.judged[rule.key].must or self.problem.candidates is not None:
                return np.zeros(len(self.full), dtype=bool)
            row = np.asarray([self.row_by_id[mentee.id]])
            away: Bools = ~self.judged[rule.key].between(row, np.arange(len(self.full)))[1][0]
            return away
        assert isinstance(rule, Eligibility | SharePreference)
        pairs = (Pair(mentee, mentor) for mentor in self.eligible.mentors)
        return np.asarray([not rule.allows(self.problem, pair) for pair in pairs], dtype=bool)

    def _reasons(self, mentee: Mentee, removed: dict[str, list[str]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for rule in self.removing:
            people = removed.get(rule.key, [])
            if not people:
                continue
            text, values = f"{len(people)} mentors: {rule.removes or rule.title}", dict[str, int]()
            if rule.key == FULL and (crowd := self._crowd(mentee))[1]:
                values = {"mentees": crowd[0], "places": crowd[1]}
                text += f"; {crowd[0]} mentees share {crowd[1]} places"
            found.append(_reason(rule.key, len(people), text, people[:SHOWN_PEOPLE], values))
        return found or [_reason(FULL, 0, "there are no mentors", [], {})]

    def _own(self, mentee: Mentee) -> slice:
        row = self.row_by_id[mentee.id]
        return slice(self.first[row], self.first[row + 1])

    def _crowd(self, mentee: Mentee) -> tuple[int, int]:
        """How many mentees have no mentors but those that this one could reach by others moving, and how
        many places these mentors have beside their fixed mentees."""
        eligible = self.eligible
        own = eligible.column[self._own(mentee)]
        key = own.tobytes()
        if key not in self.crowds:
            reached = np.zeros(len(eligible.mentors), dtype=bool)
            new = own
            while not reached[new].all():
                reached[new] = True
                moved = (self.column_of >= 0) & reached[self.column_of]
                new = np.unique(eligible.column[moved[eligible.row]])
            outside = np.bincount(eligible.row[~reached[eligible.column]], minlength=len(eligible.mentees))
            inside = (outside == 0) & (np.diff(self.first) > 0)
            self.crowds[key] = int(inside.sum()), int(np.maximum(self.run.network.seats, 0)[reached].sum())
        return self.crowds[key]

    def _fixes(self, mentee: Mentee, removed: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
        """One more place of a near mentor, a rule relaxed, a fixed pair let go: each after which everybody who
        is paired still is, and this mentee too.
        """
        near = self._near(mentee)
        # The plan with this pair added keeps every rule once the mentor has the place: that is its proof.
        for mentor in near[:PLACES_OFFERED]:
            yield _fix("place", mentor, None, f"one more place for {mentor}")
        for rule in PREFERENCES:
            if rule.key in removed:
                weights = {**self.problem.weights, rule.key: "off"}
                if mentee.id in self._trial("relax", rule.key, weights=weights):
                    yield _fix("relax", None, rule.key, f"without the rule: {rule.title.lower()}")
        standing = [pair for pair in sorted(self.problem.fixed) if pair[1] in set(near)]
        for pair in standing[:UNFIXED_TRIED]:
            fixed = tuple(other for other in self.problem.fixed if other != pair)
            if mentee.id in self._trial("unfix", pair[0], fixed=fixed):
                yield _fix("unfix", pair[0], None, f"{pair[0]} no longer fixed with {pair[1]}")
                return

    def _near(self, mentee: Mentee) -> list[str]:
        """Eligible mentors of a mentee, the highest fit first, then by id."""
        own = self._own(mentee)
        order = np.lexsort((self.eligible.column[own], -self.eligible.fit[own]))
        return [self.eligible.mentors[column].id for column in self.eligible.column[own][order].tolist()]

    def _trial(self, change: str, what: str, **changes: Any) -> set[str]:
        """Who is paired in the best plan of a changed problem, if nobody loses by it; solved once for everybody."""
        from matching.pairing.run import Run

        key = (change, what)
        if key not in self.paired_by_trial:
            problem = self.problem.changed(**changes)
            self.paired_by_trial[key] = set()
            self.pairs_left -= most_pairs(problem, PREFERENCES) + PAIRS_A_TRIAL
            if self.pairs_left <= 0:
                return set()
            trial = Run(problem, silent)
            trial.plan()
            paired = {mentee for mentee, _, _ in trial.pairs()}
            self.paired_by_trial[key] = paired if paired > self.paired else set()
        return self.paired_by_trial[key]


def _reason(rule: str, count: int, text: str, people: list[str], values: dict[str, int]) -> dict[str, Any]:
    return {"rule": rule, "count": count, "text": text, "people": people, "values": values}


def _fix(change: str, person: str | None, rule: str | None, text: str) -> dict[str, Any]:
    return {"change": change, "person": person, "rule": rule, "text": text}
