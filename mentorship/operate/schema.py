"""Making and migrating the database, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import io
import logging
from typing import Any

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from mentorship.errors import Refused
from mentorship.extensions import alembic, db


def head_revision(app: Flask) -> str:
    """The newest migration of this code. A folder without migrations is a fault of the installation."""
    with app.app_context():
        heads = [script.revision for script in alembic.heads()]
    if len(heads) != 1:
        raise RuntimeError(f"there must be one newest migration, not {heads}")
    return heads[0]


def current_revision(app: Flask) -> str | None:
    """The migration that the database stands at; None where it is empty. Raises `Refused` where it can't be opened."""
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return None
                return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except OperationalError as error:
            raise Refused(
                "The database cannot be opened; check MENTORSHIP_DATABASE_URL and that the server runs."
            ) from error


def upgrade(app: Flask) -> None:
    """Bring the database to the newest migration, in one transaction.

    On SQLite foreign keys are off meanwhile (altering a parent table in batch would delete its children) and are
    checked at the end.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context(), contextlib.redirect_stdout(io.StringIO()):
        connection = alembic.migration_context.connection
        assert connection is not None, "a migration runs on a connection"
        if connection.dialect.name != "sqlite":
            alembic.upgrade()
            return
        _keep_foreign_keys(connection, "OFF")
        alembic.upgrade()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        _keep_foreign_keys(connection, "ON")
        if broken:
            raise RuntimeError(f"rows without the row they refer to after migrating: {len(broken)}")


def _keep_foreign_keys(connection: Connection, state: str) -> None:
    """SQLite changes this outside a transaction only."""
    if connection.in_transaction():
        connection.rollback()
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys={state}")


def require_schema(app: Flask) -> None:
    """Make the database of an empty SQLite instance; refuse an older one with one sentence."""
    current = current_revision(app)
    if current == head_revision(app):
        return
    if current is None and app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        upgrade(app)
        return
    raise Refused("The database is older than this version; run “mentorship upgrade” once, then start again.")
