"""The command line, and the front of the two processes: it owns the clock, the signals and the last complete
plan.

A flow or a linear program holds the interpreter for as long as it runs, so the solving is done by a child
process; this one ticks, reports, listens for SIGTERM, and always has a plan to write.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from matching.errors import ProblemError
from matching.kinds import Kind
from matching.watch import Stop, Watch

SOLVES: dict[Kind, str] = {
    "pair": "which mentor for which mentee",
    "visit": "who visits whose lesson, when",
    "weigh": "what other weights would do to the pairs",
}
WRITTEN, REFUSED, UNUSABLE = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code: 0 written, 1 refused or broken, 2 usage or a file that can't be
    read."""
    stop = Stop()
    with _signals(stop):
        try:
            asked = _parser().parse_args(arguments)
        except SystemExit as end:
            return int(end.code or 0)
        try:
            return int(asked.run(asked, stop))
        except ProblemError as error:
            print(error, file=sys.stderr)
            return REFUSED
        except BrokenPipeError:
            # Whoever read the output has gone; Python must not complain about it while it shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return UNUSABLE
        except OSError as error:
            print(f"{error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
            return UNUSABLE


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    def ask(number: int, frame: FrameType | None) -> None:
        stop.ask()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _whole(least: int) -> Any:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value < 2**31:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} on")
        return value

    read.__name__ = "whole number"
    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Match mentors, plan visits, judge plans.")
    commands = parser.add_subparsers(required=True, metavar="pair|visit|weigh|check")
    for kind, what in SOLVES.items():
        command = commands.add_parser(kind, help=what)
        command.add_argument("problem", metavar="PROBLEM.json")
        command.add_argument("-o", "--output", default="-", metavar="PLAN.json", help="where the outcome goes")
        command.add_argument("--seconds", type=_whole(1), help="the wall time, instead of the problem's")
        command.add_argument("--seed", type=_whole(0), help="the seed, instead of the problem's")
        command.add_argument("--progress", action="store_true", help="one JSON line a second on standard error")
        command.add_argument("--explain", action="store_true", help="make all explanations, whatever the size")
        command.set_defaults(run=_solve, kind=kind)
    command = commands.add_parser("check", help="judge a plan")
    command.add_argument("problem", metavar="PROBLEM.json")
    command.add_argument("plan", metavar="PLAN.json")
    command.set_defaults(run=_check)
    return parser


def _read(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _solve(asked: argparse.Namespace, stop: Stop) -> int:
    _write(asked.output, Watch(asked.kind, _read(asked.problem), asked, stop).outcome())
    return WRITTEN


def _write(path: str, text: bytes) -> None:
    if path == "-":
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return
    # Whoever looks at the file meanwhile sees the old plan or the new one, never half of it.
    target = Path(path)
    if target.exists() and not target.is_file():
        target.write_bytes(text)
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(text)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _check(asked: argparse.Namespace, stop: Stop) -> int:
    from matching.kinds import document, judge, kind_of, read

    text, plan = _read(asked.problem), _read(asked.plan)
    kind = kind_of(text)
    findings, aims = judge(kind)(read(kind, text, {}), document(plan, "plan"))
    broken = [{"rule": finding.rule, "text": finding.text} for finding in findings]
    print(json.dumps({"ok": not broken, "broken": broken, "aims": aims}, ensure_ascii=False))
    return REFUSED if broken else WRITTEN
