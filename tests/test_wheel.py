"""A wheel, unpacked in another folder, runs: templates and migrations come with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mentorship.demo.walk import STEPS

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.mark.long
def test_a_wheel_runs_in_another_folder(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    wheel = next((tmp_path / "dist").glob("*.whl"))
    with zipfile.ZipFile(wheel) as packed:
        assert "mentorship/templates/base.html" in packed.namelist()
        packed.extractall(tmp_path / "installed")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTORSHIP_")}
    environment["PYTHONPATH"] = str(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-m", "mentorship", "demo", "--no-serve", "--json"],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    steps = {step["name"]: step["counts"] for step in json.loads(done.stdout)["steps"]}
    assert list(steps) == list(STEPS)
    assert steps["close"]["visits held"] > 0
    assert (elsewhere / "instance" / "demo" / "mail").is_dir()
