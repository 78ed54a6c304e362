"""Extensions, unbound, and how the database is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import CheckConstraint, MetaData, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_reading: ContextVar[bool] = ContextVar("reading", default=False)


class Base(DeclarativeBase):
    """Constraint names are fixed, so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The database itself refuses a word that nobody knows."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


db = SQLAlchemy(model_class=Base)
csrf = CSRFProtect()


@contextmanager
def reading() -> Iterator[None]:
    """Whatever begins inside is refused a write by the database itself."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def _reads_only() -> bool:
    return _reading.get() or (has_request_context() and request.method in SAFE_METHODS)


def canonical_json(value: Any) -> str:
    """JSON that is equal for equal values: keys sorted, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def open_engine(engine: Engine) -> None:
    """Attach how connections open and transactions begin; once an engine.

    SQLite: WAL, full sync, foreign keys; a read begins deferred and `query_only`, everything else `BEGIN IMMEDIATE`,
    because a deferred transaction that reads and then writes fails at once however long the busy timeout.
    PostgreSQL: a read is `READ ONLY`; what must not be lost under concurrency takes row locks.
    """
    # What people wrote stands in parameters, and an error's text ends in logs.
    engine.hide_parameters = True
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    # The patience comes first: going over to WAL takes a lock, which another process may hold.
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.isolation_level = None
    reads_only = _reads_only()
    # Through SQLAlchemy, so that a busy or broken database is told in its error classes, which callers wait for.
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reads_only else 'OFF'}")
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if _reads_only():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
