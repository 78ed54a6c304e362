"""What the rules say of a plan, in sentences: why somebody has no place, and whether a plan still fits the school."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matching import judge, rule_titles
from matching.errors import ProblemError
from matching.rule import Finding
from mentorship.errors import Refused
from mentorship.plans.models import Plan

# Where a problem or a plan names people and lessons: in these fields, and in the first two places of these rows.
NAMING = frozenset({"id", "host", "visitor", "lesson", "mentee", "mentor"})
ROWS = frozenset({"apart", "fixed", "previous", "declined", "mentoring", "past_pairs"})
_TOKEN = re.compile(r"'?⟦(\d+)⟧'?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MONTH = re.compile(r"\b(\d{4})-(\d\d)\b")
_PATH = re.compile(r"^[a-z_]+\[\d+\][\w.\[\]]*: ")


@dataclass(frozen=True)
class Broken:
    """A rule that does not hold: its title, empty where no single rule says it, and what is wrong, as a sentence."""

    title: str
    text: str


class BreaksRules(Refused):
    """A change by hand would break these rules of the plan."""

    def __init__(self, faults: Sequence[Broken]) -> None:
        super().__init__(" ".join(fault.text for fault in faults))
        self.broken = tuple(faults)


def unpaired(plan: Plan) -> list[dict[str, Any]]:
    """Who has no mentor, and why."""
    words = rule_titles("pairing-problem/1")
    return [
        {"person": row["mentee"], "reasons": _reasons(row["mentee"], row, words, plan.unknown_because)}
        for row in plan.outcome.get("unpaired", [])
    ]


def missing(plan: Plan) -> list[dict[str, Any]]:
    """Who lacks a visit that they need, and why."""
    words = rule_titles("visit-problem/1")
    return [
        {
            "person": row["person"],
            "unit": row["unit"],
            "reasons": _reasons(row["person"], row, words, plan.unknown_because),
        }
        for row in plan.outcome.get("missing", [])
    ]


def _reasons(
    person: str, row: Mapping[str, Any], words: Mapping[str, str], unknown_because: Mapping[str, list[str]]
) -> list[str]:
    """What is unknown comes first: it is the reason behind the others."""
    sentences = [f"The schedule is unknown: {because.rstrip('.')}." for because in unknown_because.get(person, [])]
    for reason in row.get("reasons", []):
        text = reason.get("text") or f"{reason.get('count', 1)} × {words.get(reason['rule'], reason['rule'])}"
        sentences.append(text if text.endswith(".") else f"{text}.")
    sentences += [f"This would fix it: {fix['text']}." for fix in row.get("would_fix", []) if fix.get("text")]
    return sentences or ["There was no time to find out why; make the plan again with more time."]


def broken(problem: Mapping[str, Any], outcome: Mapping[str, Any], words: Mapping[str, str] | None = None) -> list[str]:
    """The rules that a finished plan breaks in a problem, judged by the same rule files that made it.

    With `words` (what a person's code or a lesson's id is called) the sentences are for readers; else as the engine
    says them.
    """
    if words:
        return [fault.text for fault in _judged(problem, outcome, words)]
    try:
        return [finding.text for finding in judge(problem, outcome)]
    except ProblemError as error:
        return [str(error)]


def _judged(problem: Mapping[str, Any], outcome: Mapping[str, Any], words: Mapping[str, str]) -> list[Broken]:
    sign_by_id = signs(words)
    try:
        found = judge(signed(problem, sign_by_id), signed(outcome, sign_by_id))
    except ProblemError as error:
        return [Broken("", sentence(str(error), words))]
    return in_words(found, rule_titles(str(problem["format"])), words)


def in_words(found: Iterable[Finding], titles: Mapping[str, str], words: Mapping[str, str]) -> list[Broken]:
    """Findings about signs, for readers."""
    return [Broken(titles.get(finding.rule, ""), sentence(finding.text, words)) for finding in found]


def newly_broken(
    problem: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], words: Mapping[str, str]
) -> list[Broken]:
    """What a change of a plan breaks that the plan did not break before it, for readers."""
    known = Counter(_judged(problem, before, words))
    new: list[Broken] = []
    for fault in _judged(problem, after, words):
        if known[fault]:
            known[fault] -= 1
        else:
            new.append(fault)
    return new


def signs(words: Mapping[str, str]) -> dict[str, str]:
    """A sign for each code: a code may be a number or a common word, so it could not be found again in a sentence."""
    # Of one width: what the engine sorts by them comes in the order of the words.
    return {code: f"⟦{place:06}⟧" for place, code in enumerate(words)}


def signed(value: Any, sign_by_id: Mapping[str, str], key: str = "") -> Any:
    """A problem or plan in which signs stand for the codes of people and lessons, and only there."""
    if isinstance(value, dict):
        return {name: signed(part, sign_by_id, name) for name, part in value.items()}
    if isinstance(value, list):
        if key in ROWS:
            return [[*(sign_by_id.get(part, part) for part in row[:2]), *row[2:]] for row in value]
        if key == "prefers":
            return [sign_by_id.get(part, part) for part in value]
        return [signed(part, sign_by_id, key) for part in value]
    return sign_by_id.get(value, value) if key in NAMING and isinstance(value, str) else value


def sentence(text: str, words: Mapping[str, str]) -> str:
    """What a rule said of signs and moments, as people read it: names, weekdays, a capital and a full stop."""
    names = list(words.values())
    # Whose own lesson it is, its name says.
    text = text.replace("the own lesson ", "").removesuffix(" (apart)")
    text = _TOKEN.sub(lambda found: names[int(found[1])], _PATH.sub("", text))
    text = _MOMENT.sub(lambda found: f"{int(found[2])}:{found[3]} on {_day(found[1])}", text)
    text = _MONTH.sub(_month, _DATE.sub(lambda found: _day(found[0]), text)).strip()
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _day(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on:%a, %b} {on.day}"


def _month(found: re.Match[str]) -> str:
    return f"{date(int(found[1]), int(found[2]), 1):%B %Y}"
