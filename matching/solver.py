"""The solving process: it reads one problem from standard input and writes what it finds as JSON lines.

The front process starts it with `python -m matching.solver`. Each line is one of `{"phase", "aims", "plan"}`
for a better plan, `{"outcome"}` for the finished one, `{"refused"}` with the sentence for a problem that is
no good, and `{"failed"}` where the solver itself failed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import IO, Any, get_args

from matching.errors import ProblemError
from matching.kinds import Kind, read, solver
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
    lines = _lines()
    changes = {name: value for name in ("seconds", "seed") if (value := getattr(asked, name)) is not None}

    def report(phase: str, aims: list[Aim], plan: dict[str, Any] | None) -> None:
        _write(lines, {"phase": phase, "aims": [aim.as_json() for aim in aims], "plan": plan})

    try:
        problem = read(asked.kind, sys.stdin.buffer.read(), changes)
        _write(lines, {"outcome": solver(asked.kind)(problem, report, asked.explain)})
    except ProblemError as error:
        _write(lines, {"refused": str(error)})
    except BrokenPipeError:
        return 1
    except Exception as error:
        # Whatever goes wrong in a solver, the front process has a plan: it says what happened and writes
        # that.
        _write(lines, {"failed": f"{type(error).__name__}: {' '.join(str(error).split())}"})
    return 0


def _lines() -> IO[str]:
    # What a solver library prints must not get between the lines: standard output is moved out of its reach.
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return lines


def _write(lines: IO[str], message: dict[str, Any]) -> None:
    lines.write(json.dumps(message) + "\n")
    lines.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
