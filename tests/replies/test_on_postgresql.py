"""On PostgreSQL many write at once: locks, versions and constraints leave one result, as one writer does on SQLite."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOW, Round, answer_mail, close_database, open_round, plan_cycle, school_with_mentor
from postgresql import running_postgresql
from school import FIRST, LAST
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.operations import finish_one_past_visit
from mentorship.operate.schema import upgrade
from mentorship.outbox.models import OutboxMessage
from mentorship.replies.models import Answer
from mentorship.roster.operations import import_files


@pytest.fixture(scope="module")
def draft_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Path, str]]]:
    """Gives an instance folder and a database of its own with a draft, as often as it is asked."""
    folder = tmp_path_factory.mktemp("postgresql")
    with running_postgresql() as server:
        first = server.database()
        made = open_round(folder / "instance", DATABASE_URL=first)
        upgrade(made.app)
        with made.app.app_context():
            import_files([school_with_mentor().write(folder / "files")], by="test", now=NOW)
            plan_cycle("Round", FIRST, LAST)
            close_database()
        yield lambda: (folder / "instance", server.database(like=first))


class Crowd:
    """Several apps over one database, each in a thread of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def open(self) -> Round:
        return open_round(self.folder, DATABASE_URL=self.url)

    def alone(self, work: Callable[[Round], object]) -> object:
        made = self.open()
        with made.app.app_context():
            try:
                return work(made)
            finally:
                close_database()

    def at_once(self, works: Sequence[Callable[[Round], object]]) -> list[object]:
        """What each came to, or its trouble, in the order of `works`."""
        barrier = threading.Barrier(len(works))
        found: list[object] = [None] * len(works)

        def run(place: int) -> None:
            made = self.open()
            with made.app.app_context():
                barrier.wait(timeout=60)
                try:
                    found[place] = works[place](made)
                except Exception as trouble:
                    found[place] = trouble
                close_database()

        threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return found


@pytest.fixture
def crowd(draft_url: Callable[[], tuple[Path, str]]) -> Crowd:
    return Crowd(*draft_url())


def replies(made: Round, *said: tuple[int, str, int]) -> list[bytes]:
    """Mails of the first visit: who of its two people says what, stamped so many minutes after NOW."""
    visit = made.visit()
    return [
        answer_mail(
            uid=str(visit.uid),
            attendee=str(visit.people[place].person.email),
            to=made.reply_address(visit, visit.people[place]),
            partstat=word,
            stamp=NOW + timedelta(minutes=minutes),
        )
        for place, word, minutes in said
    ]


def taking(raw: bytes) -> Callable[[Round], object]:
    return lambda made: made.ingest(raw)


def test_of_many_who_publish_at_once_one_does_and_the_rest_are_told(crowd: Crowd) -> None:
    found = crowd.at_once([lambda made: made.publish()["mails"]] * 12)
    mails = [one for one in found if isinstance(one, int)]
    assert len(mails) == 1
    assert all(isinstance(one, (int, Refused, StaleDataError)) for one in found), found
    assert crowd.alone(lambda made: len(made.messages())) == mails[0]


def test_the_newest_of_many_answers_at_once_wins(crowd: Crowd) -> None:
    crowd.alone(lambda made: made.publish())
    said = [(0, "ACCEPTED" if minutes % 2 else "TENTATIVE", minutes) for minutes in range(10)]
    raws = crowd.alone(lambda made: replies(made, *said))
    assert isinstance(raws, list)
    outcomes = crowd.at_once([taking(raw) for raw in reversed(raws)])
    assert set(outcomes) <= {"apply", "stale"} and "apply" in outcomes, outcomes
    assert crowd.alone(lambda made: made.visit().visitor_answer) == "yes"


def test_the_same_mail_by_many_doors_is_applied_once(crowd: Crowd) -> None:
    crowd.alone(lambda made: made.publish())
    raws = crowd.alone(lambda made: replies(made, (0, "ACCEPTED", 1)))
    assert isinstance(raws, list)
    outcomes = crowd.at_once([taking(raws[0])] * 8)
    assert Counter(map(str, outcomes)) == {"apply": 1, "duplicate": 7}
    assert crowd.alone(lambda made: len(db.session.scalars(select(Answer)).all())) == 1


def test_two_noes_at_once_cancel_the_entry_of_one_alone(crowd: Crowd) -> None:
    crowd.alone(lambda made: made.publish())
    raws = crowd.alone(lambda made: replies(made, (0, "DECLINED", 1), (1, "DECLINED", 1)))
    assert isinstance(raws, list)
    assert sorted(map(str, crowd.at_once([taking(raw) for raw in raws]))) == ["apply", "stale"]
    cancels = select(OutboxMessage).where(OutboxMessage.method == "CANCEL")
    assert crowd.alone(lambda made: len(db.session.scalars(cancels).all())) == 1
    assert crowd.alone(lambda made: made.visit().status) == "needs_new_time"


def test_two_workers_finish_each_past_visit_once(crowd: Crowd) -> None:
    crowd.alone(lambda made: made.publish())
    after = NOW + timedelta(days=400)

    def finish(_made: Round) -> int:
        done = 0
        while finish_one_past_visit(after):
            db.session.commit()
            done += 1
        return done

    visits = crowd.alone(lambda made: len(made.visits()))
    found = crowd.at_once([finish, finish, finish])
    assert sum(one for one in found if isinstance(one, int)) == visits, found
    cancels = select(OutboxMessage.message_id).where(OutboxMessage.method == "CANCEL")
    assert isinstance(visits, int)
    assert crowd.alone(lambda made: len(db.session.scalars(cancels).all())) == 2 * visits
