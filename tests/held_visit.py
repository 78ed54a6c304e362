"""The published school after one visit was held: what the tests of notes, reflections and goals stand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from builders import BY, Round
from page_client import PageClient
from school import FIRST

from mentorship import clock
from mentorship.extensions import db
from mentorship.feedback.models import Answers, Entry
from mentorship.feedback.operations import Seen, ask_for_one_form, finish_entry
from mentorship.feedback.sheets import Sheet, sheet_of_visit
from mentorship.people.models import Membership
from mentorship.plans.models import Visit


@dataclass
class After:
    """School T an hour after one visit was held: who visited, who hosted, and what they may write."""

    round: Round
    now: datetime

    @property
    def visit(self) -> Visit:
        return next(visit for visit in self.round.visits() if visit.status == "held")

    def member(self, role: str) -> Membership:
        return {"visitor": self.visit.visitor, "host": self.visit.host}.get(role) or self.round.member(role)

    def sheet(self, who: Membership, key: str) -> Sheet:
        return sheet_of_visit(who.person, self.visit.id, key, self.now)

    def write(self, who: Membership, key: str, readers: dict[int, str] | None = None, **answers: Any) -> Entry:
        """Finish a form; commits."""
        entry = finish_entry(
            self.sheet(who, key), given(key, **answers), seen=Seen(), readers=readers, by=BY, now=self.now
        )
        db.session.commit()
        return entry

    def share(self, who: Membership, key: str, reader: Membership, **answers: Any) -> Entry:
        return self.write(who, key, {reader.id: "all"}, **answers)

    def ask(self) -> int:
        """Run what is due until nothing is; commits. How many visits were asked about."""
        done = 0
        while ask_for_one_form(self.now):
            db.session.commit()
            done += 1
        db.session.commit()
        return done


WORDS = {
    "visitor_notes": {"strengths": "eleven hands went up"},
    "host_reflection": {"happened": "the quiet was good for them"},
    "post_observation_reflection": {"happened": "half the class was at the shelf"},
}


def given(key: str, **answers: Any) -> Answers:
    return dict(answers or WORDS[key])


@pytest.fixture
def after(published: Round) -> Iterator[After]:
    """Lund, who is new, visited Okafor in period 3 on the first day; both had answered yes."""
    published.app.test_client_class = PageClient
    visit, zone = published.visit(), published.cycle.school.time_zone
    visit.visitor, visit.host = published.member("Lund"), published.member("Okafor")
    visit.on_date, visit.starts, visit.ends, visit.period, visit.room = FIRST, time(9, 33), time(10, 13), "3", "118"
    visit.starts_at, visit.ends_at = (clock.instant(FIRST, at, zone) for at in (visit.starts, visit.ends))
    visit.mode, visit.focus = "feedback", "questioning"
    visit.status, visit.visitor_answer, visit.host_answer = "held", "yes", "yes"
    now = visit.ends_at + timedelta(hours=1)
    db.session.commit()
    with clock.shifted(now - clock.now()):
        yield After(published, now)
