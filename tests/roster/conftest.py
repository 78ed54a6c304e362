"""School T as it stands, for every test of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from mentorship import config
from mentorship.app import create_app
from mentorship.extensions import db
from tests.roster.bringing import brought
from tests.school import school_t


@pytest.fixture(scope="module")
def standing(empty_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """School T as it stands, for tests that assert that nothing changes it."""
    folder = tmp_path_factory.mktemp("standing")
    shutil.copytree(empty_instance, folder / "instance")
    made = create_app(config.load({}, instance=folder / "instance"))
    brought(made, school_t(), folder / "files")
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
