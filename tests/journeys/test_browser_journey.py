"""Roster to closed in Chromium as three people, wide and narrow, with JavaScript and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import chromium
from tests.browser.live import open_live
from tests.journeys.browser_walk import START, BrowserWalk

__all__ = ["chromium"]


@pytest.mark.parametrize(
    ("width", "scripts"),
    [
        pytest.param(1280, True, id="wide"),
        pytest.param(390, True, id="narrow", marks=pytest.mark.long),
        pytest.param(1280, False, id="wide without scripts", marks=pytest.mark.long),
        pytest.param(390, False, id="narrow without scripts", marks=pytest.mark.long),
    ],
)
def test_a_cycle_from_roster_to_closed(chromium: Browser, tmp_path: Path, width: int, scripts: bool) -> None:
    with open_live(tmp_path / "instance", START) as live:
        BrowserWalk(chromium, live, tmp_path, width, scripts).walk()
