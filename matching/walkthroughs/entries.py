"""Planning intervals, as one entry of `free` each: what takes of them, and how many debriefs find room in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass, field

from matching.intervals import Span, day_of, overlap
from matching.walkthroughs.candidates import Candidates
from matching.walkthroughs.problem import VisitProblem


@dataclass
class Entry:
    """What takes of an entry: `visits` with how many debriefs each leaves no room for, `debriefs` by the two people;
    `most` debriefs fit in all."""

    most: int
    visits: dict[int, int] = field(default_factory=dict)
    debriefs: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


def used_entries(problem: VisitProblem, person: str, span: Span) -> list[Span]:
    """The planning intervals that a visit or debrief takes from a person."""
    entries = problem.free_by_person_day.get((person, day_of(span[0])), ())
    return [entry for entry in entries if overlap(entry, span)]


def entries_taken(candidates: Candidates, people: Container[str]) -> dict[tuple[str, Span], Entry]:
    """What the choices take of each of these people's entries. When in an entry a debrief lies is left open."""
    problem = candidates.problem
    minutes = problem.debrief.minutes if problem.debrief else 0
    found: dict[tuple[str, Span], Entry] = {}

    def taken(person: str, span: Span) -> list[tuple[Span, Entry]]:
        return [
            (entry, found.setdefault((person, entry), Entry((entry[1] - entry[0]) // minutes if minutes else 0)))
            for entry in used_entries(problem, person, span)
        ]

    for number, visit, debrief in candidates.debriefed:
        for person in visit.people:
            if person in people:
                for _, entry in taken(person, debrief):
                    entry.debriefs[visit.people].append(number)
    for number, visit in candidates.numbered_visits():
        if visit.visitor not in people:
            continue
        for (start, end), entry in taken(visit.visitor, visit.span):
            if minutes:
                before, after = visit.occupied[0] - start, end - visit.occupied[1]
                entry.visits[number] = entry.most - max(before, 0) // minutes - max(after, 0) // minutes
            else:
                entry.visits[number] = 0
    return found
