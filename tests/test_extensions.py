"""How connections open and transactions begin on SQLite, and that starting does not wait for what it does not need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from mentorship.extensions import canonical_json, db, reading
from mentorship.people.models import FocusArea, Person

CHECKOUT = Path(__file__).resolve().parents[1]
HEAVY = {"openpyxl", "numpy", "pandas", "scipy", "ortools", "gunicorn", "aiosmtpd", "alembic", "mako", "pydantic"}


def _pragmas(connection: Connection) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


def _count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Person)) or 0


@pytest.fixture
def patient(app: Flask) -> Iterator[Connection]:
    """A connection that waits for a lock for a moment only."""
    with app.app_context(), db.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA busy_timeout=50")
        yield connection
        driver.execute("PRAGMA busy_timeout=20000")


def test_every_connection_is_durable_and_checks_references(app: Flask) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 20000}
    with app.app_context(), reading(), db.engine.connect() as first, db.engine.connect() as second:
        assert _pragmas(first) == _pragmas(second) == wanted


def test_a_row_without_what_it_refers_to_is_refused(app: Flask) -> None:
    with app.app_context():
        db.session.add(FocusArea(school_id="nowhere", name="questioning"))
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            db.session.flush()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_that_only_reads_cannot_write(app: Flask, method: str) -> None:
    with app.test_request_context("/", method=method):
        db.session.add(Person(given_name="Ada", family_name="Lund"))
        with pytest.raises(OperationalError, match="readonly"):
            db.session.flush()
        db.session.rollback()
    assert _count(app) == 0


def test_a_connection_that_served_a_get_serves_a_post(app: Flask) -> None:
    with app.test_request_context("/", method="GET"):
        assert db.session.scalars(select(Person)).all() == []
    with app.test_request_context("/", method="POST"):
        db.session.add(Person(given_name="Ada", family_name="Lund"))
        db.session.commit()
    assert _count(app) == 1


def test_a_connection_without_transactions_cannot_write_while_only_reading_is_allowed(app: Flask) -> None:
    with app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        with reading(), pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("DELETE FROM person"))
        connection.rollback()
        connection.execute(text("DELETE FROM person"))


def test_threads_that_read_and_then_write_lose_nothing(app: Flask) -> None:
    with app.app_context():
        db.session.add(Person(given_name="0", family_name="Counter"))
        db.session.commit()

    def count_on(_thread: int) -> None:
        for _ in range(25):
            with app.app_context():
                person = db.session.scalars(select(Person)).one()
                person.given_name = str(int(person.given_name) + 1)
                db.session.commit()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(count_on, range(3)))
    with app.app_context():
        assert db.session.scalars(select(Person.given_name)).one() == "75"


def test_a_reader_does_not_wait_for_a_writer(app: Flask, patient: Connection) -> None:
    with db.engine.begin() as writer:
        columns = "given_name, family_name, is_admin, active, theme, fs_uniquifier"
        writer.execute(text(f"INSERT INTO person ({columns}) VALUES ('A', 'B', 0, 1, 'match', 'x')"))
        with reading():
            assert patient.execute(text("SELECT count(*) FROM person")).scalar() == 0


def test_a_busy_database_is_told_in_the_error_class_that_callers_wait_for(app: Flask, patient: Connection) -> None:
    with db.engine.begin(), pytest.raises(OperationalError, match="locked"):
        patient.execute(text("SELECT count(*) FROM person"))
    assert patient.execute(text("SELECT count(*) FROM person")).scalar() == 0


def test_an_error_of_the_database_never_quotes_what_somebody_wrote(app: Flask) -> None:
    with app.app_context():
        db.session.add(FocusArea(school_id="nowhere", name="a private word"))
        with pytest.raises(IntegrityError) as caught:
            db.session.flush()
    assert "a private word" not in str(caught.value)


def test_canonical_json_is_equal_for_equal_values() -> None:
    assert canonical_json({"b": [1], "a": "é"}) == canonical_json({"a": "é", "b": [1]}) == '{"a":"é","b":[1]}'


def _loaded(code: str) -> set[str]:
    """The packages that a fresh process has imported after running `code`."""
    program = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_command_that_only_asks_waits_for_nothing_heavy(app: Flask) -> None:
    instance = app.extensions["mentorship-settings"].instance
    code = (
        f"import os; os.environ['MENTORSHIP_INSTANCE'] = {str(instance)!r}\n"
        "import contextlib, io; from mentorship.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): assert main(['dump', '--json']) == 0"
    )
    assert _loaded(code) & HEAVY == set()


def test_the_web_process_never_loads_the_solver(tmp_path: Path) -> None:
    code = (
        "import pathlib, importlib, pkgutil, mentorship\n"
        "from mentorship import config; from mentorship.app import create_app\n"
        "from mentorship.operate.schema import require_schema\n"
        f"app = create_app(config.load({{}}, instance=pathlib.Path({str(tmp_path)!r})))\n"
        "require_schema(app)\n"
        "for path in ('/', '/healthz', '/readyz', '/nothing'): app.test_client().get(path)\n"
        "[importlib.import_module(each.name) for each in pkgutil.walk_packages(mentorship.__path__, 'mentorship.')\n"
        " if 'migrations' not in each.name and '__main__' not in each.name]"
    )
    loaded = _loaded(code)
    assert "matching" in loaded
    assert loaded & {"ortools", "scipy", "pandas"} == set()
