"""Watching one solve: the child process, its messages, the clock, and the last complete plan."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from matching.errors import ProblemError
from matching.kinds import Kind, nothing_chosen, read
from matching.solver import plan_text

# Seconds between two progress lines.
TICK = 1.0
# How long a run waits for its first plan when it is asked to stop, and when its time is up.
GRACE, LATE = 0.5, 4.0
# How long reading may take where the problem itself says how long the solve may.
READING = 600.0


class Stop:
    """Whether the run was asked to stop: a signal may say so at any moment, before anything is watched
    too."""

    def __init__(self) -> None:
        self.asked = False
        self.messages: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def ask(self) -> None:
        self.asked = True
        self.messages.put({"stop": True})


class Watch:
    """One solve in a child process, watched until it is done, the time is up, or somebody asks to stop.

    The child reads the problem: this process keeps its text only until the child has told that it is sound, and plans
    as the text they came in.
    """

    def __init__(self, kind: Kind, text: bytes, asked: argparse.Namespace, stop: Stop) -> None:
        """`asked` is the command line: seconds, seed, explain, progress."""
        self.begun = monotonic()
        self.kind, self.text, self.stop = kind, text, stop
        self.sha256 = sha256(text).hexdigest()
        self.progress: bool = asked.progress
        self.changes = {name: value for name in ("seconds", "seed") if (value := getattr(asked, name)) is not None}
        self.arguments = [kind, *(f"--{name}={value}" for name, value in self.changes.items())]
        if asked.explain:
            self.arguments.append("--explain")
        self.seconds: int | None = self.changes.get("seconds")
        self.phase, self.aims = "reading", list[dict[str, Any]]()
        self.plan: bytes | None = None
        self.standing: bytes | None = None
        self.solving: float | None = None

    def outcome(self) -> bytes:
        """Solve; returns the outcome as its file holds it, `stopped` where the clock or a signal ended it.

        Raises ProblemError for a problem that is no good.
        """
        with self._child():
            found = self._wait()
            if found is None and self.plan is None:
                self._wait_for_a_plan(monotonic() + (GRACE if self.stop.asked else LATE))
        return self._stopped() if found is None else found

    def _stopped(self) -> bytes:
        if (text := self.plan or self.standing) is None:
            # Ended before the child had read the problem: this process reads it, for a plan of what is fixed.
            plan = nothing_chosen(self.kind, read(self.kind, self.text, self.changes))
        else:
            plan = json.loads(text)
        seconds = round(monotonic() - (self.solving or self.begun), 3)
        return plan_text(plan | {"status": "stopped", "seconds": seconds, "problem_sha256": self.sha256})

    @contextlib.contextmanager
    def _child(self) -> Any:
        package = str(Path(__file__).resolve().parent.parent)
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        child = subprocess.Popen(
            [sys.executable, "-m", "matching.solver", *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        threads = [Thread(target=work, args=(child,), daemon=True) for work in (self._feed, self._listen)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            child.kill()
            child.wait()
            for thread in threads:
                thread.join()

    def _feed(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin is not None
        with contextlib.suppress(OSError), child.stdin:
            child.stdin.write(self.text)

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        # A message that was cut off by the end of the child is none.
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                with contextlib.suppress(ValueError):
                    message = json.loads(line)
                    size = message.get("bytes", 0)
                    message["plan"] = lines.read(size) if size else None
                    if len(message["plan"] or b"") == size:
                        self.stop.messages.put(message)
        self.stop.messages.put({"ended": True})

    def _wait(self) -> bytes | None:
        """The outcome's text; None where the time was up, somebody asked to stop, or the child came to grief."""
        tick = self.begun + TICK
        while not self.stop.asked:
            now = monotonic()
            deadline = self.begun + (self.seconds if self.seconds is not None else READING)
            if now >= deadline:
                return None
            if now >= tick:
                self._tell(now)
                tick += TICK
            try:
                message = self.stop.messages.get(timeout=max(0.0, min(tick, deadline) - now))
            except Empty:
                continue
            if "refused" in message:
                raise ProblemError(message["refused"])
            if "failed" in message:
                print(f"solver: {message['failed']}", file=sys.stderr)
            if "failed" in message or "ended" in message:
                # The solver died, for want of memory perhaps: the last plan still stands.
                return None
            self._note(message)
            if "outcome" in message:
                self.phase = "done"
                self._tell(monotonic())
                return self.plan
        return None

    def _wait_for_a_plan(self, deadline: float) -> None:
        # Asked to stop before the first plan is out: it is only a moment away, and better than an empty one.
        while self.plan is None and (left := deadline - monotonic()) > 0:
            try:
                message = self.stop.messages.get(timeout=left)
            except Empty:
                return
            if "refused" in message:
                raise ProblemError(message["refused"])
            if not message.keys().isdisjoint(("ended", "failed")):
                return
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if self.solving is None and "seconds" in message:
            self.text, self.seconds, self.solving = b"", message["seconds"], monotonic()
            # What is fixed is a plan too, but the first real one is worth a moment's wait.
            self.standing = message.pop("plan")
        self.phase = message.get("phase", self.phase)
        self.aims = message.get("aims") or self.aims
        self.plan = message.get("plan") or self.plan

    def _tell(self, now: float) -> None:
        if self.progress:
            line = {"at": round(now - self.begun, 1), "phase": self.phase, "aims": self.aims}
            print(json.dumps(line), file=sys.stderr, flush=True)
