"""Dates, times and instants as pages say them."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import Flask

from mentorship import clock

MINUTE, HOUR, DAY = 60, 3600, 86_400


def short_date(on: date | None) -> str:
    """Tue, Nov 10."""
    return f"{on:%a}, {on:%b} {on.day}" if on else ""


def long_date(on: date | None) -> str:
    """Tuesday, November 10."""
    return f"{on:%A}, {on:%B} {on.day}" if on else ""


def day_month(on: date | None) -> str:
    """Nov 10."""
    return f"{on:%b} {on.day}" if on else ""


def clock_time(at: time | None) -> str:
    """9:45, on the clock of 24 hours."""
    return f"{at.hour}:{at:%M}" if at else ""


def when(at: datetime | None, zone: str) -> str:
    """An instant on the wall of a school: Tue, Nov 10, 9:45."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{short_date(local.date())}, {clock_time(local.time())}"


def ago(at: datetime | None) -> str:
    """How long since: just now, 5 minutes ago, 3 hours ago, 2 days ago."""
    if at is None:
        return ""
    seconds = (clock.now() - at).total_seconds()
    for size, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        number = int(seconds // size)
        if number >= 1:
            return f"{number} {word}{'s' if number > 1 else ''} ago"
    return "just now"


def plural(number: int, one: str, many: str | None = None) -> str:
    """1 visit, 2 visits."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def in_words(names: list[str]) -> str:
    """Ada, Ben and Chen."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def focus_words(name: str) -> str:
    """A focus area as pages say it: files name it `student-talk`, people say Student talk."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + words[-1][:1]).upper() if len(words) > 1 else name[:2].upper()


def init_app(app: Flask) -> None:
    named = (short_date, long_date, day_month, when, ago, plural, in_words, focus_words, initials)
    app.jinja_env.filters.update({each.__name__: each for each in named}, clock=clock_time)
