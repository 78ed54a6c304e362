"""How a planning run gets better: the few points of it that are kept, and the drawing of them in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

MOST_POINTS = 60
# What people can count, in the order of the aims.
COUNTED = ("paired", "covered", "live", "wanted")
LABELS = {
    "paired": "New teachers with a mentor",
    "covered": "Needed visits that have a place",
    "live": "Needed visits in the room",
    "wanted": "Visits in the room",
}
LEFT, RIGHT, TOP, BOTTOM = 34, 262, 24, 140
# The words beside the best plan end with it, and reach so far to the left and down.
LABEL_FROM, LABEL_HEIGHT = 145, 18


@dataclass(frozen=True)
class Level:
    """So many were placed after so many seconds, and no plan places more than `limit`."""

    at: int
    value: int
    limit: int


@dataclass(frozen=True)
class Chart:
    """A drawing of 300 by 170: `marks` are the attributes of its parts by name, `ticks` numbers from the top down.

    `rows` say the same as a table, `sentence` in words.
    """

    label: str
    sentence: str
    now: str
    marks: dict[str, dict[str, str]]
    ticks: tuple[str, str, str]
    rows: tuple[Level, ...]


def noted(history: Sequence[Any], line: Mapping[str, Any]) -> list[Any]:
    """The points [seconds, {aim: [value, bound]}] with one more: where something changed, and the newest.

    There are never more than `MOST_POINTS`: of too many every other one is dropped.
    """
    seen = {aim["name"]: [aim["value"], aim["bound"]] for aim in line.get("aims", ()) if aim["name"] in COUNTED}
    if not seen:
        return list(history)
    kept = list(history[:-1] if len(history) > 1 and history[-1][1] == history[-2][1] == seen else history)
    found = [*kept, [round(float(line["at"]), 1), seen]]
    return found if len(found) <= MOST_POINTS else [*found[:-1:2], found[-1]]


def chart(part: str, history: Sequence[Any], sizes: Mapping[str, int]) -> Chart | None:
    """The drawing of the first aim that was not at its best from the beginning; None before there is any plan."""
    if not history:
        return None
    name = _first_open(part, history)
    rows = tuple(_level(name, int(at), seen, sizes) for at, seen in history)
    end = rows[-1]
    high, least = max(row.limit for row in rows), min(row.value for row in rows)
    low = max(0, least - max(1, (high - least) // 8))

    middle = (high + low) // 2

    def x(at: int) -> float:
        return RIGHT if at == end.at else round(LEFT + (RIGHT - LEFT) * at / end.at, 1)

    def y(count: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (count - low) / max(high - low, 1), 1)

    ends = y(end.value)
    # Under the steps as far as the words reach to the left; where the steps begin too low, above their end.
    reached = [y(row.value) for row, then in pairwise(rows) if x(then.at) >= LABEL_FROM]
    lowest = max([ends, *reached])
    under = lowest + LABEL_HEIGHT if lowest + LABEL_HEIGHT < BOTTOM else ends - LABEL_HEIGHT / 2
    marks = {
        "best": {"d": _steps([(x(row.at), y(row.value)) for row in rows])},
        "limit": {"d": _steps([(x(row.at), y(row.limit)) for row in rows])},
        "dot": {"cx": f"{x(end.at)}", "cy": f"{ends}"},
        "best_label": {"y": f"{under}"},
        "limit_label": {"y": f"{y(rows[0].limit) - 8}"},
        "axes": {"d": f"M30 {TOP}V{BOTTOM}H292M30 {y(middle)}H292M30 {TOP}H292"},
        "middle": {"y": f"{y(middle) + 4}"},
    }
    ticks = (str(high), str(middle) if low < middle < high else "", str(low))
    return Chart(LABELS[name], _sentence(LABELS[name], rows), f"{end.at} s", marks, ticks, _changes(rows))


def _first_open(part: str, history: Sequence[Any]) -> str:
    names = [name for name in COUNTED if (name == "paired") == (part == "pairings")]
    for name in names:
        if any(seen[name][0] != seen[name][1] for _, seen in history if name in seen):
            return name
    return names[-1]


def _level(name: str, at: int, seen: Mapping[str, Sequence[int | None]], sizes: Mapping[str, int]) -> Level:
    """Aims that are lost units are turned into units that are placed; what has no bound yet has the obvious one."""
    value = {each: int(pair[0] or 0) for each, pair in seen.items()}
    bound = seen[name][1] if name in seen else None
    required = sizes.get("required", 0)
    if name == "paired":
        return Level(at, value["paired"], sizes.get("mentees", 0) if bound is None else bound)
    placed = required - value.get("covered", 0)
    if name == "covered":
        return Level(at, placed, required - (bound or 0))
    if name == "live":
        return Level(at, placed - value.get("live", 0), placed - (bound or 0))
    in_room = placed - value.get("live", 0)
    more = sizes.get("wanted", 0) if bound is None else bound
    return Level(at, in_room + value.get("wanted", 0), in_room + more)


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """A plan stays the best until the next one."""
    if len(points) == 1:
        return f"M{LEFT} {points[0][1]}H{RIGHT}"
    path = f"M{points[0][0]} {points[0][1]}"
    for across, down in points[1:]:
        path += f"H{across}V{down}"
    return path


def _changes(rows: Sequence[Level]) -> tuple[Level, ...]:
    """The rows at which a number is another one than before."""
    return tuple(
        row
        for place, row in enumerate(rows)
        if place == 0 or (row.value, row.limit) != (rows[place - 1].value, rows[place - 1].limit)
    )


def _sentence(label: str, rows: Sequence[Level]) -> str:
    first, last = rows[0], rows[-1]
    rose = f"rose from {first.value} to {last.value}" if last.value != first.value else f"have been {last.value}"
    seconds = f"{last.at} second{'' if last.at == 1 else 's'}"
    if last.limit == last.value:
        limit = "No plan can have more."
    elif first.limit != last.limit:
        limit = f"The proven limit fell from {first.limit} to {last.limit}."
    else:
        limit = f"The proven limit is {last.limit}."
    return f"{label} {rose} in {seconds}. {limit}"
