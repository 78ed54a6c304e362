"""The solver's supervisor: reads in one transaction, waits in none, writes in another.

It commits, as the runner and the sender do: no transaction may be open while the engine thinks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.plans.operations import drafts, keep_draft
from mentorship.plans.solving import Part, solve


@dataclass(frozen=True)
class Planned:
    """What came of one part."""

    part: Part
    outcome: dict[str, Any]


def make_plan(
    cycle: Cycle, *, seconds: int, seed: int, by: str, progress: Callable[[Part, dict[str, Any]], None] | None = None
) -> list[Planned]:
    """Solve each open part and keep it as the draft. A cycle that changed meanwhile keeps its own plan.

    Raises `Refused`; what was kept of an earlier part stays kept.
    """
    version = cycle.version
    waiting = drafts(cycle, now=clock.now(), seconds=seconds, seed=seed)
    cycle_id = cycle.id
    db.session.commit()
    planned: list[Planned] = []
    for draft in waiting:

        def tell(line: dict[str, Any], part: Part = draft.part) -> None:
            if progress is not None:
                progress(part, line)

        outcome = solve(draft.part, draft.problem, seconds=seconds, progress=tell)
        current = db.session.get_one(Cycle, cycle_id, with_for_update=True, populate_existing=True)
        if current.version != version:
            db.session.rollback()
            raise Refused(f"{current.name} was changed while the plan was being made; make the plan again.")
        keep_draft(current, draft, outcome, by=by, now=clock.now())
        db.session.commit()
        version = current.version
        db.session.commit()
        planned.append(Planned(draft.part, outcome))
    return planned
