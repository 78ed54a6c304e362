"""Making and migrating the database, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import io
import logging

from flask import Flask
from sqlalchemy import inspect, text
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
        context = alembic.migration_context
        connection = context.connection
        assert connection is not None, "a migration runs on a connection"
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            driver = connection.connection.dbapi_connection
            assert driver is not None, "the connection is open"
            if connection.in_transaction():
                connection.rollback()
            driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        alembic.upgrade()
        if is_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined, union-attr]
            if broken:
                raise RuntimeError(f"rows without the row they refer to after migrating: {len(broken)}")


def require_schema(app: Flask) -> None:
    """Make the database of an empty SQLite instance; refuse an older one with one sentence."""
    current = current_revision(app)
    if current == head_revision(app):
        return
    if current is None and app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        upgrade(app)
        return
    raise Refused("The database is older than this version; run “mentorship upgrade” once, then start again.")
