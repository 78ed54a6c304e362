"""The rotation: which cycle day (A/B, 1-6, M-F) each date of a school's calendar carries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from mentorship.errors import Refused

LESSON_KINDS = frozenset({"instructional", "makeup"})
CLOSURE_KINDS = frozenset({"weather", "emergency"})


@dataclass(frozen=True)
class DateRow:
    """One date of the calendar; a filled `cycle_day` is a pin, and a pin that `waits` uses up no turn."""

    on: date
    kind: str
    cycle_day: str | None
    waits: bool


def rotation_days(
    dates: Sequence[DateRow],
    cycle_days: Sequence[str],
    policy: Literal["shift", "fixed"],
    weekday_bound: bool = False,
) -> dict[date, str | None]:
    """The cycle day of every date given, in the order of the dates; None where no lessons follow a cycle day.

    The rotation begins with the first pin. From there each instructional day uses up one turn. A pinned day
    shows its own code and uses up the turn that the rotation had for that date, unless it waits: the days
    after it are those that would have come anyway, so a swapped day does not renumber the year. Holidays,
    weekends and staff days use no turn. A weather or emergency day uses its turn under `fixed` (the printed
    letter is lost) and none under `shift` (it comes next). A make-up day carries a code only when it is
    pinned.

    A `weekday_bound` rotation of up to seven codes follows the weekday instead: see `_weekday_of_first`. A
    longer one turns like any other. Dates that are not given are not in the answer: they lie outside the
    school year. Raises Refused for a pin that is none of the `cycle_days`.
    """
    rows = sorted(dates, key=lambda row: row.on)
    for row in rows:
        _check_pin(row, cycle_days)
    if weekday_bound and 0 < len(cycle_days) <= 7:
        return _by_weekday(rows, cycle_days)
    return _by_turn(rows, cycle_days, policy)


def _check_pin(row: DateRow, cycle_days: Sequence[str]) -> None:
    if row.cycle_day and row.kind in LESSON_KINDS and row.cycle_day not in cycle_days:
        allowed = ", ".join(cycle_days) or "none yet, because the school has none"
        raise Refused(f"{row.on}: the cycle day “{row.cycle_day}” is not known; allowed are {allowed}.")


def _by_turn(
    rows: Sequence[DateRow], cycle_days: Sequence[str], policy: Literal["shift", "fixed"]
) -> dict[date, str | None]:
    code_by_date: dict[date, str | None] = {}
    turn: int | None = None
    for row in rows:
        if turn is None and row.kind in LESSON_KINDS | CLOSURE_KINDS and row.cycle_day in cycle_days:
            turn = cycle_days.index(row.cycle_day)
        code_by_date[row.on] = _code(row, None if turn is None else cycle_days[turn])
        if turn is not None and _uses_a_turn(row, policy):
            turn = (turn + 1) % len(cycle_days)
    return code_by_date


def _code(row: DateRow, due: str | None) -> str | None:
    if row.kind not in LESSON_KINDS:
        return None
    if row.cycle_day:
        return row.cycle_day
    return due if row.kind == "instructional" else None


def _uses_a_turn(row: DateRow, policy: Literal["shift", "fixed"]) -> bool:
    if row.cycle_day and row.waits:
        return False
    if row.kind in CLOSURE_KINDS:
        return policy == "fixed"
    return row.kind == "instructional" or (row.kind == "makeup" and bool(row.cycle_day))


def _by_weekday(rows: Sequence[DateRow], cycle_days: Sequence[str]) -> dict[date, str | None]:
    first = _weekday_of_first(rows, cycle_days)
    code_by_weekday = {(first + place) % 7: code for place, code in enumerate(cycle_days)}
    return {row.on: _code(row, code_by_weekday.get(row.on.weekday())) for row in rows}


def _weekday_of_first(rows: Sequence[DateRow], cycle_days: Sequence[str]) -> int:
    """The weekday (0 is Monday) that carries the first code; the others follow day by day.

    Most pinned instructional dates decide it, so a week that begins on Sunday works and one Tuesday that runs
    as a Monday does not move the year. Without a pin, or when pins disagree evenly, Monday wins if it is
    among the choices, and else the earliest pin does.
    """
    votes = Counter(
        (row.on.weekday() - cycle_days.index(row.cycle_day)) % 7
        for row in rows
        if row.kind == "instructional" and row.cycle_day and not row.waits
    )
    if not votes:
        return 0
    most = max(votes.values())
    choices = [weekday for weekday, count in votes.items() if count == most]
    return 0 if 0 in choices else choices[0]
