"""The lines of walkthroughs, on real timetables: each gives rows of the table."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measuring import Ran, Unmeasured, run
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timetables import LARGE, NAMES, visit_problem

Json = dict[str, Any]
SEEDS = (1, 2, 3)
REQUIRED = ("covered", "live", "moved", "wanted")


class Walkthroughs:
    """The lines by name, in the order of the table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: dict[str, Callable[[], Iterator[Row]]] = {
            "timetables": self.timetables,
            "replan": self.replan,
            "large": self.large,
        }

    def solved(self, name: str, problem: Json, *flags: str, sampled: bool = False) -> tuple[Ran, Json]:
        """The whole command on a problem, and its outcome."""
        file, plan = self.folder / f"{name}.json", self.folder / f"{name}-plan.json"
        file.write_text(json.dumps(problem), encoding="utf-8")
        ran = run([sys.executable, "-m", "matching", "visit", str(file), "-o", str(plan), *flags], sampled=sampled)
        if not plan.exists():
            raise Unmeasured(f"{name}: {ran.complaint}")
        outcome: Json = json.loads(plan.read_bytes())
        return ran, outcome

    def timetables(self) -> Iterator[Row]:
        """Every aim on each timetable: what must be at its bound, how near the fit is, and what greedy leaves."""
        proven, gaps, open_aims, solves = 0, [0.0], 0, 0
        for name in NAMES:
            for seed in SEEDS:
                _, outcome = self.solved(f"{name}-{seed}", _problem(name, seed=seed))
                by_name = {aim["name"]: aim for aim in outcome["aims"]}
                open_aims += sum(by_name[aim]["value"] != by_name[aim]["bound"] for aim in REQUIRED)
                fit = by_name["fit"]
                gaps.append(1 - fit["value"] / fit["bound"] if fit["bound"] else 0.0 if fit["bound"] == 0 else 1.0)
                proven += all(by_name[aim]["value"] == by_name[aim]["bound"] for aim in (*REQUIRED, "fit"))
                solves += 1
        label = f"{solves} real rounds"
        yield Row(f"{label}: aims from covered to wanted not at their optimum", "", "", open_aims, 0, unit="")
        yield Row(f"{label}: the widest gap of fit, in percent", "", "", 100 * max(gaps), 0.05, unit=" %")
        yield Row(f"{label}: the part proven from covered to fit", "", "", proven / solves, 0.75, "at least", "")

    def replan(self) -> Iterator[Row]:
        """After five declines: what may stand and is kept, and the time against that of the first solve."""
        kept, times = [], []
        for name in NAMES[:2]:
            problem = _problem(name, seed=1)
            _, first = self.solved(f"{name}-first", problem)
            places = [[visit["visitor"], visit["lesson"]] for visit in first["visits"]]
            declined = places[:: max(1, len(places) // 5)][:5]
            again = problem | {"declined": declined, "previous": [place for place in places if place not in declined]}
            _, second = self.solved(f"{name}-again", again)
            stands = {(visit["visitor"], visit["lesson"]) for visit in second["visits"]}
            kept.append(sum(tuple(place) in stands for place in again["previous"]) / len(again["previous"]))
            times.append(second["seconds"] / first["seconds"])
        yield Row("after five declines: what is kept of what may stand", "", "", min(kept), 0.99, "at least", "")
        yield Row("after five declines: its time against the first solve", "", "", median(times), 0.5)

    def large(self) -> Iterator[Row]:
        """The largest round that the timetables make: 240 teachers, 20 days."""
        ran, outcome = self.solved("large", _problem(*LARGE, seed=1), "--seconds", "120", sampled=True)
        label = f"240 teachers, 20 days ({outcome['status']})"
        yield Row(f"{label}: wall time, seconds", seconds(ran.wall, ran.cpu), "", ran.wall, 60, unit=" s")
        yield Row(f"{label}: memory of both processes, MB", "", "", ran.peak_pss, 1000, unit=" MB")


def _problem(*names: str, seed: int) -> Json:
    try:
        return visit_problem(*names, seed=seed)
    except FileNotFoundError as absent:
        raise Unmeasured(str(absent)) from None
