"""After a walk: a summary of patterns that names nobody, and one thank-you to each host."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from mentorship.audit import operations as audit
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.emails import walk_summary, walk_thanks
from mentorship.outbox.letters import can_be_mailed
from mentorship.outbox.operations import post_letters
from mentorship.people.models import EvaluatorLink, Membership, Person
from mentorship.plans.groups import FEWEST_STOPS, Walk, WalkPlace, WalkSummary
from mentorship.plans.walking import walks_visible_to
from mentorship.web.filters import in_words

LONGEST_TEXT, LONGEST_LINE = 4000, 200
# A thank-you within a week is usual: so late a coach is told that it is still to come, so late it is no news any more.
REMIND_AFTER, REMIND_UNTIL = timedelta(days=3), timedelta(days=21)


class SavedElsewhere(Refused):
    """The lead saved another text meanwhile, in another window or on another device."""


@dataclass(frozen=True)
class Words:
    """What the lead writes: patterns with their evidence, and open questions."""

    noticed: str
    wondered: str


def walks_led_by(person: Person, now: datetime) -> Select[Walk]:
    """The walks that are over and that this person led: theirs alone are the summary and the thanks."""
    led = select(WalkPlace.walk_id).join(WalkPlace.membership).where(WalkPlace.role == "lead")
    led = led.where(Membership.person_id == person.id, Membership.active, WalkPlace.left_at.is_(None))
    return walks_visible_to(person).where(Walk.id.in_(led), Walk.status == "invited", Walk.ends_at <= now)


def _standing_readers() -> Select[WalkPlace]:
    """Who took part in a walk, is still here, and appraises nobody else who did; the lead in any case."""
    query = select(WalkPlace).join(WalkPlace.membership).where(WalkPlace.left_at.is_(None), Membership.active)
    return query.where(or_(WalkPlace.role == "lead", ~_appraises_somebody()))


def _appraises_somebody() -> ColumnElement[bool]:
    """Whether the person of a place appraises another of the same walk, at whichever school either is known."""
    other, below, above, appraised = aliased(WalkPlace), aliased(Membership), aliased(Membership), aliased(Membership)
    return exists().where(
        other.walk_id == WalkPlace.walk_id,
        other.left_at.is_(None),
        below.id == other.membership_id,
        above.person_id == Membership.person_id,
        appraised.person_id == below.person_id,
        EvaluatorLink.evaluator_id == above.id,
        EvaluatorLink.membership_id == appraised.id,
    )


def summaries_visible_to(person: Person) -> Select[WalkSummary]:
    """A draft for those who went along, a shared one for the hosts too; no role shows more."""
    own = _standing_readers().where(Membership.person_id == person.id)
    part, went = own.with_only_columns(WalkPlace.walk_id), WalkPlace.role != "host"
    is_shared = WalkSummary.shared_at.is_not(None)
    readable = or_(WalkSummary.walk_id.in_(part.where(went)), and_(is_shared, WalkSummary.walk_id.in_(part)))
    walk = joinedload(WalkSummary.walk, innerjoin=True)
    return select(WalkSummary).where(readable).options(walk.joinedload(Walk.cycle), walk.selectinload(Walk.places))


def summary_for(person: Person, walk: Walk) -> WalkSummary | None:
    """The summary of one walk, where this person can read it."""
    query = summaries_visible_to(person).where(WalkSummary.walk_id == walk.id)
    return db.session.scalars(query).unique().first()


def readers_of(walk: Walk) -> list[WalkPlace]:
    """Everybody but the lead who can read a shared summary, by name: the same condition that shows it."""
    query = _standing_readers().where(WalkPlace.walk_id == walk.id, WalkPlace.role != "lead")
    return sorted(db.session.scalars(query), key=lambda place: place.membership.sort_name)


def why_not_shared(walk: Walk) -> str:
    """Why a summary of this walk stays with those who went along; empty where it can be shared."""
    if walk.can_be_told:
        return ""
    stops = "1 stop" if len(walk.stops) == 1 else f"{len(walk.stops)} stops"
    return (
        f"This walk had {stops}. A summary is shared only from {FEWEST_STOPS} stops on, so that nobody can tell"
        " whose class it speaks of. It stays with those who went along."
    )


def save_summary(
    walk: Walk, words: Words, *, seen: int, share: bool = False, by: str, now: datetime
) -> tuple[WalkSummary, int]:
    """Keep the lead's words, which their readers see at once, and share them with the hosts; how many mails go out.

    Raises `SavedElsewhere`, and `Refused` for an empty text and, where hosts read it, for too few stops or a host whom
    the text names.
    """
    _lock(walk)
    if not (words.noticed or words.wondered):
        raise Refused("There is nothing to keep yet: write a line first.")
    summary = _summary_of(walk) or WalkSummary(walk=walk)
    if summary.id is not None and summary.version != seen and words != Words(summary.noticed, summary.wondered):
        raise SavedElsewhere("You saved this in another window or on another device meanwhile. Both texts are here.")
    if share or summary.shared_at is not None:
        _refuse_telling(walk, words)
    summary.noticed, summary.wondered, summary.saved_at = words.noticed, words.wondered, now
    mails = _share(summary, by, now) if share and summary.shared_at is None else 0
    db.session.add(summary)
    db.session.flush()
    return summary, mails


def _lock(walk: Walk) -> None:
    """Of two windows or two clicks at once the later one sees what the earlier one did."""
    db.session.refresh(walk, with_for_update={"of": Walk})
    everybody = select(WalkPlace).where(WalkPlace.walk_id == walk.id)
    db.session.scalars(everybody.execution_options(populate_existing=True)).all()


def _summary_of(walk: Walk) -> WalkSummary | None:
    query = select(WalkSummary).where(WalkSummary.walk_id == walk.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def _refuse_telling(walk: Walk, words: Words) -> None:
    if why := why_not_shared(walk):
        raise Refused(why)
    if found := _named_in(f"{words.noticed}\n{words.wondered}", walk):
        raise Refused(f"The text names {in_words(found)}. Write what was seen across the rooms, then share it.")


def _named_in(text: str, walk: Walk) -> list[str]:
    """The hosts and rooms of a walk that a text names. Names are told by their capitals: “long” is no Mrs. Long."""
    found = []
    for stop in walk.stops:
        person = stop.membership.person
        if _has_word(text, person.family_name or person.name):
            found.append(person.name)
        if stop.room and _has_word(text.casefold(), f"room {stop.room}".casefold()):
            found.append(f"room {stop.room}")
    return found


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _share(summary: WalkSummary, by: str, now: datetime) -> int:
    """Open it to the hosts. Its readers are told once, however often it is taken back and shared again."""
    walk, lead = summary.walk, summary.walk.lead
    assert lead is not None, "somebody leads a walk as long as it stands"
    summary.shared_at = now
    letters = []
    if summary.told_at is None:
        summary.told_at = now
        readers = [place.membership for place in readers_of(walk)]
        school = walk.cycle.school
        letters = [
            walk_summary(walk, lead.membership, reader, school)
            for reader in readers
            if can_be_mailed(reader.person.email)
        ]
    post_letters(letters, now)
    audit.record("share_walk_summary", by=by, now=now, walk=walk.id, cycle=walk.cycle_id)
    return len(letters)


def take_back_summary(walk: Walk, *, by: str, now: datetime) -> None:
    """The hosts can no longer read it, at once and without a mail. Raises `Refused` where it is not shared."""
    _lock(walk)
    summary = _summary_of(walk)
    if summary is None or summary.shared_at is None:
        raise Refused("The summary is not shared; nothing was changed.")
    summary.shared_at = None
    audit.record("take_back_walk_summary", by=by, now=now, walk=walk.id, cycle=walk.cycle_id)
    db.session.flush()


def can_be_thanked(place: WalkPlace) -> bool:
    """Whether a thank-you is still to come and can arrive."""
    member = place.membership
    return place.thanked_at is None and member.active and can_be_mailed(member.person.email)


def thank_hosts(walk: Walk, places: Collection[int], line: str, *, by: str, now: datetime) -> int:
    """One mail to each of these hosts, with a line of the lead's that is kept nowhere else; how many.

    Raises `Refused` for nobody, for somebody who hosted no stop, who was thanked already, or whom no mail can reach.
    """
    _lock(walk)
    chosen, lead = [place for place in walk.stops if place.id in places], walk.lead
    if not chosen or len(chosen) < len(set(places)) or lead is None:
        raise Refused("Choose at least one host of this walk.")
    before = [place.membership.person.name for place in chosen if place.thanked_at is not None]
    if before:
        raise Refused(f"{in_words(before)} {'was' if len(before) == 1 else 'were'} thanked already; no mail went out.")
    unreached = [place.membership.person.name for place in chosen if not can_be_thanked(place)]
    if unreached:
        raise Refused(f"No mail can reach {in_words(unreached)}; leave them out and thank them yourself.")
    school = walk.cycle.school
    post_letters([walk_thanks(place, lead.membership, school, line=line) for place in chosen], now)
    for place in chosen:
        place.thanked_at = now
    ids = [place.id for place in chosen]
    audit.record("thank_hosts", by=by, now=now, walk=walk.id, cycle=walk.cycle_id, places=ids)
    db.session.flush()
    return len(chosen)


def leads_to_remind(cycle: Cycle, now: datetime) -> list[WalkPlace]:
    """Who led a walk of a cycle some days ago of which a host waits for a thank-you, by time, in one statement."""
    host, host_member, host_person = aliased(WalkPlace), aliased(Membership), aliased(Person)
    waits = exists().where(
        host.walk_id == Walk.id,
        host.role == "host",
        host.left_at.is_(None),
        host.thanked_at.is_(None),
        host_member.id == host.membership_id,
        host_member.active,
        host_person.id == host_member.person_id,
        host_person.email.is_not(None),
    )
    query = select(WalkPlace).join(WalkPlace.walk).join(WalkPlace.membership).options(contains_eager(WalkPlace.walk))
    query = query.where(Walk.cycle_id == cycle.id, Walk.status == "invited", waits, Membership.active)
    query = query.where(WalkPlace.role == "lead", WalkPlace.left_at.is_(None))
    query = query.where(Walk.ends_at.between(now - REMIND_UNTIL, now - REMIND_AFTER))
    return list(db.session.scalars(query.order_by(Walk.ends_at, Walk.id)))
