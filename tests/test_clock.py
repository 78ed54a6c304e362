"""The one clock: offset, the database's own time, instants, and wall-clock time over both changes in six zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.exc import StatementError

from mentorship import clock
from mentorship.extensions import db
from mentorship.operate.models import DemoMark

# Zone, a Monday before and after each change of 2027, and the offsets of winter and summer.
CHANGES = {
    "America/New_York": ((date(2027, 3, 8), -5), (date(2027, 3, 15), -4), (date(2027, 11, 8), -5)),
    "America/Los_Angeles": ((date(2027, 3, 8), -8), (date(2027, 3, 15), -7), (date(2027, 11, 8), -8)),
    "Europe/London": ((date(2027, 3, 22), 0), (date(2027, 3, 29), 1), (date(2027, 11, 1), 0)),
    "Europe/Helsinki": ((date(2027, 3, 22), 2), (date(2027, 3, 29), 3), (date(2027, 11, 1), 2)),
    "Australia/Sydney": ((date(2027, 3, 29), 11), (date(2027, 4, 5), 10), (date(2027, 10, 4), 11)),
    "Pacific/Auckland": ((date(2027, 3, 29), 13), (date(2027, 4, 5), 12), (date(2027, 9, 27), 13)),
}


@pytest.mark.parametrize("zone", CHANGES)
def test_nine_in_the_morning_stays_nine_over_both_changes(zone: str) -> None:
    for on, hours in CHANGES[zone]:
        instant = clock.instant(on, time(9), zone)
        assert instant == datetime.combine(on, time(9), UTC) - timedelta(hours=hours)
        assert instant.tzinfo is UTC
        local = instant.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (on, time(9))


def test_a_time_that_occurs_twice_is_its_first() -> None:
    assert clock.instant(date(2027, 11, 7), time(1, 30), "America/New_York") == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_a_time_that_does_not_occur_is_counted_from_before_the_gap() -> None:
    assert clock.instant(date(2027, 3, 14), time(2, 30), "America/New_York") == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)


def test_the_clock_reads_whole_seconds_in_utc_with_its_offset() -> None:
    before = datetime.now(UTC)
    clock.set_offset(86_400)
    read = clock.now()
    assert (read.tzinfo, read.microsecond) == (UTC, 0)
    assert timedelta(hours=23, minutes=59) < read - before < timedelta(hours=24, minutes=1)


def test_a_shift_is_added_to_the_offset_and_ends_with_its_block() -> None:
    clock.set_offset(60)
    with clock.shifted(timedelta(days=2)):
        assert clock.now() - datetime.now(UTC) > timedelta(days=2)
    assert clock.now() - datetime.now(UTC) < timedelta(minutes=2)


def _shift_and_fail() -> None:
    with clock.shifted(timedelta(days=2)):
        raise KeyError


def test_a_shift_ends_with_a_block_that_fails() -> None:
    with pytest.raises(KeyError):
        _shift_and_fail()
    assert clock.now() - datetime.now(UTC) < timedelta(minutes=2)


def test_the_database_reads_its_own_clock_with_the_offset(app: Flask) -> None:
    clock.set_offset(-7200)
    with app.app_context():
        read = clock.database_now(db.session())
    assert read.tzinfo is UTC
    assert abs(read - clock.now()) <= timedelta(seconds=2)


def test_an_instant_is_stored_in_utc_and_comes_back_aware(app: Flask) -> None:
    with app.app_context():
        db.session.add(DemoMark(id=1, marked_at=datetime(2027, 1, 11, 9, tzinfo=ZoneInfo("America/New_York"))))
        db.session.commit()
        assert db.session.get_one(DemoMark, 1).marked_at == datetime(2027, 1, 11, 14, tzinfo=UTC)
        db.session.expire_all()
        assert db.session.get_one(DemoMark, 1).marked_at.tzinfo is UTC


def test_a_naive_instant_is_refused(app: Flask) -> None:
    with app.app_context():
        db.session.add(DemoMark(id=1, marked_at=datetime(2027, 1, 11, 9)))
        with pytest.raises(StatementError, match="an instant must say its zone"):
            db.session.flush()
