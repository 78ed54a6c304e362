"""What needs a coach: one item, one verb, sorted by how soon it hurts; each leads to the page that mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for

from mentorship.cycles.models import Cycle
from mentorship.invites.changes import is_movable
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import Pairing, Plan, Visit
from mentorship.web.filters import clock_time, in_words, plural, short_date

# So many visits of one kind are told one by one; the others are told as a number.
MOST_TOLD = 3
SOON, LATER, WEEK, LAST = timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=400)


@dataclass(frozen=True)
class Item:
    """One thing to do. `at` is when it begins to hurt; `is_first` lets it be the page's one filled button."""

    at: datetime
    tone: str
    icon: str
    title: str
    words: str
    verb: str
    href: str
    is_first: bool = True


@dataclass(frozen=True)
class Desk:
    """The rows of one cycle, read once. `leads` led walks whose hosts wait for a thank-you."""

    cycle: Cycle
    plans: Mapping[str, Plan]
    visits: Sequence[Visit]
    pairings: Sequence[Pairing]
    not_reached: int
    mails_to_read: int
    now: datetime
    today: date
    leads: Sequence[WalkPlace] = ()


def attention(desk: Desk) -> list[Item]:
    """Everything that waits for a coach, the soonest first; of a cycle that is closed or not planned nothing does."""
    status = desk.cycle.status
    if status in ("planned", "in_review"):
        return [*_walks(desk, is_first=False), *_unplaced(desk, is_first=False)]
    if status != "published":
        return []
    found = [
        *_visits(desk),
        *_unanswered(desk),
        *_pairings(desk),
        *_mails(desk),
        *_walks(desk),
        *_unplaced(desk),
        *_plan(desk),
    ]
    return sorted(found, key=lambda item: item.at)


def _visits(desk: Desk) -> Iterator[Item]:
    """Visits that lost their time, whose people asked for another one, or whose time passed without two yeses."""
    for status, many in (
        ("needs_new_time", "more visits need a new time"),
        ("time_asked", "more people asked for another time"),
        ("expired", "more visits were not answered in time"),
    ):
        rows = [visit for visit in desk.visits if visit.status == status]
        items = sorted((_visit(desk, visit) for visit in rows), key=lambda item: item.at)
        yield from items[:MOST_TOLD]
        left = items[MOST_TOLD:]
        if left:
            href = url_for("invites.visits", cycle_id=desk.cycle.id, status=status)
            verb, icon = "See them", "three-dots"
            yield Item(left[0].at, left[0].tone, icon, f"{len(left)} {many}", "They come after these.", verb, href)


def _visit(desk: Desk, visit: Visit) -> Item:
    both = f"{visit.visitor.person.name} and {visit.host.person.name}"
    href, verb = url_for("invites.visits", cycle_id=desk.cycle.id, visit=visit.id, _anchor="chosen"), "Look at it"
    if is_movable(visit, desk.now):
        href, verb = url_for("invites.move_visit", visit_id=visit.id), "Choose a new time"
    at, when = visit.starts_at or desk.now + SOON, _when(visit)
    if visit.status == "needs_new_time":
        words = f"It was planned for {when}. Nobody needs to say why it can’t be then."
        return Item(max(at, desk.now), "clay", "exclamation-triangle", f"{both} need a new time", words, verb, href)
    if visit.status == "time_asked":
        asking = [member.person.name for member in visit.people if visit.answer_of(member.id) == "time_asked"]
        words = f"{visit.visitor.person.name} visits {visit.host.person.name}: {when}."
        return Item(at, "gold", "clock-history", f"{in_words(asking)} asked for another time", words, verb, href)
    words = f"Not both of them had answered. It was planned for {when}, and both were told that it is off."
    return Item(desk.now + LATER, "gold", "hourglass-bottom", f"{both} did not meet", words, verb, href)


def _when(visit: Visit) -> str:
    if visit.on_date is None:
        return "a recording, at a time of their own"
    return f"{short_date(visit.on_date)}, period {visit.period}, {clock_time(visit.starts)}"


def _unanswered(desk: Desk) -> Iterator[Item]:
    """People who have not answered about a visit that is less than a week away."""
    waiting = [visit for visit in desk.visits if visit.status == "invited" and visit.on_date is not None]
    soon = [visit for visit in waiting if desk.today <= (visit.on_date or desk.today) < desk.today + WEEK]
    people = {member.id for visit in soon for member in visit.people if visit.answer_of(member.id) == "none"}
    if people:
        title = f"{plural(len(people), 'person has', 'people have')} not answered about a visit this week"
        days = list(dict.fromkeys(short_date(visit.on_date) for visit in soon))
        words = f"{plural(len(soon), 'visit')}: {in_words(days)}."
        href = url_for("replies.answers", cycle_id=desk.cycle.id)
        at = min(visit.starts_at or desk.now for visit in soon)
        yield Item(at, "sky", "envelope", title, words, "See who", href)


def _pairings(desk: Desk) -> Iterator[Item]:
    href = url_for("plans.pairings", cycle_id=desk.cycle.id)
    cared_for = {pair.mentee_id for pair in desk.pairings if pair.status in ("proposed", "invited", "active", "paused")}
    for pairing in desk.pairings:
        names = f"{pairing.mentor.person.name} and {pairing.mentee.person.name}"
        wants_to_talk = pairing.status == "invited" and "maybe" in (pairing.mentee_answer, pairing.mentor_answer)
        if pairing.status == "needs_attention" or wants_to_talk:
            words = "One of the two is not sure. Ask them how you can help."
            yield Item(desk.now + SOON, "gold", "chat-dots", f"{names} want to talk first", words, "See the pair", href)
        if pairing.status == "declined" and pairing.mentee_id not in cared_for:
            cared_for.add(pairing.mentee_id)
            title = f"{pairing.mentee.person.name} has no mentor"
            words = f"It did not become a pair with {pairing.mentor.person.name}. Nobody needs to say why."
            yield Item(desk.now + SOON, "clay", "person-x", title, words, "Choose a mentor", href)


def _walks(desk: Desk, *, is_first: bool = True) -> Iterator[Item]:
    """Walks of some days ago with a host whom nobody has thanked; who led one thanks them, from its page."""
    for lead in desk.leads:
        walk = lead.walk
        title = f"The hosts of the {walk.words.lower()} on {short_date(walk.on_date)} wait for a thank-you"
        words = f"Within a week is usual. {lead.membership.person.name} led it and can thank them."
        href = url_for("invites.walk", walk_id=walk.id)
        at = max(walk.ends_at + WEEK, desk.now + LATER)
        yield Item(at, "sky", "signpost-2", title, words, "See the walk", href, is_first)


def _mails(desk: Desk) -> Iterator[Item]:
    href = url_for("replies.answers", cycle_id=desk.cycle.id)
    if desk.not_reached:
        title = f"Mail to {plural(desk.not_reached, 'person', 'people')} did not arrive"
        words = "They may not know of their visits. Correct the address, or tell them yourself."
        yield Item(desk.now + timedelta(hours=1), "clay", "envelope-x", title, words, "See what came back", href)
    if desk.mails_to_read:
        title = f"{plural(desk.mails_to_read, 'mail needs', 'mails need')} somebody to look"
        words = "People wrote back in a way that we could not read as yes or no."
        yield Item(desk.now + SOON, "sky", "envelope-open", title, words, "See what came", href)


def _unplaced(desk: Desk, *, is_first: bool = True) -> Iterator[Item]:
    """Whom the plan leaves without a mentor or without a visit that they need."""
    at, cycle_id = desk.now + LATER, desk.cycle.id
    outcomes = {part: plan.outcome for part, plan in desk.plans.items()}
    mentees = len(outcomes.get("pairings", {}).get("unpaired", []))
    people = len({row["person"] for row in outcomes.get("visits", {}).get("missing", [])})
    if mentees:
        title = f"{plural(mentees, 'new teacher has', 'new teachers have')} no mentor"
        words, href = "See why, and what would change it.", url_for("plans.pairings", cycle_id=cycle_id)
        yield Item(at, "clay", "person-x", title, words, "See why", href, is_first)
    if people:
        title = f"{plural(people, 'person lacks', 'people lack')} a visit that they need"
        words, href = "See why, and what would change it.", url_for("invites.visits", cycle_id=cycle_id)
        yield Item(at, "clay", "calendar-x", title, words, "See why", href, is_first)


def _plan(desk: Desk) -> Iterator[Item]:
    """A part that is not out while the other is, and a cycle that is over and still open."""
    for part, plan in sorted(desk.plans.items()):
        if plan.status == "draft":
            href = url_for("invites.publish", cycle_id=desk.cycle.id, part=part)
            words = "Nobody has been asked yet."
            yield Item(desk.now + SOON, "sky", "send", f"The {part} are not published", words, "See them", href)
    if desk.cycle.ends_on < desk.today:
        words = "Closing counts what happened and lets you take it away. No text is deleted."
        href = url_for("closeout.close", cycle_id=desk.cycle.id)
        yield Item(desk.now + LAST, "brand", "check2-all", "This cycle is over", words, "Close the cycle", href)
