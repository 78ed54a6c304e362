"""Runs commands of Mentorship, each in a fork of its own, and kills one with SIGKILL where it is told to.

`python -m tests.crash_child` reads one question a line (JSON) and answers each with one line. It is single-threaded,
so that forking is safe, and has everything imported, so that forking is fast. Before and after every statement, BEGIN
and COMMIT among them, is a point; points are counted from 1.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import configure_mappers

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.audit.operations import first_broken_line
from mentorship.cli import main, verbs  # noqa: F401 - the verbs are imported before any fork
from mentorship.extensions import Base, db
from mentorship.operate.dump import dump
from mentorship.roster import operations as _roster  # noqa: F401 - imported before any fork
from tests import compiled_once  # noqa: F401 - a fork finds the addresses that the app below compiled

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
Answer = dict[str, Any]


def questions() -> Iterator[Answer]:
    for line in sys.stdin:
        yield json.loads(line)


def in_a_fork(work: Callable[[], Answer]) -> Answer:
    """What `work` returned, or `{"killed": true}` where SIGKILL ended it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = work()
            with os.fdopen(writing, "w") as pipe:
                pipe.write(json.dumps(answer))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return {"killed": True}
    return {"killed": False, **json.loads(text or "{}")}


def run_command(instance: str, words: list[str], kill_at: int | None) -> Answer:
    """Run one command as a terminal would, at a fixed time; `points` says how many it passed."""
    passed = 0

    def point(*_ignored: Any, **_named: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    commit = DefaultDialect.do_commit

    def do_commit(dialect: Any, connection: Any) -> None:
        point()
        commit(dialect, connection)
        point()

    event.listen(Engine, "before_cursor_execute", point)
    event.listen(Engine, "after_cursor_execute", point)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    clock.now = lambda: NOW
    os.environ["MENTORSHIP_INSTANCE"] = instance
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    return {"code": main([*words, "--json"]), "points": passed}


def read_state(instance: str) -> Answer:
    """The dump, the rows of every table, and whether the database and its audit log are whole."""
    app = create_app(config.load({}, instance=Path(instance)))
    with app.app_context():
        tables = Base.metadata.sorted_tables
        return {
            "dump": dump(),
            "rows": {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables},
            "integrity": db.session.connection().exec_driver_sql("PRAGMA integrity_check").scalar(),
            "lost": len(db.session.connection().exec_driver_sql("PRAGMA foreign_key_check").fetchall()),
            "broken audit line": first_broken_line(),
        }


def answer(question: Answer) -> Answer:
    if question["words"]:
        return in_a_fork(lambda: run_command(question["instance"], question["words"], question["kill_at"]))
    return in_a_fork(lambda: read_state(question["instance"]))


if __name__ == "__main__":
    configure_mappers()
    with tempfile.TemporaryDirectory(prefix="mentorship-crash-") as folder:
        create_app(config.load({}, instance=Path(folder)))
    for thread in threading.enumerate():
        # The limits look once after what has run out.
        if thread is not threading.main_thread():
            thread.join()
    for asked in questions():
        print(json.dumps(answer(asked)), flush=True)
