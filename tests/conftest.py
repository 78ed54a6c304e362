"""What every test stands on: a fresh instance in a folder of its own, and the school T of the domain pages."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.extensions import db
from mentorship.operate.schema import upgrade
from tests import compiled_once  # noqa: F401 - from now on
from tests.page_client import PageClient

# Files that take longest, longest first: begun last, one of them would keep a worker busy while the others wait.
LONGEST = (
    "tests/test_crash_points.py",
    "tests/journeys/test_browser_journey.py",
    "tests/test_statements.py",
    "tests/browser/test_keyboard.py",
    "tests/browser/test_reading.py",
    "tests/test_privacy_routes.py",
    "tests/matching/test_command.py",
    "tests/journeys/test_walk.py",
    "tests/browser/test_autosave.py",
    "tests/test_wheel.py",
    "tests/demo/test_running.py",
    "tests/demo/test_demo.py",
    "tests/test_postgresql.py",
    "tests/test_cli_cycle.py",
    "tests/test_cli_school.py",
)
# Objects that may be made before Python looks for garbage, where 700 is its own choice.
OBJECTS_BETWEEN_LOOKS = 20_000
DATABASE = "mentorship.sqlite3"
MEMORY = Path("/dev/shm")
BYTES_NEEDED = 4 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Workers take files in the order of `LONGEST`, not by how many tests a file has; what they write is in memory."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    if "TMPDIR" not in os.environ and _has_memory():
        # Workers are started later, and find it there.
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_memory() -> bool:
    """Whether there is room in memory for the databases of all tests, and commands may be run there."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    found = os.statvfs(MEMORY)
    return found.f_bavail * found.f_frsize >= BYTES_NEEDED and not found.f_flag & os.ST_NOEXEC


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first; the others stay as they are."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


def pytest_collection_finish() -> None:
    """What is loaded now stays: to look through all of it for garbage time and again took a third of every test."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)


@pytest.fixture(autouse=True)
def _true_clock() -> Iterator[None]:
    """No test leaves the clock set off."""
    yield
    clock.set_offset(0)


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.load({}, instance=tmp_path / "instance")


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance whose database is migrated and empty: made once a worker, and copied."""
    folder = tmp_path_factory.mktemp("empty")
    made = create_app(config.load({}, instance=folder))
    upgrade(made)
    # Closing the last connection brings the write-ahead log home, so that the one file is all there is.
    _close(made)
    return folder


@pytest.fixture
def app(settings: config.Settings, empty_instance: Path) -> Iterator[Flask]:
    """The app over an empty database of this version."""
    shutil.copy(empty_instance / DATABASE, settings.instance / DATABASE)
    made = create_app(settings)
    made.test_client_class = PageClient
    yield made
    _close(made)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
