"""Two drafts of pairings side by side: what each comes to, and whose mentor differs and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentorship.people.models import Membership
from mentorship.plans.former import Standing, differing
from mentorship.plans.steps import ALWAYS_SHOWN, NEVER_SHOWN, PairFacts, Reason, title

# From this step on a rule is met well: “Good” or “Full”.
MET_WELL = 3
ALIKE = "They fit alike by every rule."
WHY_NOBODY = "The pairings page says why."


@dataclass(frozen=True)
class Least:
    """The pair of a draft that fits least by what mattered in it."""

    mentee: str
    mentor: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Side:
    """What one draft comes to; `met_well` counts by rule the pairs for which it is good or full."""

    made_at: datetime
    edited_at: datetime | None
    mentees: int
    matched: int
    least: Least | None
    met_well: Mapping[str, int]
    mentors_used: int
    locked: int


@dataclass(frozen=True)
class Row:
    """One line of the table: how much of something there is in both drafts."""

    label: str
    now: int
    before: int
    of: tuple[int, int]
    more_is_better: bool = True

    @property
    def trend(self) -> str:
        """How the draft now does beside the one before it, where one of them does better."""
        if self.now == self.before or not self.more_is_better:
            return ""
        return "more" if self.now > self.before else "fewer"


@dataclass(frozen=True)
class Changed:
    """A new teacher whose mentor differs: names, or None for nobody; `lines` say what differs by rule."""

    mentee: str
    now: str | None
    before: str | None
    lines: tuple[str, ...]


class Comparison:
    """The draft that stands beside the one before it; nothing is read here."""

    def __init__(self, now: Standing, before: Standing, members: Mapping[str, Membership]) -> None:
        """`members` are the people of the cycle by their code."""
        self.standing = (now, before)
        # What is shown of a rule does not depend on its weight: with the usual ones both are measured alike.
        self.facts = tuple(PairFacts({**draft.problem, "weights": {}}, members) for draft in (now, before))
        self.now, self.before = (self._side(*both) for both in zip(self.standing, self.facts, strict=True))
        self.people = differing(now.pairs, before.pairs)
        self.same = len({*now.pairs, *before.pairs}) - len(self.people)

    def rows(self) -> list[Row]:
        now, before = self.now, self.before
        keys = [key for key in now.met_well if key in ALWAYS_SHOWN or now.met_well[key] or before.met_well.get(key)]
        both = (now.matched, before.matched)
        return [
            Row("New teachers with a mentor", *both, (now.mentees, before.mentees)),
            *(Row(title(key), now.met_well[key], before.met_well.get(key, 0), both) for key in keys),
            Row("Mentors who have somebody", now.mentors_used, before.mentors_used, (0, 0), more_is_better=False),
            Row("Locked pairs", now.locked, before.locked, (0, 0), more_is_better=False),
        ]

    def changed(self) -> list[Changed]:
        """By the name of the new teacher."""
        found = [self._changed(mentee) for mentee in self.people]
        return sorted(found, key=lambda row: row.mentee)

    def _side(self, draft: Standing, facts: PairFacts) -> Side:
        outcome = draft.outcome
        counts: dict[str, int] = {}
        for mentee, mentor in draft.pairs.items():
            for key, part in facts.parts(mentee, mentor).items():
                if key not in NEVER_SHOWN:
                    counts[key] = counts.get(key, 0) + (part["step"] >= MET_WELL)
        return Side(
            made_at=draft.made_at,
            edited_at=draft.edited_at,
            mentees=len(outcome["pairs"]) + len(outcome["unpaired"]),
            matched=len(outcome["pairs"]),
            least=_least(draft, facts),
            met_well=counts,
            mentors_used=len(set(draft.pairs.values())),
            locked=len(draft.locked),
        )

    def _changed(self, mentee: str) -> Changed:
        facts = self.facts[0]
        now, before = (draft.pairs.get(mentee) for draft in self.standing)
        return Changed(
            facts.name(mentee),
            facts.name(now) if now else None,
            facts.name(before) if before else None,
            tuple(_lines(facts, mentee, now, before)),
        )


def _least(draft: Standing, facts: PairFacts) -> Least | None:
    fixed = {tuple(pair) for pair in draft.problem["fixed"]}
    free = [row for row in draft.outcome["pairs"] if (row["mentee"], row["mentor"]) not in fixed]
    if not free:
        return None
    row = min(free, key=lambda row: (row["fit"], row["mentee"]))
    mentee, mentor = row["mentee"], row["mentor"]
    reasons = [reason for reason in facts.reasons(mentee, mentor) if reason.title in _always_shown()]
    return Least(facts.name(mentee), facts.name(mentor), tuple(reasons))


def _always_shown() -> Sequence[str]:
    return [title(key) for key in ALWAYS_SHOWN]


def _lines(facts: PairFacts, mentee: str, now: str | None, before: str | None) -> list[str]:
    if now is None:
        return [WHY_NOBODY]
    if before is None or not facts.parts(mentee, before):
        return [f"{reason.title}: {reason.word.lower()} ({reason.fact})." for reason in facts.reasons(mentee, now)]
    return facts.differences(mentee, before, now) or [ALIKE]
