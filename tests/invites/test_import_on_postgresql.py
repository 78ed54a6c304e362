"""Imports on PostgreSQL: the preview leaves nothing, and of several at once each compares with what really stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import NOW, Round, close_database, open_round
from counting import sources_of
from postgresql import running_postgresql
from sqlalchemy import select

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.importing import confirm_import, preview_import
from mentorship.operate.dump import dump
from mentorship.operate.schema import upgrade
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person, School
from mentorship.people.operations import ask_for_interests
from mentorship.people.queries import members_visible_to
from mentorship.roster.models import ImportRun, ImportUpload
from mentorship.roster.operations import import_files
from mentorship.roster.uploads import keep_upload, uploads_visible_to
from tests.school import school_t


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A PostgreSQL database that holds School T without wishes."""
    with running_postgresql() as server:
        url = server.database()
        made = open_round(tmp_path / "instance", DATABASE_URL=url)
        upgrade(made.app)
        files = school_t()
        del files.tables["interests"]
        with made.app.app_context():
            assert import_files([files.write(tmp_path / "files")], by="test", now=NOW).applied
            db.session.commit()
            close_database()
        yield tmp_path / "instance", url


def at_once(opened: tuple[Path, str], works) -> list[object]:
    """What each work came to in an app of its own, in the order given; a refusal as its sentence."""
    barrier, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int) -> None:
        made = open_round(opened[0], DATABASE_URL=opened[1])
        with made.app.app_context():
            barrier.wait(timeout=60)
            try:
                found[place] = works[place](made)
                db.session.commit()
            except Refused as refused:
                db.session.rollback()
                found[place] = str(refused)
            close_database()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return found


def bell() -> Person:
    return db.session.scalars(select(Membership).where(Membership.code == "Bell")).one().person


def keep(made: Round, room: str) -> int:
    """Files that put Chen into a room, kept and looked at."""
    files = school_t()
    files.tables = {
        "staff": [{**row, "room": room if row["person_id"] == "Chen" else ""} for row in files.tables["staff"]]
    }
    school = db.session.get_one(School, "t")
    upload = keep_upload(sources_of(files), school=school, person=bell(), now=NOW)
    before = {name: rows for name, rows in dump().items() if name != "import_upload"}
    preview = preview_import(upload, person=bell(), now=NOW)
    assert preview.changes == 1 and preview.error is None
    assert {name: rows for name, rows in dump().items() if name != "import_upload"} == before
    db.session.commit()
    return upload.id


def yes(upload_id: int):
    def work(_made: Round) -> object:
        person = bell()
        query = uploads_visible_to(person).where(ImportUpload.id == upload_id)
        return confirm_import(db.session.scalars(query).one(), version="1", accept="", person=person, now=NOW)

    return work


def test_of_yeses_at_once_one_comes_in_and_the_others_are_told(opened: tuple[Path, str]) -> None:
    made = open_round(opened[0], DATABASE_URL=opened[1])
    with made.app.app_context():
        first, second = keep(made, "12"), keep(made, "14")
        close_database()
    found = at_once(opened, [yes(first), yes(first), yes(second), yes(second)])
    with made.app.app_context():
        runs = db.session.scalars(select(ImportRun)).all()
        room = db.session.scalars(select(Membership.room).where(Membership.code == "Chen")).one()
        assert len(runs) == 2 and room in ("12", "14")
        close_database()
    assert found.count(True) == 1 and found.count(False) == 1
    told = [each for each in found if isinstance(each, str)]
    assert sorted(told) == [
        "There is a newer preview of these files. Look at it before you go on.",
        "These files have been imported already.",
    ]


def test_of_coaches_who_ask_at_once_one_does(opened: tuple[Path, str]) -> None:
    def ask(_made: Round) -> object:
        school = db.session.get_one(School, "t")
        return ask_for_interests(school, everyone=False, by="test", now=NOW).asked

    assert sorted(at_once(opened, [ask] * 4)) == [0, 0, 0, 4]
    made = open_round(opened[0], DATABASE_URL=opened[1])
    with made.app.app_context():
        assert len(db.session.scalars(select(OutboxMessage)).all()) == 4
        assert len(db.session.scalars(members_visible_to(bell())).all()) == 6
        close_database()
