"""The lines of pairing: each gives rows of the table, measured against a peer in the same run."""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from math import log10
from pathlib import Path
from statistics import median
from subprocess import run as call
from time import perf_counter
from typing import Any

from tests.benchmarks import problems
from tests.benchmarks.measuring import ROOT, Ran, Unmeasured, alternating, middle, run
from tests.benchmarks.table import Row, seconds

Json = dict[str, Any]
ROUNDS = 3
PEERS = Path(__file__).with_name("peers")
PEERS_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
# Whichever of these the command knows leaves the alternatives out.
WITHOUT_ALTERNATIVES = ("--no-alternatives", "--no-explain", "--plain")


class Pairing:
    """The lines by name, in the order of the table; problems and what was measured are shared between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: dict[str, Callable[[], Iterator[Row]]] = {
            "mentor-match": self.mentor_match,
            "assignment": self.assignment,
            "tiers": self.tiers,
            "growth": self.growth,
            "alternatives": self.alternatives,
            "repeat": self.repeat,
        }

    @cached_property
    def plain(self) -> list[str]:
        """The flags that leave the alternatives out; empty while the command has none."""
        said = call([sys.executable, "-m", "matching", "pair", "--help"], cwd=ROOT, capture_output=True, text=True)
        return [flag for flag in WITHOUT_ALTERNATIVES if flag in said.stdout][:1]

    def ours(self, problem: Path, *flags: str, sampled: bool = False, **env: str) -> tuple[Ran, Json]:
        """The whole command on a file, and its outcome; raises Unmeasured where it did not finish its work."""
        plan = self.folder / "plan.json"
        command = [sys.executable, "-m", "matching", "pair", str(problem), "-o", str(plan), *flags]
        ran = run(command, env=env, sampled=sampled)
        outcome: Json = json.loads(plan.read_bytes())
        if outcome["status"] != "optimal":
            raise Unmeasured(f"{problem.name}: the outcome is {outcome['status']}. {ran.complaint}")
        return ran, outcome

    def peer(self, script: str, *arguments: str, python: Path | None = None) -> tuple[Ran, Any]:
        """A peer's script, and the JSON that it printed."""
        ran = run([str(python or sys.executable), str(PEERS / script), *arguments])
        return ran, json.loads(ran.printed)

    def file(self, name: str, make: Callable[[], Json]) -> Path:
        path = self.folder / f"{name}.json"
        return path if path.exists() else problems.written(make(), path)

    # -- dense, against mentor-match

    def mentor_match(self) -> Iterator[Row]:
        if not PEERS_PYTHON.exists():
            raise Unmeasured("mentor-match lives in .venv/peers, which `make bench` makes: run that once.")
        for excluded in (0.0, 0.05):
            yield from self._against_mentor_match(excluded)

    def _against_mentor_match(self, excluded: float) -> Iterator[Row]:
        label = f"mentor-match 300 x 300, {excluded:.0%} excluded"
        file = self.file(f"survey-{excluded:.2f}", lambda: problems.survey(300, excluded))
        problem = json.loads(file.read_bytes())
        folder = as_csv(problem, self.folder / f"survey-{excluded:.2f}")

        def peer() -> tuple[Ran, Any]:
            return self.peer("mentor_match.py", str(folder), python=PEERS_PYTHON)

        rounds = alternating(ROUNDS, lambda: self.ours(file, *self.plain), peer)
        ours, theirs = middle(rounds, lambda row: row[0][0].wall), middle(rounds, lambda row: row[1][0].wall)
        figure = median(theirs[0].wall / own[0].wall for own, theirs in rounds)
        cpu = [middle(rounds, lambda row, side=side: row[side][0].cpu) for side in (0, 1)]
        # Both without the start of Python and its imports: the peer's time is that of its one function.
        inner = [middle(rounds, lambda row, side=side: row[side][1]["seconds"]) for side in (0, 1)]
        faster = median(row[1][1]["seconds"] / max(row[0][1]["seconds"], 1e-3) for row in rounds)
        yield Row(f"{label}: from people to pairs", seconds(inner[0]), seconds(inner[1]), faster, 15, "at least")
        whole = f"{label}: both processes whole, {told(rounds[0][0][1])}"
        yield Row(whole, seconds(ours, cpu[0]), seconds(theirs, cpu[1]), figure)
        own_aims, pairs = aims(rounds[0][0][1]), rounds[0][1][1]["pairs"]
        fit = judged_fit(problem, pairs)
        yield Row(
            f"{label}: pairs (total fit)",
            f"{own_aims['paired']} ({own_aims['fit']})",
            f"{len(pairs)} ({fit})",
            own_aims["paired"] / max(1, len(pairs)),
            1,
            "at least",
        )

    # -- dense, against SciPy

    def assignment(self) -> Iterator[Row]:
        file = self.file("dense-1000", lambda: problems.dense(1000))
        for flags in [self.plain, []] if self.plain else [[]]:
            rounds = alternating(
                ROUNDS,
                lambda flags=flags: self.ours(file, *flags),
                lambda: self.peer("assignment.py", str(file)),
            )
            assert aims(rounds[0][0][1])["fit"] == rounds[0][1][1]["fit"], "the totals differ"
            judged = flags == self.plain
            label = f"dense 1,000 x 1,000: whole command, {told(rounds[0][0][1])}"
            yield self._walls(label, rounds, 3 if judged else None)
            inner = [middle(rounds, lambda row, side=side: row[side][1]["seconds"]) for side in (0, 1)]
            if judged:
                yield Row("dense 1,000 x 1,000: `seconds` alone", seconds(inner[0]), seconds(inner[1]), _ratio(*inner))

    def _walls(self, label: str, rounds: list[Any], limit: float | None) -> Row:
        walls = [middle(rounds, lambda row, side=side: row[side][0].wall) for side in (0, 1)]
        cpu = [middle(rounds, lambda row, side=side: row[side][0].cpu) for side in (0, 1)]
        figure = median(own[0].wall / theirs[0].wall for own, theirs in rounds)
        return Row(label, seconds(walls[0], cpu[0]), seconds(walls[1], cpu[1]), figure, limit)

    # -- three tiers, against one plain flow

    @cached_property
    def small(self) -> list[Any]:
        return self._sparse_rounds(10_000)

    @cached_property
    def large(self) -> list[Any]:
        return self._sparse_rounds(100_000)

    def _sparse_file(self, people: int) -> Path:
        return self.file(f"sparse-{people}", lambda: problems.sparse(people))

    def _sparse_rounds(self, people: int) -> list[Any]:
        file = self._sparse_file(people)
        return alternating(ROUNDS, lambda: self.ours(file), lambda: self.peer("plain_flow.py", str(file)))

    def tiers(self) -> Iterator[Row]:
        for people, rounds in ((10_000, self.small), (100_000, self.large)):
            own, plain = rounds[0][0][1], rounds[0][1][1]
            assert aims(own)["paired"] == plain["pairs"], "the plain flow pairs another number"
            times = [middle(rounds, lambda row, side=side: row[side][1]["seconds"]) for side in (0, 1)]
            figure = median(one[1]["seconds"] / other[1]["seconds"] for one, other in rounds)
            label = f"three tiers, {people:,} x {people:,}: `seconds`"
            yield Row(label, seconds(times[0]), seconds(times[1]), figure, 2.5)

    # -- growth and memory

    def growth(self) -> Iterator[Row]:
        small, large = (middle(rounds, lambda row: row[0][0].wall) for rounds in (self.small, self.large))
        cpu = [middle(rounds, lambda row: row[0][0].cpu) for rounds in (self.small, self.large)]
        exponent = log10(large / small)
        label = "growth of the wall, 10k to 100k: exponent"
        yield Row(label, seconds(large, cpu[1]), f"at 10k {seconds(small, cpu[0])}", exponent, 1.3, unit="")
        ran, _ = self.ours(self._sparse_file(100_000), sampled=True)
        plain = middle(self.large, lambda row: row[1][1]["peak"])
        label = "memory at 100k: both processes over a plain flow's"
        yield Row(label, f"{ran.peak_pss:.0f} MB", f"{plain:.0f} MB", ran.peak_pss - plain, 150, unit=" MB")

    # -- alternatives, against forced solves

    def alternatives(self) -> Iterator[Row]:
        for name, fields in (
            ("sparse 2,000", problems.sparse(2000, goal="best_fit")),
            ("dense 300", problems.dense(300)),
        ):
            rounds = [forced_round(fields, turn) for turn in range(ROUNDS)]
            figure = median(forced / priced for priced, forced, _, _ in rounds)
            priced, forced = (middle(rounds, lambda row, at=at: row[at]) for at in (0, 1))
            label = f"alternatives of one mentee, {name}"
            yield Row(label, seconds(priced), f"a forced solve {seconds(forced)}", figure, 20, "at least")
            wrong, verified = (sum(row[at] for row in rounds) for at in (2, 3))
            yield Row(f"{label}: wrong prices", f"{wrong}", f"of {verified} forced", wrong, 0, unit="")

    # -- ten times the same

    def repeat(self) -> Iterator[Row]:
        for name, make in (
            ("facts, 1,000", lambda: problems.facts(1000)),
            ("sparse, 1,000", lambda: problems.sparse(1000)),
        ):
            file = self.file(f"repeat-{name[:5]}", make)
            found = set()
            for turn in range(10):
                _, outcome = self.ours(file, PYTHONHASHSEED=str(turn))
                del outcome["seconds"], outcome["explain_seconds"]
                found.add(json.dumps(outcome))
            yield Row(f"ten runs, {name}: different outcomes", f"{len(found)}", "", len(found), 1, unit="")


def _ratio(ours: float, theirs: float) -> float:
    return ours / max(theirs, 1e-6)


def told(outcome: Json) -> str:
    """Whether the work of a run included the alternatives."""
    return f"{'with' if any(pair['alternatives'] for pair in outcome['pairs']) else 'without'} alternatives"


def aims(outcome: Json) -> dict[str, int]:
    return {aim["name"]: aim["value"] for aim in outcome["aims"]}


def as_csv(problem: Json, folder: Path) -> Path:
    """The people of a survey as mentor-match reads them."""
    folder.mkdir(exist_ok=True)
    for name in ("mentors", "mentees"):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["email", "grade", "profession", "organisation", "first name", "last name", "role"])
            for person in problem[name]:
                rows.writerow(
                    [person["id"], person["grades"][0], person["subjects"][0], person["building"], person["id"], "", ""]
                )
    with (folder / "apart.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(problem["apart"])
    return folder


def judged_fit(problem: Json, pairs: list[list[str]]) -> int:
    """The total fit of a peer's pairs, counted by our judge; raises Unmeasured where they are not allowed."""
    from matching import judge_and_count

    rows = [{"mentee": mentee, "mentor": mentor} for mentee, mentor in pairs]
    broken, counted = judge_and_count(problem, {"pairs": rows})
    if broken:
        raise Unmeasured(f"the peer's plan is broken: {broken[0].text}")
    return counted["fit"]


class _Planned(Exception):
    """The plan is there: its explanations are not wanted."""


def planned(fields: Json) -> tuple[float, Json]:
    """Seconds and outcome of a solve in this process, up to the proven plan."""
    from matching.kinds import read, solver

    problem = read("pair", json.dumps(fields).encode(), {})
    found: list[Json] = []

    def proven(phase: str, told: Any, plan: Json | None) -> None:
        if plan and all(aim["bound"] == aim["value"] for aim in plan["aims"]):
            found.append(plan)
            raise _Planned

    begun = perf_counter()
    with suppress(_Planned):
        found.append(solver("pair")(problem, proven, False))
    return perf_counter() - begun, found[0]


def applied(outcome: Json, mentee: str, other: Json) -> Json:
    """The plan with one alternative taken, everybody else moving as it says."""
    mentor_by_mentee = {pair["mentee"]: pair["mentor"] for pair in outcome["pairs"]}
    mentor_by_mentee |= {mentee: other["mentor"], **dict(other["moves"])}
    return {"pairs": [{"mentee": one, "mentor": mentor} for one, mentor in mentor_by_mentee.items() if mentor]}


def forced_round(fields: Json, seed: int) -> tuple[float, float, int, int]:
    """Seconds to price one mentee, seconds of one forced solve, wrong prices, and how many were forced."""
    from matching.kinds import judge, read, solver

    problem = read("pair", json.dumps(fields).encode(), {})
    outcome = solver("pair")(problem, lambda phase, told, plan: None, True)
    before, draw = aims(outcome), random.Random(seed)
    offered = [(pair["mentee"], other) for pair in outcome["pairs"] for other in pair["alternatives"]]
    times, wrong = [], 0
    for mentee, other in draw.sample(offered, 9):
        took, plan = planned(fields | {"fixed": [[mentee, other["mentor"]]]})
        after = aims(plan)
        times.append(took)
        expected = {"paired": before["paired"], "kept": before["kept"], "fit": before["fit"] - other["loses"]}
        broken, counted = judge("pair")(problem, applied(outcome, mentee, other))
        exact = all(after[name] == counted[name] == value for name, value in expected.items())
        wrong += not exact or bool(broken)
    return outcome["explain_seconds"] / len(outcome["pairs"]), median(times), wrong, len(times)
