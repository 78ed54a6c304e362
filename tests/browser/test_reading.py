"""What is wrong with a page is found: each check is shown a page that fails it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from mentorship.web.headers import CONTENT_SECURITY_POLICY
from tests.browser.live import open_live
from tests.browser.reading import Reader

GOOD = '<html lang="en"><head><title>Page</title></head><body><main><h1>Page</h1>{}</main></body></html>'
WRONG = {
    "<script>document.title = 'inline'</script>": "Content Security Policy",
    '<p style="color: red">Words</p>': "Content Security Policy",
    '<script src="https://elsewhere.example.org/x.js"></script>': "Content Security Policy",
    '<img src="/nothing.png" alt="">': "404",
    "<p><input name=who></p>": "label",
    "<p><a href='/'></a></p>": "link-name",
    "<table width=3000><tr><td>Wide</td></tr></table>": "wider than its window",
}


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_every_fault_of_a_page_is_told(chromium: Browser, tmp_path: Path, scripts: bool) -> None:
    with open_live(tmp_path / "instance", works=False) as live:
        for words, fault in {"": "", **WRONG}.items():
            # What may not run anyhow is not reported.
            if "<script" in words and not scripts:
                continue
            reader = Reader.at(chromium, live, scripts=scripts)
            _answer_with(reader, GOOD.format(words))
            reader.open("/broken")
            reader.leave()
            told = "\n".join(reader.faults)
            assert (fault in told) if fault else told == "", f"{words}: {told}"


def _answer_with(reader: Reader, page: str) -> None:
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Content-Type": "text/html"}

    def answer(route: Route) -> None:
        route.fulfill(body=page, headers=headers)

    reader.page.route("**/broken", answer)
