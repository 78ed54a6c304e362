"""The whole path by commands, on the demo school always and on a real school where the real ones are at hand."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mentorship.demo.school import FILES
from tests.independent_check import check
from tests.journeys.walk import SCHOOLS, walk


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo school was walked; its mails are in `mail`."""
    folder = tmp_path_factory.mktemp("walk")
    counts = walk(FILES, folder)
    assert counts["held"] > 0
    assert counts["checked"]["visits"] == counts["visits"]
    return folder


def test_the_demo_school_is_walked_from_import_to_close(walked: Path) -> None:
    counts, faults = check(FILES, walked / "mail")
    assert faults == []
    assert counts["visits"] > 0


def _calendar(mail: str, changed: Callable[[str], str]) -> bytes:
    """The mail with its calendar part changed."""
    message = email.message_from_string(mail, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
            method = str(part.get_param("method"))
            part.set_content(
                changed(text).encode(), maintype="text", subtype="calendar", params={"method": method}, cte="base64"
            )
    return message.as_bytes()


TAMPERINGS: dict[str, Callable[[str], bytes]] = {
    "another hour": lambda mail: _calendar(mail, lambda text: re.sub(r"T(\d)(\d)(\d{4}Z)", r"T\g<1>9\3", text)),
    "another date": lambda mail: _calendar(mail, lambda text: re.sub(r"(DT(?:START|END):\d{6})\d\d", r"\g<1>06", text)),
    "another room": lambda mail: _calendar(mail, lambda text: text.replace("LOCATION:", "LOCATION:X")),
    "another person asked": lambda mail: _calendar(mail, lambda text: text.replace("mailto:", "mailto:x")),
    "another host": lambda mail: re.sub(
        r"Host: .*", "Host: Nobody Here <nobody@maple-hollow.example.edu>", mail
    ).encode(),
}


@pytest.mark.parametrize("tampering", sorted(TAMPERINGS))
def test_a_delivered_mail_that_was_tampered_with_is_found(walked: Path, tmp_path: Path, tampering: str) -> None:
    for path in (walked / "mail").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    invitation = next(path for path in sorted(tmp_path.iterdir()) if b'method="REQUEST"' in path.read_bytes())
    invitation.write_bytes(TAMPERINGS[tampering](invitation.read_text()))
    _, faults = check(FILES, tmp_path)
    assert faults != []


def test_a_mail_that_never_came_is_found(walked: Path, tmp_path: Path) -> None:
    mails = sorted((walked / "mail").iterdir())
    invitation = next(path for path in mails if b'method="REQUEST"' in path.read_bytes())
    for path in mails:
        if path != invitation:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    _, faults = check(FILES, tmp_path)
    assert faults != []


def test_a_real_school_is_walked_from_import_to_close(tmp_path: Path) -> None:
    school = SCHOOLS / "fi_high_18"
    if not school.is_dir():
        pytest.skip(f"the real schools are not beside the checkout: {school.name} is missing")
    counts = walk(school, tmp_path)
    assert counts["held"] + counts["needs a new time"] == counts["visits"]
