"""The running demo: its pages answer, its mail is delivered, and no process of it outlives the command."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import CSRF_TOKEN

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS, MAIL_SECONDS, END_SECONDS, STEP_SECONDS = 60, 30, 30, 0.1
# Between its mark and its pages, what the command does but for the walk, which takes half a minute.
UNWALKED = """
import sys
from pathlib import Path
from mentorship import clock
from mentorship.demo.beside import serve_demo
from mentorship.demo.opening import open_demo
from mentorship.extensions import db
from mentorship.people.models import School
from mentorship.people.operations import create_person
demo = open_demo(Path(sys.argv[1]), port=int(sys.argv[2]))
with demo.app.app_context():
    db.session.add(School(id="t", name="School T", time_zone="UTC", cycle_days=["A"]))
    create_person(email="ada@t.example.edu", name="Ada Min", role="admin", school=None, by="test", now=clock.now())
    db.session.commit()
serve_demo(demo, tell=lambda: print("ready", flush=True))
"""


class Stay(urllib.request.HTTPRedirectHandler):
    """Where a page sends its reader is not what is tested here."""

    def redirect_request(self, *_words: object) -> None:
        return None


class Reader:
    """Somebody at the demo's pages, with a browser's memory."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, Stay)

    def open(self, path: str, **fields: str) -> str:
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(self.address + path, data, timeout=10) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            assert error.code in (302, 303), f"{error.url} answers {error.code}"
            return ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not come within {seconds} seconds"
        time.sleep(STEP_SECONDS)


def living(group: int) -> set[int]:
    """The processes of a group that are not merely waiting to be counted out."""
    found = set()
    for place in Path("/proc").iterdir():
        try:
            words = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if place.name.isdigit() and int(words[2]) == group and words[0] not in "ZX":
            found.add(int(place.name))
    return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Reader]]:
    """The demo without its walk, in a process group of its own; whatever of it still runs at the end is killed."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", UNWALKED, str(tmp_path), str(port)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    reader = Reader(port)
    assert process.stdout is not None and process.stdout.readline() == "ready\n", process.communicate()[1]
    until(lambda: answers(reader), START_SECONDS, "an answer")
    yield process, reader
    for each in living(process.pid):
        os.kill(each, signal.SIGKILL)
    process.communicate()


def answers(reader: Reader) -> bool:
    try:
        return "alive" in reader.open("/healthz")
    except OSError:
        return False


def test_a_mail_is_delivered_and_read_and_all_processes_end_when_told(
    demo: tuple[subprocess.Popen[str], Reader], tmp_path: Path
) -> None:
    process, reader = demo
    assert "No mail yet." in reader.open("/demo/mail")
    code = ask_for_code(reader)
    assert list((tmp_path / "demo" / "mail").glob("*.eml"))
    token = CSRF_TOKEN.search(reader.open("/sign-in/us-signin"))
    assert token is not None
    fields = {"csrf_token": token[1], "identity": "ada@t.example.edu", "passcode": code, "submit": "Sign in"}
    reader.open("/sign-in/us-signin", **fields)
    assert "Code to sign in" in reader.open("/mail")
    assert len(living(process.pid)) >= 3
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0 and "Traceback" not in words, words
    assert living(process.pid) == set()


def ask_for_code(reader: Reader) -> str:
    """Ask for a code at the sign-in page, wait for its mail, and read it there."""
    token = CSRF_TOKEN.search(reader.open("/sign-in/us-signin"))
    assert token is not None
    fields = {"csrf_token": token[1], "identity": "ada@t.example.edu", "chosen_method": "email"}
    reader.open("/sign-in/us-signin/send-code", **fields, submit_send_code="Send")
    until(lambda: "Sent" in reader.open("/demo/mail"), MAIL_SECONDS, "the mail")
    link = re.search(r'href="(/demo/mail/\d+)"', reader.open("/demo/mail"))
    assert link is not None
    code = re.search(r"\b\d{6}\b", reader.open(link[1]))
    assert code is not None
    return code[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_runs_beside_ends_with_the_command(
    demo: tuple[subprocess.Popen[str], Reader], number: signal.Signals
) -> None:
    process, _ = demo
    if number == signal.SIGINT:
        # As a terminal does: everybody of the group hears it.
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, words = process.communicate(timeout=END_SECONDS)
    assert "Traceback" not in words, words
    until(lambda: not living(process.pid), END_SECONDS, "the end of every process")


@pytest.mark.long
def test_the_command_walks_and_then_serves_what_it_walked(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "mentorship", "demo", "--port", str(port)],
        env={**os.environ, "MENTORSHIP_INSTANCE": str(tmp_path)},
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        told: list[str] = []
        while not told or not told[-1].startswith("Sign in"):
            told.append(process.stdout.readline())
            assert told[-1], "it ended before it served"
        assert f"http://127.0.0.1:{port} " in told[-2] and told[0].startswith("import ")
        reader = Reader(port)
        until(lambda: answers(reader), START_SECONDS, "an answer")
        assert 'href="/demo/mail/' in reader.open("/demo/mail")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0 and living(process.pid) == set()
    finally:
        for each in living(process.pid):
            os.kill(each, signal.SIGKILL)
