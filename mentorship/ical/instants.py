"""Dates, zones and lengths as calendar programs write them, turned into instants in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_DATE_TIME = re.compile(r"([0-9]{8})T?([0-9]{6})(Z?)", re.IGNORECASE)
_DURATION = re.compile(
    r"\+?P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?"
)
_UTC_NAMES = {"utc", "gmt", "z", "etc/utc", "etc/gmt", "tzone://microsoft/utc", "coordinated universal time"}


def instant(value: str, zone: str, floating_is_utc: bool) -> datetime | None:
    """The UTC instant of a DATE-TIME (RFC 5545 section 3.3.5) with its TZID, which may be empty.

    None for a plain date, a zone that nobody knows, a time that does not exist, or a floating time unless
    `floating_is_utc`. A VTIMEZONE is never read: zones are known by IANA name, Windows name or a path that
    ends so.
    """
    found = _DATE_TIME.fullmatch(value.strip())
    if not found:
        return None
    try:
        # A leap second is legal in RFC 5545, but Python has none.
        clock = found[2][:4] + "59" if found[2].endswith("60") else found[2]
        naive = datetime.strptime(found[1] + clock, "%Y%m%d%H%M%S")
        known = UTC if found[3] else _zone(zone) if zone else UTC if floating_is_utc else None
        return naive.replace(tzinfo=known).astimezone(UTC) if known else None
    except (ValueError, OverflowError):
        return None


def length(value: str) -> timedelta | None:
    """The length of a DURATION (RFC 5545 section 3.3.6); None if unreadable, zero or negative."""
    found = _DURATION.fullmatch(value.strip().upper())
    if not found:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds) or None


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo | None:
    """Thunderbird and others write a path before the IANA name: /vendor.example/2023/America/New_York."""
    name = name.strip().strip('"')
    if name.lower() in _UTC_NAMES:
        return UTC
    if name in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[name])
    parts = name[:200].split("/")
    for start in range(max(0, len(parts) - 3), len(parts)):
        try:
            return ZoneInfo("/".join(parts[start:]))
        except (ValueError, OSError, KeyError):
            continue
    return None
