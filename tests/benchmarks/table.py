"""The table that a benchmark prints: one row a figure, with its pass line where it has one."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

HEADINGS = ("line", "ours", "peer", "figure", "must be", "")


@dataclass(frozen=True)
class Row:
    """One figure; `limit` and `sense` are its pass line, None for what is only told."""

    line: str
    ours: str
    peer: str
    figure: float
    limit: float | None = None
    sense: Literal["at least", "at most"] = "at most"
    unit: str = "x"

    @property
    def met(self) -> bool:
        if self.limit is None:
            return True
        return self.figure >= self.limit if self.sense == "at least" else self.figure <= self.limit

    def cells(self) -> tuple[str, ...]:
        must = "" if self.limit is None else f"{self.sense} {self.limit:g}{self.unit}"
        verdict = "" if self.limit is None else "met" if self.met else "missed"
        return (self.line, self.ours, self.peer, f"{_short(self.figure)}{self.unit}", must, verdict)


def _short(figure: float) -> str:
    return f"{figure:.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def seconds(wall: float, cpu: float | None = None) -> str:
    """Seconds of wall, and of CPU beside them where known."""
    text = f"{wall:.2f} s" if wall >= 0.1 else f"{1000 * wall:.2f} ms"
    return text if cpu is None else f"{text} (CPU {cpu:.2f})"


def heading() -> str:
    """When and where this was measured, and the head of the table."""
    where = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rule = "|".join(["---"] * len(HEADINGS))
    return f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {where}\n\n{_line(HEADINGS)}\n|{rule}|"


def printed(rows: Iterable[Row]) -> str:
    return "\n".join(_line(row.cells()) for row in rows)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
