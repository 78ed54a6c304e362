"""The matching engine: problems in, outcomes out; no database, no web.

Two problems: `matching.pairing` (which mentor for which new teacher) and `matching.walkthroughs` (who visits whose
lesson, when). Nothing heavy is imported here: OR-Tools and SciPy load inside a solve, in the solver's own process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.rule import Finding


def judge(problem: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[Finding]:
    """What a finished plan breaks in a problem of either format, by the same rule files that made it.

    Raises `matching.errors.ProblemError` for a problem or a plan that cannot be read.
    """
    data = json.dumps(problem).encode()
    if problem.get("format") == "pairing-problem/1":
        from matching.pairing.problem import PairingProblem
        from matching.pairing.solve import check as check_pairs

        return check_pairs(PairingProblem.from_json(data), dict(outcome))[0]
    from matching.walkthroughs.judge import check as check_visits
    from matching.walkthroughs.problem import VisitProblem

    return check_visits(VisitProblem.from_json(data), dict(outcome))[0]


def rule_titles(problem_format: str) -> dict[str, str]:
    """What each rule of a format asks, by its key."""
    if problem_format == "pairing-problem/1":
        from matching.pairing.rules import RULES as PAIRING_RULES

        return {rule.key: rule.title for rule in PAIRING_RULES}
    from matching.walkthroughs.rules import RULES as VISIT_RULES

    return {rule.key: rule.title for rule in VISIT_RULES}
