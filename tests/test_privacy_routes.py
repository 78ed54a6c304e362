"""Nobody meets private words that are not theirs to read: on any page, in any mail, feed, log, dump or export.

Every route of the app is opened as everybody; the words and who may read each stand in `canary_school.py`, who may
open which route in `every_route.py`.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from pathlib import Path
from time import time
from typing import Any

import pytest
from builders import CSRF_TOKEN, instance, planned_instance, published, published_instance
from canary_school import ELSEWHERE, NOBODY, ROLES, Canary, CanarySchool
from every_route import Address, addresses, not_in_table
from flask import Flask
from held_visit import After, after
from page_client import PageClient
from sqlalchemy import select, text

from mentorship.extensions import canonical_json, db
from mentorship.operate.dump import dump
from mentorship.outbox.models import OutboxMessage

__all__ = ["after", "instance", "planned_instance", "published", "published_instance"]
HIDDEN = (303, 404)
# It says that mail has waited for weeks, which is so in this school.
UNREADY = "operate.readyz"
# One leads everybody on, one is there only before there is anybody.
NOBODY_OPENS = {"home.start", "account.set_up", UNREADY}
# Their own account: everybody who is signed in may, and nothing of it is anybody else's. Signing out would end a sweep.
ONES_OWN = ("account.", "security.")
JUNK = {
    "answer": "no",
    "do": "finish",
    "reader": "1",
    "goal": "junk",
    "happened": "junk",
    "state": "done",
    "lesson": "x",
}


@pytest.fixture
def school(after: After) -> CanarySchool:
    return CanarySchool(after)


def may_open(school: CanarySchool, address: Address, name: str) -> bool:
    """Whether somebody may open an address, by the table and by whose row it names."""
    if address.who in ("anyone", "link", "the demo"):
        return address.who != "the demo"
    if name == NOBODY:
        return False
    if address.who == "signed_in":
        return True
    return any(_is_one(school, address, name, word) for word in address.who.split(", "))


def _is_one(school: CanarySchool, address: Address, name: str, word: str) -> bool:
    entry = next((each for each in school.entries if each.id == address.arguments.get("entry_id")), None)
    visit = next((each for each in school.after.round.visits() if each.id == address.arguments.get("visit_id")), None)
    if word == "people of the visit":
        return visit is not None and name in {member.code for member in visit.people}
    if word in ("people of the walk", "walkers"):
        return name in {place.membership.code for place in school.walk.places if word != "walkers" or not place.is_host}
    if word == "lead of the walk":
        return school.walk.lead is not None and name == school.walk.lead.membership.code
    if word == "readers of the summary":
        # Vale went along as well, and appraises some of the others.
        return name in {place.membership.code for place in school.walk.places} - {"Vale"}
    if word == "host of the door":
        return name == school.door.membership.code
    if word == "people of the pairing":
        return name in {member.code for member in school.pairing.people}
    if word == "mentor":
        return name == school.pairing.mentor.code
    if entry is not None and word in ("author", "readers"):
        readers = {row.membership.code for row in entry.readers} - {"Vale"} if word == "readers" else set()
        return name in {entry.author.code, *readers}
    held = set(word.split())
    is_here = name not in ELSEWHERE or not address.arguments
    return bool(held & set(ROLES[name].split())) and is_here


class Windows:
    """A browser for each person. Each request runs in a thread of its own, so that it meets nothing of the test."""

    def __init__(self, school: CanarySchool) -> None:
        app = school.after.round.app
        app.test_client_class = PageClient
        self._elsewhere = ThreadPoolExecutor(max_workers=1)
        self._clients = {name: app.test_client() for name in school.people}
        for name, person in school.people.items():
            if person is not None:
                with self._clients[name].session_transaction() as session:
                    session["_user_id"], session["_fresh"], session["fs_paa"] = person.fs_uniquifier, True, time()
        db.session.commit()

    def open(self, name: str, path: str, **given: Any) -> tuple[int, str]:
        """The status and the text of what somebody gets at a path."""
        return self._elsewhere.submit(self._answer, name, path, given).result()

    def _answer(self, name: str, path: str, given: dict[str, Any]) -> tuple[int, str]:
        with self._clients[name].open(path, **given) as response:
            return response.status_code, response.get_data().decode("utf-8", "replace")

    def csrf_token(self, name: str) -> str:
        _, page = self.open(name, "/sign-in/us-signin" if name == NOBODY else "/account")
        found = CSRF_TOKEN.search(page)
        assert found is not None, f"{name} finds no form"
        return found[1]


def met(school: CanarySchool, words: str) -> set[str]:
    return {canary.words for canary in school.canaries if canary.words in words}


def judged(school: CanarySchool, name: str, where: str, words: str, seen: dict[str, set[str]]) -> list[str]:
    """Sentences about canaries that this person met where they may not; those met are noted in `seen`."""
    found = []
    for canary in school.canaries:
        if canary.words in words:
            seen.setdefault(canary.words, set()).add(name)
            if name not in canary.may:
                found.append(f"{name} reads {canary.what} at {where}")
    return found


def test_the_table_names_every_route(app: Flask) -> None:
    assert not_in_table(app) == []


def test_no_page_shows_private_words_to_somebody_else(school: CanarySchool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    filled, tokens = school.filled(), school.tokens()
    paths = list(addresses(school.after.round.app, filled))
    allowed = {(name, address.path): may_open(school, address, name) for address in paths for name in school.people}
    windows, faults, opened = Windows(school), list[str](), set[str]()
    seen: dict[str, set[str]] = {}
    before = school.after.round.dump()
    for address in paths:
        for name in school.people:
            if address.who == "link" and name != NOBODY:
                continue
            owner = tokens[address.endpoint][address.arguments["token"]] if address.who == "link" else name
            code, words = windows.open(name, address.path)
            opened |= {address.endpoint} if code == 200 else set()
            if code >= 500 and address.endpoint != UNREADY:
                faults.append(f"{name} gets {code} at {address.path}")
            if not allowed[name, address.path] and code not in HIDDEN:
                faults.append(f"{name} may not open {address.path} and gets {code}")
            faults += judged(school, owner, address.path, words, seen)
    never = {address.endpoint for address in paths if address.who != "the demo"} - opened - NOBODY_OPENS
    faults += [f"nobody could open {endpoint}: fill its address with something that is there" for endpoint in never]
    faults += [
        f"{canary.what} is shown to {sorted(canary.shown - seen.get(canary.words, set()))} nowhere"
        for canary in school.canaries
        if not canary.shown <= seen.get(canary.words, set())
    ]
    assert not faults, "\n".join(dict.fromkeys(faults))
    assert met(school, caplog.text) == set()
    assert school.after.round.dump() == before


def test_no_mail_log_dump_or_file_holds_private_words(school: CanarySchool) -> None:
    found: dict[str, str] = {}
    for message in db.session.scalars(select(OutboxMessage)):
        parts = [part.get_payload(decode=True) or b"" for part in message_from_bytes(message.sealed or b"").walk()]
        found[f"a mail of the kind {message.kind}"] = message.subject + b"".join(map(bytes, parts)).decode(
            errors="replace"
        )
    found["the dump"] = canonical_json(dump())
    for table in ("job", "audit_entry", "import_run", "inbound_message"):
        found[table] = str(db.session.execute(text(f"SELECT * FROM {table}")).all())
    db.session.commit()
    folder: Path = school.after.round.settings.instance
    found |= {path.name: path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()}
    assert {where: met(school, words) for where, words in found.items() if met(school, words)} == {}


def test_what_somebody_may_not_they_can_not_do_either(school: CanarySchool) -> None:
    paths = [
        address
        for address in addresses(school.after.round.app, school.filled(), "POST")
        if address.who not in ("anyone", "link") and not address.endpoint.startswith(ONES_OWN)
    ]
    allowed = {(name, address.path): may_open(school, address, name) for address in paths for name in school.people}
    windows, faults = Windows(school), list[str]()
    before = school.after.round.dump()
    counts = _counts()
    for name in school.people:
        token = windows.csrf_token(name)
        for address in paths:
            if allowed[name, address.path] or address.who == "signed_in":
                continue
            code, words = windows.open(name, address.path, method="POST", data={"csrf_token": token, **JUNK})
            if code != (303 if name == NOBODY else 404):
                faults.append(f"{name} may not post to {address.path} and gets {code}")
            faults += judged(school, name, address.path, words, {})
    assert not faults, "\n".join(dict.fromkeys(faults))
    assert school.after.round.dump() == before
    assert _counts() == counts


def _counts() -> dict[str, int]:
    """How many rows the tables hold that no dump prints."""
    tables = ("job", "outbox_message", "audit_entry", "import_run")
    found = {name: db.session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables}
    db.session.commit()
    return found


def test_a_token_that_was_made_up_opens_nothing(school: CanarySchool) -> None:
    made_up = {endpoint: ["a" * 26] for endpoint in school.tokens()}
    filled = school.filled()
    filled.tokens = made_up
    paths = [address for address in addresses(school.after.round.app, filled) if address.who == "link"]
    windows = Windows(school)
    codes = {address.path: windows.open(NOBODY, address.path)[0] for address in paths}
    assert codes == dict.fromkeys(codes, 404)


def test_a_canary_on_a_wrong_page_is_found() -> None:
    school = object.__new__(CanarySchool)
    school.canaries = [Canary("canary00x", "a note", frozenset({"Lund"}), frozenset())]
    assert judged(school, "Bell", "/notes", "… canary00x …", {}) == ["Bell reads a note at /notes"]
    assert judged(school, "Lund", "/notes", "… canary00x …", {}) == []
