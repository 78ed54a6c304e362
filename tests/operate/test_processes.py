"""Each process kind starts, works and ends on SIGTERM; one broken operation ends none of them."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.operations import Claim, add_job, complete_job
from mentorship.operate import processes

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS, END_SECONDS, STEP_SECONDS = 20, 10, 0.05
Start = Callable[..., subprocess.Popen[str]]


def _until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not come within {seconds} seconds"
        time.sleep(STEP_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process kind on this test's instance; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(kind: str, **settings: str) -> subprocess.Popen[str]:
        named = {f"MENTORSHIP_{name}": value for name, value in settings.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "mentorship", kind],
            env={**os.environ, "MENTORSHIP_INSTANCE": str(tmp_path / "instance"), **named},
            cwd=CHECKOUT,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def _ends_cleanly(process: subprocess.Popen[str]) -> None:
    process.terminate()
    _, words = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0, words
    assert "Traceback" not in words


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_web_answers_and_ends_when_it_is_told(start: Start) -> None:
    port = _free_port()
    web = start("web", PORT=str(port))
    _until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), START_SECONDS, "an answer")
    assert _answers(f"http://127.0.0.1:{port}/readyz")
    _ends_cleanly(web)


def test_worker_and_intake_take_mail_in_and_end_when_they_are_told(start: Start, tmp_path: Path) -> None:
    port = _free_port()
    intake, worker = start("intake", INTAKE_SMTP=f"127.0.0.1:{port}"), start("worker")

    def stored() -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=2) as server:
                return not server.sendmail(
                    "a@t.example.edu", ["visits@walk.example.org"], "Subject: hello\r\n\r\nhello"
                )
        except OSError:
            return False

    _until(stored, START_SECONDS, "a taken mail")
    assert worker.poll() is None
    _ends_cleanly(intake)
    _ends_cleanly(worker)


def test_an_older_database_is_refused_by_each_process_kind(start: Start, tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "mentorship.sqlite3").write_text("This is no database. " * 200)
    for process in [start(kind, PORT=str(_free_port())) for kind in ("web", "worker", "intake")]:
        _, words = process.communicate(timeout=START_SECONDS)
        assert (process.returncode, words.count("\n")) == (1, 1), words


def _seen_until_stopped(app: Flask, operations: list[Callable[[datetime], bool]], seen: threading.Event) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=processes.work, args=(app, {}, operations, stop), kwargs={"lease_seconds": 60})
    worker.start()
    try:
        assert seen.wait(timeout=5)
        assert worker.is_alive()
    finally:
        stop.set()
        worker.join(timeout=5)


@pytest.mark.parametrize(
    "trouble", [OperationalError("", {}, Exception()), RuntimeError("ours"), Refused("A key is wrong.")]
)
def test_a_timed_operation_that_fails_keeps_no_other_from_its_turn(app: Flask, trouble: Exception) -> None:
    seen = threading.Event()

    def broken(_now: datetime) -> bool:
        raise trouble

    def whole(_now: datetime) -> bool:
        seen.set()
        return False

    _seen_until_stopped(app, [broken, whole], seen)


def test_a_worker_outlives_a_database_that_does_not_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()
    tries: list[int] = []

    def run_one(_handlers: object, *, lease_seconds: int) -> bool:
        tries.append(lease_seconds)
        if len(tries) > 1:
            seen.set()
            return False
        raise OperationalError("", {}, Exception())

    def run_timed(_timed: object) -> int:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(processes, "run_one", run_one)
    monkeypatch.setattr(processes, "run_timed", run_timed)
    monkeypatch.setattr(processes, "POLL_SECONDS", 0.01)
    _seen_until_stopped(app, [], seen)


def test_the_server_takes_no_open_connection_along_when_it_forks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    open_connections: list[int] = []

    def run(_self: object) -> None:
        with app.app_context():
            open_connections.append(db.engine.pool.checkedin())  # type: ignore[attr-defined]

    monkeypatch.setattr("gunicorn.app.base.BaseApplication.run", run)
    with app.app_context():
        db.session.connection()
        db.session.remove()
        assert db.engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    processes.serve(app, "127.0.0.1", 0)
    assert open_connections == [0]


def test_a_port_that_is_taken_is_said_before_anything_is_done() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"port {port} cannot be used"):
            processes.require_free_port("127.0.0.1", port)
    processes.require_free_port("127.0.0.1", port)


def test_a_plan_in_the_making_lets_mail_go(app: Flask) -> None:
    """Whoever waits for a code to sign in does not wait for the engine."""
    begun, went, stop = threading.Event(), threading.Event(), threading.Event()

    def plan(claim: Claim, _now: datetime) -> None:
        begun.set()
        went.wait(20)
        complete_job(claim)

    def send(claim: Claim, _now: datetime) -> None:
        assert begun.wait(20)
        complete_job(claim)
        went.set()

    with app.app_context():
        for kind in ("plan", "send"):
            add_job(kind, {}, run_at=clock.now())
        db.session.commit()
    options = {"lease_seconds": 60, "slow": ("plan",)}
    worker = threading.Thread(target=processes.work, args=(app, {"plan": plan, "send": send}, (), stop), kwargs=options)
    worker.start()
    assert went.wait(20)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()
