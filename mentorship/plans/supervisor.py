"""The solver's supervisor: reads in one transaction, waits in none, writes in another.

It commits, as the runner and the sender do: no transaction may be open while the engine thinks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.operations import Claim, complete_job, fail_job, note_progress
from mentorship.plans.findings import broken
from mentorship.plans.improving import noted
from mentorship.plans.operations import STOPPED, Draft, drafts, keep_draft
from mentorship.plans.replan_changes import ReplanDraft, changes_of
from mentorship.plans.replanning import REPLAN, keep_replan, replan_draft
from mentorship.plans.solving import WEIGH_SECONDS, EngineRefused, Part, solve, weigh

SEED = 1
LOCKED = "What is locked cannot stand together. {fault}"
AGREED = (
    "Visits that people agreed to cannot stand together by the rules of this cycle. {fault} Move one of them first."
)
# Told of each line of a part's progress; says whether the best plan so far is good enough.
Watch = Callable[[Part, dict[str, Any]], bool | None]


class LostLease(Exception):
    """Somebody else works on this job now."""


class Stopped(Refused):
    """A person has stopped the planning."""


@dataclass(frozen=True)
class Planned:
    """What came of one part."""

    part: Part
    outcome: dict[str, Any]


def make_plan(
    cycle: Cycle,
    *,
    seconds: int,
    seed: int,
    by: str,
    parts: Collection[Part] | None = None,
    progress: Watch | None = None,
    fence: Callable[[], None] | None = None,
) -> list[Planned]:
    """Solve each open part (of these `parts`) and keep it as the draft. A cycle that changed keeps its own plan.

    `fence` is called in the transaction that keeps a part, and raises where it may not. Raises `Refused`; what was kept
    of an earlier part stays kept.
    """
    version = cycle.version
    waiting = drafts(cycle, now=clock.now(), seconds=seconds, seed=seed, parts=parts)
    cycle_id = cycle.id
    db.session.commit()
    planned: list[Planned] = []
    for draft in waiting:
        outcome = _solved(draft, cycle_id, seconds, progress)
        weighed = _weighed(draft, outcome, seconds, progress) if draft.part == "pairings" else None
        current = db.session.get_one(Cycle, cycle_id, with_for_update=True, populate_existing=True)
        if current.version != version:
            db.session.rollback()
            raise Refused(f"{current.name} was changed while the plan was being made; make the plan again.")
        if fence is not None:
            fence()
        keep_draft(current, draft, outcome, weighed=weighed, by=by, now=clock.now())
        db.session.commit()
        version = current.version
        db.session.commit()
        planned.append(Planned(draft.part, outcome))
    return planned


def make_replan(
    cycle: Cycle,
    *,
    seconds: int,
    seed: int,
    by: str,
    progress: Watch | None = None,
    fence: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Find out what a re-plan of the published visits would change, and let it wait for a decision; nothing moves.

    `fence` as in `make_plan`. Raises `Refused`.
    """
    draft = replan_draft(cycle, now=clock.now(), seconds=seconds, seed=seed)
    cycle_id = cycle.id
    db.session.commit()
    outcome = _replanned(draft, cycle_id, seconds, progress)
    if left := draft.asked_without_a_place(outcome):
        # Who asked for another time has one: it is not lost because there is no other.
        draft = draft.keeping(left)
        outcome = _replanned(draft, cycle_id, seconds, progress)
    while (tighter := draft.within_limits(outcome)) is not None:
        draft, outcome = tighter, _replanned(tighter, cycle_id, seconds, progress)
    changes = changes_of(draft, outcome)
    current = db.session.get_one(Cycle, cycle_id, with_for_update={"of": Cycle}, populate_existing=True)
    if fence is not None:
        fence()
    keep_replan(current, changes, by=by, now=clock.now())
    db.session.commit()
    return changes


def _replanned(draft: ReplanDraft, cycle_id: int, seconds: int, progress: Watch | None) -> dict[str, Any]:
    return _solved(Draft("visits", draft.problem, {}, {}), cycle_id, seconds, progress, contradiction=AGREED)


def _solved(
    draft: Draft, cycle_id: int, seconds: int, progress: Watch | None, contradiction: str = LOCKED
) -> dict[str, Any]:
    sizes = sizes_of(draft)

    def tell(line: dict[str, Any]) -> bool | None:
        return None if progress is None else progress(draft.part, {**line, "sizes": sizes})

    try:
        return solve(draft.part, draft.problem, seconds=seconds, progress=tell)
    except EngineRefused as refusal:
        # Only what a person has fixed can contradict the rules, and its sentence is for readers.
        cycle = db.session.get_one(Cycle, cycle_id)
        names = {one.membership.code: one.membership.person.name for one in participants(cycle)}
        faults = broken(draft.problem, {"pairs": [], "visits": [], "videos": []}, names)
        db.session.commit()
        if not faults:
            raise
        raise Refused(contradiction.format(fault=faults[0])) from refusal


def _weighed(draft: Draft, outcome: dict[str, Any], seconds: int, progress: Watch | None) -> dict[str, Any] | None:
    """What other weights would do to these pairs; None where that could not be found out: the draft is kept anyway."""
    if not draft.problem["mentees"]:
        return None
    sizes = sizes_of(draft)

    def tell(line: dict[str, Any]) -> bool | None:
        # The pairs are there: who looks sees them, with all of their time used.
        told = {**line, "at": seconds, "phase": "weights", "aims": outcome["aims"], "sizes": sizes}
        return None if progress is None else progress(draft.part, told)

    try:
        return weigh(draft.problem, min(seconds, WEIGH_SECONDS), tell)
    except Stopped:
        raise
    except Refused:
        return None


def sizes_of(draft: Draft) -> dict[str, int]:
    """How much there is to plan: the new teachers, or the people and the visits they need and would like."""
    if draft.part == "pairings":
        return {"mentees": len(draft.problem["mentees"])}
    asked = [row["visit"] for row in draft.problem["people"] if "visit" in row]
    required = sum(visit["required"] for visit in asked)
    wanted = sum(visit["wanted"] for visit in asked) - required
    return {"people": len(draft.problem["people"]), "required": required, "wanted": wanted}


def carry_out(claim: Claim, *, lease_seconds: int) -> None:
    """Make what a claimed job asks for, and mark the job; a refusal is kept on it as its sentence.

    The lease is renewed with each word of progress. Where it was lost, nothing is kept and nothing is marked.
    """
    ids = claim.ids
    history: dict[Part, list[Any]] = {}

    def hear(part: Part, line: dict[str, Any]) -> bool:
        # What other weights would do is no better plan: the time that it takes is not drawn.
        if line.get("phase") != "weights":
            history[part] = noted(history.get(part, ()), line)
        told = {**line, "part": part, "seconds": ids["seconds"], "history": history.get(part, [])}
        wish = note_progress(claim, told, lease_seconds=lease_seconds)
        db.session.commit()
        if wish is None:
            raise LostLease
        if wish == "stop":
            raise Stopped(STOPPED)
        # Before the first complete plan there is no best one: the wish waits for it.
        return wish == "best" and bool(line.get("aims"))

    def fence() -> None:
        if note_progress(claim, None, lease_seconds=lease_seconds) is None:
            raise LostLease
        # Who was content with the best plan of this part has said nothing of the next.
        db.session.get_one(Job, claim.id).wish = ""

    try:
        cycle = db.session.get_one(Cycle, ids["cycle"])
        told: dict[str, Any] = {"seconds": ids["seconds"], "seed": SEED, "by": ids["by"]}
        if claim.kind == REPLAN:
            make_replan(cycle, **told, progress=hear, fence=fence)
        else:
            make_plan(cycle, **told, parts=ids["parts"], progress=hear, fence=fence)
        complete_job(claim)
    except Refused as refusal:
        db.session.rollback()
        fail_job(claim, error=str(refusal))
    except LostLease:
        db.session.rollback()
