"""The same on PostgreSQL: a real server, which is never skipped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.audit import operations as audit
from mentorship.audit.models import AuditEntry
from mentorship.cycles.operations import open_cycle
from mentorship.cycles.queries import cycle_named
from mentorship.demo.school import FILES
from mentorship.errors import Refused
from mentorship.extensions import Base, db, reading
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.jobs.operations import add_job, claim_job
from mentorship.operate.dump import dump, unnamed_tables
from mentorship.operate.schema import current_revision, head_revision, require_schema, upgrade
from mentorship.outbox.models import OutboxMessage
from mentorship.people.queries import school_named
from mentorship.plans.models import Plan
from mentorship.plans.supervisor import make_plan
from mentorship.roster.operations import import_files
from tests.builders import school_with_mentor
from tests.journeys.walk import CHECKOUT, walk
from tests.postgresql import PostgreSQL, running_postgresql
from tests.school import FIRST, LAST, school_t

NOW = datetime(2026, 12, 21, 12, tzinfo=UTC)
BY = "test"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@contextmanager
def _opened(folder: Path, url: str | None = None) -> Iterator[Flask]:
    """The app over a database of this version; whatever it holds open is let go of at the end."""
    settings = config.load({} if url is None else {"MENTORSHIP_DATABASE_URL": url}, instance=folder)
    made = create_app(replace(settings, lease_seconds=60))
    upgrade(made)
    try:
        yield made
    finally:
        with made.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Flask]:
    """The app over an empty database on PostgreSQL."""
    with _opened(tmp_path / "instance", postgresql.database()) as made:
        yield made


@pytest.fixture(scope="module")
def planned(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A database with a draft of school T, and its instance folder."""
    folder, url = tmp_path_factory.mktemp("planned"), postgresql.database()
    with _opened(folder, url) as made, made.app_context():
        _import(folder)
        cycle = open_cycle(
            school_named(None),
            "Round",
            starts_on=FIRST,
            ends_on=LAST,
            everyone=True,
            with_pairings=False,
            with_walkthroughs=True,
            by=BY,
            now=NOW,
        )
        db.session.commit()
        with clock.shifted(NOW - clock.now()):
            make_plan(cycle, seconds=3, seed=1, by=BY)
    return url, folder


def _import(folder: Path) -> None:
    report = import_files([school_t().write(folder / "files")], by=BY, now=NOW)
    assert report.applied
    db.session.commit()


def _together(app: Flask, works: list[Callable[[], Any]]) -> list[Any]:
    """Do all at the same moment, each in a thread and a session of its own; what each returned or raised."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(timeout=20)
            try:
                return work()
            except Exception as error:
                db.session.rollback()
                return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def _shape(engine: Engine) -> dict[str, Any]:
    """Every table with its columns, keys, constraints and indexes, as the database itself tells them."""
    found = inspect(engine)

    def plain(value: Any) -> Any:
        return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else str(value)

    def by_name(rows: list[Any]) -> list[Any]:
        return sorted((plain(row) for row in rows), key=str)

    return {
        table: {
            "columns": by_name([{**column, "type": column["type"].compile(engine.dialect)} for column in columns]),
            "primary key": str(found.get_pk_constraint(table)),
            "foreign keys": by_name(list(found.get_foreign_keys(table))),
            "unique": by_name(list(found.get_unique_constraints(table))),
            "checks": by_name(list(found.get_check_constraints(table))),
            "indexes": by_name(list(found.get_indexes(table))),
        }
        for (_, table), columns in found.get_multi_columns().items()
        if table != "alembic_version"
    }


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_migrations_make_exactly_the_tables_of_the_models(
    postgresql: PostgreSQL, tmp_path: Path, database: str
) -> None:
    on_postgresql = database == "postgresql"
    url = postgresql.database() if on_postgresql else None
    with _opened(tmp_path / "instance", url) as app, app.app_context():
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        migrated = _shape(db.engine)
        assert unnamed_tables() == set()
        assert current_revision(app) == head_revision(app)
    plain = postgresql.database().replace("postgresql://", "postgresql+psycopg://") if on_postgresql else "sqlite://"
    engine = create_engine(plain)
    try:
        Base.metadata.create_all(engine)
        assert migrated == _shape(engine)
    finally:
        engine.dispose()


def test_an_empty_database_waits_for_upgrade(postgresql: PostgreSQL, tmp_path: Path) -> None:
    app = create_app(config.load({"MENTORSHIP_DATABASE_URL": postgresql.database()}, instance=tmp_path / "instance"))
    with pytest.raises(Refused, match=r"holds no tables yet; run “mentorship upgrade” once"):
        require_schema(app)
    upgrade(app)
    require_schema(app)
    upgrade(app)
    with app.app_context():
        db.engine.dispose()


def test_upgrades_at_the_same_time_make_one_database(postgresql: PostgreSQL, tmp_path: Path) -> None:
    environment = _environment(tmp_path, postgresql.database())
    upgrades = [
        subprocess.Popen([sys.executable, "-m", "mentorship", "upgrade"], env=environment, cwd=CHECKOUT)
        for _ in range(2)
    ]
    assert [each.wait(timeout=60) for each in upgrades] == [0, 0]


def test_a_server_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://postgres@/school?host={tmp_path}"
    app = create_app(config.load({"MENTORSHIP_DATABASE_URL": url}, instance=tmp_path / "instance"))
    with pytest.raises(Refused, match="cannot be opened; check MENTORSHIP_DATABASE_URL"):
        require_schema(app)


def _environment(folder: Path, url: str) -> dict[str, str]:
    settings = {"MENTORSHIP_DATABASE_URL": url, "MENTORSHIP_INSTANCE": str(folder / "instance")}
    return {**os.environ, **settings}


def _walk(school: Path, folder: Path, url: str) -> None:
    command = [sys.executable, "-m", "mentorship", "upgrade"]
    environment = _environment(folder, url)
    subprocess.run(command, env=environment, cwd=CHECKOUT, check=True, capture_output=True, timeout=60)
    counts = walk(school, folder, {"MENTORSHIP_DATABASE_URL": url})
    assert counts["held"] > 0
    assert counts["pairings"] > 0
    assert counts["checked"]["visits"] == counts["visits"]
    assert not (folder / "instance" / "mentorship.sqlite3").exists()


@pytest.mark.long
def test_the_whole_path_of_a_small_school(postgresql: PostgreSQL, tmp_path: Path) -> None:
    _walk(school_with_mentor().write(tmp_path / "school"), tmp_path, postgresql.database())


@pytest.mark.long
def test_the_whole_path_of_the_demo_school(postgresql: PostgreSQL, tmp_path: Path) -> None:
    _walk(FILES, tmp_path, postgresql.database())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_that_only_reads_cannot_write(app: Flask, method: str) -> None:
    with app.test_request_context("/", method=method):
        with pytest.raises(DBAPIError, match="read-only transaction"):
            audit.record("import", by=BY, now=NOW)
        db.session.rollback()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_a_post_can_write_after_a_get(app: Flask) -> None:
    with app.test_request_context("/", method="GET"):
        assert db.session.scalar(text("SHOW transaction_read_only")) == "on"
    with app.test_request_context("/", method="POST"):
        audit.record("import", by=BY, now=NOW)
        db.session.commit()


def _publish() -> dict[str, int]:
    counts = publish_plan(cycle_named("Round", None), None, by=BY, now=NOW)
    db.session.commit()
    return counts


def test_of_two_who_publish_at_once_one_is_told(postgresql: PostgreSQL, planned: tuple[str, Path]) -> None:
    for _ in range(3):
        _race(postgresql, planned)


@pytest.mark.long
def test_of_a_hundred_pairs_who_publish_at_once_one_of_each_is_told(
    postgresql: PostgreSQL, planned: tuple[str, Path]
) -> None:
    for _ in range(100):
        _race(postgresql, planned)


def _race(postgresql: PostgreSQL, planned: tuple[str, Path]) -> None:
    url, folder = planned
    copy = postgresql.database(like=url)
    with _opened(folder, copy) as app:
        results = _together(app, [_publish, _publish])
        published = [result for result in results if isinstance(result, dict)]
        told = [result for result in results if isinstance(result, (Refused, StaleDataError))]
        assert (len(published), len(told)) == (1, 1), results
        with app.app_context():
            for model in (Invite, OutboxMessage):
                assert db.session.scalar(select(func.count()).select_from(model)) == published[0]["mails"] > 0
            assert db.session.scalars(select(Plan.status)).all() == ["published"]
            assert audit.first_broken_line() is None
    postgresql.drop(copy)


def test_two_writers_keep_the_audit_log_one_chain(app: Flask) -> None:
    def write() -> None:
        for place in range(25):
            audit.record("import", by=BY, now=NOW, place=place)
            db.session.commit()

    assert _together(app, [write, write]) == [None, None]
    with app.app_context():
        assert audit.first_broken_line() is None
        assert db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all() == list(range(1, 51))


def test_two_workers_claim_no_job_twice(app: Flask) -> None:
    with app.app_context():
        for _ in range(30):
            add_job("test", {}, run_at=clock.now() - timedelta(seconds=5))
        db.session.commit()

    def claim_all() -> list[int]:
        claimed = []
        while (claim := claim_job(lease_seconds=60)) is not None:
            db.session.commit()
            claimed.append(claim.id)
        db.session.rollback()
        return claimed

    first, second = _together(app, [claim_all, claim_all])
    assert sorted(first + second) == sorted(set(first + second))
    assert len(first + second) == 30


def test_the_clock_of_the_database_is_read_in_utc_with_the_offset(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("SET TIME ZONE 'Pacific/Auckland'"))
        clock.set_offset(3600)
        assert abs(clock.database_now(db.session()) - clock.now()) <= timedelta(seconds=2)
        assert clock.database_now(db.session()).utcoffset() == timedelta()


def test_the_same_import_leaves_the_same_dump_on_both_databases(app: Flask, tmp_path: Path) -> None:
    dumps = []
    with _opened(tmp_path / "embedded") as embedded:
        for each in (app, embedded):
            with each.app_context():
                for _ in range(2):
                    assert import_files([FILES], by=BY, now=NOW).applied
                    _import(tmp_path)
                with reading():
                    dumps.append(dump())
    assert dumps[0] == dumps[1]
    assert len(dumps[0]["school"]) == 2
    assert dumps[0]["section"]
