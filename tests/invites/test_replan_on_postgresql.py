"""A re-plan on PostgreSQL: asked for, made by the worker, and carried out once however often somebody asks."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from builders import BY, CYCLE, NOW, Round, close_database, open_round, plan_cycle, school_with_mentor
from postgresql import running_postgresql
from school import FIRST, LAST

from mentorship.app import HANDLERS
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.replanning import DECIDED, make_changes, pending_replan
from mentorship.jobs.runner import run_one
from mentorship.operate.schema import upgrade
from mentorship.plans.replanning import REPLAN, ask_for_replan, replan_state
from mentorship.roster.operations import import_files

LATER = NOW + timedelta(hours=3)


def test_of_two_coaches_who_make_the_changes_at_once_one_is_told(tmp_path: Path) -> None:
    with running_postgresql() as server:
        url = server.database()
        made = open_round(tmp_path / "instance", DATABASE_URL=url)
        upgrade(made.app)
        with made.app.app_context():
            import_files([school_with_mentor().write(tmp_path / "files")], by=BY, now=NOW)
            plan_cycle(CYCLE, FIRST, LAST)
            made.publish("visits")
            visit = made.visit()
            visit.answer(visit.host_id, "no")
            ask_for_replan(made.cycle, seconds=5, by=BY, now=NOW)
            db.session.commit()
            assert run_one({REPLAN: HANDLERS[REPLAN]}, lease_seconds=60)
            found = pending_replan(made.cycle, replan_state(made.cycle).pending, made.visits(), LATER)
            assert found is not None and [change.visit.id for change in found.changes] == [visit.id]
            seen, number, mails = found.seen, visit.id, len(made.messages())
            close_database()
        told = _at_once(tmp_path / "instance", url, seen)
        assert sorted(told) == ["", DECIDED]
        with made.app.app_context():
            moved = next(visit for visit in made.visits() if visit.id == number)
            assert moved.status == "invited" and len(made.messages()) == mails + 2
            close_database()


def _at_once(folder: Path, url: str, seen: str) -> list[str]:
    """What two coaches are told who press the button in the same moment."""
    barrier, told = threading.Barrier(2), []

    def press() -> None:
        own: Round = open_round(folder, DATABASE_URL=url)
        with own.app.app_context():
            barrier.wait(timeout=60)
            try:
                make_changes(own.cycle, seen=seen, by=BY, now=LATER)
                db.session.commit()
                told.append("")
            except Refused as refused:
                db.session.rollback()
                told.append(str(refused))
            close_database()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return told
