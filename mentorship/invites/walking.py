"""What becomes of a walk once it is planned: people are invited, leave without a reason, and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.emails import new_uid, walk_cancelled, walk_changed, walk_invitation
from mentorship.invites.models import Invite
from mentorship.invites.operations import new_invite
from mentorship.outbox.operations import post_letters
from mentorship.people.changes import refuse_stale
from mentorship.people.models import School
from mentorship.plans.groups import Walk, WalkPlace
from mentorship.plans.walking import reflow, walk_day, who_can_no_longer
from mentorship.plans.walks import DoesNotFit

CANCELLED_BY_COACH = "A coach of your school called the walk off."
NOBODY_LEFT = "The walk is off: not enough of you could come."
CALENDAR_CHANGED = "The walk no longer fits into the school’s schedule. A new time will be proposed."
YOU_LEFT = "You are off the walk, as you wished."
NOT_FREE = "The school’s schedule has changed: the walk is no longer for you."


def _hold(walk: Walk, seen: str | None, now: datetime) -> None:
    """Lock a walk and read it as it stands now. Raises `Refused` for a closed cycle or a stale page."""
    db.session.refresh(walk, with_for_update={"of": Walk})
    walk.cycle.refuse_if_closed()
    refuse_stale(walk.version, seen, now=now, walk=walk.id)


def send_walk(walk: Walk, *, by: str, now: datetime, seen: str | None = None) -> int:
    """Invite everybody of a planned walk, each by a mail and an event of their own: how many mails go out.

    Raises `Refused` where it is out already, where its day has come, or where somebody can no longer take part.
    """
    _hold(walk, seen, now)
    if walk.status != "proposed":
        raise Refused("Everybody was invited to this walk already; nothing was sent again.")
    if walk.has_begun(now):
        raise Refused("The time of this walk is over; plan it again for another day.")
    _refuse_outdated(walk)
    walk.status = "invited"
    letters = []
    for place in (*walk.walkers, *walk.stops):
        place.uid, place.sequence, place.said = new_uid(str(uuid4())), 0, "none"
        place.invited_at = place.revised_at = now
        invite = new_invite(place.membership, place.key, now, place=place)
        letters.append(walk_invitation(place, invite, walk.cycle.school))
    post_letters(letters, now)
    audit.record("send_walk", by=by, now=now, walk=walk.id, cycle=walk.cycle_id)
    db.session.flush()
    return len(letters)


def _refuse_outdated(walk: Walk) -> None:
    """Days may lie between planning and sending: everybody must still be free, and every class be taught."""
    day = walk_day(walk.cycle, walk.on_date, walk.period, but=walk.id)
    stands = not day.closed_because and day.period == walk.period and day.bell == walk.bell
    can = {member.id for member in day.walkers} | {room.host.id for room in day.rooms}
    gone = sorted(place.membership.person.name for place in walk.standing if place.membership_id not in can)
    if not stands or gone:
        why = f"{' and '.join(gone)} can’t take part then" if stands else "the bells of that day have changed"
        raise Refused(f"The walk no longer fits the school as it is now ({why}); cancel it and plan it again.")


def cancel_walk(
    walk: Walk, *, by: str, now: datetime, seen: str | None = None, because: str = CANCELLED_BY_COACH
) -> int:
    """Call a walk off for good: a CANCEL to everybody who was invited, how many. Raises `Refused` once it is over."""
    _hold(walk, seen, now)
    if walk.status == "cancelled" or (walk.status == "invited" and not walk.is_ahead(now)):
        raise Refused("This walk is over or called off already; nothing was changed.")
    mails = _take_back(walk, walk.standing, because, now) if walk.status == "invited" else 0
    walk.status = "cancelled"
    audit.record("cancel_walk", by=by, now=now, walk=walk.id, cycle=walk.cycle_id)
    db.session.flush()
    return mails


def leave_walk(place: WalkPlace, *, by: str, now: datetime, calendar_knows: bool = False) -> None:
    """Somebody takes part no more, at any time and without a reason; the walk flows again around them.

    A host’s stop goes: who goes is told, and whose own time changes by it. A walk on its way keeps its times. Where the
    person said no in their calendar, `calendar_knows` and no CANCEL goes to it.
    """
    walk = place.walk
    db.session.refresh(walk, with_for_update={"of": Walk})
    # Of two who leave at once the later one sees that the other has left.
    everybody = select(WalkPlace).where(WalkPlace.walk_id == walk.id)
    db.session.scalars(everybody.execution_options(populate_existing=True)).all()
    if place.left_at is not None or not walk.is_ahead(now):
        raise Refused("This walk is over or called off, or goes without you already; nothing was changed.")
    _let_go([place], now, None if calendar_knows else YOU_LEFT)
    _go_on(walk, place.is_host, now)
    audit.record("leave_walk", by=by, now=now, walk=walk.id, cycle=walk.cycle_id)
    db.session.flush()


def _let_go(places: Iterable[WalkPlace], now: datetime, because: str | None) -> None:
    for place in places:
        if because is not None:
            _take_back(place.walk, [place], because, now)
        else:
            _end_invites([place], now)
        place.left_at = now


def _go_on(walk: Walk, is_other_way: bool, now: datetime) -> None:
    """After somebody left: off without walkers or rooms, else new times, and a mail to whom they concern."""
    # Its people changed, and none of its own columns need have: a page that shows others is stale all the same.
    flag_modified(walk, "status")
    if not walk.walkers or not walk.stops:
        _take_back(walk, walk.standing, NOBODY_LEFT, now)
        walk.status = "cancelled"
        return
    if all(place.role != "lead" for place in walk.walkers):
        walk.walkers[0].role = "lead"
    if not is_other_way:
        return
    moved = [] if walk.has_begun(now) else reflow(walk)
    for place in moved:
        place.said = "none"
    _tell_again([*walk.walkers, *moved], now)


def _tell_again(places: list[WalkPlace], now: datetime) -> None:
    """An update of the same UID for each of them."""
    by_place = _standing_invites(places)
    letters = []
    for place in places:
        place.sequence, place.revised_at = place.sequence + 1, now
        invite = by_place[place.id]
        if place.said == "none":
            invite.answered_at = None
        letters.append(walk_changed(place, invite, place.walk.cycle.school))
    post_letters(letters, now)


def _take_back(walk: Walk, places: list[WalkPlace], because: str, now: datetime) -> int:
    by_place = _standing_invites(places)
    letters = []
    for place in places:
        if place.id in by_place:
            place.sequence, place.revised_at = place.sequence + 1, now
            letters.append(walk_cancelled(place, by_place[place.id], walk.cycle.school, because=because))
    post_letters(letters, now)
    _end_invites(places, now)
    return len(letters)


def _end_invites(places: Iterable[WalkPlace], now: datetime) -> None:
    for invite in _standing_invites(places).values():
        invite.ended_at = now


def _standing_invites(places: Iterable[WalkPlace]) -> dict[int, Invite]:
    ids = [place.id for place in places]
    query = select(Invite).where(Invite.place_id.in_(ids), Invite.ended_at.is_(None))
    return {invite.place_id: invite for invite in db.session.scalars(query) if invite.place_id is not None}


def recheck_walks(school: School, now: datetime) -> int:
    """After a roster or a calendar changed: walks ahead go on with whoever still can, or need a new time. How many."""
    query = select(Walk).join(Walk.cycle).where(Cycle.school_id == school.id, Walk.status == "invited")
    query = query.where(Walk.starts_at > now).order_by(Walk.id).with_for_update(of=Walk)
    changed = 0
    for walk in db.session.scalars(query).all():
        changed += _recheck(walk, now)
    db.session.flush()
    return changed


def _recheck(walk: Walk, now: datetime) -> bool:
    bell, gone = who_can_no_longer(walk)
    if bell == walk.bell and not gone:
        return False
    _let_go(gone, now, NOT_FREE)
    try:
        if bell is None:
            raise DoesNotFit("The period does not ring on that date any more.", 0)
        is_other_way = bell != walk.bell or any(place.is_host for place in gone)
        walk.starts, walk.ends = bell.starts, bell.ends
        _go_on(walk, is_other_way, now)
    except DoesNotFit:
        _take_back(walk, walk.standing, CALENDAR_CHANGED, now)
        walk.status = "needs_new_time"
    return True


def refuse_walks_ahead(cycle: Cycle, now: datetime) -> None:
    """Before a cycle closes: what nobody was told of is forgotten. Raises `Refused` while a walk lies ahead."""
    walks = db.session.scalars(select(Walk).where(Walk.cycle_id == cycle.id, Walk.status != "cancelled")).all()
    ahead = [walk for walk in walks if walk.is_ahead(now)]
    if ahead:
        last = max(walk.on_date for walk in ahead)
        raise Refused(f"A walk lies ahead, on {last}; close {cycle.name} after it, or call it off.")
    for walk in walks:
        if walk.status in ("proposed", "needs_new_time"):
            walk.status = "cancelled"
