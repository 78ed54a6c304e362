"""The walkthrough problem as its file holds it, with the look-ups that everything else uses."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field

from matching.fields import AtLeastOne, Row, Seed
from matching.intervals import Span, day_of, moment
from matching.rule import Weighted, WeightWord
from matching.walkthroughs.rows import (
    Debriefing,
    GivenPair,
    Lesson,
    PastPair,
    Person,
    PersonInLesson,
    TravelTime,
    TwoPeople,
)


class VisitProblem(Row):
    """Who could visit whom: the format `visit-problem/1`. `reading.read_problem` makes one and checks it as a
    whole."""

    format: Literal["visit-problem/1"]
    people: tuple[Person, ...]
    lessons: tuple[Lesson, ...]
    min_minutes: AtLeastOne = 20
    visit_minutes: AtLeastOne = 40
    most_visitors_in_a_lesson: AtLeastOne = 1
    most_a_day: AtLeastOne | None = None
    most_at_once: AtLeastOne | None = None
    debrief: Debriefing | None = None
    weights: dict[str, WeightWord] = Field(default_factory=dict)
    pairs: tuple[GivenPair, ...] = ()
    mentoring: tuple[TwoPeople, ...] = ()
    apart: tuple[TwoPeople, ...] = ()
    declined: tuple[PersonInLesson, ...] = ()
    fixed: tuple[PersonInLesson, ...] = ()
    previous: tuple[PersonInLesson, ...] = ()
    past_pairs: tuple[PastPair, ...] = ()
    travel_minutes: tuple[TravelTime, ...] = ()
    seed: Seed = 1
    seconds: AtLeastOne = 10

    def weight(self, rule: Weighted) -> WeightWord:
        """The weight in words of a rule."""
        return self.weights.get(rule.key, rule.default)

    @cached_property
    def person_by_id(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def lesson_by_id(self) -> dict[str, Lesson]:
        return {lesson.id: lesson for lesson in self.lessons}

    @cached_property
    def span_by_lesson(self) -> dict[str, Span]:
        return {lesson.id: lesson.span for lesson in self.lessons}

    @cached_property
    def lessons_by_host(self) -> dict[str, list[Lesson]]:
        """Lessons of each host, ordered by time and then id."""
        found: dict[str, list[Lesson]] = defaultdict(list)
        for lesson in sorted(self.lessons, key=lambda lesson: (lesson.start, lesson.end, lesson.id)):
            found[lesson.host].append(lesson)
        return dict(found)

    @cached_property
    def lessons_by_host_day(self) -> dict[tuple[str, int], list[Lesson]]:
        """Lessons of each host on each day, ordered by time and then id."""
        found: dict[tuple[str, int], list[Lesson]] = defaultdict(list)
        for host, lessons in self.lessons_by_host.items():
            for lesson in lessons:
                found[host, day_of(self.span_by_lesson[lesson.id][0])].append(lesson)
        return dict(found)

    @cached_property
    def free_by_person(self) -> dict[str, list[Span]]:
        """Free intervals of each person, ordered."""
        return {person.id: sorted((moment(start), moment(end)) for start, end in person.free) for person in self.people}

    @cached_property
    def free_by_person_day(self) -> dict[tuple[str, int], list[Span]]:
        """Free intervals of each person on each day, ordered."""
        found: dict[tuple[str, int], list[Span]] = defaultdict(list)
        for person, spans in self.free_by_person.items():
            for span in spans:
                found[person, day_of(span[0])].append(span)
        return dict(found)

    @cached_property
    def known_windows(self) -> dict[tuple[str, Span, int, int], Span | None]:
        """Windows that `candidates` has found: many lessons are at the same time, and often asked for."""
        return {}

    @cached_property
    def day_numbers(self) -> dict[int, int]:
        """The problem's days (dates with any lesson or free interval), numbered from 0."""
        days = {day_of(span[0]) for span in self.span_by_lesson.values()}
        days |= {day for _, day in self.free_by_person_day}
        return {day: number for number, day in enumerate(sorted(days))}

    @cached_property
    def closed_days(self) -> dict[str, frozenset[int]]:
        """The days that each person has closed."""
        return {
            person.id: frozenset(date.fromisoformat(day).toordinal() for day in person.closed_days)
            for person in self.people
        }

    @cached_property
    def apart_pairs(self) -> frozenset[tuple[str, str]]:
        """People who are kept apart, in both directions."""
        return frozenset(self.apart) | {(second, first) for first, second in self.apart}

    @cached_property
    def mentoring_pairs(self) -> frozenset[tuple[str, str]]:
        """Mentors and mentees, in both directions."""
        return frozenset(self.mentoring) | {(second, first) for first, second in self.mentoring}

    @cached_property
    def declined_visits(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.declined)

    @cached_property
    def fixed_visits(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.fixed)

    @cached_property
    def previous_visits(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.previous)

    @cached_property
    def given_pairs(self) -> dict[tuple[str, str], GivenPair]:
        return {(pair[0], pair[1]): pair for pair in self.pairs}

    @cached_property
    def cycles_since(self) -> dict[tuple[str, str], int]:
        """How many cycles ago an ordered pair met last."""
        found: dict[tuple[str, str], int] = {}
        for visitor, host, cycles in self.past_pairs:
            found[visitor, host] = min(cycles, found.get((visitor, host), cycles))
        return found

    @cached_property
    def travel_by_buildings(self) -> dict[frozenset[str], int]:
        return {frozenset((one, other)): minutes for one, other, minutes in self.travel_minutes}

    def travel(self, visitor: str, lesson: Lesson) -> int:
        """Minutes of the way between the visitor's building and the lesson's; 0 where either is unknown."""
        theirs = lesson.building or self.person_by_id[lesson.host].building
        ours = self.person_by_id[visitor].building
        if not theirs or not ours or theirs == ours:
            return 0
        return self.travel_by_buildings.get(frozenset((ours, theirs)), 0)
