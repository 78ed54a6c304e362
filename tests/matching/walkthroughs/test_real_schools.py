"""Real schools, solved by the command and judged: their timetables with wishes drawn anew for each seed."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from mentorship import config
from mentorship.app import create_app
from mentorship.cycles.operations import open_cycle
from mentorship.extensions import db
from mentorship.operate.schema import upgrade
from mentorship.people.queries import school_named
from mentorship.plans.operations import drafts
from mentorship.plans.solving import solve
from mentorship.roster.operations import import_files
from tests.benchmarks.timetables import FOLDER, NAMES, visit_problem
from tests.benchmarks.words import FOCI
from tests.make_problems import Made, judged

SCHOOLS = FOLDER.parent / "schools"
SMALLEST = "fi_high_18"
SECONDS = 60
CYCLE_SCHOOL_DAYS = 20
# Three weeks before the first school day: every date gives notice.
NOW = datetime(2026, 12, 21, 12, tzinfo=UTC)
ROUNDS = [
    pytest.param(name, seed, marks=() if (name, seed) == (SMALLEST, 1) else pytest.mark.long, id=f"{name}-{seed}")
    for name in NAMES
    for seed in range(1, 21)
]

pytestmark = pytest.mark.skipif(
    not (FOLDER.is_dir() and SCHOOLS.is_dir()), reason="The real schools are not beside this checkout."
)


def assert_as_it_must_be(problem: dict[str, Any], seed: int) -> None:
    """No rule is broken, each aim is what it is said to be, and nobody could be promised more."""
    outcome = solve("visits", problem, seconds=SECONDS)
    assert outcome["visits"]
    assert judged(Made("visit", "real", seed), problem, outcome).faults == []


@pytest.mark.parametrize(("name", "seed"), ROUNDS)
def test_a_real_timetable(name: str, seed: int) -> None:
    problem = visit_problem(name, seed=seed, days=10, debriefs=seed % 2 == 0)
    assert_as_it_must_be(problem | {"seed": seed}, seed)


@pytest.mark.parametrize(("name", "seed"), ROUNDS)
def test_a_real_school_as_the_service_plans_it(
    name: str, seed: int, imported: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    if name not in imported:
        imported[name] = imported_school(name, tmp_path_factory.mktemp(name))
    with planned(imported[name], name, drawn_wishes(name, seed, tmp_path), seed) as problem:
        assert_as_it_must_be(problem, seed)


@pytest.fixture(scope="module")
def imported() -> Iterator[dict[str, Flask]]:
    """The apps of the schools that were imported so far."""
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def imported_school(name: str, folder: Path) -> Flask:
    app = create_app(config.load({}, instance=folder / "instance"))
    upgrade(app)
    with app.app_context():
        assert import_files([SCHOOLS / name], by="test", now=NOW).applied
        db.session.commit()
    return app


def drawn_wishes(name: str, seed: int, folder: Path) -> Path:
    """The school's interests file with other wishes and limits; the first seed keeps its own."""
    own = SCHOOLS / name / "interests.csv"
    if seed == 1:
        return own
    draw = random.Random(f"wishes {name} {seed}")
    with own.open(encoding="utf-8-sig", newline="") as file:
        rows = [{"person_id": row["person_id"], **_wishes(draw)} for row in csv.DictReader(file)]
    drawn = folder / "interests.csv"
    with drawn.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return drawn


def _wishes(draw: random.Random) -> dict[str, str]:
    required = draw.choice((0, 1, 1, 1, 2))

    def foci(*counts: int) -> str:
        return "; ".join(draw.sample(FOCI, draw.choice(counts)))

    return {
        "wants_to_learn": foci(1, 2),
        "shows": foci(0, 1, 2, 3),
        "wants_feedback_on": foci(0, 1, 2),
        "gives_feedback_on": foci(0, 1, 2),
        "visits_required": str(required),
        "visits_wanted": str(required + draw.choice((0, 1, 1))),
        "visits_a_week": str(draw.choice((1, 1, 2))),
        "hosts_at_most": str(draw.choice((0, 1, 2, 2, 3))),
        "hosts_a_week": str(draw.choice((1, 1, 2))),
        "video_host": draw.choice(("yes", "no")),
        "video_visit": draw.choice(("yes", "no")),
    }


@contextmanager
def planned(app: Flask, name: str, wishes: Path, seed: int) -> Iterator[dict[str, Any]]:
    """The walkthrough problem of a cycle with these wishes, as the service makes it; what it wrote is forgotten."""
    first, last = _dates(name)
    parts = {"with_pairings": False, "with_walkthroughs": True}
    with app.app_context():
        assert import_files([wishes], by="test", now=NOW).error is None
        cycle = open_cycle(
            school_named(None), "Real", starts_on=first, ends_on=last, everyone=False, **parts, by="test", now=NOW
        )
        (draft,) = drafts(cycle, now=NOW, seconds=SECONDS, seed=seed)
        db.session.rollback()
        yield draft.problem


def _dates(name: str) -> tuple[date, date]:
    with (SCHOOLS / name / "school_days.csv").open(encoding="utf-8-sig", newline="") as file:
        days = [row["date"] for row in csv.DictReader(file) if row["kind"] == "instructional"][:CYCLE_SCHOOL_DAYS]
    return date.fromisoformat(days[0]), date.fromisoformat(days[-1])
