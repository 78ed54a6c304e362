"""How well two people fit, in the words of the pages: each rule's step of 0 to 4, its fact, and what differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matching import pair_parts, pairing_facts, rule_titles
from mentorship.people.models import Membership
from mentorship.plans.contacts import MEET_ONLINE, ONLINE
from mentorship.web.filters import focus_words

if TYPE_CHECKING:
    from matching.pairing.problem import PairingProblem

STEP_WORDS = ("None", "A little", "Some", "Good", "Full")
SHORT_TITLES = {
    "same_subject": "Same teaching",
    "common_planning": "Time to meet",
    "expertise": "Wants to work on",
    "building": "Close by",
    "grade_near": "Grades",
    "wishes": "Wished for",
    "keep_last": "Together before",
}
ALWAYS_SHOWN = ("same_subject", "common_planning", "expertise", "building")
NEVER_SHOWN = ("trained",)
FORMAT = "pairing-problem/1"


@dataclass(frozen=True)
class Reason:
    """One fit bar: a rule, its step of 0 to 4 with the word for it, and the fact."""

    title: str
    step: int
    word: str
    fact: str


class PairFacts:
    """The facts of one problem about any two of its people; nothing is read here."""

    def __init__(self, problem: Mapping[str, Any], members: Mapping[str, Membership]) -> None:
        """`members` are the people of the cycle by their code."""
        self.members = members
        self.problem: PairingProblem = pairing_facts(problem)

    def parts(self, mentee: str, mentor: str) -> dict[str, dict[str, Any]]:
        """Every rule's part in a pair by its key; none where the problem does not know one of them."""
        if mentee not in self.problem.mentee_by_id or mentor not in self.problem.mentor_by_id:
            return {}
        return {part["rule"]: part for part in pair_parts(self.problem, mentee, mentor)}

    def reasons(self, mentee: str, mentor: str) -> tuple[Reason, ...]:
        found = []
        for key, part in self.parts(mentee, mentor).items():
            if key not in NEVER_SHOWN and (part["step"] or key in ALWAYS_SHOWN):
                found.append(Reason(title(key), part["step"], STEP_WORDS[part["step"]], self.fact(part, mentor)))
        return tuple(found)

    def fact(self, part: Mapping[str, Any], mentor: str) -> str:
        fact = str(part["fact"])
        if part["rule"] == "expertise" and part["step"]:
            mentee = self.problem.mentee_by_id[part["people"][0]]
            shown = sorted({*mentee.needs} & {*self.problem.mentor_by_id[mentor].expertise})
            who = self.members[mentor].person.given_name if mentor in self.members else "The mentor"
            fact = f"{who} shows {listed([focus_words(name).lower() for name in shown])}"
        if part["rule"] == "building" and fact == ONLINE:
            fact = MEET_ONLINE
        return fact[:1].upper() + fact[1:]

    def differences(self, mentee: str, now: str, then: str) -> list[str]:
        """What would be otherwise with the mentor `then` instead of `now`, a sentence for each rule."""
        before, found = self.parts(mentee, now), []
        for key, part in self.parts(mentee, then).items():
            step = before[key]["step"] if key in before else 0
            if part["step"] != step and key not in NEVER_SHOWN:
                words = f"{STEP_WORDS[part['step']]} instead of {STEP_WORDS[step].lower()}"
                found.append(f"{title(key)}: {words.lower()} ({self.fact(part, then)}).")
        return found

    def name(self, code: str) -> str:
        return name_of(code, self.members)


def title(key: str) -> str:
    """A rule in a few words."""
    return SHORT_TITLES.get(key) or rule_titles(FORMAT)[key]


def name_of(code: str, members: Mapping[str, Membership]) -> str:
    return members[code].person.name if code in members else "somebody who has left"


def listed(names: Collection[str]) -> str:
    """Ann, Ben and Cy."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, word: str) -> str:
    """1 pair, 2 pairs."""
    return f"{number} {word}{'' if number == 1 else 's'}"
