"""Made-up problems of both formats by the hundred, and the engine held to its word on each of them.

    python -m tests.make_problems --seeds 0-49 --out FOLDER
    python -m tests.make_problems --seeds 0-49 --kind visit --case tight --solve --jobs 2

With `--solve` each is solved by the real command and judged by the rules alone. It fails where a plan breaks a rule,
where an aim counted anew differs from what was reported, or where an aim that must be proven is not at its bound.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from matching import judge_and_count
from tests.benchmarks.random_pairs import pairing_problem
from tests.benchmarks.random_visits import visit_problem

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
CASES = ("normal", "tight", "stress")
MAKERS: dict[str, Callable[[int, str], Json]] = {"pairing": pairing_problem, "visit": visit_problem}
COMMANDS = {"pairing": "pair", "visit": "visit"}
# What every outcome must prove: of the pairing everything, of walkthroughs what people are promised.
PROVEN = {"pairing": ("paired", "worst", "kept", "fit", "even"), "visit": ("covered", "live", "moved", "wanted")}


@dataclass(frozen=True)
class Made:
    """A problem by its kind, case and seed."""

    kind: str
    case: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.case}-{self.seed:04d}"

    def problem(self) -> Json:
        return MAKERS[self.kind](self.seed, self.case)


@dataclass
class Verdict:
    """What became of one problem: `faults` are sentences, `proven` the aims at their bounds."""

    made: Made
    faults: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    status: str = "unsolved"
    wall: float = 0.0


def made(seeds: range, kind: str | None, case: str | None) -> Iterator[Made]:
    """Of every seed one problem a kind; without a case the seeds take turns."""
    for seed in seeds:
        for each in [kind] if kind else MAKERS:
            yield Made(each, case or CASES[seed % len(CASES)], seed)


def written(one: Made, folder: Path) -> Path:
    path = folder / f"{one.name}.json"
    path.write_text(json.dumps(one.problem(), indent=1), encoding="utf-8")
    return path


def solved(one: Made, folder: Path) -> Verdict:
    """Solve a problem by the command and judge what comes back."""
    problem, plan = written(one, folder), folder / f"{one.name}.plan.json"
    begun = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "matching", COMMANDS[one.kind], str(problem), "-o", str(plan)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    wall = perf_counter() - begun
    if done.returncode or not plan.exists():
        return Verdict(one, [f"exit {done.returncode}: {done.stderr.strip()[-300:]}"], wall=wall)
    verdict = judged(one, json.loads(problem.read_bytes()), json.loads(plan.read_bytes()))
    if done.stderr:
        verdict.faults.append(f"standard error: {done.stderr.strip()[-300:]}")
    verdict.wall = wall
    return verdict


def judged(one: Made, problem: Json, outcome: Json) -> Verdict:
    """What the rules, the count and the bounds say about an outcome."""
    broken, counted = judge_and_count(problem, outcome)
    verdict = Verdict(one, [f"{finding.rule}: {finding.text}" for finding in broken], status=outcome["status"])
    ended = f", stopped after {outcome['seconds']} s" if outcome["status"] == "stopped" else ""
    for aim in outcome["aims"]:
        name, value, bound = aim["name"], aim["value"], aim["bound"]
        if counted[name] != value:
            verdict.faults.append(f"{name}: reported {value}, counted {counted[name]}")
        if value == bound:
            verdict.proven.append(name)
        elif name in PROVEN[one.kind]:
            verdict.faults.append(f"{name}: {value} is not at its bound {bound}{ended}")
    return verdict


def summary(verdicts: list[Verdict], seconds: float) -> str:
    """One line: problems, how many hold, how many prove each aim, how many the clock ended, seconds."""
    good = sum(not verdict.faults for verdict in verdicts)
    parts = [f"{len(verdicts)} problems, {good} as they must be"]
    for kind, command in COMMANDS.items():
        own = [verdict for verdict in verdicts if verdict.made.kind == kind]
        if own:
            count = Counter(name for verdict in own for name in verdict.proven)
            proven = " ".join(f"{name} {count[name]}" for name in AIMS[kind])
            parts.append(f"{command} proven of {len(own)}: {proven}")
    stopped = sum(verdict.status == "stopped" for verdict in verdicts)
    return "; ".join([*parts, f"{stopped} stopped by the clock", f"{seconds:.0f} s"])


AIMS = {"pairing": PROVEN["pairing"], "visit": (*PROVEN["visit"], "fit", "debriefs", "early")}


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(arguments: list[str]) -> int:
    """Make, and where asked solve; 0 where everything is as it must be, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.make_problems", description="Make up problems.")
    parser.add_argument("--seeds", type=_seeds, required=True, metavar="FIRST-LAST")
    parser.add_argument("--kind", choices=tuple(MAKERS))
    parser.add_argument("--case", choices=CASES, help="by default the seeds take turns")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where problems (and plans) are kept")
    parser.add_argument("--solve", action="store_true", help="solve each and judge its plan")
    parser.add_argument("--jobs", type=int, default=1, help="how many are solved at once")
    asked = parser.parse_args(arguments)
    if not asked.solve and asked.out is None:
        parser.error("say where they go (--out), or what is done with them (--solve)")
    begun = perf_counter()
    wanted = list(made(asked.seeds, asked.kind, asked.case))
    with tempfile.TemporaryDirectory(prefix="problems-") as passing:
        folder = asked.out or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        if not asked.solve:
            print(f"{sum(written(one, folder).exists() for one in wanted)} problems in {folder}")
            return 0
        with ThreadPoolExecutor(asked.jobs) as pool:
            verdicts = []
            for verdict in pool.map(lambda one: solved(one, folder), wanted):
                verdicts.append(verdict)
                for fault in verdict.faults:
                    print(f"{verdict.made.name}: {fault}", flush=True)
    print(summary(verdicts, perf_counter() - begun))
    return int(any(verdict.faults for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
