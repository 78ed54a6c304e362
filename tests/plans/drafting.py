"""Drafts of pairings that a test writes down itself: no solver is asked."""

from __future__ import annotations

from typing import Any

from builders import BY, NOW, Round

from matching import judge_and_count, pair_row, pairing_facts
from mentorship.extensions import db
from mentorship.plans.operations import drafts, keep_draft

STRAIGHT = {"Lund": "Chen", "Okafor": "Rivera"}
CROSSED = {"Lund": "Rivera", "Okafor": "Chen"}


def weighed(**changes: Any) -> dict[str, Any]:
    """What the engine could say: without the subject two pairs change, and with wishes as a must Lund has nobody."""
    rows = [
        {"rule": "same_subject", "word": "must", "paired": 2, "changes": []},
        {
            "rule": "same_subject",
            "word": "off",
            "paired": 2,
            "changes": [["Lund", "Chen", "Rivera"], ["Okafor", "Rivera", "Chen"]],
        },
        {"rule": "wishes", "word": "must", "paired": 1, "changes": [["Lund", "Chen", None]]},
    ]
    goal = {"goal": "nobody_left_behind", "paired": 2, "worst": 380, "worst_now": 200, "changes": rows[1]["changes"]}
    return {"format": "pairing-weights/1", "rows": rows, "goal": goal, "complete": True, **changes}


def draft(made: Round, pairs: dict[str, str], told: dict[str, Any] | None = None) -> None:
    """Keep these pairs as the draft, made with what matters in the cycle now; commits."""
    given = drafts(made.cycle, now=NOW, seconds=1, seed=1, parts=["pairings"])[0]
    facts = pairing_facts(given.problem)
    outcome: dict[str, Any] = {
        "pairs": [pair_row(facts, mentee, mentor) for mentee, mentor in sorted(pairs.items())],
        "unpaired": [
            {"mentee": row["id"], "reasons": [], "would_fix": []}
            for row in given.problem["mentees"]
            if row["id"] not in pairs
        ],
    }
    counts = judge_and_count(given.problem, outcome)[1]
    outcome["aims"] = [{"name": name, "value": value, "bound": value} for name, value in counts.items()]
    keep_draft(made.cycle, given, outcome, weighed=told, by=BY, now=NOW)
    db.session.commit()
