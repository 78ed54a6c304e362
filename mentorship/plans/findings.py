"""What the rules say of a plan, in sentences: why somebody has no place, and whether a plan still fits the school."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matching import judge, rule_titles
from matching.errors import ProblemError
from mentorship.plans.models import Plan


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
    return sentences or ["There was no time to find out why; make the plan again with more --seconds."]


def broken(problem: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[str]:
    """The rules that a finished plan breaks in a problem, judged by the same rule files that made it."""
    try:
        return [finding.text for finding in judge(problem, outcome)]
    except ProblemError as error:
        return [str(error)]
