"""Imports are tested by the hundred, so the empty database is migrated once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from mentorship import config
from mentorship.app import create_app
from mentorship.extensions import db
from mentorship.operate.schema import upgrade
from tests.roster.bringing import brought
from tests.school import school_t


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance whose database is migrated and empty."""
    folder = tmp_path_factory.mktemp("empty")
    made = create_app(config.load({}, instance=folder))
    upgrade(made)
    # Closing the last connection brings the write-ahead log home, so that the one file is all there is.
    _close(made)
    return folder


@pytest.fixture
def app(empty_instance: Path, tmp_path: Path) -> Iterator[Flask]:
    shutil.copytree(empty_instance, tmp_path / "instance")
    made = create_app(config.load({}, instance=tmp_path / "instance"))
    yield made
    _close(made)


@pytest.fixture(scope="module")
def standing(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """School T as it stands, for tests that assert that nothing changes it."""
    folder = tmp_path_factory.mktemp("standing")
    shutil.copytree(empty_instance, folder / "instance")
    made = create_app(config.load({}, instance=folder / "instance"))
    brought(made, school_t(), folder / "files")
    yield made
    _close(made)
