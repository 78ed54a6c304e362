"""The engine as a child process that its parent may kill; progress comes over a pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Any, Literal

import matching
from mentorship.errors import Refused

Part = Literal["pairings", "visits"]
VERB: dict[Part, str] = {"pairings": "pair", "visits": "visit"}
# Takes each line of progress, in the caller's own thread, and says whether the best plan so far is good enough.
Progress = Callable[[dict[str, Any]], bool | None]
# What other weights would do to a draft of pairings is worth so many seconds more.
WEIGH_SECONDS = 10
GRACE_SECONDS = 5.0
START_SECONDS = 20.0


class EngineRefused(Refused):
    """The engine will not take a problem: it contradicts itself in what people have fixed."""


def solve(part: Part, problem: dict[str, Any], *, seconds: int, progress: Progress | None = None) -> dict[str, Any]:
    """The outcome of one problem, within `seconds` and a little grace.

    Where `progress` returns True, the engine is asked for its best complete plan and ends. Raises `EngineRefused` with
    the engine's own sentence, `Refused` with ours where it died, and whatever `progress` raises, the engine killed.
    """
    return _asked(VERB[part], problem, seconds, progress)


def weigh(problem: dict[str, Any], seconds: int, progress: Progress | None = None) -> dict[str, Any]:
    """What other weights would do to the pairs of this problem, as a `pairing-weights/1`; raises as `solve`.

    Where the time runs out it holds what was found by then.
    """
    return _asked("weigh", problem, seconds, progress)


def _asked(verb: str, problem: dict[str, Any], seconds: int, progress: Progress | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mentorship-plan-") as folder:
        problem_file, plan_file = Path(folder) / "problem.json", Path(folder) / "plan.json"
        problem_file.write_text(json.dumps(problem, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "matching", verb, str(problem_file)]
        command += ["-o", str(plan_file), "--seconds", str(seconds), "--progress"]
        code, last_words = _run(command, seconds, progress)
        if code == 0 and plan_file.is_file():
            outcome: dict[str, Any] = json.loads(plan_file.read_text(encoding="utf-8"))
            return outcome
    if code == 1:
        raise EngineRefused(f"The engine does not take this problem: {last_words}")
    raise Refused("The engine stopped without a plan. Try again with more time, or with fewer people.")


def _run(command: list[str], seconds: int, progress: Progress | None) -> tuple[int, str]:
    """Exit code and last line of standard error that was no progress."""
    environment = {**os.environ, "PYTHONPATH": str(Path(matching.__file__).resolve().parent.parent)}
    lines: SimpleQueue[str | None] = SimpleQueue()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None, "it was asked for"
        reader = Thread(target=_listen, args=(process.stderr, lines), daemon=True)
        reader.start()
        try:
            last_words = _hear(process, lines, monotonic() + seconds + GRACE_SECONDS + START_SECONDS, progress)
        finally:
            if process.poll() is None:
                # The engine is two processes: its whole group goes.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            reader.join(timeout=GRACE_SECONDS)
    return process.returncode, last_words


def _listen(stream: IO[str], lines: SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _hear(
    process: subprocess.Popen[str], lines: SimpleQueue[str | None], deadline: float, progress: Progress | None
) -> str:
    """Pass the progress on until the engine ends; its last words that were none."""
    words = ""
    while (left := deadline - monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except Empty:
            break
        if line is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=GRACE_SECONDS)
            return words
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            words = line.strip()
            continue
        if progress is not None and isinstance(told, dict) and progress(told):
            # Who has told of progress listens to signals; the front process alone hears this one, and writes its best.
            process.send_signal(signal.SIGTERM)
    return "it took too long"
