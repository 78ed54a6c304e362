"""No page asks the database more in a large school than in a small one: at most twelve statements at 20 and at 240."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
from builders import BY, CYCLE, NOW, Round, close_database, open_round, plan_cycle
from every_route import Filled, addresses
from flask import Flask
from made_groups import add_door, add_walk
from made_school import made_school
from page_client import PageClient
from school import FIRST, LAST, write_table
from sqlalchemy import event, select
from sqlalchemy.engine import Connection

from mentorship import clock, config, keys
from mentorship.app import create_app
from mentorship.extensions import db
from mentorship.feedback.emails import form_token
from mentorship.feedback.models import Entry, FormRequest
from mentorship.feedback.operations import Seen, ask_for_one_form, finish_entry
from mentorship.feedback.sheets import sheet_of_oneself, sheet_of_pairing, sheet_of_visit
from mentorship.invites.importing import preview_import
from mentorship.invites.looking_back import Words, save_summary
from mentorship.jobs.operations import add_job
from mentorship.operate.schema import upgrade
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import InterestsRequest, Membership, Person
from mentorship.people.operations import INTERESTS, ask_for_interests
from mentorship.plans.queries import MAKE_PLAN
from mentorship.roster.operations import import_files
from mentorship.roster.uploads import keep_upload
from mentorship.tables import Source

MOST = 12
# Opening and closing a transaction asks nothing.
NOT_COUNTED = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
SMALL, LARGE = 20, 240
MANY = 40
# Sends a file, not a page, or says whether the service works.
NO_PAGES = {"static", "bootstrap.static", "operate.healthz", "operate.readyz"}


@pytest.fixture(scope="module", params=[SMALL, pytest.param(LARGE, marks=pytest.mark.long)])
def drafted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school of this size with a draft of both parts, on disk."""
    folder = tmp_path_factory.mktemp("made")
    app = create_app(config.load({}, instance=folder / "instance"))
    upgrade(app)
    with app.app_context():
        import_files([made_school(int(request.param)).write(folder / "files")], by=BY, now=NOW)
        plan_cycle(CYCLE, FIRST, LAST)
        close_database()
    return folder / "instance"


@contextmanager
def opened(instance: Path, folder: Path) -> Iterator[Round]:
    """A copy of an instance, open."""
    made = open_round(Path(shutil.copytree(instance, folder / "school")))
    with made.app.app_context():
        yield made
        close_database()
    clock.set_offset(0)


def test_a_draft_is_looked_at_in_few_statements(drafted: Path, tmp_path: Path) -> None:
    with opened(drafted, tmp_path) as made:
        add_job(MAKE_PLAN, {"cycle": made.cycle.id, "seconds": 2, "parts": [], "by": "1"}, run_at=NOW).state = "done"
        db.session.commit()
        _judge(made, NOW, "draft")


def test_what_is_published_is_looked_at_in_few_statements(drafted: Path, tmp_path: Path) -> None:
    with opened(drafted, tmp_path) as made:
        made.publish()
        now = _walk_on(made)
        with clock.shifted(now - clock.now()):
            _judge(made, now, "published")


def _walk_on(made: Round) -> Any:
    """Half of the visits were held and written about, the others are at every point of their way."""
    visits = made.visits()
    held = visits[: len(visits) // 2]
    for place, visit in enumerate(visits[len(held) :]):
        visit.status = ("accepted", "invited", "time_asked", "needs_new_time")[place % 4]
    for visit in held:
        visit.status, visit.visitor_answer, visit.host_answer = "held", "yes", "yes"
    pairing = made.pairing()
    pairing.status = "active"
    now = max(visit.ends_at for visit in held if visit.ends_at) + timedelta(hours=1)
    db.session.commit()
    # One visit at a time, as the worker does it; some dozens stand for all.
    while ask_for_one_form(now) and db.session.query(FormRequest).count() < MANY:
        db.session.commit()
    for visit in held[: MANY // 2]:
        sheet = sheet_of_visit(visit.visitor.person, visit.id, "visitor_notes", now)
        finish_entry(sheet, {"strengths": "a"}, seen=Seen(), readers={visit.host_id: "all"}, by=BY, now=now)
    for _ in range(5):
        mentor = pairing.mentor
        log = sheet_of_pairing(mentor.person, pairing.id, "mentor_log", None)
        finish_entry(log, {"talked": "a"}, seen=Seen(), readers={pairing.mentee_id: "all"}, by=BY, now=now)
        goal = sheet_of_oneself(mentor.person, mentor, "goal", None)
        finish_entry(goal, {"goal": "a"}, seen=Seen(), readers=None, by=BY, now=now)
    ask_for_interests(made.cycle.school, everyone=True, by=BY, now=now)
    db.session.commit()
    return now


def _judge(made: Round, now: Any, stage: str) -> None:
    bell, busy = made.member("Bell"), _busiest(made)
    filled = _filled(made, bell, now)
    visits = f"/cycles/{made.cycle.id}/visits"
    paths = list(addresses(made.app, filled, but=NO_PAGES))
    more = [f"{visits}?view=list", *(f"{visits}?visit={number}" for number in filled.values["visit_id"])]
    counts = _counts(made.app, [*(each.path for each in paths), *more], [busy.person, bell.person])
    for path, (code, count) in sorted(counts.items()):
        print(f"{stage} {count:3} {code} {path}")
    over = {path: count for path, (_, count) in counts.items() if count > MOST}
    assert not over, f"more than {MOST} statements ({stage}): {over}"
    broken = {path: code for path, (code, _) in counts.items() if code >= 500}
    assert not broken


def _busiest(made: Round) -> Membership:
    """A teacher with visits, a pairing, and texts of their own."""
    return made.pairing().mentor


def _filled(made: Round, bell: Membership, now: Any) -> Filled:
    first = made.visits()[0]
    mine = [visit for visit in made.visits() if _busiest(made) in visit.people][:1]
    waiting = [visit for visit in made.visits() if visit.status in ("accepted", "invited")][:1]
    row = {"person_id": "new", "given_name": "Sam", "family_name": "New", "email": "", "roles": "teacher"}
    path = write_table(made.settings.instance / "staff.csv", [row])
    upload = keep_upload([Source("staff.csv", path.read_bytes())], school=bell.school, person=bell.person, now=now)
    db.session.flush()
    preview_import(upload, person=bell.person, now=now)
    invites = [made.link_of(thing, thing.people[0]).rpartition("/")[2] for thing in _invited(made)]
    wishes = [_wishes_token(each) for each in db.session.scalars(select(InterestsRequest).limit(1))]
    forms = [form_token(each) for each in db.session.scalars(select(FormRequest).limit(1))]
    mail = db.session.scalars(select(OutboxMessage.id)).first()
    entries = [entry.id for entry in db.session.scalars(select(Entry))][-2:]
    found = Filled(
        values={
            "cycle_id": [made.cycle.id],
            "visit_id": [visit.id for visit in (first, *mine, *waiting)],
            "pairing_id": [made.pairing().id],
            "entry_id": entries or [0],
            "upload_id": [upload.id],
            "member_id": [_busiest(made).id],
            **_groups(made, bell, now),
            "message_id": [mail or 0],
        },
        tokens={
            "replies.answer": invites or ["a" * 26],
            "people.interests": wishes or ["a" * 26],
            "feedback.by_link": forms or ["a" * 26],
        },
    )
    db.session.commit()
    return found


def _groups(made: Round, bell: Membership, now: Any) -> dict[str, list[int]]:
    """A walk with many stops, one that is over and was written about, and doors on many days with guests."""
    teachers = [one.membership for one in made.cycle.participants if one.membership.has_role("teacher")]
    on, busy = max(now.date() + timedelta(days=1), FIRST), _busiest(made)
    others = [member for member in teachers if member.id != busy.id]
    walk = add_walk(made.cycle, [bell, busy, *others[:2]], others[2:7], on)
    over = add_walk(made.cycle, [busy, bell, *others[:2]], others[2:7], now.date() - timedelta(days=5))
    save_summary(over, Words("a", "b"), seen=0, share=True, by=BY, now=now)
    doors = [add_door(host, on + timedelta(days=place % 7), others[:2]) for place, host in enumerate(others[2:12])]
    doors.append(add_door(busy, on, others[:3]))
    return {"walk_id": [walk.id, over.id], "door_id": [door.id for door in doors[-2:]]}


def _invited(made: Round) -> list[Any]:
    return [made.visits()[0], made.pairing()] if made.pairing().status != "proposed" else []


def _wishes_token(row: InterestsRequest) -> str:
    return keys.ring().token(INTERESTS, row.membership.school_id, str(row.membership_id), row.generation)


def _counts(app: Flask, paths: list[str], people: list[Person]) -> dict[str, tuple[int, int]]:
    """By path, the status and the statements of the person who asks most for it."""
    statements: list[str] = []

    def count(_c: Connection, _k: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.append(statement)

    app.test_client_class = PageClient
    clients = [_client(app, person) for person in people]
    engine = db.engine
    found: dict[str, tuple[int, int]] = {}

    def ask(client: Any, path: str) -> int:
        with client.get(path) as response:
            return int(response.status_code)

    event.listen(engine, "before_cursor_execute", count)
    try:
        with ThreadPoolExecutor(max_workers=1) as elsewhere:
            for client in clients:
                for path in paths:
                    statements.clear()
                    code = elsewhere.submit(ask, client, path).result()
                    found[path] = max(found.get(path, (0, 0)), (code, len(statements)), key=_by_count)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return found


def _by_count(found: tuple[int, int]) -> int:
    return found[1]


def _client(app: Flask, person: Person) -> Any:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"], session["fs_paa"] = person.fs_uniquifier, True, time()
    return client
