"""What people of the demo write after a visit: invented notes and reflections, through the operations of the forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mentorship import clock
from mentorship.extensions import db
from mentorship.feedback.operations import Seen, finish_entry, save_draft
from mentorship.feedback.sheets import sheet_of_visit
from mentorship.plans.models import Visit

# Of the visits that were held, in turn: who writes what. Not everybody does, and that is no trouble.
SHARES, REFLECTS, DRAFTS = ("shares", "reflects", "drafts")
HABITS: tuple[set[str], ...] = ({SHARES, REFLECTS}, {SHARES}, {DRAFTS}, {SHARES, REFLECTS}, set(), {REFLECTS})
NOTES: tuple[dict[str, Any], ...] = (
    {
        "noticed": "You asked “what makes you say that?” four times. Each time somebody else picked up the thread.",
        "wondered": "I wonder whether the tables at the back heard the second question.",
        "strengths": "The talk stayed with the class: you spoke for two minutes of the first fifteen.",
        "suggestion": "You could try repeating the question once from the back of the room.",
        "takeaway": "I talk far more than this in my own room.",
    },
    {
        "noticed": "Everybody was writing within forty seconds of the bell, before you had said a word.",
        "wondered": "I wonder how long it took in September until that worked.",
        "strengths": "The opening on the board is in the same place every day, and the whole class knows it.",
        "suggestion": "",
        "takeaway": "Put my own opening where people look first.",
    },
    {
        "noticed": "Nine of the exit slips named the step they were unsure about.",
        "wondered": "I wonder what would happen if they sorted the slips themselves.",
        "strengths": "The last five minutes were calm, and you knew what to begin with next time.",
        "suggestion": "In my room I read two slips aloud, without names, before the bell.",
        "takeaway": "Ask for one sentence, not three.",
    },
)
REFLECTIONS: tuple[dict[str, str], ...] = (
    {
        "happened": "The pair work went on longer than I had planned, and I let it.",
        "helped": "I had not seen that the same three groups always finish first.",
        "keep": "Give those groups a second question from the start.",
    },
    {
        "happened": "The silence after my question was hard for me, and good for them.",
        "helped": "It was easier to talk about with somebody who had been there.",
        "keep": "Wait for five seconds before I call on anybody.",
    },
)


def write_about(visits: Sequence[Visit]) -> dict[str, int]:
    """Some visitors share notes with their hosts, some hosts reflect for themselves, one note is half done; commits."""
    counts = {"notes shared": 0, "reflections": 0, "drafts": 0}
    for place, visit in enumerate(visits):
        habits, now = HABITS[place % len(HABITS)], _soon_after(visit)
        if SHARES in habits:
            _share_notes(visit, NOTES[place % len(NOTES)], now)
            counts["notes shared"] += 1
        if REFLECTS in habits:
            _reflect(visit, REFLECTIONS[place % len(REFLECTIONS)], now)
            counts["reflections"] += 1
        if DRAFTS in habits:
            _begin_notes(visit, now)
            counts["drafts"] += 1
        db.session.commit()
    return counts


def _soon_after(visit: Visit) -> datetime:
    ended = visit.ends_at or clock.now()
    return min(ended + timedelta(minutes=25), clock.now())


def _share_notes(visit: Visit, words: dict[str, Any], now: datetime) -> None:
    sheet = sheet_of_visit(visit.visitor.person, visit.id, "visitor_notes", now)
    starts = f"{visit.starts:%H:%M}" if visit.starts else ""
    rows = [
        {"n": number, "kind": kind, "at": starts, "words": words[kind]}
        for number, kind in enumerate(("noticed", "wondered"), start=1)
    ]
    answers = {name: words[name] for name in ("strengths", "suggestion", "takeaway")}
    answers["notes"] = {"rows": rows, "pending": {}}
    by = str(visit.visitor.person_id)
    finish_entry(sheet, answers, seen=Seen(), readers={visit.host_id: "all"}, by=by, now=now)


def _reflect(visit: Visit, words: dict[str, str], now: datetime) -> None:
    """Private: nobody else is let read it."""
    sheet = sheet_of_visit(visit.host.person, visit.id, "host_reflection", now)
    finish_entry(sheet, dict(words), seen=Seen(), readers=None, by=str(visit.host.person_id), now=now)


def _begin_notes(visit: Visit, now: datetime) -> None:
    sheet = sheet_of_visit(visit.visitor.person, visit.id, "visitor_notes", now)
    save_draft(sheet, {"strengths": "The way the groups were made: nobody had to ask."}, seen=Seen(), now=now)
