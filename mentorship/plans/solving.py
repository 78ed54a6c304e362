"""The engine as a child process that its parent may kill; progress comes over a pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

import matching
from mentorship.errors import Refused

Part = Literal["pairings", "visits"]
VERB: dict[Part, str] = {"pairings": "pair", "visits": "visit"}
Progress = Callable[[dict[str, Any]], None]
GRACE_SECONDS = 5.0
START_SECONDS = 20.0


def solve(part: Part, problem: dict[str, Any], *, seconds: int, progress: Progress | None = None) -> dict[str, Any]:
    """The outcome of one problem, within `seconds` and a little grace.

    Raises `Refused` with the engine's own sentence where it will not take the problem, or with ours where it died.
    """
    with tempfile.TemporaryDirectory(prefix="mentorship-plan-") as folder:
        problem_file, plan_file = Path(folder) / "problem.json", Path(folder) / "plan.json"
        problem_file.write_text(json.dumps(problem, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "matching", VERB[part], str(problem_file)]
        command += ["-o", str(plan_file), "--seconds", str(seconds), "--progress"]
        code, last_words = _run(command, seconds, progress)
        if code == 0 and plan_file.is_file():
            outcome: dict[str, Any] = json.loads(plan_file.read_text(encoding="utf-8"))
            return outcome
    if code == 1:
        raise Refused(f"The engine does not take this problem: {last_words}")
    raise Refused("The engine stopped without a plan. Try again with more --seconds, or with fewer people.")


def _run(command: list[str], seconds: int, progress: Progress | None) -> tuple[int, str]:
    """Exit code and last line of standard error that was no progress."""
    environment = {**os.environ, "PYTHONPATH": str(Path(matching.__file__).resolve().parent.parent)}
    words: list[str] = []
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
        reader = threading.Thread(target=_listen, args=(process.stderr, progress, words), daemon=True)
        reader.start()
        try:
            process.wait(timeout=seconds + GRACE_SECONDS + START_SECONDS)
        except subprocess.TimeoutExpired:
            words.append("it took too long")
        finally:
            if process.poll() is None:
                # The engine is two processes: its whole group goes.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            reader.join(timeout=GRACE_SECONDS)
    return process.returncode, words[-1] if words else ""


def _listen(stream: IO[str], progress: Progress | None, words: list[str]) -> None:
    for line in stream:
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            words.append(line.strip())
            continue
        if progress is not None and isinstance(told, dict):
            progress(told)
