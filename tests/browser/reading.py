"""One person at a browser. Every page that they open is looked at: no error, no report of the policy, no axe rule."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Self

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, ViewportSize

from tests.browser.live import Live

Words = str | re.Pattern[str]
HTML = "text/html; charset=utf-8"
# Style sheets are read again for rules on trial alone, none of which runs; and only what is wrong need be handed over.
AXE = """async () => {
  const options = {resultTypes: ["violations"], preload: {assets: ["media"]}};
  return (await axe.run(document, options)).violations;
}"""
# What changes with every request says nothing about a page.
VARYING = re.compile(
    r'name="(csrf_token|window|version)"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="(csrf_token|window)"'
)
LISTENS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
HEIGHTS = {1280: 900, 390: 844, 320: 700}


@dataclass
class Reader:
    """A person with a window of their own, signed in or not.

    `faults` holds what any page did wrong, a sentence each; `close` fails with them, so that one run tells them all.
    """

    live: Live
    context: BrowserContext
    page: Page
    scripts: bool
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)
    twin: Page | None = None
    is_signed_in: bool = False

    @classmethod
    def at(cls, browser: Browser, live: Live, *, width: int = 1280, scripts: bool = True, dark: bool = False) -> Self:
        """Somebody who opens a browser of this width, with JavaScript or without."""
        context = browser.new_context(
            viewport=ViewportSize(width=width, height=HEIGHTS.get(width, 900)),
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            base_url=live.url,
        )
        context.set_default_timeout(10_000)
        context.add_init_script(LISTENS)
        reader = cls(live, context, context.new_page(), scripts)
        reader._listen()
        return reader

    def _listen(self) -> None:
        page = self.page
        page.on("console", lambda said: self._fault(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: self._fault(f"script: {error}"))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))
        page.on("response", self._answered)

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and not response.request.is_navigation_request()):
            self._fault(f"{response.request.method} {response.url} was answered {response.status}")

    def _failed(self, url: str, why: str) -> None:
        # A page that is left stops what it was loading, which is no fault of its own.
        if "ERR_ABORTED" not in why:
            self._fault(f"{url} could not be loaded: {why}")

    def _fault(self, sentence: str) -> None:
        # Chromium tells of every page that is refused on purpose (a form with an error, a stale page) as an error.
        if "Failed to load resource" in sentence and re.search(r"status of (404|409|422)", sentence):
            return
        self.faults.append(f"{self.path}: {sentence}")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.live.url)

    @property
    def text(self) -> str:
        """The words of the page's main part."""
        return self.page.locator("main").inner_text()

    def open(self, path: str) -> Self:
        """Go to a page, or to the whole address that a mail named."""
        self.page.goto(path.removeprefix(self.live.url))
        return self.look()

    def click(self, target: Words | Locator, *, role: Any = None) -> Self:
        """Press a button or follow a link by its words, and look at the page that comes."""
        found = target if isinstance(target, Locator) else self.find(target, role)
        with self.page.expect_event("load"):
            found.click()
        return self.look()

    def find(self, words: Words, role: Any = None) -> Locator:
        """The first button or link that says these words."""
        for each in [role] if role else ["button", "link"]:
            found = self.page.get_by_role(each, name=words)
            if found.count():
                return found.first
        raise AssertionError(f"{self.path} has no button and no link “{words}”:\n{self.text[:1500]}")

    def fill(self, label: Words, value: str) -> Self:
        """Type into the field of this label."""
        self._field(label).fill(value)
        return self

    def _field(self, label: Words) -> Locator:
        return self.page.locator("input, textarea, select").and_(self.page.get_by_label(label)).first

    def tick(self, label: Words) -> Self:
        self._field(label).check()
        return self

    def sees(self, words: str) -> Self:
        """Fails with what the page says where it does not say these words."""
        assert words in self.text, f"{self.path} does not say “{words}”:\n{self.text[:1500]}"
        return self

    def look(self) -> Self:
        """Judge the page that is open, once for each content: axe, the width, and that nothing broke."""
        self.opened.append(self.path)
        content = VARYING.sub("", self.page.content())
        mark = hashlib.sha256(content.encode()).hexdigest()
        if mark in self.seen or "<main" not in content:
            return self
        self.seen.add(mark)
        self.faults += [f"{self.path}: axe: {fault}" for fault in self._axe(self.page.content())]
        wide = self.page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.faults.append(f"{self.path}: the page is {wide} px wider than its window")
        return self

    def _axe(self, content: str) -> list[str]:
        """What axe finds, one sentence a rule. It is run by the debugger, for which no content policy is loosened."""
        if self.scripts:
            return _found_by_axe(self.page)
        # Where scripts are off axe can't run either: it is shown the same elements in a window beside.
        if self.twin is None:
            assert self.context.browser is not None
            beside = self.context.browser.new_context(viewport=self.page.viewport_size, reduced_motion="reduce")
            self.twin = beside.new_page()
            self.twin.route("**/*.js", lambda route: route.abort())
        self.twin.route(self.page.url, lambda route: route.fulfill(body=content, content_type=HTML), times=1)
        self.twin.goto(self.page.url)
        return _found_by_axe(self.twin)

    def sign_in(self, address: str) -> Self:
        """By the code that was mailed; once is enough."""
        if self.is_signed_in:
            return self
        self.is_signed_in = True
        self.open("/sign-in/us-signin")
        self.page.fill("#identity", address)
        self.click("Mail me a code", role="button")
        self.page.fill("#passcode", self.live.take_code(address))
        return self.click(self.page.get_by_role("button", name="Sign in", exact=True))

    def leave(self) -> None:
        if self.twin is not None:
            self.twin.context.close()
        self.context.close()

    def close(self) -> None:
        """Leave; fails with every fault that was seen."""
        self.leave()
        faults = list(dict.fromkeys(self.faults))
        assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


def _found_by_axe(page: Page) -> list[str]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}; at "
        + " | ".join(f"{' '.join(map(str, node['target']))} {node['html'][:160]}" for node in rule["nodes"][:3])
        for rule in found
    ]
