"""What tests of re-plans share: a re-plan made by the worker, what waits for a decision, and a school of forty."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import BY, CYCLE, NOW, Browser, Round, close_database, open_round, plan_cycle
from made_school import made_school
from school import FIRST, LAST

from mentorship import clock, config
from mentorship.app import HANDLERS, create_app
from mentorship.extensions import db
from mentorship.invites.replanning import PendingReplan, make_changes, pending_replan
from mentorship.jobs.runner import run_one
from mentorship.operate.schema import upgrade
from mentorship.plans.models import Visit
from mentorship.plans.replanning import (
    REPLAN,
    ask_for_replan,
    replan_job,
    visits_out,
)
from mentorship.roster.operations import import_files

LATER = NOW + timedelta(hours=3)
SECONDS = 5


def replan(made: Round, now: Any = LATER) -> PendingReplan:
    """Ask the worker for a re-plan and read what it would change."""
    ask_for_replan(made.cycle, seconds=SECONDS, by=BY, now=NOW)
    db.session.commit()
    assert run_one({REPLAN: HANDLERS[REPLAN]}, lease_seconds=60)
    job = replan_job(made.cycle)
    assert job is not None and (job.state, job.error) == ("done", None)
    return pending(made, now)


def pending(made: Round, now: Any = LATER) -> PendingReplan:
    plan = visits_out(made.cycle)
    assert plan is not None
    found = pending_replan(made.cycle, plan.replan, made.visits(), now)
    assert found is not None
    return found


def decline(visit: Visit, *, by_host: bool = True) -> None:
    visit.answer(visit.host_id if by_host else visit.visitor_id, "no")
    db.session.commit()


def places(made: Round) -> dict[int, tuple[Any, ...]]:
    return {visit.id: (visit.host_id, visit.lesson, visit.status, visit.sequence) for visit in made.visits()}


def carry_out(made: Round) -> PendingReplan:
    found = make_changes(made.cycle, seen=pending(made).seen, by=BY, now=LATER)
    db.session.commit()
    return found


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def page(made: Round, **args: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in args.items())
    response = coach(made).open(f"/cycles/{made.cycle.id}/visits?{query}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.text)


@pytest.fixture(scope="module")
def large_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replan")
    app = create_app(config.load({}, instance=folder / "instance"))
    upgrade(app)
    with app.app_context():
        import_files([made_school(40).write(folder / "files")], by=BY, now=NOW)
        plan_cycle(CYCLE, FIRST, LAST)
        close_database()
    made = open_round(folder / "instance")
    with made.app.app_context():
        made.publish("visits")
        close_database()
    return folder / "instance"


@pytest.fixture
def large(large_instance: Path, tmp_path: Path) -> Iterator[Round]:
    """Forty people whose visits are out."""
    made = open_round(Path(shutil.copytree(large_instance, tmp_path / "large")))
    with made.app.app_context():
        yield made
        close_database()
    clock.set_offset(0)
