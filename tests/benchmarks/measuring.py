"""Running one process and saying what it took: wall, CPU of it and its children, and the memory of all of them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_SECONDS = 0.05

OneT = TypeVar("OneT")
OtherT = TypeVar("OtherT")


class Unmeasured(RuntimeError):
    """A line can't be measured; the message is a sentence for whoever runs the benchmark."""


@dataclass(frozen=True)
class Ran:
    """What a process with its children took: seconds of wall and of CPU, and megabytes.

    `peak_rss` is the largest single process; `peak_pss` the largest sum over all of them, 0 where it was not sampled.
    `complaint` is the last line of standard error.
    """

    wall: float
    cpu: float
    peak_rss: float
    peak_pss: float
    printed: str
    complaint: str


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, sampled: bool = False) -> Ran:
    """Run a command to its end; raises Unmeasured with the last line of standard error where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = perf_counter()
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | (env or {}), stdout=out, stderr=err, start_new_session=True
        )
        with _Sampler(child.pid, sampled) as sampler:
            _, status, used = os.wait4(child.pid, 0)
        wall = perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        complaint = (err.read().decode().strip().splitlines() or [""])[-1]
        if child.returncode:
            raise Unmeasured(f"{' '.join(command[:4])} ended with {child.returncode}: {complaint}")
        cpu = used.ru_utime + used.ru_stime
        return Ran(wall, cpu, used.ru_maxrss / 1024, sampler.peak / 1024, out.read().decode(), complaint)


class _Sampler:
    """The peak, in kilobytes, of the summed proportional memory of a process group."""

    def __init__(self, group: int, wanted: bool) -> None:
        self.group, self.peak = group, 0
        self.done = Event()
        self.thread = Thread(target=self._watch, daemon=True) if wanted else None

    def __enter__(self) -> _Sampler:
        if self.thread:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        if self.thread:
            self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, sum(_pss(pid) for pid in _members(self.group)))


def _members(group: int) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                # After the name in brackets come state, parent and group.
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group:
                found.append(int(name))
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        # It ended between the listing and the look.
        pass
    return 0


def alternating(times: int, one: Callable[[], OneT], other: Callable[[], OtherT]) -> list[tuple[OneT, OtherT]]:
    """Both in turn, so that whatever else the machine does meets both; each round starts with the other side."""
    found = []
    for place in range(times):
        if place % 2:
            second = other()
            found.append((one(), second))
        else:
            first = one()
            found.append((first, other()))
    return found


def middle(rows: Sequence[OneT], of: Callable[[OneT], float]) -> float:
    """The median of one figure over all rounds."""
    return median(of(row) for row in rows)
