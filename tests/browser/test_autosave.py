"""What somebody types is not lost: saved as they type, kept without a connection, there after a reload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import planned_instance, published_instance
from playwright.sync_api import Browser, expect

from tests.browser.live import Live
from tests.browser.reading import Reader
from tests.browser.test_keyboard import live, people_of_held, reader_of

__all__ = ["live", "planned_instance", "published_instance"]
WORDS = "Seven pairs began at once."
MORE = "Nobody waited to be called."


@pytest.fixture
def form(live: Live) -> tuple[str, str]:
    """Whose notes, and their page."""
    visit, visitor = people_of_held(live)
    return visitor, f"/visits/{visit}/visitor_notes"


@pytest.fixture
def writer(chromium: Browser, live: Live, form: tuple[str, str]) -> Iterator[Reader]:
    found = reader_of(chromium, live, form[0])
    yield found
    found.leave()


def strengths(reader: Reader) -> str:
    return reader.page.get_by_label("What worked for students?").input_value()


def status_says(reader: Reader, words: str) -> None:
    expect(reader.page.locator("[data-autosave-status]")).to_contain_text(words, timeout=15_000)


def test_a_draft_is_saved_as_it_is_typed(writer: Reader, form: tuple[str, str]) -> None:
    writer.open(form[1]).fill("What worked for students?", WORDS)
    status_says(writer, "Saved at")
    writer.open(form[1])
    assert strengths(writer) == WORDS
    assert writer.faults == []


def test_it_survives_the_loss_of_the_connection_and_a_reload(writer: Reader, form: tuple[str, str]) -> None:
    writer.open(form[1]).fill("What worked for students?", WORDS)
    status_says(writer, "Saved at")
    writer.context.set_offline(True)
    writer.fill("What worked for students?", f"{WORDS} {MORE}")
    status_says(writer, "kept on this device")
    # The device is shut before there is a connection again, and opened later.
    writer.page.close()
    writer.context.set_offline(False)
    writer.page = writer.context.new_page()
    writer.page.goto(form[1])
    assert strengths(writer) == f"{WORDS} {MORE}"
    status_says(writer, "Saved at")
    writer.page.goto(form[1])
    assert strengths(writer) == f"{WORDS} {MORE}"
    assert WORDS not in writer.page.evaluate("JSON.stringify(localStorage)")


def test_signing_out_leaves_nothing_on_the_device(writer: Reader, form: tuple[str, str]) -> None:
    writer.open(form[1])
    writer.context.set_offline(True)
    writer.fill("What worked for students?", WORDS)
    status_says(writer, "kept on this device")
    writer.context.set_offline(False)
    assert WORDS in writer.page.evaluate("JSON.stringify(localStorage)")
    writer.page.locator("details.menu summary").click()
    writer.click("Sign out", role="button")
    assert WORDS not in writer.page.evaluate("JSON.stringify(localStorage)")


def test_without_scripts_a_button_saves(chromium: Browser, live: Live, form: tuple[str, str], tmp_path: Path) -> None:
    signed_in = reader_of(chromium, live, form[0])
    cookies = signed_in.context.cookies()
    signed_in.leave()
    writer = Reader.at(chromium, live, scripts=False)
    writer.context.add_cookies([{"name": each["name"], "value": each["value"], "url": live.url} for each in cookies])
    writer.open(form[1]).fill("What worked for students?", WORDS)
    writer.click("Finish later", role="button")
    writer.open(form[1])
    assert strengths(writer) == WORDS
    writer.close()
