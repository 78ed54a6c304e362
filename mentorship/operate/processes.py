"""The process kinds, in the foreground: web, worker, intake."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Any

from flask import Flask

from mentorship.config import Settings
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.jobs.runner import Handler, Timed, run_one, run_timed
from mentorship.web.assets import serve_compressed

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
TIMED_SECONDS = 5.0


def require_free_port(host: str, port: int) -> None:
    """Raises `Refused` where something else listens there, before any work is done for nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(f"{host} port {port} cannot be used ({error.strerror}); choose another port.") from error


def serve(app: Flask, host: str, port: int, *, threads: int = 8) -> None:
    """Serve pages until told to stop."""
    # Only this kind of process needs the server.
    from gunicorn.app.base import BaseApplication

    class Gunicorn(BaseApplication):  # type: ignore[misc]
        """Gunicorn with our settings instead of its command line."""

        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    settings: Settings = app.extensions["mentorship-settings"]
    options: dict[str, Any] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": 1,
        "threads": threads,
        "worker_class": "gthread",
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    serve_compressed(app, settings.instance / f"assets-{port}")
    _close_connections(app)
    Gunicorn().run()


def _close_connections(app: Flask) -> None:
    """The server forks: a connection that two processes hold loses SQLite's locks and mixes PostgreSQL's answers."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def work(
    app: Flask,
    handlers: Mapping[str, Handler],
    timed: Sequence[Timed],
    stop: threading.Event,
    *,
    lease_seconds: int,
    slow: Collection[str] = (),
) -> None:
    """Run what is due until told to stop; trouble with the database is waited out.

    Jobs of the kinds in `slow` have a thread of their own: a code to sign in must not wait for a plan.
    """
    long = {kind: handler for kind, handler in handlers.items() if kind in slow}
    quick = {kind: handler for kind, handler in handlers.items() if kind not in slow}
    if long:
        threading.Thread(target=_run_jobs, args=(app, long, (), stop, lease_seconds), daemon=True).start()
    _run_jobs(app, quick, timed, stop, lease_seconds)


def _run_jobs(
    app: Flask, handlers: Mapping[str, Handler], timed: Sequence[Timed], stop: threading.Event, lease_seconds: int
) -> None:
    looked = -TIMED_SECONDS
    while not stop.is_set():
        if monotonic() - looked >= TIMED_SECONDS:
            looked = monotonic()
            _do_timed(app, timed)
        if not _do_one(app, handlers, lease_seconds):
            stop.wait(POLL_SECONDS)


def _do_one(app: Flask, handlers: Mapping[str, Handler], lease_seconds: int) -> bool:
    with app.app_context():
        try:
            return run_one(handlers, lease_seconds=lease_seconds)
        except Exception as error:
            _wait_out("a job", error)
            return False


def _do_timed(app: Flask, timed: Sequence[Timed]) -> None:
    with app.app_context():
        try:
            run_timed(timed)
        except Exception as error:
            _wait_out("what is due", error)


def _wait_out(what: str, error: Exception) -> None:
    """No trouble ends the process, and only its kind is logged: an error's own words could quote somebody's."""
    logger.error("%s could not be done: %s", what, type(error).__name__)
    db.session.rollback()


def take_mail_in(app: Flask, host: str, port: int, timed: Sequence[Timed], stop: threading.Event) -> None:
    """Listen for mail and read what came in, until told to stop."""
    # Only this kind of process needs a mail server of its own.
    from mentorship.replies.intake import listen

    controller = listen(app, host, port)
    try:
        while not stop.wait(POLL_SECONDS):
            _do_timed(app, timed)
    finally:
        controller.stop()
