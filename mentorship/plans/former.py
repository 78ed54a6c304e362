"""The draft of pairings that stood before: kept when one takes its place, and read as a draft of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.plans.models import Pairing, Plan


@dataclass(frozen=True)
class Standing:
    """One draft of pairings with all that is known of it; `locked` are the codes of new teachers in locked pairs."""

    problem: dict[str, Any]
    outcome: dict[str, Any]
    unknown_because: dict[str, list[str]]
    made_at: datetime
    edited_at: datetime | None
    weighed: dict[str, Any] | None
    locked: tuple[str, ...]

    @property
    def pairs(self) -> dict[str, str]:
        """Each new teacher's mentor, by codes."""
        return {row["mentee"]: row["mentor"] for row in self.outcome["pairs"]}

    @property
    def goal(self) -> str:
        return str(self.problem["goal"])

    @property
    def weights(self) -> dict[str, str]:
        """What differs from the usual, as the cycle keeps it; drafts of an older release name none."""
        return dict(self.problem.get("weights", {}))


def as_it_stands(plan: Plan, locked: Collection[str]) -> dict[str, Any]:
    """The draft as JSON, for the plan that takes its place."""
    return {
        "problem": plan.problem,
        "outcome": plan.outcome,
        "unknown_because": plan.unknown_because,
        "made_at": plan.made_at.isoformat(),
        "edited_at": plan.edited_at.isoformat() if plan.edited_at else None,
        "weighed": plan.weighed,
        "locked": sorted(locked),
    }


def locked_in(plan: Plan) -> list[str]:
    """The new teachers whose pair a coach has locked, by their codes."""
    rows = db.session.scalars(select(Pairing).where(Pairing.plan_id == plan.id, Pairing.locked))
    return [row.mentee.code for row in rows]


def draft_now(plan: Plan, locked: Collection[str]) -> Standing:
    """The draft that stands."""
    return standing(as_it_stands(plan, locked))


def standing(kept: Mapping[str, Any]) -> Standing:
    """A draft from its JSON."""
    edited_at = kept["edited_at"]
    return Standing(
        problem=kept["problem"],
        outcome=kept["outcome"],
        unknown_because=kept["unknown_because"],
        made_at=datetime.fromisoformat(kept["made_at"]),
        edited_at=datetime.fromisoformat(edited_at) if edited_at else None,
        weighed=kept["weighed"],
        locked=tuple(kept["locked"]),
    )


def differing(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The new teachers whose mentor differs between two drafts, by their codes."""
    return [mentee for mentee in sorted({*now, *before}) if now.get(mentee) != before.get(mentee)]
