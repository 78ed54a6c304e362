"""The lines of walkthroughs, on real timetables: each gives rows of the table."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

from matching import judge_and_count
from tests.benchmarks.choices import Counted, School
from tests.benchmarks.district import district
from tests.benchmarks.greedy import greedy
from tests.benchmarks.measuring import Ran, Unmeasured, alternating, middle, run
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timetables import LARGE, NAMES, timetable, visit_problem

Json = dict[str, Any]
SEEDS = (1, 2, 3)
REQUIRED = ("covered", "live", "moved", "wanted")
SECONDS = re.compile(rb'"(explain_)?seconds": [0-9.e+-]+')
TIMES = 10
# A peer has a minute, or more where that would not tell whether it takes ten times as long.
LEAST_SECONDS, TIMES_OURS = 60.0, 12.0
# So often both sides are run in turn.
ROUNDS = 3
# Every fifth school of the district is measured alone as well: each timetable in its turn.
ALONE_EVERY = 5


class Walkthroughs:
    """The lines by name, in the order of the table; raises Unmeasured where the timetables are missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, tuple[Ran, Json]] = {}
        try:
            timetable(NAMES[0])
        except FileNotFoundError as absent:
            raise Unmeasured(str(absent)) from None
        self.lines: dict[str, Callable[[], Iterator[Row]]] = {
            "timetables": self.timetables,
            "debriefs": self.debriefs,
            "greedy": self.greedy,
            "whole_model": self.whole_model,
            "replan": self.replan,
            "large": self.large,
            "district": self.district,
            "ten": self.ten,
        }

    def solved(self, name: str, problem: Json, *flags: str, sampled: bool = False, **env: str) -> tuple[Ran, Json]:
        """The whole command on a problem, and its outcome."""
        return self.planned(self.written(name, problem), *flags, sampled=sampled, **env)

    def written(self, name: str, problem: Json) -> Path:
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(problem), encoding="utf-8")
        return file

    def planned(self, file: Path, *flags: str, sampled: bool = False, **env: str) -> tuple[Ran, Json]:
        """The whole command on a file, and its outcome; raises Unmeasured where the solver broke."""
        plan = file.with_suffix(".plan")
        command = [sys.executable, "-m", "matching", "visit", str(file), "-o", str(plan), *flags]
        ran = run(command, env=env, sampled=sampled)
        outcome: Json = json.loads(plan.read_bytes())
        if outcome["status"] == "stopped" and ran.complaint:
            raise Unmeasured(f"{file.stem}: {ran.complaint}")
        return ran, outcome

    def round(self, name: str, seed: int) -> tuple[Json, Json]:
        """The problem and the outcome of a round on a real timetable, solved once for all lines."""
        label, problem = f"{name}-{seed}", visit_problem(name, seed=seed)
        if label not in self.known:
            self.known[label] = self.solved(label, problem)
        return problem, self.known[label][1]

    def timetables(self) -> Iterator[Row]:
        """Every aim on each timetable: what must be at its bound, and how near the fit is."""
        gaps, open_aims, proven, solves = [0.0], 0, 0, 0
        for name in NAMES:
            for seed in SEEDS:
                outcome = self.round(name, seed)[1]
                by_name = {aim["name"]: aim for aim in outcome["aims"]}
                open_aims += sum(by_name[aim]["value"] != by_name[aim]["bound"] for aim in REQUIRED)
                fit = by_name["fit"]
                gaps.append(1 - fit["value"] / fit["bound"] if fit["bound"] else 0.0 if fit["bound"] == 0 else 1.0)
                proven += _is_proven(outcome)
                solves += 1
        label = f"{solves} real rounds"
        yield Row(f"{label}: aims from covered to wanted not at their optimum", "", "", open_aims, 0, unit="")
        yield Row(f"{label}: the widest gap of fit, in percent", "", "", 100 * max(gaps), 0.05, unit=" %")
        yield Row(f"{label}: the part proven from covered to fit", "", "", proven / solves, 0.75, "at least", "")

    def debriefs(self) -> Iterator[Row]:
        """How many debriefs find a place, and the most that any plan with the same fit could have."""
        for name in NAMES:
            outcome = self.solved(f"{name}-debriefs", visit_problem(name, seed=1, debriefs=True))[1]
            found = next(aim for aim in outcome["aims"] if aim["name"] == "debriefs")
            label = f"{name}, {len(outcome['visits'])} visits with a debrief within two days"
            told = f"at most {found['bound']}" if found["bound"] is not None else ""
            yield Row(f"{label}: placed", f"{outcome['seconds']:.1f} s", told, found["value"], unit="")

    # -- against a greedy plan

    def greedy(self) -> Iterator[Row]:
        """Units without a visit, ours and those of a greedy plan, on the real rounds and on tighter ones."""
        rounds = [self.round(name, seed) for name in NAMES for seed in SEEDS]
        yield from _against_greedy(f"{len(rounds)} real rounds", rounds)
        tight = []
        for name in NAMES:
            for seed in SEEDS:
                problem = tight_problem(name, seed=seed)
                tight.append((problem, self.solved(f"{name}-{seed}-tight", problem)[1]))
        yield from _against_greedy(f"{len(tight)} tight rounds", tight)

    # -- against CP-SAT on the whole model

    def whole_model(self) -> Iterator[Row]:
        """Time to one and the same value of all aims, on 68 teachers and more."""
        large = ("en_school_68", "au_rotating10_43")
        yield from self._against_whole_model("68 teachers, 20 days, seed 1", visit_problem(large[0], seed=1))
        yield from self._against_whole_model("68 teachers, 20 days, seed 2", visit_problem(large[0], seed=2))
        yield from self._against_whole_model("111 teachers, 10 days", visit_problem(*large, seed=1, days=10))

    def _against_whole_model(self, label: str, problem: Json) -> Iterator[Row]:
        outcome = self.solved("whole", problem)[1]
        limit = max(LEAST_SECONDS, TIMES_OURS * outcome["seconds"])
        command = [sys.executable, "-m", "tests.benchmarks.whole_model", str(self.folder / "whole.json")]
        for name, value in vars(counted_aims(outcome)).items():
            command += [f"--{name}", str(value)]
        command += ["--seconds", str(limit)]
        rounds = alternating(ROUNDS, lambda: self.solved("whole", problem), lambda: run(command))
        peers: list[Json] = [json.loads(theirs.printed) for _, theirs in rounds]
        for peer in peers:
            if peer["value"] is not None:
                _require_agreement(problem, peer["plan"], Counted(**peer["aims"]))
        own, other = median(ours[1]["seconds"] for ours, _ in rounds), median(peer["seconds"] for peer in peers)
        said = seconds(other) if all(peer["reached"] for peer in peers) else f"not reached in {limit:.0f} s"
        told = f"{label}, {peers[0]['booleans']:,} booleans, {outcome['status']}"
        yield Row(f"{told}: to the same value", seconds(own), said, other / own, 10, "at least")
        walls = middle(rounds, lambda pair: pair[0][0].wall), middle(rounds, lambda pair: pair[1].wall)
        yield Row(f"{label}: both processes whole", seconds(walls[0]), seconds(walls[1]), walls[1] / walls[0])

    # -- once more, and large

    def replan(self) -> Iterator[Row]:
        """After five declines: what may stand and is kept, and the time against that of the first solve."""
        found = [self._replanned(name) for name in NAMES[:2]]
        kept, times = min(kept for kept, _ in found), max(part for _, part in found)
        yield Row("after five declines: what is kept of what may stand", "", "", kept, 0.99, "at least", "")
        yield Row("after five declines: its time against the first solve, at worst", "", "", times, 0.5)

    def _replanned(self, name: str) -> tuple[float, float]:
        problem = visit_problem(name, seed=1)
        places = [[visit["visitor"], visit["lesson"]] for visit in self.round(name, 1)[1]["visits"]]
        declined = places[:: max(1, len(places) // 5)][:5]
        again = problem | {"declined": declined, "previous": [place for place in places if place not in declined]}
        rounds = alternating(
            ROUNDS, lambda: self.solved(f"{name}-first", problem)[1], lambda: self.solved(f"{name}-again", again)[1]
        )
        stands = {(visit["visitor"], visit["lesson"]) for visit in rounds[0][1]["visits"]}
        first, second = (median(outcomes[side]["seconds"] for outcomes in rounds) for side in (0, 1))
        return sum(tuple(place) in stands for place in again["previous"]) / len(again["previous"]), second / first

    def large(self) -> Iterator[Row]:
        """The largest round that the timetables make: 240 teachers, 20 days."""
        problem = visit_problem(*LARGE, seed=1)
        ran, outcome = self.solved("large", problem, "--seconds", "120", sampled=True)
        label = f"240 teachers, 20 days ({outcome['status']})"
        yield Row(f"{label}: wall time, seconds", seconds(ran.wall, ran.cpu), "", ran.wall, 60, unit=" s")
        yield Row(f"{label}: memory of both processes, MB", "", "", ran.peak_pss, 1000, unit=" MB")

    # -- a district

    def district(self) -> Iterator[Row]:
        """All schools by two commands side by side, against the sum of what each takes alone."""
        schools = district()
        # The files are there before the clock runs. A part of the schools is measured alone before and after.
        teachers, files = 0, {}
        for school in schools:
            problem = school.problem()
            teachers += len(problem["people"])
            files[school] = self.written(school.name, problem)
        sample = schools[::ALONE_EVERY]
        alone: dict[str, list[Ran]] = defaultdict(list)
        for school in sample[::2]:
            alone[school.timetable].append(self.planned(files[school])[0])
        begun = perf_counter()
        with ThreadPoolExecutor(2) as two:
            solved = list(two.map(self.planned, files.values()))
        wall = perf_counter() - begun
        for school in sample[1::2]:
            alone[school.timetable].append(self.planned(files[school])[0])
        in_turn = sum(mean(ran.wall for ran in alone[school.timetable]) for school in schools)
        cpu = sum(mean(ran.cpu for ran in alone[school.timetable]) for school in schools)
        label = f"a district of {teachers:,} teachers in {len(schools)} schools"
        own, told = seconds(wall, sum(ran.cpu for ran, _ in solved)), f"{seconds(in_turn, cpu)} by {len(sample)} alone"
        yield Row(f"{label}: two commands side by side", own, told, wall / in_turn, 0.6)
        proven = sum(_is_proven(outcome) for _, outcome in solved)
        inner = sum(outcome["seconds"] for _, outcome in solved)
        yield Row(f"{label}: schools proven from covered to fit", f"`seconds` {inner:.1f}", "", proven, unit="")

    # -- ten times

    def ten(self) -> Iterator[Row]:
        """The outcome of one problem, time and again, whatever the order of Python's sets."""
        tight = tight_problem("au_rotating10_43", seed=1, debriefs=True)
        for label, problem in (("68 teachers", visit_problem("en_school_68", seed=1)), ("tight, with debriefs", tight)):
            outcomes = set()
            for turn in range(TIMES):
                outcome = self.solved("ten", problem, PYTHONHASHSEED=str(turn))[1]
                if outcome["status"] == "stopped":
                    raise Unmeasured(f"{label}: the clock ended it, and nothing promises that it is the same again.")
                outcomes.add(SECONDS.sub(b"", (self.folder / "ten.plan").read_bytes()))
            yield Row(f"{label}: different outcomes of {TIMES} runs", "", "", len(outcomes), 1, unit="")


def tight_problem(name: str, *, seed: int, debriefs: bool = False) -> Json:
    """A round of one week in which everybody must visit twice and keep two planning periods whole."""
    problem = visit_problem(name, seed=seed, days=5, debriefs=debriefs)
    visit = {"required": 2, "wanted": 2, "per_week": 2, "per_month": 2}
    people = [row | {"visit": visit, "keep_free_per_week": 2} for row in problem["people"]]
    hosting = {"required": 0, "most": 2, "per_week": 2}
    return problem | {"people": [row | {"host": hosting} for row in people]}


def counted_aims(outcome: Json) -> Counted:
    """The reported aims that a peer has too."""
    by_name = {aim["name"]: aim["value"] for aim in outcome["aims"]}
    return Counted(by_name["covered"], by_name["wanted"], by_name["fit"])


def _is_proven(outcome: Json) -> bool:
    return all(aim["value"] == aim["bound"] for aim in outcome["aims"] if aim["name"] in (*REQUIRED, "fit"))


def _against_greedy(label: str, rounds: Iterable[tuple[Json, Json]]) -> Iterator[Row]:
    more, gaps, uncovered, without = [], [], [0, 0], [0, 0]
    for problem, outcome in rounds:
        school, own = School(problem), counted_aims(outcome)
        plan = greedy(school)
        theirs = school.counted(plan)
        _require_agreement(problem, {"visits": [one.row() for one in plan]}, theirs)
        more.append(own.covered - theirs.covered)
        gaps.append(1 - theirs.fit / own.fit if own.fit else 0.0)
        visitors = {row["visitor"] for row in outcome["visits"]}, {one.visitor for one in plan}
        for side, (aims, names) in enumerate(zip((own, theirs), visitors, strict=True)):
            uncovered[side] += aims.covered
            without[side] += sum(school.required(name, "visit") > 0 and name not in names for name in school.people)
    own_units, their_units = (f"{units} units" for units in uncovered)
    yield Row(f"{label}: uncovered beyond a greedy plan’s, at worst", own_units, their_units, max(more), 0, unit="")
    own_people, their_people = (f"{count} without a visit" for count in without)
    yield Row(f"{label}: fit below ours, on average", own_people, their_people, 100 * mean(gaps), unit=" %")


def _require_agreement(problem: Json, plan: Json, believed: Counted) -> None:
    """A peer's plan breaks no rule, and its aims are what the judge counts: two readings of the same words."""
    findings, counted = judge_and_count(problem, plan)
    assert not findings, f"the judge finds {findings[0].rule} in the peer's plan: {findings[0].text}"
    told = {name: counted[name] for name in vars(believed)}
    assert told == vars(believed), f"the judge counts {told} where the peer counts {vars(believed)}"
