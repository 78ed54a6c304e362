"""Import and publish, killed with SIGKILL before and after every statement: what is found is before or after."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.school import SchoolFiles, school_t

CHECKOUT = Path(__file__).resolve().parents[1]
FEWEST_STATEMENTS = 10
SPREAD = 12
MADE_UP = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Crasher:
    """The process that runs commands in forks of its own; see `tests/crash_child.py`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash_child"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, instance: Path, *words: str, kill_at: int | None = None) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(
            json.dumps({"instance": str(instance), "words": words, "kill_at": kill_at}),
            file=self.process.stdin,
            flush=True,
        )
        return json.loads(self.process.stdout.readline())

    def done(self, instance: Path, *words: str) -> Any:
        """Run to the end; it must be done."""
        answer = self.ask(instance, *words)
        assert answer["code"] == 0, f"{words} was refused"
        return answer

    def state(self, instance: Path) -> Any:
        """What the database holds, with made-up identities told by the order in which they come."""
        found = self.ask(instance)
        seen: dict[str, str] = {}
        text = MADE_UP.sub(lambda uid: seen.setdefault(uid[0], f"uid-{len(seen)}"), json.dumps(found))
        return json.loads(text)


@dataclass(frozen=True)
class Case:
    """A command, the instance that it starts from, and what that instance holds before and after."""

    words: tuple[str, ...]
    start: Path
    points: int
    before: Any
    after: Any


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    made = Crasher()
    yield made
    assert made.process.stdin is not None
    assert made.process.stdout is not None
    made.process.stdin.close()
    made.process.wait(timeout=10)
    made.process.stdout.close()


@pytest.fixture(scope="module")
def importing(crasher: Crasher, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("importing")
    crasher.done(folder / "start", "upgrade")
    return _case(crasher, folder, "import", str(_mentoring_school().write(folder / "files")))


@pytest.fixture(scope="module")
def publishing(crasher: Crasher, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("publishing")
    start = folder / "start"
    crasher.done(start, "import", str(_mentoring_school().write(folder / "files")))
    crasher.done(start, "cycle", "open", "Round", "--from", "2027-01-11", "--to", "2027-02-05")
    crasher.done(start, "plan", "Round", "--seconds", "3")
    return _case(crasher, folder, "publish", "Round")


def _mentoring_school() -> SchoolFiles:
    files = school_t()
    extra = {"Lund": {"new_teacher": "yes"}, "Rivera": {"mentor_places": "1"}}
    files.tables["staff"] = [{**row, **extra.get(row["person_id"], {})} for row in files.tables["staff"]]
    return files


def _case(crasher: Crasher, folder: Path, *words: str) -> Case:
    whole = shutil.copytree(folder / "start", folder / "whole")
    before = crasher.state(whole)
    points = crasher.done(whole, *words)["points"]
    after = crasher.state(whole)
    assert before != after
    assert points > 2 * FEWEST_STATEMENTS
    return Case(words, folder / "start", points, before, after)


def _spread(points: int) -> list[int]:
    return sorted({1 + round(place * (points - 1) / (SPREAD - 1)) for place in range(SPREAD)})


def _kill_at(crasher: Crasher, case: Case, point: int, folder: Path) -> str:
    """Kill at one point, look, repeat to the end, look again; whether the kill left `before` or `after`."""
    instance = shutil.copytree(case.start, folder / f"at-{point}")
    assert crasher.ask(instance, *case.words, kill_at=point) == {"killed": True}
    found = crasher.state(instance)
    assert (found["integrity"], found["lost"], found["broken audit line"]) == ("ok", 0, None)
    assert found in (case.before, case.after), f"killed at {point} of {case.points}, it is neither before nor after"
    was = "before" if found == case.before else "after"
    repeated = crasher.ask(instance, *case.words)
    assert repeated["code"] == (1 if was == "after" and case.words[0] == "publish" else 0)
    assert crasher.state(instance)["dump"] == case.after["dump"]
    shutil.rmtree(instance)
    return was


def _kill_at_each(crasher: Crasher, case: Case, points: list[int], folder: Path) -> None:
    left = [_kill_at(crasher, case, point, folder) for point in points]
    assert left == sorted(left, reverse=True), "what was committed was gone at a later point"
    assert set(left) == {"before", "after"}


def test_an_import_killed_anywhere_leaves_before_or_after(crasher: Crasher, importing: Case, tmp_path: Path) -> None:
    _kill_at_each(crasher, importing, _spread(importing.points), tmp_path)


@pytest.mark.long
def test_publishing_killed_anywhere_leaves_before_or_after(crasher: Crasher, publishing: Case, tmp_path: Path) -> None:
    _kill_at_each(crasher, publishing, _spread(publishing.points), tmp_path)


def test_publishing_writes_everything_that_it_promises(publishing: Case) -> None:
    gained = {table: publishing.after["rows"][table] - publishing.before["rows"][table] for table in ("job", "invite")}
    live = [visit for visit in publishing.after["dump"]["visit"] if visit["medium"] == "live"]
    pairings = publishing.after["dump"]["pairing"]
    assert len(live) >= 4
    assert len(pairings) == 1
    assert {row["status"] for row in (*live, *pairings)} == {"invited"}
    assert {plan["status"] for plan in publishing.after["dump"]["plan"]} == {"published"}
    assert gained["invite"] == gained["job"] == publishing.after["rows"]["outbox_message"] == 2 * (len(live) + 1)


@pytest.mark.long
def test_an_import_killed_at_every_point_leaves_before_or_after(
    crasher: Crasher, importing: Case, tmp_path: Path
) -> None:
    _kill_at_each(crasher, importing, list(range(1, importing.points + 1)), tmp_path)


@pytest.mark.long
def test_publishing_killed_at_every_point_leaves_before_or_after(
    crasher: Crasher, publishing: Case, tmp_path: Path
) -> None:
    _kill_at_each(crasher, publishing, list(range(1, publishing.points + 1)), tmp_path)
