"""The inspector of pages finds what it is there to find."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.page_client import faults

GOOD = (
    '<html lang="en"><head><title>T</title></head><body><main><h1>H</h1>'
    '<form method="post"><input type="hidden" name="csrf_token"><label for="a">A</label><input id="a" name="a"></form>'
    '<a href="/x">there</a></main></body></html>'
)


def test_a_good_page_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("<title>T</title>", ""),
        ("<h1>H</h1>", "<h1>H</h1><h1>I</h1>"),
        ("<h1>H</h1>", '<h1>H</h1><p id="a"></p>'),
        ('<label for="a">A</label>', ""),
        ('<input type="hidden" name="csrf_token">', ""),
        (">there<", "><"),
        ('href="/x"', 'href=""'),
        ("<h1>H</h1>", '<h1 style="color:red">H</h1>'),
        ("<h1>H</h1>", "<h1>H</h1><script>1</script>"),
        ('lang="en"', ""),
    ],
)
def test_each_fault_of_a_page_is_found(part: str, instead: str) -> None:
    assert faults(GOOD.replace(part, instead)) != []


@pytest.mark.parametrize("path", ["/what-others-see", "/nothing-here", "/answer/abc"])
def test_the_pages_that_anybody_can_open_are_whole(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code in {200, 404}


def test_a_page_that_was_not_posted_right_says_so_calmly(app: Flask) -> None:
    answer = app.test_client().post("/")
    assert answer.status_code in {400, 405}
    assert "can" in answer.get_data(as_text=True)


def test_every_page_carries_the_security_headers(app: Flask) -> None:
    headers = app.test_client().get("/").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
