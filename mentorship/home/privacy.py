"""Who sees what, told from what guards it: the policies of the pages and the words of the forms."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.instruments.base import Instrument
from mentorship.feedback.queries import FEWEST
from mentorship.web.policies import SEES, who_sees

OTHER_BY_KEY = {"visitor_notes": "your host", "mentor_log": "your new teacher"}
READER_WORDS = {
    "other": "the other person of the visit",
    "pair": "your mentor or your new teacher",
    "coach": "a coach of your school",
}


@dataclass(frozen=True)
class Row:
    """One thing: who sees it, and what else there is to know."""

    what: str
    who: str
    more: str


def rows() -> list[Row]:
    """Every kind of thing that the service keeps about people and their visits."""
    return [
        Row("Your visits", f"You, the other person, and {_who('invites.visits')}", "Who visits whom, when and where."),
        Row(
            "Walks",
            f"Who goes, and {_who('invites.walks')}. A host sees who comes to their class, and no other stop",
            "Whether you said yes, only coaches see. Whoever leaves is not asked why.",
        ),
        Row(
            "Open doors",
            "Teachers of your school who are free then",
            "Who has taken a seat, only the host sees. Nothing is written down, and it counts as no visit.",
        ),
        Row(
            "Summary of a walk",
            "Who went along, and its hosts once the lead shares it",
            "Patterns across at least three rooms, never one class. Nobody else sees that there is one.",
        ),
        Row(
            "Your answers",
            f"You, the other person, and {_who('replies.answers')}",
            "Yes, no, maybe, or another time. Nobody needs to say why.",
        ),
        *(_row(instrument) for instrument in INSTRUMENTS.values()),
        Row(
            "Your wishes",
            f"You, and {_who('people.person')}",
            "What you want to learn and show, so that visits fit. Nobody is told when or how often you changed them.",
        ),
        Row(
            "Mail to you",
            f"You. That it was sent, {_who('operate.mail')} see",
            "Subject lines hold names and dates, never what somebody wrote.",
        ),
        Row(
            "How many reflections there are",
            SEES["coach"].capitalize(),
            f"As a number of the whole cycle, and only where at least {FEWEST} people wrote one and {FEWEST} did not.",
        ),
    ]


def _row(instrument: Instrument) -> Row:
    who = instrument.until_shared.format(other=OTHER_BY_KEY.get(instrument.key, "the other person"))
    may = [READER_WORDS[kind] for kind in instrument.readers]
    more = "" if instrument.shares_at_once else f"You may share it with {_either(may)}, and take it back."
    return Row(instrument.title, f"{who[:1].upper()}{who[1:].rstrip('.')}", f"{instrument.besides} {more}".strip())


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _who(endpoint: str) -> str:
    return who_sees(endpoint) if endpoint in current_app.view_functions else SEES["coach"]
