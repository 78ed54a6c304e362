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

# Seconds between two progress lines.
TICK = 1.0
# How long a run that is asked to stop waits for its first plan.
GRACE = 0.5


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
    """One solve in a child process, watched until it is done, the time is up, or somebody asks to stop."""

    def __init__(self, kind: Kind, text: bytes, asked: argparse.Namespace, stop: Stop) -> None:
        """Read and check the problem; raises ProblemError. `asked` is the command line: seconds, seed,
        explain."""
        self.begun = monotonic()
        self.kind, self.text, self.stop = kind, text, stop
        self.progress: bool = asked.progress
        changes = {name: value for name in ("seconds", "seed") if (value := getattr(asked, name)) is not None}
        self.arguments = [kind, *(f"--{name}={value}" for name, value in changes.items())]
        if asked.explain:
            self.arguments.append("--explain")
        self.problem = read(kind, text, changes)
        self.phase, self.aims = "reading", list[dict[str, Any]]()
        self.plan: dict[str, Any] | None = None

    def outcome(self) -> dict[str, Any]:
        """Solve; returns the outcome, `stopped` where the clock or a signal ended it."""
        solved = monotonic()
        with self._child():
            found = self._wait(self.begun + self.problem.seconds)
            if found is None and self.plan is None:
                self._wait_for_a_plan(monotonic() + GRACE)
        if found is None:
            found = self.plan or nothing_chosen(self.kind, self.problem)
            found |= {"status": "stopped", "seconds": round(monotonic() - solved, 3)}
        return found | {"problem_sha256": sha256(self.text).hexdigest()}

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
        Thread(target=self._feed, args=(child,), daemon=True).start()
        Thread(target=self._listen, args=(child,), daemon=True).start()
        try:
            yield
        finally:
            child.kill()
            child.wait()

    def _feed(self, child: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(OSError):
            assert child.stdin is not None
            child.stdin.write(self.text)
            child.stdin.close()

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        # A line that was cut off by the end of the child is no message.
        assert child.stdout is not None
        for line in child.stdout:
            with contextlib.suppress(ValueError):
                self.stop.messages.put(json.loads(line))
        self.stop.messages.put({"ended": True})

    def _wait(self, deadline: float) -> dict[str, Any] | None:
        tick = self.begun + TICK
        while not self.stop.asked:
            now = monotonic()
            if now >= deadline:
                return None
            if now >= tick:
                self._tell(now)
                tick += TICK
            try:
                message = self.stop.messages.get(timeout=max(0.0, min(tick, deadline) - now))
            except Empty:
                continue
            if "outcome" in message:
                found: dict[str, Any] = message["outcome"]
                self.phase, self.aims = "done", found.get("aims", [])
                self._tell(monotonic())
                return found
            if "refused" in message:
                raise ProblemError(message["refused"])
            if "failed" in message:
                print(f"solver: {message['failed']}", file=sys.stderr)
                return None
            if "ended" in message:
                # The solver died, for want of memory perhaps: the last plan still stands.
                return None
            self._note(message)
        return None

    def _wait_for_a_plan(self, deadline: float) -> None:
        # Asked to stop before the greedy plan is out: it is only a moment away, and better than an empty one.
        while self.plan is None and (left := deadline - monotonic()) > 0:
            try:
                message = self.stop.messages.get(timeout=left)
            except Empty:
                return
            if not message.keys().isdisjoint(("ended", "failed", "refused")):
                return
            self._note({"plan": message["outcome"]} if "outcome" in message else message)

    def _note(self, message: dict[str, Any]) -> None:
        self.phase = message.get("phase", self.phase)
        self.aims = message.get("aims") or self.aims
        self.plan = message.get("plan") or self.plan

    def _tell(self, now: float) -> None:
        if self.progress:
            line = {"at": round(now - self.begun, 1), "phase": self.phase, "aims": self.aims}
            print(json.dumps(line), file=sys.stderr, flush=True)
