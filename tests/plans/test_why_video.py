"""Why a recording takes the place of a visit: told only as far as the timetable bears it out."""

from __future__ import annotations

from typing import Any

import pytest
from builders import BY, NOW, Round

from mentorship.plans.operations import drafts, keep_draft
from mentorship.plans.unplaced import why_video

DAY = "2027-01-12"
NONE = "no free period of the visitor lines up with a lesson of the host"
TAKEN = "the free periods that line up are needed for other visits"


def problem(free: list[list[str]], *lessons: tuple[str, str]) -> dict[str, Any]:
    return {
        "min_minutes": 20,
        "people": [{"id": "V", "free": [[f"{DAY}T{start}", f"{DAY}T{end}"] for start, end in free]}, {"id": "H"}],
        "lessons": [{"host": "H", "start": f"{DAY}T{start}", "end": f"{DAY}T{end}"} for start, end in lessons],
    }


@pytest.mark.parametrize(
    ("free", "lessons", "why"),
    [
        ([], [("09:00", "10:00")], NONE),
        ([["08:00", "09:00"]], [("09:00", "10:00")], NONE),
        ([["08:00", "09:19"]], [("09:00", "10:00")], NONE),
        ([["08:00", "09:20"]], [("09:00", "10:00")], TAKEN),
        ([["08:00", "08:30"], ["09:30", "10:30"]], [("11:00", "12:00"), ("09:00", "10:00")], TAKEN),
    ],
)
def test_it_says_that_nothing_lines_up_only_where_nothing_does(
    free: list[list[str]], lessons: list[tuple[str, str]], why: str
) -> None:
    assert why_video(problem(free, *lessons), "V", "H") == why


def test_another_date_does_not_line_up() -> None:
    other = problem([["09:00", "10:00"]], ("09:00", "10:00"))
    other["lessons"][0] |= {"start": "2027-01-13T09:00", "end": "2027-01-13T10:00"}
    assert why_video(other, "V", "H") == NONE


def test_a_kept_plan_writes_it_down(planned: Round) -> None:
    draft = drafts(planned.cycle, now=NOW, seconds=1, seed=1, parts=["visits"])[0]
    video = {"visitor": "Chen", "host": "Lund", "mode": "learn", "focus": "questioning"}
    outcome = {"visits": [], "videos": [video], "missing": [], "aims": []}
    keep_draft(planned.cycle, draft, outcome, by=BY, now=NOW)
    kept = planned.visit()
    assert (kept.medium, kept.reasons) == ("video", [{"rule": "video_is_needed", "fact": TAKEN}])
