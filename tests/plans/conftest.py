"""The planned school, and one with two mentors and two new teachers whose pairs a coach can change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import (
    Round,
    close_database,
    instance,
    instance_of,
    open_round,
    planned,
    planned_instance,
    published,
    published_instance,
)

from mentorship import clock
from tests.school import SchoolFiles, school_t

__all__ = ["instance", "planned", "planned_instance", "published", "published_instance"]


def mentoring_files(**places: str) -> SchoolFiles:
    """School T with Lund and Okafor new; Chen and Rivera have one place each, or as many as said."""
    files = school_t()
    more = {
        "Lund": {"new_teacher": "yes"},
        "Okafor": {"new_teacher": "yes"},
        "Chen": {"mentor_places": places.get("Chen", "1")},
        "Rivera": {"mentor_places": places.get("Rivera", "1")},
    }
    files.tables["staff"] = [{**row, **more.get(row["person_id"], {})} for row in files.tables["staff"]]
    return files


@pytest.fixture(scope="session")
def mentoring_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instance_of(mentoring_files(), tmp_path_factory.mktemp("mentoring"))


@pytest.fixture
def mentoring(mentoring_instance: Path, tmp_path: Path) -> Iterator[Round]:
    """A draft with two pairs and their visits, inside its app's context."""
    made = open_round(Path(shutil.copytree(mentoring_instance, tmp_path / "mentoring")))
    with made.app.app_context():
        yield made
        close_database()
    clock.set_offset(0)
