"""Every page as a picture: at 1280 and at 390 px, light and dark, and beside the design where it has one.

`python -m tests.browser.screenshots [FOLDER] [--only WORD]` writes into `instance/screenshots` of the checkout, which
git does not see. It prints what no picture shows: pages wider than 320 px, errors of the console, pages that failed.
"""

from __future__ import annotations

import argparse
import html
import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from mentorship import clock
from mentorship.extensions import db
from tests.browser.chromium import open_chromium
from tests.browser.live import Live, open_live
from tests.browser.screens_school import ScreensSchool
from tests.every_route import Address, addresses

CHECKOUT = Path(__file__).resolve().parents[2]
DESIGN = CHECKOUT.parent / "shared" / "design" / "screens"
WIDTHS, THEMES = (1280, 390), ("light", "dark")
NARROW = 320
TALLEST = 8000
HEIGHTS = {1280: 900, 390: 844, NARROW: 700}
# The design's picture of a page, by the page and its width.
DRAWN = {
    ("home-desk", 1280): "coach-cycle-desktop.png",
    ("plans-pairings-draft", 1280): "coach-pairings-desktop.png",
    ("invites-visits", 1280): "coach-walkthroughs-desktop.png",
    ("plans-plan-draft", 1280): "coach-walkthroughs-running-desktop.png",
    ("invites-print_visits", 1280): "coach-walkthroughs-print.png",
    ("availability-schedule", 1280): "coach-schedule-desktop.png",
    ("invites-import_preview", 1280): "coach-import-desktop.png",
    ("home-teacher", 1280): "teacher-home-desktop.png",
    ("home-teacher", 390): "teacher-home-phone.png",
    ("feedback-write-visitor_notes", 1280): "feedback-form-desktop.png",
    ("feedback-write-visitor_notes", 390): "feedback-form-phone.png",
    ("feedback-write-post_observation_reflection", 1280): "reflection-desktop.png",
    ("feedback-write-post_observation_reflection", 390): "reflection-phone.png",
}
# They send a file or JSON, or are there in the demo alone.
NO_PAGES = {
    "static",
    "bootstrap.static",
    "operate.healthz",
    "operate.readyz",
    "plans.progress",
    "invites.other_times",
    "invites.replan_progress",
    "closeout.export",
}
NO_PAGES |= {"feedback.export", "account.set_up"}
# Who looks, where the table of routes names no role.
BY_ENDPOINT = {
    "feedback.mine": ("teacher", "new"),
    "goals.goals": ("new", "mentor"),
    "goals.log": ("mentor",),
    "goals.write_log": ("mentor",),
    "home.teacher": ("teacher", "new"),
    "home.start": ("nobody",),
    "security.us_signin": ("nobody",),
    "feedback.write": ("teacher", "new"),
    "feedback.entry": ("teacher", "new", "mentor"),
    "invites.walk_summary": ("coach",),
    "invites.walk_writing": ("coach",),
    "invites.walk_thanks": ("coach",),
}
MORE = {"invites.visits": ("?view=list", "?visit={visit}")}


@dataclass(frozen=True)
class Screen:
    """One page of one person; its name is that of its pictures."""

    name: str
    path: str
    who: str


def screens(found: Sequence[Address], *, stage: str = "", visit: int = 0) -> Iterator[Screen]:
    """The pages to look at, of every route that shows one."""
    for address in found:
        if address.who == "the demo":
            continue
        lookers = BY_ENDPOINT.get(address.endpoint) or _lookers(address.who)
        told = [str(value) for name, value in sorted(address.arguments.items()) if name in ("instrument", "entry_id")]
        base = "-".join([address.endpoint.replace(".", "-"), *told, *([stage] if stage else [])])
        for who in lookers:
            name = base if len(lookers) == 1 else f"{base}-{who}"
            yield Screen(_named(name, address), address.path, who)
            for more in MORE.get(address.endpoint, ()):
                query = more.format(visit=visit)
                yield Screen(f"{name}-{re.sub(r'[^a-z]', '', query)}", address.path + query, who)


def _named(name: str, address: Address) -> str:
    """Every link has a picture of its own."""
    return f"{name}-{address.arguments['token'][:4]}" if "token" in address.arguments else name


def _lookers(who: str) -> tuple[str, ...]:
    if who in ("anyone", "link"):
        return ("nobody",)
    return ("coach",) if "coach" in who else ("new",)


@dataclass
class Camera:
    """Takes the pictures of each page and keeps what went wrong."""

    live: Live
    browser: Browser
    folder: Path
    people: dict[str, str]
    only: str
    troubles: list[str]
    taken: list[Screen]

    def take(self, found: Sequence[Screen]) -> None:
        wanted = [screen for screen in found if self.only in screen.name]
        for who in sorted({screen.who for screen in wanted}):
            there = self._there([screen for screen in wanted if screen.who == who], who)
            for width in (*WIDTHS, NARROW):
                for theme in THEMES if width != NARROW else THEMES[:1]:
                    context = self._window(who, width, theme)
                    self._look(context.new_page(), there, width, theme)
                    context.close()

    def _there(self, found: Sequence[Screen], who: str) -> list[Screen]:
        """Those that the person gets; somebody else's is no trouble where several people are asked for it."""
        context = self._window(who, WIDTHS[0], THEMES[0])
        codes = [(screen, context.request.get(screen.path).status) for screen in found]
        context.close()
        for screen, code in codes:
            if code >= 500 or (code >= 400 and not screen.name.endswith(f"-{who}")):
                self._tell(screen.name, f"{screen.path} was answered {code}")
        return [screen for screen, code in codes if code < 400]

    def _window(self, who: str, width: int, theme: str) -> BrowserContext:
        size = ViewportSize(width=width, height=HEIGHTS[width])
        scheme = "dark" if theme == "dark" else "light"
        context = self.browser.new_context(viewport=size, color_scheme=scheme, base_url=self.live.url)
        context.set_default_timeout(15_000)
        if who in self.people:
            context.add_cookies([self.live.cookie(self.people[who])])
        return context

    def _look(self, page: Page, found: Sequence[Screen], width: int, theme: str) -> None:
        """Each page in one window: a picture, or how wide it is where the window is narrow."""
        page.on("console", lambda told: self._tell(page.url, told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self._tell(page.url, str(error)))
        for screen in found:
            page.set_viewport_size(ViewportSize(width=width, height=HEIGHTS[width]))
            page.goto(screen.path)
            if width == NARROW:
                self._measure(page, screen)
            else:
                # In a window as tall as the page a bar that sticks to the bottom is where it ends up.
                tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                page.set_viewport_size(ViewportSize(width=width, height=max(tall, HEIGHTS[width])))
                page.screenshot(path=self.folder / f"{screen.name}-{width}-{theme}.png", full_page=True)
                self.taken += [screen] if screen not in self.taken else []

    def _measure(self, page: Page, screen: Screen) -> None:
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        if wide > NARROW:
            widest = page.evaluate(WIDEST)
            self._tell(screen.name, f"is {wide} px wide in a window of {NARROW}: {widest}")

    def _tell(self, place: str, words: str) -> None:
        trouble = f"{place}: {words}"
        if trouble not in self.troubles:
            self.troubles.append(trouble)
            print(trouble, flush=True)


WIDEST = """[...document.querySelectorAll("main *, header *, footer *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".scroll-x"))
  .slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join(" | ")"""


def sheet(folder: Path, taken: Sequence[Screen]) -> str:
    """A page that lays each of ours beside the design's; pages without one say so."""
    rows = []
    for screen in sorted(taken, key=lambda screen: screen.name):
        for width in WIDTHS:
            drawn = _drawn(screen, width)
            is_there = drawn is not None and (DESIGN / drawn).is_file()
            if drawn is not None and is_there:
                shutil.copyfile(DESIGN / drawn, folder / f"design-{drawn}")
            if drawn is None and width != WIDTHS[0]:
                continue
            theirs = f'<img src="design-{drawn}" alt="">' if is_there else "<p>The design has no picture of it.</p>"
            title = f"{screen.name} at {width} px ({screen.path})"
            ours = f'<img src="{screen.name}-{width}-light.png" alt="">'
            rows.append(f"<section><h2>{html.escape(title)}</h2><div>{ours}{theirs}</div></section>")
    return f"<!doctype html><meta charset=utf-8><title>Ours and the design</title><style>{STYLE}</style>{''.join(rows)}"


def _drawn(screen: Screen, width: int) -> str | None:
    """The name of the design's picture of a page, whoever looks at it."""
    found = (file for (name, at), file in DRAWN.items() if at == width and f"{screen.name}-".startswith(f"{name}-"))
    return next(found, None)


STYLE = """
body { font: 14px sans-serif; margin: 16px }
div { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start }
img { width: 100%; border: 1px solid #999 }
"""


def _print_sheet(browser: Browser, folder: Path, words: str) -> None:
    """The sheet as HTML, and each pair of it as a picture: one of them all would be taller than a picture can be."""
    (folder / "sheet.html").write_text(words, encoding="utf-8")
    page = browser.new_page(viewport=ViewportSize(width=1800, height=1000))
    page.goto((folder / "sheet.html").as_uri())
    for section in page.locator("section:has(img + img)").all():
        name = section.locator("h2").inner_text().partition(" (")[0].replace(" ", "-")
        section.screenshot(path=folder / f"beside-{name}.png")
    page.close()


def shoot(folder: Path, only: str = "") -> list[str]:
    """Write every picture; returns what went wrong, a line each."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="mentorship-screens-") as instance,
        open_live(Path(instance), works=False) as live,
        open_chromium() as browser,
    ):
        with live.app.app_context():
            school = ScreensSchool()
            school.draft()
            camera = Camera(live, browser, folder, {"coach": school.coach.person.fs_uniquifier}, only, [], [])
            drafted = [each for each in _of_a_draft(live, school.cycle_id) if each.name]
            db.session.commit()
        camera.take(drafted)
        with live.app.app_context():
            school.publish()
            school.answer()
            middle = school.middle()
        live.set_clock(middle)
        with live.app.app_context():
            school.write()
            camera.people = {who: person.fs_uniquifier for who, person in school.people().items()}
            found = list(screens(list(addresses(live.app, school.filled(), but=NO_PAGES)), visit=school.ahead.id))
            db.session.commit()
        camera.take(found)
        _print_sheet(browser, folder, sheet(folder, camera.taken))
        print(f"{len(camera.taken)} pages in {folder}; sheet.html lays them beside the design.")
        return camera.troubles


def _of_a_draft(live: Live, cycle_id: int) -> Iterator[Screen]:
    """What a cycle shows before it is published."""
    for name, page in (("plans-plan", "plan"), ("plans-pairings", "pairings"), ("invites-publish", "publish")):
        yield Screen(f"{name}-draft", f"/cycles/{cycle_id}/{page}", "coach")
    yield Screen("invites-visits-draft", f"/cycles/{cycle_id}/visits", "coach")


def main() -> int:
    parser = argparse.ArgumentParser(description="Every page as a picture, beside the design where it has one.")
    parser.add_argument("folder", nargs="?", type=Path, default=CHECKOUT / "instance" / "screenshots")
    parser.add_argument("--only", default="", help="only pages with this word in their name, such as invites-visits")
    found = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    clock.set_offset(0)
    troubles = shoot(found.folder, found.only)
    print(f"{len(troubles)} troubles" if troubles else "Nothing is wider than 320 px, and no console told an error.")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
