"""The process kinds, in the foreground: web, worker, intake."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from mentorship.extensions import db
from mentorship.jobs.runner import Handler, Timed, run_one, run_timed
from mentorship.replies.intake import listen

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
TIMED_SECONDS = 5.0


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings instead of its command line."""

    def __init__(self, app: Flask, options: Mapping[str, Any]) -> None:
        self.app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def serve(app: Flask, host: str, port: int, *, threads: int = 8) -> None:
    """Serve pages until told to stop."""
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": 1,
        "threads": threads,
        "worker_class": "gthread",
        "loglevel": "warning",
        "control_socket_disable": True,
    }
    _Gunicorn(app, options).run()


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def work(
    app: Flask, handlers: Mapping[str, Handler], timed: Sequence[Timed], stop: threading.Event, *, lease_seconds: int
) -> None:
    """Run what is due until told to stop; trouble with the database is waited out."""
    waited = TIMED_SECONDS
    while not stop.is_set():
        busy = False
        try:
            with app.app_context():
                busy = run_one(handlers, lease_seconds=lease_seconds)
                if waited >= TIMED_SECONDS:
                    waited = 0.0
                    run_timed(timed)
        except SQLAlchemyError as error:
            logger.error("the database did not answer: %s", type(error).__name__)
            with app.app_context():
                db.session.rollback()
        if not busy:
            waited += POLL_SECONDS
            stop.wait(POLL_SECONDS)


def take_mail_in(app: Flask, host: str, port: int, timed: Sequence[Timed], stop: threading.Event) -> None:
    """Listen for mail and read what came in, until told to stop."""
    controller = listen(app, host, port)
    try:
        while not stop.wait(POLL_SECONDS):
            with app.app_context():
                run_timed(timed)
    finally:
        controller.stop()
