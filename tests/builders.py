"""School T with a plan, made once a session and copied for each test, and what tests do with a published one.

A test folder takes the fixtures it needs by importing them in its `conftest.py`. Whoever reads rows holds the database
until `db.session.commit()`: SQLite lets one transaction at a time write, and ours begin as writers.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from school import FIRST, LAST, SchoolFiles, school_t
from sqlalchemy import select
from werkzeug.test import TestResponse

from mentorship import clock, config, keys
from mentorship.app import HANDLERS, create_app
from mentorship.config import MailServer, Settings
from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import open_cycle
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.operate.dump import dump
from mentorship.operate.schema import upgrade
from mentorship.outbox.delivery import deliver_once
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Membership, Person
from mentorship.people.queries import school_named
from mentorship.plans.models import Pairing, Visit
from mentorship.plans.operations import drafts, keep_draft
from mentorship.plans.queries import pairings_of, visits_of
from mentorship.plans.solving import solve
from mentorship.replies.models import InboundMessage
from mentorship.replies.operations import apply_or_quarantine, store_message
from mentorship.replies.reading import read_message
from mentorship.roster.operations import import_files
from tests.page_client import PageClient

# Three weeks before the first school day: every date of the calendar still gives notice.
NOW = datetime(2026, 12, 21, 12, tzinfo=UTC)
BY = "test"
CYCLE = "Round"
REPLY_TO = re.compile(rb"visits\+([a-z2-7]{26})@")
ANSWER_LINK = re.compile(r"/answer/([a-z2-7]{26})")
CSRF_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_made: list[Path] = []


def school_with_mentor() -> SchoolFiles:
    """School T, whose Lund is new and whose Chen has a place for one new teacher."""
    files = school_t()
    more = {"Lund": {"new_teacher": "yes"}, "Chen": {"mentor_places": "1"}}
    files.tables["staff"] = [{**row, **more.get(row["person_id"], {})} for row in files.tables["staff"]]
    return files


@pytest.fixture(scope="session")
def planned_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with a draft of both parts; solved once, however many folders import this fixture."""
    if not _made:
        _made.append(instance_of(school_with_mentor(), tmp_path_factory.mktemp("planned")))
    return _made[0]


def instance_of(files: SchoolFiles, folder: Path) -> Path:
    """An instance in this folder with a school from its files and a draft of both parts."""
    app = create_app(config.load({}, instance=folder / "instance"))
    upgrade(app)
    with app.app_context():
        import_files([files.write(folder / "files")], by=BY, now=NOW)
        plan_cycle(CYCLE, FIRST, LAST)
        close_database()
    return folder / "instance"


def plan_cycle(name: str, starts_on: date, ends_on: date, *, now: datetime = NOW) -> Cycle:
    """Open a cycle and keep what the engine makes of it as its draft; commits."""
    dates = {"starts_on": starts_on, "ends_on": ends_on}
    both = {"with_pairings": True, "with_walkthroughs": True}
    cycle = open_cycle(school_named(None), name, everyone=False, **dates, **both, by=BY, now=now)
    for draft in drafts(cycle, now=now, seconds=20, seed=1):
        keep_draft(cycle, draft, solve(draft.part, draft.problem, seconds=20), by=BY, now=now)
    db.session.commit()
    return cycle


class Browser:
    """The app's test client, each request in an app context of its own as on a server, not in the test's.

    It first ends the test's transaction: what the test reads afterwards is what the request wrote. With a person it is
    signed in as them, as by a code.
    """

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self._client = app.test_client()
        if person is not None:
            with self._client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = person.fs_uniquifier, True

    def open(self, path: str, method: str = "GET", **fields: Any) -> TestResponse:
        db.session.commit()
        with ThreadPoolExecutor(max_workers=1) as elsewhere:
            return elsewhere.submit(self._client.open, path, method=method, data=fields or None).result()

    def csrf_token(self, path: str) -> str:
        found = CSRF_TOKEN.search(self.open(path).text)
        assert found is not None, "the page has no form"
        return found[1]

    def post(self, path: str, *, form_on: str | None = None, **fields: Any) -> TestResponse:
        """Fill in the form of a page (`form_on` where another page holds it) and send it."""
        return self.open(path, "POST", csrf_token=self.csrf_token(form_on or path), **fields)


@dataclass
class Round:
    """One cycle of School T in an instance of its own; every method is for use inside the app's context."""

    app: Flask
    settings: Settings

    @property
    def cycle(self) -> Cycle:
        return db.session.scalars(select(Cycle).where(Cycle.name == CYCLE)).one()

    @property
    def browser(self) -> Browser:
        return Browser(self.app)

    def browser_as(self, member: Membership) -> Browser:
        return Browser(self.app, member.person)

    def member(self, code: str) -> Membership:
        return db.session.scalars(select(Membership).where(Membership.code == code)).one()

    def publish(self, *parts: Any, now: datetime = NOW) -> dict[str, int]:
        counts = publish_plan(self.cycle, list(parts) or None, by=BY, now=now)
        db.session.commit()
        return counts

    def visits(self) -> list[Visit]:
        return list(visits_of(self.cycle))

    def visit(self, place: int = 0) -> Visit:
        return self.visits()[place]

    def pairing(self) -> Pairing:
        return pairings_of(self.cycle)[0]

    def add_video(self) -> Visit:
        """A video review that waits to be published with the visits."""
        live = self.visit()
        video = Visit(
            plan_id=live.plan_id,
            visitor_id=live.visitor_id,
            host_id=live.host_id,
            medium="video",
            mode="feedback",
            focus="routines",
        )
        db.session.add(video)
        db.session.commit()
        return video

    def invite(self, thing: Visit | Pairing, member: Membership) -> Invite:
        column = Invite.visit_id if isinstance(thing, Visit) else Invite.pairing_id
        return db.session.scalars(
            select(Invite).where(column == thing.id, Invite.membership_id == member.id).order_by(Invite.id.desc())
        ).first() or pytest.fail("nobody invited them")

    def messages(self) -> list[OutboxMessage]:
        return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def mail_to(self, thing: Visit | Pairing, member: Membership, kind: str | None = None) -> bytes:
        """The stored bytes of the newest mail about a thing to one of its people."""
        address = member.person.email
        about = [
            message
            for message in self.messages()
            if message.to_address == address
            and (message.uid == thing.uid if isinstance(thing, Visit) and thing.starts else message.uid is None)
            and kind in (None, message.kind)
        ]
        assert about and about[-1].sealed is not None
        return about[-1].sealed

    def link_of(self, thing: Visit | Pairing, member: Membership) -> str:
        """The path of the answer page, from the stored mail as its reader finds it."""
        kinds = {"pairing_invitation", "visit_invitation", "video_invitation"}
        invite = self.invite(thing, member)
        for message in self.messages():
            assert message.sealed is not None
            if message.kind not in kinds or message.to_address != invite.address:
                continue
            parts = list(message_from_bytes(message.sealed).walk())
            text = next(part for part in parts if part.get_content_type() == "text/plain").get_payload(decode=True)
            token = ANSWER_LINK.search(bytes(text).decode())
            assert token is not None
            if keys.ring().digest(token[1]) == invite.link_digest:
                return f"/answer/{token[1]}"
        return pytest.fail("no mail holds the link")

    def reply_address(self, visit: Visit, member: Membership) -> str:
        """Where this person's calendar sends its answers: the address that the mail named."""
        found = REPLY_TO.search(self.mail_to(visit, member, "visit_invitation"))
        assert found is not None
        return f"visits+{found[1].decode()}@walk.example.org"

    def reply(self, visit: Visit, member: Membership, partstat: str | None, **changes: Any) -> bytes:
        """What the person's calendar would mail; `changes` are those of `answer_mail`."""
        given = {
            "uid": visit.uid,
            "attendee": member.person.email,
            "to": self.reply_address(visit, member),
            "partstat": partstat,
        }
        return answer_mail(**{**given, **changes})

    def ingest(self, raw: bytes, *, recipient: str | None = None, now: datetime = NOW + timedelta(hours=2)) -> str:
        """Take one raw mail in as the intake would, but for the child process; its outcome."""
        message = store_message(raw, recipient=recipient, now=now)
        if message is None:
            db.session.rollback()
            return "duplicate"
        apply_or_quarantine(message, read_message(raw), mail_from=self.settings.mail_from, now=now)
        db.session.commit()
        return str(message.outcome)

    def answer_both(self, visit: Visit, partstat: str = "ACCEPTED") -> None:
        for member in visit.people:
            assert self.ingest(self.reply(visit, member, partstat)) == "apply"

    def dump(self) -> dict[str, Any]:
        state = dump()
        db.session.commit()
        return state

    def inbound(self) -> list[InboundMessage]:
        return list(db.session.scalars(select(InboundMessage).order_by(InboundMessage.id)))

    def deliver(self) -> dict[str, int]:
        db.session.commit()
        return deliver_once(HANDLERS, lease_seconds=self.settings.lease_seconds)


def answer_mail(
    *,
    uid: str,
    attendee: str,
    to: str,
    partstat: str | None,
    stamp: datetime | None = NOW + timedelta(hours=1),
    sequence: int | None = 0,
    method: str = "REPLY",
    sender: str | None = None,
    lines: Sequence[str] = (),
    headers: Sequence[str] = (),
) -> bytes:
    """An answer as calendars mail it, without ORGANIZER as Outlook's; None leaves a line or parameter out."""
    said = f";PARTSTAT={partstat}" if partstat else ""
    event = [
        f"UID:{uid}",
        *([f"SEQUENCE:{sequence}"] if sequence is not None else []),
        *([f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"] if stamp else []),
        f"ATTENDEE{said}:mailto:{attendee}",
        *lines,
    ]
    calendar = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//T//EN", f"METHOD:{method}", "BEGIN:VEVENT", *event]
    head = [
        *headers,
        f"From: {sender or attendee}",
        f"To: {to}",
        "Subject: Answer",
        "MIME-Version: 1.0",
        f"Content-Type: text/calendar; charset=UTF-8; method={method}",
    ]
    return "\r\n".join([*head, "", *calendar, "END:VEVENT", "END:VCALENDAR", ""]).encode()


class _CompiledTemplates(BytecodeCache):
    """Each test has an app of its own, and none of them needs to compile the same templates again."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


_templates = _CompiledTemplates()


# CPython 3.11 loses count where several threads make syntax trees at once, of which Werkzeug makes its routes
# (“AST constructor recursion depth mismatch”, python/cpython#106905). A server makes its app before its threads.
_one_at_a_time = threading.Lock()


def open_round(folder: Path, **environment: str) -> Round:
    """The app over an instance folder, its clock at NOW; `environment` names settings without their prefix."""
    offset = (NOW - datetime.now(UTC)).total_seconds()
    given = {f"MENTORSHIP_{name}": value for name, value in environment.items()}
    settings = config.load({"MENTORSHIP_CLOCK_OFFSET": str(offset), **given}, instance=folder)
    with _one_at_a_time:
        app = create_app(settings)
    app.test_client_class = PageClient
    app.jinja_env.bytecode_cache = _templates
    return Round(app, settings)


@pytest.fixture
def instance(planned_instance: Path, tmp_path: Path) -> Path:
    """A copy of the planned instance for one test."""
    return Path(shutil.copytree(planned_instance, tmp_path / "school"))


@pytest.fixture
def planned(instance: Path) -> Iterator[Round]:
    """A cycle whose draft waits to be published, inside its app's context."""
    yield from _opened(instance)


def _opened(folder: Path) -> Iterator[Round]:
    made = open_round(folder)
    with made.app.app_context():
        yield made
        close_database()
    clock.set_offset(0)


def close_database() -> None:
    """Let go of the file: what is copied must be whole, and what a test leaves must not be open."""
    db.session.remove()
    db.engine.dispose()


@pytest.fixture(scope="session")
def published_instance(planned_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same instance after publishing both parts, at NOW."""
    if len(_made) == 1:
        folder = Path(shutil.copytree(planned_instance, tmp_path_factory.mktemp("published") / "school"))
        made = open_round(folder)
        with made.app.app_context():
            made.publish()
            close_database()
        _made.append(folder)
    return _made[1]


@pytest.fixture
def published(published_instance: Path, tmp_path: Path) -> Iterator[Round]:
    """A cycle whose invitations wait in the outbox, inside its app's context."""
    yield from _opened(Path(shutil.copytree(published_instance, tmp_path / "school")))


def with_mail_server(made: Round, port: int, **changes: Any) -> Round:
    """The same app handing its mail to a server of the test's."""
    made.settings = replace(made.settings, smtp=MailServer("smtp", "127.0.0.1", port), **changes)
    made.app.extensions["mentorship-settings"] = made.settings
    return made
