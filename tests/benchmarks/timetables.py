"""Real timetables as walkthrough problems: who teaches and plans when is real, what people want is drawn by a seed."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.benchmarks.words import FOCI

Json = dict[str, Any]
Clock = dict[tuple[str, str], tuple[str, str]]
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "timetables"
NAMES = ("au_rotating10_43", "en_school_68", "fi_high_18")
# All that there is, some of it twice under other names: 240 teachers.
LARGE = ("en_school_68", "en_school_68", "au_rotating10_43", "au_rotating10_43", "fi_high_18")
FIRST_DATE = date(2027, 1, 11)
FIRST_BELL, LESSON, BREAK = datetime(2027, 1, 1, 8, 0), timedelta(minutes=50), timedelta(minutes=5)


@cache
def timetable(name: str) -> Json:
    """A timetable of `../shared/data/timetables`; raises FileNotFoundError with a sentence where that is absent."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(f"The real timetables are not beside this checkout: {path} is missing.")
    found: Json = json.loads(path.read_bytes())
    return found


def visit_problem(*names: str, seed: int, days: int = 20, debriefs: bool = False, **more: Any) -> Json:
    """One school of these timetables on so many weekdays; everybody visits once, would like to twice, and may host."""
    draw = random.Random(f"{seed} {names}")
    dates = _weekdays(days)
    people: list[Json] = []
    lessons: list[Json] = []
    for copy, name in enumerate(names):
        whole = timetable(name)
        clock = _clock(whole)
        on_day: dict[str, list[date]] = {}
        for number, on in enumerate(dates):
            on_day.setdefault(whole["cycle_days"][number % len(whole["cycle_days"])], []).append(on)
        building = f"{name}-{copy}" if len(names) > 1 else ""
        for row in whole["teachers"]:
            people.append(_person(draw, f"{copy}{row['id']}", building, _dated(row["planning"], clock, on_day)))
        for row in whole["meetings"]:
            for teacher in row["teachers"]:
                for on in on_day.get(row["day"], ()):
                    start, end = clock[row["day"], row["period"]]
                    lessons.append(
                        {
                            "id": f"{copy}{row['id']}-{teacher}-{on:%m%d}",
                            "host": f"{copy}{teacher}",
                            "start": f"{on}T{start}",
                            "end": f"{on}T{end}",
                            "room": row["room"] or "",
                        }
                    )
    if debriefs:
        more["debrief"] = {"minutes": 15, "within_days": 2}
    return {"format": "visit-problem/1", "people": people, "lessons": lessons, "seed": 1, "seconds": 60, **more}


def _weekdays(count: int) -> list[date]:
    days = (FIRST_DATE + timedelta(days=number) for number in range(count * 2))
    return [on for on in days if on.weekday() < 5][:count]


def _clock(whole: Json) -> Clock:
    """The clock times of each slot: the file's own, or lessons of 50 minutes from eight on."""
    found: Clock = {}
    order: dict[str, int] = {}
    for slot in whole["slots"]:
        number = order.setdefault(slot["day"], 0)
        order[slot["day"]] += 1
        start = FIRST_BELL + number * (LESSON + BREAK)
        times = (slot["start"], slot["end"]) if slot["start"] else (f"{start:%H:%M}", f"{start + LESSON:%H:%M}")
        found[slot["day"], slot["period"]] = times
    return found


def _dated(slots: list[list[str]], clock: Clock, on_day: dict[str, list[date]]) -> list[list[str]]:
    """Slots of the rotation as intervals on their dates, in order of time."""
    found = []
    for day, period in slots:
        start, end = clock[day, period]
        found += [[f"{on}T{start}", f"{on}T{end}"] for on in on_day.get(day, ())]
    return sorted(found)


def _person(draw: random.Random, name: str, building: str, free: list[list[str]]) -> Json:
    return {
        "id": name,
        "building": building,
        "free": free,
        "visit": {"required": 1, "wanted": 2, "per_month": 2},
        "host": {"required": 0, "most": 2},
        "keep_free_per_week": draw.choice((0, 1, 2)),
        "wants_to_learn": draw.sample(FOCI, 2),
        "shows": draw.sample(FOCI, 2),
        "gives_feedback_on": draw.sample(FOCI, draw.choice((0, 1))),
        "wants_feedback_on": draw.sample(FOCI, draw.choice((0, 1))),
        "departments": [draw.choice(("sciences", "languages", "arts", "humanities"))],
    }
