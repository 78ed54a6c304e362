"""The solving process: it reads one problem from standard input and writes what it finds.

The front process starts it with `python -m matching.solver`. What it writes are messages, each a JSON line and, where
that says so, as many `bytes` of a plan: `{"seconds", "bytes"}` when the problem is read, with what is fixed as plan;
`{"phase", "aims", "bytes"}` for a better plan; `{"outcome", "aims", "bytes"}` for the finished one; `{"refused"}` with
the sentence for a problem that is no good, and `{"failed"}` where the solver itself failed. Plans are not parsed on
their way: they may be large, and the front process mostly only keeps them.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
from hashlib import sha256
from typing import IO, Any, get_args

from matching.errors import ProblemError
from matching.kinds import Kind, nothing_chosen, read, solver
from matching.outcome import Aim


def main(arguments: list[str]) -> int:
    """Solve the problem on standard input; the lines go to standard output, which nothing else may write
    to."""
    # Ctrl-C reaches the whole group, but the front process decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parser = argparse.ArgumentParser(prog="matching.solver")
    parser.add_argument("kind", choices=get_args(Kind))
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--explain", action="store_true")
    asked = parser.parse_args(arguments)
    # What is read lives as long as this process: looking through millions of rows for cycles takes longer than a solve.
    gc.disable()
    lines = _lines()
    changes = {name: value for name in ("seconds", "seed") if (value := getattr(asked, name)) is not None}

    def report(phase: str, aims: list[Aim], plan: dict[str, Any] | None) -> None:
        _write(lines, {"phase": phase, "aims": [aim.as_json() for aim in aims]}, plan)

    try:
        problem, digest = _problem(asked.kind, changes)
        _write(lines, {"seconds": problem.seconds}, nothing_chosen(asked.kind, problem))
        outcome = solver(asked.kind)(problem, report, asked.explain) | {"problem_sha256": digest}
        _write(lines, {"outcome": True, "aims": outcome.get("aims", [])}, outcome)
    except ProblemError as error:
        _write(lines, {"refused": str(error)})
    except BrokenPipeError:
        return 1
    except Exception as error:
        # Whatever goes wrong in a solver, the front process has a plan: it says what happened and writes
        # that.
        _write(lines, {"failed": f"{type(error).__name__}: {' '.join(str(error).split())}"})
    return 0


def _problem(kind: Kind, changes: dict[str, int]) -> tuple[Any, str]:
    """The problem and the SHA-256 of its text, which is let go here."""
    text = sys.stdin.buffer.read()
    return read(kind, text, changes), sha256(text).hexdigest()


def _lines() -> IO[bytes]:
    # What a solver library prints must not get between the lines: standard output is moved out of its reach.
    lines = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return lines


def _write(lines: IO[bytes], message: dict[str, Any], plan: dict[str, Any] | None = None) -> None:
    if plan is None:
        lines.write(json.dumps(message).encode() + b"\n")
    else:
        text = plan_text(plan)
        lines.write(json.dumps(message | {"bytes": len(text)}).encode() + b"\n" + text)
    lines.flush()


def plan_text(plan: dict[str, Any]) -> bytes:
    """A plan as its file holds it: JSON with a line for each of its rows."""
    fields = ",\n".join(f" {json.dumps(name)}: {_field_text(value)}" for name, value in plan.items())
    return f"{{\n{fields}\n}}\n".encode()


def _field_text(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n  " + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n ]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
