"""Debian's Chromium, driven by Playwright: found on PATH, started without anything that calls home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)
MISSING = (
    "No Chromium is on PATH, which the browser tests need: install it (on Debian: apt-get install chromium) and repeat."
)


def chromium_path() -> str | None:
    """The first browser that PATH has, or None."""
    return next((found for found in map(shutil.which, NAMES) if found), None)


_shared: list[tuple[ExitStack, Browser]] = []


@contextmanager
def shared_chromium() -> Iterator[Browser]:
    """The one browser of this process: Playwright can be started once, and several test folders want it."""
    is_first = not _shared
    if is_first:
        stack = ExitStack()
        _shared.append((stack, stack.enter_context(open_chromium())))
    try:
        yield _shared[0][1]
    finally:
        if is_first:
            _shared.pop()[0].close()


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """One browser, without a window. Raises `FileNotFoundError` with a sentence where there is none."""
    path = chromium_path()
    if path is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
