"""The audit log: whatever is changed afterwards, in any column of any line, is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text

from mentorship.audit.models import AuditEntry
from mentorship.audit.operations import first_broken_line, record
from mentorship.extensions import db

NOW = datetime(2027, 1, 11, 14, tzinfo=UTC)
LINES = 5
TAMPERED: dict[str, object] = {
    "id": 99,
    "at": "2027-01-11 14:00:01.000000",
    "by": "somebody else",
    "action": "nothing",
    "ids": '{"place": 77}',
    "previous_digest": "f" * 64,
    "digest": "e" * 64,
}
UNREADABLE = {"at": "yesterday", "ids": "{"}


@pytest.fixture
def log(app: Flask) -> Iterator[None]:
    with app.app_context():
        for place in range(LINES):
            record("publish", by="command line", now=NOW, place=place, parts=["visits", "pairings"])
        db.session.commit()
        yield


def _found_after(statement: str, **values: object) -> int | None:
    """The line that is found broken after a change, which is then undone."""
    db.session.execute(text(statement), values)
    found = first_broken_line()
    db.session.rollback()
    return found


@pytest.mark.usefixtures("log")
def test_what_was_recorded_is_one_chain() -> None:
    assert first_broken_line() is None
    assert set(TAMPERED) == set(AuditEntry.__table__.columns.keys())


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("column", TAMPERED)
def test_a_change_in_any_column_of_any_line_is_found(column: str) -> None:
    statement = f'UPDATE audit_entry SET "{column}" = :value WHERE id = :line'
    for line in range(1, LINES + 1):
        assert _found_after(statement, value=TAMPERED[column], line=line) is not None
    assert first_broken_line() is None


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("column", UNREADABLE)
def test_a_line_that_cannot_even_be_read_is_found(column: str) -> None:
    assert _found_after(f'UPDATE audit_entry SET "{column}" = :value WHERE id = 3', value=UNREADABLE[column]) == 3


@pytest.mark.usefixtures("log")
def test_a_line_that_was_taken_out_is_found() -> None:
    for line in range(1, LINES):
        assert _found_after("DELETE FROM audit_entry WHERE id = :line", line=line) == line + 1


@pytest.mark.usefixtures("log")
def test_a_tampered_line_is_found_in_the_session_that_wrote_it() -> None:
    entry = db.session.get_one(AuditEntry, 2)
    assert entry.action == "publish"
    assert _found_after("UPDATE audit_entry SET action = 'nothing' WHERE id = 2") == 2


def test_a_line_recorded_in_another_zone_holds(app: Flask) -> None:
    with app.app_context():
        record("publish", by="command line", now=NOW.astimezone(ZoneInfo("America/New_York")))
        db.session.commit()
        db.session.expire_all()
        assert first_broken_line() is None


def test_an_empty_log_is_whole(app: Flask) -> None:
    with app.app_context():
        assert first_broken_line() is None


def test_a_line_goes_with_the_transaction_that_it_tells_of(app: Flask) -> None:
    with app.app_context():
        record("publish", by="command line", now=NOW)
        db.session.rollback()
        record("import", by="command line", now=NOW)
        db.session.commit()
        assert db.session.get_one(AuditEntry, 1).action == "import"
        assert first_broken_line() is None
