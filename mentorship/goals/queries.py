"""Goals as the pages read them: entries of the form `goal`, seen by their author and whom the author named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from mentorship.extensions import db
from mentorship.feedback.models import Entry
from mentorship.feedback.queries import WITH_TEXT, entries_visible_to, own_entries
from mentorship.people.models import Membership, Person
from mentorship.plans.models import Pairing, Plan


@dataclass(frozen=True)
class Goal:
    """What should change for students, and when its author looks again."""

    entry: Entry
    words: str
    focus: str
    follow_up_on: date | None
    is_done: bool
    note: str


def _goal(entry: Entry) -> Goal:
    answers = entry.answers
    follow_up_on = answers.get("follow_up_on") or None
    return Goal(
        entry=entry,
        words=answers.get("goal", ""),
        focus=answers.get("focus", ""),
        follow_up_on=date.fromisoformat(follow_up_on) if follow_up_on else None,
        is_done=answers.get("state") == "done",
        note=answers.get("note", ""),
    )


def goals_of(person: Person) -> list[Goal]:
    """The person's own goals: open ones first, by the day to look again, then those that are done."""
    query = own_entries(person).where(Entry.instrument == "goal", Entry.finished_at.is_not(None)).options(*WITH_TEXT)
    found = [_goal(entry) for entry in db.session.scalars(query)]
    return sorted(found, key=lambda goal: (goal.is_done, goal.follow_up_on or date.max, goal.entry.id))


def follow_ups(person: Person, until: date) -> list[Goal]:
    """The person's own open goals to look at again by that date."""
    return [
        goal
        for goal in goals_of(person)
        if not goal.is_done and goal.follow_up_on is not None and goal.follow_up_on <= until
    ]


def begun_goal(person: Person) -> Entry | None:
    """The draft of a goal of one's own."""
    query = own_entries(person).where(Entry.instrument == "goal", Entry.finished_at.is_(None), Entry.visit_id.is_(None))
    return db.session.scalars(query).first()


def pairings_of_person(person: Person) -> Sequence[Pairing]:
    """The pairings that the person is in, while they last, as mentor or as new teacher; the newest first."""
    mine = select(Membership.id).where(Membership.person_id == person.id)
    query = (
        select(Pairing)
        .where(or_(Pairing.mentee_id.in_(mine), Pairing.mentor_id.in_(mine)))
        .where(Pairing.status.in_(("active", "needs_attention", "paused", "ended")))
        .order_by(Pairing.id.desc())
        .options(
            joinedload(Pairing.mentee).lazyload(Membership.profile),
            joinedload(Pairing.mentor).lazyload(Membership.profile),
            joinedload(Pairing.plan).load_only(Plan.cycle_id),
        )
    )
    return db.session.scalars(query).all()


def log_visible_to(person: Person, pairing: Pairing) -> list[Entry]:
    """The pages of the mentor’s log about a pairing: the mentor’s own, and for others those shared; newest first."""
    query = entries_visible_to(person).where(Entry.pairing_id == pairing.id, Entry.instrument == "mentor_log")
    return list(db.session.scalars(query.order_by(Entry.created_at.desc(), Entry.id.desc())))
