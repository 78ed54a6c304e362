"""Builders for small walkthrough problems: one school week of January 2027, from Monday the 11th."""

from __future__ import annotations

import json
from typing import Any

from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.reading import read_problem
from matching.walkthroughs.solve import solve

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = "2027-01-11", "2027-01-12", "2027-01-13", "2027-01-14"
Json = dict[str, Any]


def span(day: str, start: str = "09:00", end: str = "09:50") -> list[str]:
    return [f"{day}T{start}", f"{day}T{end}"]


def visitor(name: str, *free: list[str], wanted: int = 1, required: int = 1, **more: Any) -> Json:
    """Somebody who wants to learn questioning and visits."""
    visit = {"required": required, "wanted": wanted} | more.pop("visit", {})
    person = {"id": name, "free": list(free), "wants_to_learn": ["questioning"], "visit": visit}
    return person | more


def host(name: str, *, most: int = 1, **more: Any) -> Json:
    """Somebody who shows questioning and hosts."""
    return {"id": name, "shows": ["questioning"], "host": {"most": most} | more.pop("host", {})} | more


def lesson(name: str, of: str, day: str, start: str = "09:00", end: str = "09:50", **more: Any) -> Json:
    return {"id": name, "host": of, "start": f"{day}T{start}", "end": f"{day}T{end}"} | more


def problem_json(people: list[Json], lessons: list[Json], **more: Any) -> Json:
    return {"format": "visit-problem/1", "people": people, "lessons": lessons} | more


def problem(people: list[Json], lessons: list[Json], **more: Any) -> VisitProblem:
    return read_problem(json.dumps(problem_json(people, lessons, **more)).encode())


def visits(*places: tuple[str, str], **debriefs: list[str]) -> Json:
    """A plan of (visitor, lesson) places; a debrief is named by its lesson."""
    rows = [{"visitor": who, "lesson": held, "debrief": debriefs.get(held)} for who, held in places]
    return {"visits": rows, "videos": []}


def solved(asked: VisitProblem) -> Json:
    return solve(asked, lambda phase, aims, plan: None)


def places(outcome: Json) -> set[tuple[str, str]]:
    return {(visit["visitor"], visit["lesson"]) for visit in outcome["visits"]}


def aims(outcome: Json) -> dict[str, int]:
    return {aim["name"]: aim["value"] for aim in outcome["aims"]}
