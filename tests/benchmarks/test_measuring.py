"""What the benchmark prints is what happened: figures, verdicts, and a sentence where nothing could be measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import pytest

from tests.benchmarks import timetables
from tests.benchmarks.__main__ import main
from tests.benchmarks.measuring import Unmeasured, alternating, run
from tests.benchmarks.table import Row

WORK = "b = bytearray(80_000_000); sum(range(2 * 10**7))"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORK!r}])"


def test_a_run_counts_the_work_and_memory_of_children_too() -> None:
    ran = run([sys.executable, "-c", CHILD], sampled=True)
    assert ran.cpu > 0.02
    assert ran.wall > 0.02
    assert ran.peak_rss > 80
    assert 80 < ran.peak_pss < 200


def test_a_command_that_fails_is_named_with_its_last_words() -> None:
    with pytest.raises(Unmeasured, match="ended with 3: no pairs today"):
        run([sys.executable, "-c", "import sys; print('no pairs today', file=sys.stderr); sys.exit(3)"])


@pytest.mark.parametrize(
    ("figure", "limit", "sense", "met"),
    [(15, 15, "at least", True), (14.9, 15, "at least", False), (3, 3, "at most", True), (3.1, 3, "at most", False)],
)
def test_a_line_is_met_or_missed(figure: float, limit: float, sense: Literal["at least", "at most"], met: bool) -> None:
    row = Row("line", "", "", figure, limit, sense)
    assert row.met is met
    assert row.cells()[-1] == ("met" if met else "missed")


def test_what_is_only_told_misses_nothing() -> None:
    row = Row("line", "", "", 99)
    assert row.met
    assert row.cells()[-2:] == ("", "")


def test_both_sides_are_measured_in_turn() -> None:
    calls: list[str] = []
    alternating(3, lambda: calls.append("ours"), lambda: calls.append("peer"))
    assert calls == ["ours", "peer", "peer", "ours", "ours", "peer"]


def test_a_missing_peer_or_part_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.benchmarks.pairing.PEERS_PYTHON", Path("absent"))
    assert main(["pairing", "--only", "mentor-match"]) == 2
    assert "`make bench` makes" in capsys.readouterr().err
    monkeypatch.setattr("tests.benchmarks.timetables.FOLDER", Path("absent"))
    timetables.timetable.cache_clear()
    assert main(["walkthroughs", "--only", "large"]) == 2
    assert "not beside this checkout" in capsys.readouterr().err
