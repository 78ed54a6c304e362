"""Making and migrating the database, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from mentorship.errors import Refused
from mentorship.extensions import db, reading
from mentorship.operate.demo_mark import refuse_demo

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from flask_alembic import Alembic

UPGRADE_LOCK = 7_205_760
OLDER = "The database is older than this version; run “mentorship upgrade” once, then start again."
NEWER = "The database is newer than this version of Mentorship; install the version that it was last used with."
EMPTY = "The database holds no tables yet; run “mentorship upgrade” once, then start again."
UNOPENED = "The database cannot be opened; check MENTORSHIP_DATABASE_URL and that the server runs."


def head_revision(app: Flask) -> str:
    """The newest migration of this code: files are named by their revision, so that no command waits for Alembic."""
    return known_revisions(app)[-1]


def known_revisions(app: Flask) -> list[str]:
    """Every migration of this code, oldest first. A folder without any is a fault of the installation."""
    folder = Path(app.config["ALEMBIC"]["script_location"])
    found = sorted(path.stem.partition("_")[0] for path in folder.glob("[0-9]*_*.py"))
    if not found:
        raise RuntimeError("there are no migrations")
    return found


def current_revision(app: Flask) -> str | None:
    """The migration that the database stands at; None where it is empty. Raises `Refused` where it can't be opened."""
    with app.app_context(), reading():
        try:
            with db.engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return None
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except DatabaseError as error:
            raise Refused(UNOPENED) from error


def upgrade(app: Flask) -> None:
    """Bring the database to the newest migration, in one transaction. Raises `Refused` for a demo's or a newer one.

    On SQLite foreign keys are off meanwhile (altering a parent table in batch would delete its children) and are
    checked before the transaction ends.
    """
    current, known = current_revision(app), known_revisions(app)
    if current is not None and current not in known:
        raise Refused(NEWER)
    if current is not None:
        refuse_demo(app)
    alembic = _alembic(app)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context(), contextlib.redirect_stdout(io.StringIO()):
        connection = alembic.migration_context.connection
        assert connection is not None, "a migration runs on a connection"
        with _alone(connection):
            alembic.upgrade()


def require_schema(app: Flask) -> None:
    """Make the database of an empty SQLite instance; refuse an older or a newer one with one sentence."""
    current = current_revision(app)
    if current == head_revision(app):
        return
    if current is None and app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        upgrade(app)
        return
    if current is None:
        raise Refused(EMPTY)
    raise Refused(OLDER if current in known_revisions(app) else NEWER)


def _alembic(app: Flask) -> Alembic:
    """Alembic is brought when a database is made or migrated, not each time that a command starts."""
    from flask_alembic import Alembic

    app.config["ALEMBIC_CONTEXT"] = {**app.config["ALEMBIC_CONTEXT"], "on_version_apply": _refuse_broken_references}
    alembic = Alembic(run_mkdir=False, command_name="")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alembic.init_app(app)
    return alembic


def _refuse_broken_references(*, ctx: MigrationContext, **_step: Any) -> None:
    """Inside the migration's transaction, so that nothing of it stays where a row lost the row that it refers to."""
    connection = ctx.connection
    if connection is None or connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"rows without the row they refer to after migrating: {len(broken)}")


@contextlib.contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """One migration at a time: SQLite's own lock sees to it, PostgreSQL is asked for one."""
    if connection.dialect.name == "sqlite":
        _keep_foreign_keys(connection, "OFF")
        try:
            yield
        finally:
            _keep_foreign_keys(connection, "ON")
        return
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
    try:
        yield
    finally:
        connection.rollback()
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})


def _keep_foreign_keys(connection: Connection, state: str) -> None:
    """SQLite changes this outside a transaction only."""
    connection.rollback()
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys={state}")
