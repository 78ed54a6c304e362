"""The service as a school runs it, inside the test's own process: pages, a worker and a mail server on loopback.

Everything shares the one clock, so that a test moves time for all of them at once by `clock.set_offset`.
"""

from __future__ import annotations

import email.policy
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, sleep, time

from flask import Flask
from playwright._impl._api_structures import SetCookieParam
from werkzeug.serving import WSGIRequestHandler, make_server

from mentorship import clock, config
from mentorship.app import HANDLERS, TIMED, create_app
from mentorship.config import MailServer
from mentorship.demo.mailbox import Mailbox
from mentorship.extensions import db
from mentorship.jobs.runner import run_one, run_timed
from mentorship.operate.processes import work
from mentorship.operate.schema import upgrade
from tests.outbox.servers import free_port

LINK = re.compile(r"https?://[^\s<>\")]+")
CODE = re.compile(r"sign in is: (\d{6})")
PATIENCE = 60.0


class _Silent(WSGIRequestHandler):
    """One line a request would drown what a test says."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


@dataclass
class Live:
    """A running service. `url` is where its pages are, `mailbox` what it has mailed."""

    app: Flask
    url: str
    mailbox: Mailbox
    read: set[str] = field(default_factory=set)

    def set_clock(self, to: datetime) -> None:
        """Everybody reads this instant now; what became due by it is done when this returns."""
        clock.set_offset((to - datetime.now(UTC)).total_seconds())
        self.do_due()

    def do_due(self) -> None:
        """What the worker would do at its next round, now: no test waits for a round."""
        with self.app.app_context():
            run_timed(TIMED)
            while run_one(HANDLERS, lease_seconds=120):
                pass

    def cookie(self, fs_uniquifier: str) -> SetCookieParam:
        """Signed in without a mail: for who only looks."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["fs_paa"] = fs_uniquifier, True, time()
        kept = client.get_cookie("session")
        assert kept is not None, "the test client keeps its session"
        return {"name": "session", "value": kept.value, "url": self.url}

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Everything that was delivered to an address, oldest first."""
        found = [
            message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in list(self.mailbox.files())
        ]
        return [mail for mail in found if address in str(mail["To"])]

    @staticmethod
    def text_of(mail: EmailMessage) -> str:
        """The plain text of a mail."""
        part = mail.get_body(("plain",))
        return str(part.get_content()) if part is not None else ""

    @staticmethod
    def until(holds: Callable[[], bool]) -> None:
        """Ask again until it holds; fails when patience ends."""
        ends = monotonic() + PATIENCE
        while not holds():
            assert monotonic() < ends, "waited in vain"
            sleep(0.2)

    def take_code(self, address: str) -> str:
        """The sign-in code of the newest mail that nobody took a code from yet; waits until it comes."""
        codes: list[str] = []

        def look() -> bool:
            for mail in self.mails_to(address):
                found = CODE.search(self.text_of(mail))
                if found and str(mail["Message-ID"]) not in self.read:
                    self.read.add(str(mail["Message-ID"]))
                    codes.append(found[1])
            return bool(codes)

        self.until(look)
        return codes[-1]


def links_in(text: str) -> list[str]:
    """Every address that a mail's text names."""
    return [link.rstrip(".,;") for link in LINK.findall(text)]


@contextmanager
def open_live(instance: Path, now: datetime | None = None, *, works: bool = True) -> Iterator[Live]:
    """Serve an instance folder (made where it is empty); its clock begins at `now`, its worker runs if it `works`."""
    mailbox = Mailbox(instance / "mail")
    port = free_port()
    offset = (now - datetime.now(UTC)).total_seconds() if now is not None else 0.0
    given = {"MENTORSHIP_PORT": str(port), "MENTORSHIP_CLOCK_OFFSET": str(offset)}
    settings = replace(config.load(given, instance=instance), smtp=MailServer("smtp", "127.0.0.1", mailbox.port))
    app = create_app(settings)
    upgrade(app)
    mailbox.start()
    with _serving(app, port), _working(app, settings.lease_seconds if works else None):
        try:
            yield Live(app, f"http://127.0.0.1:{port}", mailbox)
        finally:
            mailbox.stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    clock.set_offset(0)


@contextmanager
def _serving(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _working(app: Flask, lease_seconds: int | None) -> Iterator[None]:
    """The worker's own loop in a thread, so that planning runs and mail goes while a page waits for them."""
    if lease_seconds is None:
        yield
        return
    stop = threading.Event()
    given = (app, HANDLERS, TIMED, stop)
    thread = threading.Thread(target=work, args=given, kwargs={"lease_seconds": lease_seconds}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
