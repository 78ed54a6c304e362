"""What every test stands on: a fresh instance in a folder of its own, and the school T of the domain pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.extensions import db
from mentorship.operate.schema import upgrade
from tests.page_client import PageClient


@pytest.fixture(autouse=True)
def _true_clock() -> Iterator[None]:
    """No test leaves the clock set off."""
    yield
    clock.set_offset(0)


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.load({}, instance=tmp_path / "instance")


@pytest.fixture
def app(settings: config.Settings) -> Iterator[Flask]:
    """The app over an empty database of this version."""
    made = create_app(settings)
    made.test_client_class = PageClient
    upgrade(made)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
