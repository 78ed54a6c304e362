"""What a re-plan would change, shown before anything does, and making it so once a person says yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.changes import carry_out_move, hold_moves, refuse_unmovable
from mentorship.invites.operations import invite_to_visit, take_back
from mentorship.invites.queries import visits_to_show
from mentorship.people.models import Membership
from mentorship.plans.findings import BreaksRules
from mentorship.plans.models import STANDING, Plan, Visit
from mentorship.plans.moving import Move, move_to
from mentorship.plans.queries import names_of
from mentorship.plans.replan_changes import why_words
from mentorship.plans.replanning import judge_changes, visits_out
from mentorship.plans.unplaced import with_visits

NO_PLACE = "The visits were planned again, and this one has no time any more. A new time will be proposed."
DECIDED = "Somebody decided about this re-plan already."
CHANGED = "Somebody answered or changed one of these visits meanwhile. Here is the new list."
OUTDATED = "Nothing was changed, because the school has changed since: {fault} Re-plan the rest again."


@dataclass(frozen=True)
class Change:
    """One visit and where it would go; of a visit that would lose its time, no date.

    `host` is the name of another host and `family_name` the end of it, both empty where it stays the same; `row` is
    the visit's row in the outcome.
    """

    visit: Visit
    version: int
    kind: str
    on_date: date | None
    starts: time | None
    period: str
    host: str
    family_name: str
    why: str
    row: Mapping[str, Any] | None


@dataclass(frozen=True)
class Added:
    """A visit for somebody who had no place until now; `row` is its row in the outcome."""

    visitor_id: int
    visitor: str
    host: str
    on_date: date
    starts: time
    period: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class PendingReplan:
    """A re-plan that waits for a decision: what it would change of visits, and which it would add.

    `meanwhile` visits were answered or changed since and are left out; those of `without` still have no time; `people`
    would get mail; `untouched` visits ahead and `videos` stay as they are.
    """

    changes: tuple[Change, ...]
    added: tuple[Added, ...]
    meanwhile: int
    without: tuple[Visit, ...]
    people: int
    untouched: int
    videos: int

    @property
    def count(self) -> int:
        return len(self.changes) + len(self.added)

    @property
    def moved(self) -> int:
        return sum(change.on_date is not None for change in self.changes)

    @property
    def dropped(self) -> int:
        return len(self.changes) - self.moved

    @property
    def seen(self) -> str:
        """What the page shows, for `make_changes`."""
        standing = [f"{change.visit.id}:{change.version}" for change in self.changes]
        return " ".join([*standing, *(f"+{one.visitor_id}@{one.row['start']}" for one in self.added)])

    def by_date(self, on: date) -> list[Change]:
        return [change for change in self.changes if change.on_date == on]

    def added_on(self, on: date) -> list[Added]:
        return [one for one in self.added if one.on_date == on]

    def place_for(self, member_id: int | None) -> Added | None:
        return next((one for one in self.added if one.visitor_id == member_id), None)


def pending_replan(
    cycle: Cycle, replan: Mapping[str, Any] | None, visits: Sequence[Visit], now: datetime
) -> PendingReplan | None:
    """The re-plan of these visits as it waits at their plan; None where none does."""
    if replan is None:
        return None
    visit_by_id = {visit.id: visit for visit in visits}
    told = [row for row in replan["changes"] if row["kind"] != "added"]
    rows = [row for row in told if _is_current(row, visit_by_id)]
    new = [row for row in replan["changes"] if row["kind"] == "added"]
    members = {member.code: member for visit in visits for member in visit.people}
    people = {code: member.person for code, member in members.items()}
    known = {code: (member.id, member.person.name) for code, member in members.items()}
    strange = {row["row"][side] for row in (*rows, *new) if row["row"] for side in ("visitor", "host")} - set(known)
    known |= names_of(cycle.school_id, strange)
    names = {code: name for code, (_, name) in known.items()}
    short = {**names, **{code: person.family_name or person.name for code, person in people.items()}}
    changes = [_change(visit_by_id[row["visit"]], row, names, short) for row in rows]
    changed = {change.visit.id for change in changes}
    ahead = [visit for visit in visits if visit.status in STANDING and visit.id not in changed]
    without = [visit_by_id[number] for number in replan["without"] if number in visit_by_id]
    return PendingReplan(
        changes=tuple(sorted(changes, key=lambda change: (str(change.visit.starts_at), change.visit.id))),
        added=tuple(_added(row, known) for row in new if row["row"]["visitor"] in known),
        meanwhile=len(told) - len(rows),
        without=tuple(visit for visit in without if visit.status in ("needs_new_time", "expired")),
        people=len(_told(changes) | {row["row"][side] for row in new for side in ("visitor", "host")}),
        untouched=sum(visit.starts_at is not None and visit.starts_at > now for visit in ahead),
        videos=sum(visit.medium == "video" for visit in ahead),
    )


def _is_current(row: Mapping[str, Any], visit_by_id: Mapping[int, Visit]) -> bool:
    visit = visit_by_id.get(row["visit"])
    return visit is not None and visit.version == row["version"]


def _change(visit: Visit, row: Mapping[str, Any], names: Mapping[str, str], short: Mapping[str, str]) -> Change:
    place = row["row"]
    starts = datetime.fromisoformat(place["start"]) if place else None
    other = place["host"] if place and place["host"] != visit.host.code else ""
    return Change(
        visit=visit,
        version=row["version"],
        kind=row["kind"],
        on_date=starts.date() if starts else None,
        starts=starts.time() if starts else None,
        period=row["period"],
        host=names.get(other, other),
        family_name=short.get(other, other),
        why=why_words(row["why"], visit.visitor.person.name, visit.host.person.name, names),
        row=place,
    )


def _added(row: Mapping[str, Any], known: Mapping[str, tuple[int, str]]) -> Added:
    place = row["row"]
    visitor_id, visitor = known[place["visitor"]]
    starts = datetime.fromisoformat(place["start"])
    host = known.get(place["host"], (0, place["host"]))[1]
    return Added(visitor_id, visitor, host, starts.date(), starts.time(), row["period"], place)


def _told(changes: Sequence[Change]) -> set[str]:
    """Who would get mail, by code: visitor and host, and the host of before where a visit stood with another."""
    found: set[str] = set()
    for change in changes:
        found.add(change.visit.visitor.code)
        found.add(change.row["host"] if change.row else change.visit.host.code)
        if change.visit.status in STANDING:
            found.add(change.visit.host.code)
    return found


def make_changes(cycle: Cycle, *, seen: str, by: str, now: datetime) -> PendingReplan:
    """Carry out the pending re-plan, all of it or nothing: each visit moves as by a coach's own move.

    `seen` is what the page showed (`PendingReplan.seen`). Raises `Refused` where somebody decided or answered
    meanwhile, and where the changes together break a rule in the school as it is now.
    """
    cycle.refuse_if_closed()
    hold_moves(cycle.school_id)
    plan = visits_out(cycle, for_update=True)
    if plan is None or plan.replan is None:
        raise Refused(DECIDED)
    _hold([row["visit"] for row in plan.replan["changes"] if row["visit"] is not None])
    found = pending_replan(cycle, plan.replan, visits_to_show(cycle), now)
    if found is None or not found.count:
        raise Refused(CHANGED if seen else DECIDED)
    if found.seen != seen:
        raise Refused(CHANGED)
    for change in found.changes:
        refuse_unmovable(change.visit, now)
    new = {-place: one for place, one in enumerate(found.added, start=1)}
    rows = {change.visit.id: change.row for change in found.changes} | {place: one.row for place, one in new.items()}
    faults, moves = judge_changes(cycle, now, rows)
    if faults:
        raise BreaksRules(faults)
    _carry_out(found.changes, moves, by, now)
    for place, one in new.items():
        _add(plan, one, moves[place], by, now)
    plan.outcome = with_visits(plan.outcome, Counter(one.row["visitor"] for one in found.added))
    plan.replan = None
    audit.record("make_changes", by=by, now=now, cycle=cycle.id, changes=found.count)
    db.session.flush()
    return found


def _hold(numbers: Sequence[int]) -> None:
    """Lock these visits and read them as they stand now: nobody answers meanwhile."""
    query = select(Visit).where(Visit.id.in_(numbers)).order_by(Visit.id).with_for_update(of=Visit)
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def _carry_out(changes: Sequence[Change], moves: Mapping[int, Any], by: str, now: datetime) -> None:
    stood = {change.visit.id: change.visit.status in STANDING for change in changes}
    for change in changes:
        # Two visits of a person may change places: while they move, neither stands in the other's way.
        change.visit.status = "needs_new_time"
    db.session.flush()
    for change in changes:
        visit = change.visit
        if change.row is None:
            take_back(visit, because=NO_PLACE, now=now)
            audit.record("take_back", by=by, now=now, visit=visit.id)
        else:
            carry_out_move(visit, moves[visit.id], change.row, stood=stood[visit.id], by=by, now=now)


def _add(plan: Plan, one: Added, move: Move, by: str, now: datetime) -> None:
    """A visit for somebody who had none: both people are asked, as when the plan was published."""
    visitor, row = db.session.get_one(Membership, one.visitor_id), one.row
    visit = Visit(plan=plan, visitor=visitor, host=move.host, mode=row["mode"], focus=row["focus"] or "")
    visit.reasons = row["reasons"]
    move_to(visit, move)
    db.session.add(visit)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(f"{one.visitor} has another visit on that date; re-plan again.") from error
    invite_to_visit(visit, plan.cycle.school, now)
    audit.record("add_visit", by=by, now=now, visit=visit.id)
