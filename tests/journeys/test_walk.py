"""The whole path by commands, on the demo school always and on a real school where the real ones are at hand."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mentorship.demo.school import FILES
from tests.builders import school_with_mentor
from tests.independent_check import check
from tests.journeys.walk import SCHOOLS, walk


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a small school."""
    return school_with_mentor().write(tmp_path_factory.mktemp("school"))


@pytest.fixture(scope="module")
def mails(school: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mails that were delivered while the small school was walked from import to close."""
    folder = tmp_path_factory.mktemp("walk")
    counts = walk(school, folder)
    assert counts["held"] > 0
    assert counts["checked"]["visits"] == counts["visits"] > 0
    return folder / "mail"


def test_a_small_school_is_walked_from_import_to_close(school: Path, mails: Path) -> None:
    counts, faults = check(school, mails)
    assert faults == []
    assert counts["visits"] > 0


@pytest.mark.long
def test_the_demo_school_is_walked_from_import_to_close(tmp_path: Path) -> None:
    counts = walk(FILES, tmp_path)
    assert counts["held"] + counts["needs a new time"] == counts["visits"] > 0


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
def test_a_delivered_mail_that_was_tampered_with_is_found(
    school: Path, mails: Path, tmp_path: Path, tampering: str
) -> None:
    for path in mails.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    invitation = _first_invitation(tmp_path)
    invitation.write_bytes(TAMPERINGS[tampering](invitation.read_text()))
    assert check(school, tmp_path)[1] != []


def test_a_mail_that_never_came_is_found(school: Path, mails: Path, tmp_path: Path) -> None:
    missing = _first_invitation(mails)
    for path in mails.iterdir():
        if path != missing:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert check(school, tmp_path)[1] != []


def _first_invitation(folder: Path) -> Path:
    return next(path for path in sorted(folder.iterdir()) if b'method="REQUEST"' in path.read_bytes())


@pytest.mark.long
def test_a_real_school_is_walked_from_import_to_close(tmp_path: Path) -> None:
    school = SCHOOLS / "fi_high_18"
    if not school.is_dir():
        pytest.skip(f"the real schools are not beside the checkout: {school.name} is missing")
    counts = walk(school, tmp_path)
    assert counts["held"] + counts["needs a new time"] == counts["visits"]
