"""The only clock. Everyone else is told the time: `now` is an argument."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

_offset = timedelta()


def set_offset(seconds: float) -> None:
    """Add `seconds` to every reading from now on (MENTORSHIP_CLOCK_OFFSET; rehearsals and tests)."""
    global _offset
    _offset = timedelta(seconds=seconds)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Read the clock `by` later inside the block: how the demo walks a whole cycle in one sitting."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before


def now() -> datetime:
    """The instant, aware, in UTC, in whole seconds (calendars know no smaller unit)."""
    return (datetime.now(UTC) + _offset).replace(microsecond=0)


def database_now(session: Session) -> datetime:
    """The instant by the database's own clock, so that leases agree between machines; in UTC."""
    if session.get_bind().dialect.name == "postgresql":
        read: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one().astimezone(UTC)
    else:
        read = datetime.fromisoformat(session.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one())
        read = read.replace(tzinfo=UTC)
    return (read + _offset).replace(microsecond=0)


def instant(on: date, at: time, zone: str) -> datetime:
    """The UTC instant of a wall-clock time in a zone (RFC 5545 3.3.5: a time that occurs twice is its first)."""
    return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, stored in UTC; a naive value is refused, never guessed."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must say its zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)
