"""The matching engine: problems in, outcomes out; no database, no web.

Two problems: `matching.pairing` (which mentor for which new teacher) and `matching.walkthroughs` (who visits whose
lesson, when). Nothing heavy is imported here: OR-Tools and SciPy load inside a solve, in the solver's own process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from matching.kinds import judge as judge_of
from matching.kinds import kind_of, read
from matching.rule import Finding


def judge(problem: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[Finding]:
    """What a finished plan breaks in a problem of either format, by the same rule files that made it.

    Raises `matching.errors.ProblemError` for a problem or a plan that cannot be read.
    """
    data = json.dumps(problem).encode()
    kind = kind_of(data)
    return judge_of(kind)(read(kind, data, {}), dict(outcome))[0]


def rule_titles(problem_format: str) -> dict[str, str]:
    """What each rule of a format asks, by its key."""
    if problem_format == "pairing-problem/1":
        from matching.pairing.rules import RULES as PAIRING_RULES

        return {rule.key: rule.title for rule in PAIRING_RULES}
    from matching.walkthroughs.rules import RULES as VISIT_RULES

    return {rule.key: rule.title for rule in VISIT_RULES}
