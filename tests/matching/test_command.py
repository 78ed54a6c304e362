"""The command line: two processes, exit codes, one line for each refusal, and a plan whatever happens."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from matching.watch import Stop, Watch
from tests.matching.pairing.cases import random_document, random_facts

ROOT = Path(__file__).resolve().parents[2]
DAYS = [f"2027-01-{day:02d}" for day in (11, 12, 13, 14, 15, 18, 19, 20, 21, 22)]
HOURS = [("08:00", "08:50"), ("08:55", "09:45"), ("09:50", "10:40"), ("11:20", "12:10"), ("12:15", "13:05")]


DEBRIEF = {"minutes": 15, "within_days": 2}


def school(people: int, **more: Any) -> dict[str, Any]:
    """A school in which person n teaches the hours that (n + day) does not leave free."""
    foci = ("questioning", "routines", "modelling")
    rows: list[dict[str, Any]] = []
    lessons: list[dict[str, Any]] = []
    for number in range(people):
        free = []
        for at, day in enumerate(DAYS):
            for hour, (start, end) in enumerate(HOURS):
                if (number * 7 + at * 3 + hour * 2) % 5 < 2:
                    free.append([f"{day}T{start}", f"{day}T{end}"])
                else:
                    row = {"id": f"L{len(lessons):05d}", "host": f"T{number:03d}"}
                    lessons.append(row | {"start": f"{day}T{start}", "end": f"{day}T{end}"})
        rows.append(
            {
                "id": f"T{number:03d}",
                "free": free,
                "visit": {"required": 1, "wanted": 2},
                "host": {"most": 2},
                "wants_to_learn": [foci[number % 3]],
                "shows": [foci[(number * 2 + 1) % 3], foci[number // 3 % 3]],
            }
        )
    return {"format": "visit-problem/1", "people": rows, "lessons": lessons} | more


def written(folder: Path, problem: Any, name: str = "problem.json") -> str:
    path = folder / name
    path.write_text(problem if isinstance(problem, str) else json.dumps(problem), encoding="utf-8")
    return str(path)


def run(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matching", *arguments]
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def without_seconds(text: str) -> dict[str, Any]:
    outcome: dict[str, Any] = json.loads(text)
    assert outcome.pop("seconds") >= 0
    assert outcome.pop("explain_seconds") >= 0
    return outcome


def test_a_solved_plan_goes_to_standard_output_and_passes_the_check(tmp_path: Path) -> None:
    problem = written(tmp_path, school(12))
    done = run("visit", problem)
    assert (done.returncode, done.stderr) == (0, "")
    outcome = json.loads(done.stdout)
    assert outcome["status"] == "optimal"
    assert outcome["problem_sha256"] == hashlib.sha256(Path(problem).read_bytes()).hexdigest()
    checked = run("check", problem, written(tmp_path, done.stdout, "plan.json"))
    assert checked.returncode == 0
    verdict = json.loads(checked.stdout)
    assert verdict["ok"] and not verdict["broken"]
    assert verdict["aims"] == {aim["name"]: aim["value"] for aim in outcome["aims"]}


def test_the_output_file_is_written_and_progress_is_json_lines(tmp_path: Path) -> None:
    problem, plan = written(tmp_path, school(12)), tmp_path / "plan.json"
    done = run("visit", problem, "-o", str(plan), "--progress")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads(plan.read_text())["format"] == "visit-outcome/1"
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines and all(set(line) == {"at", "phase", "aims"} for line in lines)
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_outcomes_are_equal_whatever_the_hash_seed_and_the_order_of_rows(tmp_path: Path) -> None:
    asked = school(7, debrief=DEBRIEF)
    turned = asked | {"people": asked["people"][::-1], "lessons": asked["lessons"][::-1]}
    first = without_seconds(run("visit", written(tmp_path, asked), hash_seed="1").stdout)
    again = without_seconds(run("visit", written(tmp_path, asked), hash_seed="2").stdout)
    other = without_seconds(run("visit", written(tmp_path, turned), hash_seed="3").stdout)
    assert json.dumps(first) == json.dumps(again)
    assert json.dumps(first | {"problem_sha256": ""}) == json.dumps(other | {"problem_sha256": ""})


@pytest.mark.parametrize("seed", [3, 4])
def test_pairs_are_equal_whatever_the_hash_seed_and_the_order_of_rows(tmp_path: Path, seed: int) -> None:
    for asked in (random_facts(seed, most=30), random_document(seed)):
        turned = {name: value[::-1] if isinstance(value, list) else value for name, value in asked.items()}
        first, again, other = (
            without_seconds(run("pair", written(tmp_path, fields), hash_seed=str(number)).stdout)
            for number, fields in enumerate((asked, asked, turned))
        )
        assert json.dumps(first) == json.dumps(again)
        assert json.dumps(first | {"problem_sha256": ""}) == json.dumps(other | {"problem_sha256": ""})


def test_a_stop_before_the_problem_is_read_still_writes_what_is_fixed(tmp_path: Path) -> None:
    asked = random_facts(1) | {"fixed": [["N0", "M1"]], "apart": []}
    problem, plan = written(tmp_path, asked), tmp_path / "plan.json"
    watch = Watch(
        "pair", Path(problem).read_bytes(), Namespace(progress=False, explain=False, seconds=None, seed=None), Stop()
    )
    watch.stop.ask()
    plan.write_bytes(watch.outcome())
    told = json.loads(plan.read_text())
    assert told["status"] == "stopped"
    assert ["N0", "M1"] in [[pair["mentee"], pair["mentor"]] for pair in told["pairs"]]
    assert run("check", problem, str(plan)).returncode == 0


def test_sigterm_ends_the_solver_and_leaves_a_stopped_plan(tmp_path: Path) -> None:
    problem, plan = written(tmp_path, school(60, seconds=60, debrief=DEBRIEF)), tmp_path / "plan.json"
    command = [sys.executable, "-m", "matching", "visit", problem, "-o", str(plan), "--progress"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert json.loads(running.stderr.readline())["at"] >= 1
        asked = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0
        assert time.monotonic() - asked < 2
    assert json.loads(plan.read_text())["status"] in ("stopped", "optimal")
    assert run("check", problem, str(plan)).returncode == 0


def test_the_seconds_given_bound_the_wall_time(tmp_path: Path) -> None:
    problem, begun = written(tmp_path, school(60, seconds=60, debrief=DEBRIEF)), time.monotonic()
    done = run("visit", problem, "--seconds", "1")
    assert done.returncode == 0
    assert time.monotonic() - begun < 6
    outcome = json.loads(done.stdout)
    assert run("check", problem, written(tmp_path, outcome, "plan.json")).returncode == 0


def test_a_broken_plan_is_named_and_ends_with_one(tmp_path: Path) -> None:
    asked = school(6, apart=[["T000", "T001"]])
    lesson = next(row["id"] for row in asked["lessons"] if row["host"] == "T001")
    plan = {"visits": [{"visitor": "T000", "lesson": lesson}], "videos": []}
    done = run("check", written(tmp_path, asked), written(tmp_path, plan, "plan.json"))
    assert done.returncode == 1
    verdict = json.loads(done.stdout)
    assert not verdict["ok"]
    assert "people_kept_apart" in {fault["rule"] for fault in verdict["broken"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "problem: "),
        ("[]", "problem: "),
        ('{"format": "visit-problem/2", "people": [], "lessons": []}', "format: "),
        ('{"format": "visit-problem/1", "people": []}', "lessons: "),
        ('{"format": "visit-problem/1", "people": [{"id": 7}], "lessons": []}', "people[0].id: "),
    ],
)
def test_a_refused_problem_is_one_line_and_ends_with_one(tmp_path: Path, text: str, said: str) -> None:
    done = run("visit", written(tmp_path, text))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_usage_and_files_that_cannot_be_read_end_with_two(tmp_path: Path) -> None:
    assert run("visit", str(tmp_path / "absent.json")).returncode == 2
    assert run("visit", str(tmp_path)).returncode == 2
    assert run("visit").returncode == 2
    assert run("visit", "x.json", "--seconds", "0").returncode == 2
    assert run("dance", "x.json").returncode == 2
    problem = written(tmp_path, school(3))
    done = run("visit", problem, "-o", str(tmp_path / "no" / "plan.json"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_an_empty_school_gives_an_empty_plan(tmp_path: Path) -> None:
    done = run("visit", written(tmp_path, {"format": "visit-problem/1", "people": [], "lessons": []}))
    assert done.returncode == 0
    assert json.loads(done.stdout)["visits"] == []
    assert json.loads(done.stdout)["status"] == "optimal"


def test_importing_the_engine_loads_no_solver() -> None:
    modules = "matching, matching.kinds, matching.walkthroughs.judge, matching.walkthroughs.rules"
    heavy = "{'ortools', 'scipy', 'numpy', 'pandas'} & set(sys.modules)"
    code = f"import sys, {modules}; print({heavy} or '')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
