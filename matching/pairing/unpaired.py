"""Why somebody is left without a mentor, and what would change that."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.outcome import Aim
from matching.pairing.problem import Mentee, Mentor, Pair, PairingProblem
from matching.pairing.rules import BANS, PREFERENCES, RULES

if TYPE_CHECKING:
    from matching.pairing.run import Run

_Try = tuple[dict[str, Any], PairingProblem]  # a fix as the outcome has it, and the problem with it made

SHOWN_PEOPLE = 10
MOST_TRIED = 5
PAIRS_TRIED = 2_000_000  # pairs in all trial solves together: a limit that is counted, not timed
PAIRS_COUNTED = 1_000_000
_WORDS = {
    "evaluator": "evaluates them",
    "apart": "kept apart",
    "candidates": "not a possible pair",
    "trained": "not trained",
    "mentor_capacity": "full",
    "same_subject": "no subject in common",
    "grade_near": "grades apart",
    "common_planning": "no common time",
    "expertise": "none of what is wanted",
    "building": "another building",
    "wishes": "no wish",
    "keep_last": "not last cycle's pair",
}


class Unpaired:
    """The explanations of everybody whom one plan leaves without a mentor."""

    def __init__(self, run: Run) -> None:
        self.run, self.problem = run, run.problem
        self.musts = [rule for rule in PREFERENCES if run.problem.weight(rule.key) == "must"]
        self.banned = {rule.key: rule.banned(run.problem) for rule in BANS}
        self.fixed = Counter(mentor for _, mentor in run.problem.fixed)
        self.places = np.searchsorted(run.eligible.row, np.arange(len(run.eligible.mentees) + 1))
        self.trials = PAIRS_TRIED // (len(run.eligible) + 10_000)
        self.counts = PAIRS_COUNTED // max(1, len(run.eligible.mentors))
        self.trained = [rule for rule in self.musts if rule.key == "trained"]
        self.paired = sum(1 for _ in run.pairs())
        self.row_by_id = {person.id: row for row, person in enumerate(run.eligible.mentees)}
        self.column_of = np.full(len(run.eligible.mentees), -1, dtype=np.int64)
        self.column_of[run.candidates.row[run.chosen]] = run.candidates.column[run.chosen]
        self.crowds: dict[bytes, tuple[int, int]] = {}

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
        row["would_fix"] = self._fixes(mentee, removed)

    def _removed(self, mentee: Mentee) -> dict[str, list[str]]:
        """The mentors by the first rule, in the order of the rules, that keeps them from this mentee."""
        removed: dict[str, list[str]] = {}
        for mentor in self.run.eligible.mentors:
            removed.setdefault(self._first_rule(Pair(mentee, mentor)), []).append(mentor.id)
        return removed

    def _first_rule(self, pair: Pair) -> str:
        ids = (pair.mentee.id, pair.mentor.id)
        for key, banned in self.banned.items():
            if ids in banned:
                return key
        listed = self.problem.fit_by_listed_pair
        if listed is not None and ids not in listed:
            return "candidates"
        if listed is None and not all(rule.allows(self.problem, pair) for rule in self.trained):
            return "trained"
        if pair.mentor.places <= self.fixed[pair.mentor.id]:
            return "mentor_capacity"
        if listed is None:
            for rule in self.musts:
                if not rule.allows(self.problem, pair):
                    return rule.key
        return "mentor_capacity"

    def _reasons(self, mentee: Mentee, removed: dict[str, list[str]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for key in [rule.key for rule in RULES if rule.key in removed]:
            people = removed[key]
            values: dict[str, int] = {}
            text = f"{len(people)} {_WORDS[key]}"
            if key == "mentor_capacity":
                mentees, places = self._crowd(mentee)
                if places:
                    values = {"mentees": mentees, "places": places}
                    text += f"; {mentees} mentees share {places} places"
            found.append(_reason(key, len(people), text, people[:SHOWN_PEOPLE], values))
        return found or [_reason("mentor_capacity", 0, "there are no mentors", [], {})]

    def _crowd(self, mentee: Mentee) -> tuple[int, int]:
        """How many mentees have no mentors but those that this one could reach by others moving, and how
        many places these mentors have beside their fixed mentees."""
        eligible = self.run.eligible
        row = self.row_by_id[mentee.id]
        own = eligible.column[self.places[row] : self.places[row + 1]]
        key = own.tobytes()
        if key not in self.crowds:
            reached = np.zeros(len(eligible.mentors), dtype=bool)
            new = own
            while not reached[new].all():
                reached[new] = True
                moved = (self.column_of >= 0) & reached[self.column_of]
                new = np.unique(eligible.column[moved[eligible.row]])
            outside = np.bincount(eligible.row[~reached[eligible.column]], minlength=len(eligible.mentees))
            inside = (outside == 0) & (np.diff(self.places) > 0)
            self.crowds[key] = int(inside.sum()), int(np.maximum(self.run.network.seats, 0)[reached].sum())
        return self.crowds[key]

    def _fixes(self, mentee: Mentee, removed: dict[str, list[str]]) -> list[dict[str, Any]]:
        """At most one fix of each kind, each proven by a solve that pairs this mentee and loses nobody."""
        found: list[dict[str, Any]] = []
        for kind in (self._places(mentee), self._relaxed(removed), self._unfixed(mentee)):
            for fix, changed in kind:
                if self.trials <= 0:
                    return found
                self.trials -= 1
                if self._pairs(changed, mentee):
                    found.append(fix)
                    break
        return found

    def _pairs(self, changed: PairingProblem, mentee: Mentee) -> bool:
        from matching.pairing.run import Run

        trial = Run(changed, _silent)
        trial.plan()
        paired = {pair[0] for pair in trial.pairs()}
        return mentee.id in paired and len(paired) > self.paired

    def _near(self, mentee: Mentee) -> list[Mentor]:
        """Eligible mentors of a mentee, the highest fit first, then by id."""
        eligible = self.run.eligible
        row = self.row_by_id[mentee.id]
        own = slice(self.places[row], self.places[row + 1])
        order = np.lexsort((eligible.column[own], -eligible.fit[own].astype(np.int64)))
        return [eligible.mentors[column] for column in eligible.column[own][order].tolist()]

    def _places(self, mentee: Mentee) -> list[_Try]:
        tries: list[_Try] = []
        for mentor in self._near(mentee)[:MOST_TRIED]:
            more = mentor.model_copy(update={"places": mentor.places + 1})
            mentors = tuple(more if other.id == mentor.id else other for other in self.problem.mentors)
            fix = _fix("place", mentor.id, None, f"one more place for {mentor.id}")
            tries.append((fix, _changed(self.problem, mentors=mentors)))
        return tries

    def _relaxed(self, removed: dict[str, list[str]]) -> list[_Try]:
        tries: list[_Try] = []
        for rule in self.musts:
            if rule.key in removed:
                weights = {**self.problem.weights, rule.key: "off"}
                fix = _fix("relax", None, rule.key, f"without the rule: {rule.title.lower()}")
                tries.append((fix, _changed(self.problem, weights=weights)))
        return tries

    def _unfixed(self, mentee: Mentee) -> list[_Try]:
        near = {mentor.id for mentor in self._near(mentee)}
        tries: list[_Try] = []
        for pair in sorted(self.problem.fixed):
            if pair[1] in near and len(tries) < MOST_TRIED:
                fixed = tuple(other for other in self.problem.fixed if other != pair)
                fix = _fix("unfix", pair[0], None, f"{pair[0]} no longer fixed with {pair[1]}")
                tries.append((fix, _changed(self.problem, fixed=fixed)))
        return tries


def _reason(rule: str, count: int, text: str, people: list[str], values: dict[str, int]) -> dict[str, Any]:
    return {"rule": rule, "count": count, "text": text, "people": people, "values": values}


def _fix(change: str, person: str | None, rule: str | None, text: str) -> dict[str, Any]:
    return {"change": change, "person": person, "rule": rule, "text": text}


def _changed(problem: PairingProblem, **changes: Any) -> PairingProblem:
    """A problem with some fields changed; built anew, because a copy would keep what the old one had worked
    out.
    """
    fields = {name: getattr(problem, name) for name in PairingProblem.model_fields}
    return PairingProblem.model_construct(**{**fields, **changes})


def _silent(phase: str, aims: list[Aim], plan: dict[str, Any] | None) -> None:
    """A trial tells nobody."""
