"""One browser for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import shared_chromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with shared_chromium() as browser:
        yield browser
