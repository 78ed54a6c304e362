"""What a person does to one visit once it is out: move it, cancel it, or say whether it took place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mentorship.audit import operations as audit
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.emails import when_words
from mentorship.invites.operations import ask_again, invite_to_visit, take_back
from mentorship.people.changes import refuse_stale
from mentorship.people.models import School
from mentorship.plans.drafting import drop_together, set_apart
from mentorship.plans.findings import BreaksRules
from mentorship.plans.models import STANDING, Visit
from mentorship.plans.moving import Move, move_to, open_moves
from mentorship.plans.replanning import WITHOUT_A_TIME

CANCELLED_BY_COACH = "A coach of your school cancelled it."
ANOTHER_HOST = "It moved to another host."
ENDED = ("accepted", "held", "not_held")


def hold_visit(visit: Visit, seen: str | None, now: datetime) -> None:
    """Lock a visit and read it as it stands now. Raises `Refused` where its cycle is closed or the page was stale."""
    db.session.refresh(visit, with_for_update={"of": Visit})
    visit.plan.cycle.refuse_if_closed()
    refuse_stale(visit.version, seen, now=now, visit=visit.id)


def is_movable(visit: Visit, now: datetime) -> bool:
    """A live visit that is ahead, or that has no time any more: a person may give it another."""
    if visit.medium != "live":
        return False
    return visit.status in ("proposed", *WITHOUT_A_TIME) or (visit.status in STANDING and not _has_begun(visit, now))


def is_cancellable(visit: Visit, now: datetime) -> bool:
    """It was asked for and neither begun nor over; what has lost its time may be given up for good."""
    return visit.status in WITHOUT_A_TIME or (visit.status in STANDING and not _has_begun(visit, now))


def is_markable(visit: Visit, now: datetime) -> bool:
    """Both agreed and it is over; a video review has no time of its own and may be marked once both agreed."""
    return visit.status in ENDED and (visit.medium == "video" or visit.has_ended(now))


def _has_begun(visit: Visit, now: datetime) -> bool:
    return visit.starts_at is not None and visit.starts_at <= now


def move_published_visit(visit: Visit, lesson: str, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Move a visit that is out to a lesson and ask both people, who answer anew.

    The host's own new time is an update of the entry in both calendars: same UID, SEQUENCE + 1. What has lost its
    time, and a visit that goes to another host, gets a new invitation: a cancelled UID is never used again. Raises
    `BreaksRules` with the rules and their sentences, `Refused` for a visit that cannot be moved or a stale page.
    """
    hold_visit(visit, seen, now)
    refuse_unmovable(visit, now)
    hold_moves(visit.plan.cycle.school_id)
    moves = open_moves(visit, now, whole=True)
    broken = moves.broken(lesson)
    if broken:
        raise BreaksRules(broken)
    move, stood = moves.move(lesson), visit.status in STANDING
    if stood and (move.host.id, move.on_date, move.starts) == (visit.host_id, visit.on_date, visit.starts):
        raise Refused("The visit is at that time already; nothing was changed.")
    carry_out_move(visit, move, moves.outcome_row(lesson), stood=stood, by=by, now=now)


def hold_moves(school_id: str) -> None:
    """Two moves at once could each be judged without the other: a school makes one move at a time."""
    db.session.execute(select(School.id).where(School.id == school_id).with_for_update(key_share=True))


def carry_out_move(visit: Visit, move: Move, row: Mapping[str, Any], *, stood: bool, by: str, now: datetime) -> None:
    """Write a move that breaks no rule and ask both people; `row` is the visit's row in an outcome.

    `stood` says whether it was in calendars until now.
    """
    was, starts_at, is_same_host = when_words(visit), visit.starts_at, move.host.id == visit.host_id
    school = visit.plan.cycle.school
    if stood and not is_same_host:
        take_back(visit, because=ANOTHER_HOST, now=now)
    move_to(visit, move)
    visit.reasons = row["reasons"]
    if not is_same_host:
        visit.mode, visit.focus = row["mode"], row["focus"] or ""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Refused(f"{visit.visitor.person.name} has another visit on that date; choose another time.") from error
    if stood and is_same_host:
        ask_again(visit, school, now, was=was)
    else:
        invite_to_visit(visit, school, now, was=was)
    audit.record("move_visit", by=by, now=now, visit=visit.id, was=starts_at.isoformat() if starts_at else None)
    db.session.flush()


def refuse_unmovable(visit: Visit, now: datetime) -> None:
    """Raises `Refused` with why this visit has no other time any more."""
    if visit.medium == "video":
        raise Refused("A video review has no time that could be moved.")
    if visit.status == "proposed":
        raise Refused("Nobody has been asked about this visit yet; move it in the draft.")
    if not is_movable(visit, now):
        words = "has begun already" if visit.status in STANDING else "is over or cancelled"
        raise Refused(f"This visit {words}; it can’t be moved any more.")


def cancel_visit(visit: Visit, *, by: str, now: datetime, seen: str | None = None) -> int:
    """Cancel a visit for good: a CANCEL to everybody whose calendar still has it. How many mails went out.

    `seen` is the version that the page showed. Raises `Refused` for a draft, a past visit and one that is over.
    """
    hold_visit(visit, seen, now)
    if visit.status == "proposed":
        raise Refused("Nobody has been asked about this visit yet; move it, or make the plan again.")
    if not is_cancellable(visit, now):
        if visit.status in STANDING:
            raise Refused("This visit has begun. Afterwards, say whether it took place.")
        raise Refused("This visit is over or cancelled already; nothing was changed.")
    mails = 0
    if visit.status in STANDING:
        take_back(visit, because=CANCELLED_BY_COACH, now=now)
        mails = len(visit.people)
    visit.status = "cancelled"
    audit.record("cancel_visit", by=by, now=now, visit=visit.id)
    db.session.flush()
    return mails


def keep_visit_apart(visit: Visit, *, by: str, now: datetime, seen: str | None = None) -> int:
    """Not together: the visit leaves the draft or is cancelled, and the two are never put together again.

    How many mails went out. Raises `Refused` as cancelling does, and for a locked visit of a draft.
    """
    if visit.status == "proposed":
        drop_together(visit, by=by, now=now, seen=seen)
        return 0
    mails = cancel_visit(visit, by=by, now=now, seen=seen)
    set_apart(visit.visitor, visit.host)
    audit.record("visit_apart", by=by, now=now, visit=visit.id, cycle=visit.plan.cycle_id)
    return mails


def mark_took_place(visit: Visit, took_place: bool, *, by: str, now: datetime, seen: str | None = None) -> None:
    """Say of a visit that is over whether it took place; who was there may set it right until the cycle closes.

    Raises `Refused` for a visit that nobody agreed to, or that has not ended.
    """
    hold_visit(visit, seen, now)
    if visit.status not in ENDED:
        raise Refused("Only a visit that both people agreed to can be marked as visited or not.")
    if not is_markable(visit, now):
        raise Refused("This visit has not ended yet; come back afterwards.")
    visit.status = "held" if took_place else "not_held"
    audit.record("took_place" if took_place else "did_not_happen", by=by, now=now, visit=visit.id)
    db.session.flush()
