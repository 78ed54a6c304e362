"""What runs beside the demo's web server: the worker and the mail server, in one process of their own.

The web server forks, and no thread outlives a fork; so this is a program, which the command starts and which ends with
it: `python -m mentorship.demo.beside FOLDER WEB_PORT MAIL_PORT PARENT`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mentorship.app import HANDLERS, TIMED
from mentorship.demo.mailbox import Mailbox
from mentorship.demo.opening import MARK, Demo, demo_in
from mentorship.errors import Refused
from mentorship.operate import processes

READY = "ready"
END_SECONDS, LOOK_SECONDS = 5.0, 0.5


def serve_demo(demo: Demo, tell: Callable[[], None]) -> None:
    """Serve the demo with its worker and its mail server until told to stop; `tell` once it can be opened."""
    with beside(demo):
        tell()
        processes.serve(demo.app, demo.settings.host, demo.settings.port)


@contextmanager
def beside(demo: Demo) -> Iterator[None]:
    """Have the worker and the mail server running inside the block. Raises `Refused` where they do not start."""
    numbers = (demo.settings.port, demo.mailbox.port, os.getpid())
    words = [sys.executable, "-m", "mentorship.demo.beside", str(demo.settings.instance), *map(str, numbers)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    parent = os.getpid()
    try:
        assert process.stdout is not None, "it was asked for"
        with process.stdout as told:
            if told.readline().strip() != READY:
                raise Refused("The demo’s worker did not start; what it said stands above.")
        yield
    finally:
        # The web server's own children leave through here as well, and what runs beside is not theirs to end.
        if os.getpid() == parent:
            _end(process)
        else:
            # A child of the server did not start it either: Python must not warn of it while a signal ends the child.
            process.returncode = 0


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_SECONDS)


def run(folder: Path, web_port: int, mail_port: int, parent: int) -> None:
    """Take mail in and do what is due until told to stop, or until the parent is gone."""
    stop = processes.stop_on_signal()
    if not (folder / MARK).is_file():
        raise Refused(f"{folder} is no folder of a demo.")
    demo = demo_in(folder, port=web_port, mailbox=Mailbox(folder / "mail", mail_port))
    demo.mailbox.start()
    watch = threading.Thread(target=_stop_without, args=(parent, stop), daemon=True)
    watch.start()
    print(READY, flush=True)  # noqa: T201 - the parent waits for this word
    try:
        processes.work(demo.app, HANDLERS, TIMED, stop, lease_seconds=demo.settings.lease_seconds)
    finally:
        stop.set()
        demo.mailbox.stop()


def _stop_without(parent: int, stop: threading.Event) -> None:
    while not stop.wait(LOOK_SECONDS):
        if os.getppid() != parent:
            stop.set()


if __name__ == "__main__":
    run(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
