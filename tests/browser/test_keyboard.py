"""Without a mouse: the skip link comes first, focus is seen, and what a page is for can be done by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from builders import NOW, planned_instance, published_instance
from playwright.sync_api import Browser
from sqlalchemy import select

from mentorship import clock
from mentorship.extensions import db
from mentorship.people.models import Membership
from mentorship.plans.models import Visit
from tests.browser.live import Live, open_live
from tests.browser.reading import Reader

__all__ = ["planned_instance", "published_instance"]
# Whose focus can be seen: an outline, or a shadow in its place, that differs from the same element without focus.
RING = """async () => {
  // Where motion is reduced a move still takes a frame.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const each = document.activeElement, seen = getComputedStyle(each);
  return {
    tag: each.tagName, words: (each.innerText || each.getAttribute("aria-label") || each.name || "").trim(),
    // The parts of a date field show their own focus.
    ring: ["date", "time"].includes(each.type) || seen.boxShadow !== "none"
      || seen.outlineStyle !== "none" && parseFloat(seen.outlineWidth) >= 2,
    top: each.getBoundingClientRect().top, bottom: each.getBoundingClientRect().bottom, height: innerHeight,
  };
}"""
MOST_TABS = 400


@pytest.fixture
def live(published_instance: Path, tmp_path: Path) -> Iterator[Live]:
    """The published school after its first visit."""
    folder = Path(copytree(published_instance, tmp_path / "school"))
    with open_live(folder, NOW, works=False) as found:
        with found.app.app_context():
            visit = db.session.scalars(select(Visit).order_by(Visit.starts_at)).first()
            assert visit is not None and visit.ends_at is not None
            visit.status, after = "held", visit.ends_at + timedelta(hours=1)
            db.session.commit()
        found.set_clock(after)
        yield found


def reader_of(chromium: Browser, live: Live, name: str) -> Reader:
    """Somebody who is signed in already."""
    reader = Reader.at(chromium, live)
    with live.app.app_context():
        member = db.session.scalars(select(Membership).where(Membership.code == name)).one()
        cookie = live.cookie(member.person.fs_uniquifier)
        db.session.commit()
    reader.context.add_cookies([cookie])
    return reader


def people_of_held(live: Live) -> tuple[int, str]:
    with live.app.app_context():
        visit = db.session.scalars(select(Visit).where(Visit.status == "held")).first()
        assert visit is not None
        return visit.id, visit.visitor.code


def tab_to(reader: Reader, words: str) -> None:
    """Press Tab until the focus stands on what says these words; every stop on the way must be seen."""
    stops = []
    for _ in range(MOST_TABS):
        reader.page.keyboard.press("Tab")
        stop = reader.page.evaluate(RING)
        stops.append(stop["words"][:30])
        assert stop["ring"], f"{reader.path}: the focus on {stop['tag']} “{stop['words'][:60]}” is not seen"
        assert stop["bottom"] > 0 and stop["top"] < stop["height"], (
            f"{reader.path}: “{stop['words'][:60]}” is off screen"
        )
        if stop["words"].startswith(words):
            return
        assert stop["tag"] != "BODY", f"{reader.path}: Tab never comes to “{words}”: {stops}"
    raise AssertionError(f"{reader.path}: Tab never comes to “{words}”: {stops}")


def pages(live: Live) -> dict[str, tuple[str, str]]:
    """By page, who opens it and the path."""
    visit, visitor = people_of_held(live)
    return {
        "desk": ("Bell", "/cycles/1"),
        "pairings": ("Bell", "/cycles/1/pairings"),
        "visits": ("Bell", "/cycles/1/visits"),
        "wishes": ("Lund", "/wishes"),
        "notes form": (visitor, f"/visits/{visit}/visitor_notes"),
    }


@pytest.mark.long
@pytest.mark.parametrize("name", ["desk", "pairings", "visits", "wishes", "notes form"])
def test_the_skip_link_comes_first_and_leads_to_the_main_part(chromium: Browser, live: Live, name: str) -> None:
    who, path = pages(live)[name]
    reader = reader_of(chromium, live, who).open(path)
    tab_to(reader, "Skip to main content")
    assert reader.page.locator(".skip-link").bounding_box() is not None
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main"
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.closest('main, .actionbar') !== null")
    reader.close()


def test_notes_are_written_and_shared_by_keys(chromium: Browser, live: Live) -> None:
    visit, visitor = people_of_held(live)
    reader = reader_of(chromium, live, visitor).open(f"/visits/{visit}/visitor_notes")
    tab_to(reader, "notes-words")
    reader.page.keyboard.type("Seven pairs began at once.")
    tab_to(reader, "Share with")
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    reader.look().sees("Seven pairs began at once.")
    reader.close()


@pytest.mark.long
def test_wishes_are_saved_by_keys(chromium: Browser, live: Live) -> None:
    reader = reader_of(chromium, live, "Lund").open("/wishes")
    button = reader.page.locator("main .btn-primary, .actionbar .btn-primary").last.inner_text().strip()
    tab_to(reader, button)
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    reader.look()
    assert reader.page.locator(".flashes, .errors").count() == 1
    reader.close()


@pytest.mark.long
def test_a_visit_is_chosen_and_moved_by_keys(chromium: Browser, live: Live) -> None:
    visit, _ = people_of_held(live)
    with live.app.app_context():
        ahead = db.session.scalars(select(Visit).where(Visit.starts_at > clock.now(), Visit.id != visit)).first()
        assert ahead is not None
        number, week = ahead.id, ahead.on_date
        name = ahead.visitor.person.family_name
        db.session.commit()
    reader = reader_of(chromium, live, "Bell").open(f"/cycles/1/visits?week={week}&visit={number}&view=list")
    tab_to(reader, f"{name}")
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    tab_to(reader.look(), "Move")
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    tab_to(reader.look(), "lesson")
    reader.page.keyboard.press("Space")
    tab_to(reader, "Move the visit")
    with reader.page.expect_event("load"):
        reader.page.keyboard.press("Enter")
    reader.look().sees("moved to")
    reader.close()
