"""The demo: a folder and a database of its own, which it alone opens, and which it alone may empty."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mentorship import config
from mentorship.app import create_app
from mentorship.cli.parser import build_parser
from mentorship.cli.verbs import VERBS
from mentorship.demo.opening import Demo, open_demo
from mentorship.demo.walk import STEPS
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.operate.demo_mark import refuse_demo

CHECKOUT = Path(__file__).resolve().parents[2]
# These open no database of a school: the demo its own, the list of routes none.
WITHOUT_A_SCHOOL = {"demo", "routes"}
WORDS = {
    "import": ["."],
    "availability": ["--from", "2027-01-11", "--to", "2027-01-12"],
    "create-person": ["--email", "a@t.example.edu", "--name", "A", "--role", "admin"],
    "cycle-open": ["Round", "--from", "2027-01-11", "--to", "2027-01-12"],
    "cycle-show": ["Round"],
    "plan": ["Round"],
    "problem": ["Round", "pair"],
    "publish": ["Round"],
    "close": ["Round"],
    "mail-ingest": ["answer.eml"],
}


def _close(demo: Demo) -> None:
    with demo.app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_every_other_command_refuses_the_database_of_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _close(open_demo(tmp_path, port=8000))
    monkeypatch.setenv("MENTORSHIP_INSTANCE", str(tmp_path / "demo"))
    tried = 0
    for verb in sorted(set(VERBS) - WITHOUT_A_SCHOOL):
        found = build_parser().parse_known_args(_sentence(verb))[0]
        with pytest.raises(Refused, match="only “mentorship demo” opens it"):
            VERBS[verb](found)
        tried += 1
    assert tried > 15


def _sentence(verb: str) -> list[str]:
    first, _, second = verb.partition("-")
    two_words = first in {"cycle", "outbox", "mail"}
    return [*([first, second] if two_words else [verb]), *WORDS.get(verb, [])]


def test_a_school_opens_no_demo(app: Any) -> None:
    refuse_demo(app)


def test_the_demo_reads_no_setting_of_the_school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = {
        "MENTORSHIP_DATABASE_URL": "postgresql://school.example.org/school",
        "MENTORSHIP_SMTP_URL": "smtps://me:word@mail.example.org",
        "MENTORSHIP_HOST": "0.0.0.0",
        "MENTORSHIP_PUBLIC_URL": "https://visits.example.org",
        "MENTORSHIP_CLOCK_OFFSET": "86400",
    }
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.toml").write_text('database_url = "postgresql://school.example.org/school"\n')
    demo = open_demo(tmp_path, port=8123)
    settings = demo.settings
    assert settings.database_url == f"sqlite:///{tmp_path / 'demo' / 'mentorship.sqlite3'}"
    assert (settings.smtp.host, settings.smtp.port) == ("127.0.0.1", demo.mailbox.port)
    assert (settings.host, settings.public_url, settings.clock_offset) == ("127.0.0.1", "http://127.0.0.1:8123", 0)
    _close(demo)


def test_a_second_demo_empties_what_the_first_left(tmp_path: Path) -> None:
    _close(open_demo(tmp_path, port=8000))
    left = tmp_path / "demo" / "mail" / "00001.eml"
    left.touch()
    (tmp_path / "demo" / "half").mkdir()
    _close(open_demo(tmp_path, port=8000))
    assert not left.exists()
    assert not (tmp_path / "demo" / "half").exists()


def test_a_demo_that_was_killed_while_emptying_can_run_again(tmp_path: Path) -> None:
    _close(open_demo(tmp_path, port=8000))
    (tmp_path / "demo" / "mentorship.sqlite3").unlink()
    _close(open_demo(tmp_path, port=8000))
    assert (tmp_path / "demo" / "mentorship.sqlite3").exists()


@pytest.mark.parametrize("left", ["notes.txt", "mail/letter.eml", "mentorship.sqlite3"])
def test_a_folder_that_no_demo_made_is_never_emptied(tmp_path: Path, left: str) -> None:
    kept = tmp_path / "demo" / left
    kept.parent.mkdir(parents=True)
    kept.write_text("somebody's own")
    with pytest.raises(Refused, match="no demo made"):
        open_demo(tmp_path, port=8000)
    assert kept.read_text() == "somebody's own"


def test_a_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "demo.txt").touch()
    (tmp_path / "demo").symlink_to(elsewhere)
    with pytest.raises(Refused, match="is no folder of a demo"):
        open_demo(tmp_path, port=8000)


def test_what_a_link_inside_points_to_is_not_emptied(tmp_path: Path) -> None:
    _close(open_demo(tmp_path, port=8000))
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "notes.txt").touch()
    (tmp_path / "demo" / "link").symlink_to(kept)
    _close(open_demo(tmp_path, port=8000))
    assert (kept / "notes.txt").exists()
    assert not (tmp_path / "demo" / "link").is_symlink()


def test_the_school_beside_the_demo_stays_empty(tmp_path: Path) -> None:
    _close(open_demo(tmp_path, port=8000))
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    refuse_demo_of = create_app(config.load({}, instance=tmp_path / "demo"))
    with pytest.raises(Refused):
        refuse_demo(refuse_demo_of)


@pytest.mark.long
def test_the_demo_walks_twice_in_one_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "MENTORSHIP_INSTANCE": str(tmp_path), "MENTORSHIP_SMTP_URL": "smtps://x.example.org"}
    command = [sys.executable, "-m", "mentorship", "demo", "--no-serve", "--json"]
    for _ in range(2):
        done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert [step["name"] for step in json.loads(done.stdout)["steps"]] == list(STEPS)
