"""One integer program: numbered choices, the rows of the limits, and each aim as a weighted sum.

It knows no solver: `linear` and `exact` read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Any

import numpy as np

from matching.walkthroughs.arrays import Integers
from matching.walkthroughs.candidates import Candidates, Plan
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.kinds import posted
from matching.walkthroughs.model import AtMost, AtMostUsed, Together, integers
from matching.walkthroughs.rules import LIMITS
from matching.walkthroughs.rules.video_is_needed import Side
from matching.walkthroughs.space import Space

# Two aims in one: the second counts in days, of which no plan has as many as half a step of the first weighs.
FIT_THEN_EARLY, TALKS = "fit, then early", "debriefs, then early"
CHOICE_AIMS = ("covered", "live", "moved", "wanted", "fit", "early", FIT_THEN_EARLY, TALKS)


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """A row: the weighted sum lies between two bounds; None leaves a side open."""

    numbers: Integers
    weights: Integers
    least: int | None
    most: int | None


@dataclass
class Sum:
    """An aim as a weighted sum of all numbers and a constant.

    Of two aims in one, `unit` is what one of the first weighs, `step` what all its values are multiples of, and `late`
    the most that all days weigh together.
    """

    weights: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    constant: int = 0
    unit: int = 1
    step: int = 1
    late: int = 0

    def add(self, numbers: Integers, weights: Integers | int) -> None:
        """Give these numbers more weight."""
        most = int(np.max(numbers, initial=-1)) + 1
        if most > len(self.weights):
            self.weights = np.pad(self.weights, (0, most - len(self.weights)))
        self.weights[numbers] += weights

    def value(self, chosen: Integers) -> int:
        return self.constant + int(self.weights @ chosen[: len(self.weights)])

    def first(self, value: int) -> int:
        """Of two aims in one, the value of the first."""
        return (value + self.unit // 2) // self.unit


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """The numbers that count one side of one person: live visits, videos, and the units they cover."""

    required: int
    visits: Integers
    covered: int
    missing: int
    beyond: int
    full: int | None


@dataclass
class Program:
    """Choices are numbered: visits, videos, then what counts units. `limits` hold only visits and videos."""

    candidates: Candidates
    limits: list[AtMost]
    lower: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    rows: list[Between] = field(default_factory=list)
    aims: dict[str, Sum] = field(default_factory=dict)
    units: dict[Side, Unit] = field(default_factory=dict)
    covers: dict[int, list[tuple[Side, int]]] = field(default_factory=dict)
    uses: dict[int, tuple[Together, ...]] = field(default_factory=dict)

    @property
    def choices(self) -> int:
        """How many numbers are visits and videos."""
        return len(self.candidates.visits) + len(self.candidates.videos)

    def plan(self, chosen: Integers) -> Plan:
        """The plan that these values say."""
        return self.candidates.plan(np.flatnonzero(chosen[: self.choices]).tolist())

    def number(self, upper: int) -> int:
        self.lower.append(0)
        self.upper.append(upper)
        return len(self.upper) - 1

    def between(self, terms: Sequence[tuple[Any, int]], least: int | None, most: int | None) -> None:
        """Post a row over terms: numbers, or arrays of them, each with its weight."""
        numbers = [np.atleast_1d(integers(each) if isinstance(each, list) else np.asarray(each)) for each, _ in terms]
        weights = [np.full(len(each), weight) for each, (_, weight) in zip(numbers, terms, strict=True)]
        self.rows.append(Between(np.concatenate(numbers), np.concatenate(weights), least, most))

    def completed(self, chosen: Iterable[int]) -> Integers:
        """The values of all numbers where these visits and videos, in this order, are chosen."""
        listed = list(chosen)
        values = np.zeros(len(self.upper), dtype=np.int64)
        values[listed] = 1
        for unit in self.units.values():
            made = int(values[unit.visits].sum())
            values[unit.covered] = min(made, unit.required)
            values[unit.missing] = unit.required - values[unit.covered]
            values[unit.beyond] = made - values[unit.covered]
            if unit.full is not None:
                values[unit.full] = int(made >= unit.required)
        for number, sets in self.uses.items():
            values[number] = int(any(values[held].any() for held, _ in sets))
        for video in listed:
            for side, number in self.covers.get(video, ()):
                if side in self.units and values[self.units[side].missing]:
                    values[number] = 1
                    values[self.units[side].missing] -= 1
        return values


def better(aim: str, one: int, other: int) -> bool:
    """Whether a value of an aim is better than another."""
    return one < other if aim in SMALLER_IS_BETTER else one > other


def build_program(space: Space, candidates: Candidates) -> Program:
    """The program over these candidates."""
    model = posted(LIMITS, candidates)
    program = Program(candidates, model.rows)
    for _ in range(program.choices):
        program.number(1)
    _keep_what_stands(program)
    for row in program.limits:
        program.rows.append(Between(row.numbers, row.weights, None, row.bound))
    for used in model.used:
        _count_used(program, used)
    program.aims = {aim: Sum() for aim in CHOICE_AIMS}
    _count_units(program)
    _count_choices(space, program)
    for goal in program.aims.values():
        goal.weights = np.pad(goal.weights, (0, len(program.upper) - len(goal.weights)))
    return program


def _keep_what_stands(program: Program) -> None:
    variants: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, visit in program.candidates.numbered_visits():
        if visit.place in program.candidates.stands:
            variants[visit.place].append(number)
    for numbers in variants.values():
        if len(numbers) == 1:
            program.lower[numbers[0]] = 1
        else:
            program.between([(numbers, 1)], 1, 1)


def _count_used(program: Program, row: AtMostUsed) -> None:
    groups = []
    for sets in row.groups:
        number = program.number(1)
        program.uses[number] = sets
        groups.append((number, 1))
        for held, most in sets:
            program.between([(held, 1), (number, -most)], None, 0)
    program.between(groups, None, row.bound)


def _count_choices(space: Space, program: Program) -> None:
    problem = space.problem
    fit, moved, early = (program.aims[aim] for aim in ("fit", "moved", "early"))
    most_visits = sum(person.visits_wanted for person in problem.people)
    late = most_visits * len(problem.day_numbers)
    moved.constant = len(problem.previous)
    visits = program.candidates.visits
    numbers = np.arange(len(visits))
    days = np.fromiter((problem.day_numbers[visit.day] for visit in visits), dtype=np.int64, count=len(visits))
    fit.add(numbers, np.fromiter((space.pairs[visit.people].fit for visit in visits), np.int64, count=len(visits)))
    talked = integers([number for number, _, _ in program.candidates.debriefed])
    # All fits are multiples of the same step: the fewer digits the two aims need, the sooner they are settled.
    steps = {FIT_THEN_EARLY: gcd(*fit.weights.tolist()), TALKS: 1}
    for aim, first, weight in ((FIT_THEN_EARLY, numbers, fit.weights), (TALKS, talked, 1)):
        goal = program.aims[aim]
        goal.late, goal.step = late, max(1, steps[aim])
        goal.unit = 2 * late // goal.step + 1
        goal.add(first, goal.unit * weight)
        goal.add(numbers, -days)
    if problem.previous:
        moved.add(integers([n for n, visit in enumerate(visits) if visit.place in problem.previous_visits]), -1)
    early.add(numbers, days)


def _count_units(program: Program) -> None:
    problem = program.candidates.problem
    visits = program.candidates.visits
    live: dict[Side, Integers] = {}
    for unit, role in (("visit", "visitor"), ("host", "host")):
        for numbers in program.candidates.groups(role):
            live[getattr(visits[numbers[0]], role), unit] = numbers
    shown = _cover_by_video(program)
    for person in problem.people:
        for side, required, total in (
            ("visit", person.visits_required, person.visits_wanted),
            ("host", person.hosts_required, person.hosts_most),
        ):
            _count_units_of(program, (person.id, side), required, total, live, shown)


def _cover_by_video(program: Program) -> dict[Side, list[int]]:
    # A video is chosen only with a unit that it covers, on either side or on both.
    shown: dict[Side, list[int]] = defaultdict(list)
    for video, pair in program.candidates.numbered_videos():
        covers = []
        for side in ((pair.visitor, "visit"), (pair.host, "host")):
            number = program.number(1)
            program.between([(number, 1), (video, -1)], None, 0)
            program.aims["live"].add(integers([number]), 1)
            shown[side].append(number)
            covers.append((number, -1))
            program.covers.setdefault(video, []).append((side, number))
        program.between([(video, 1), *covers], None, 0)
    return shown


def _count_units_of(
    program: Program,
    side: Side,
    required: int,
    total: int,
    live: dict[Side, Integers],
    shown: dict[Side, list[int]],
) -> None:
    visits = live.get(side, integers([]))
    if not required:
        for number in shown[side]:
            program.upper[number] = 0
        if side[1] == "visit":
            program.aims["wanted"].add(visits, 1)
        return
    covered, missing = program.number(required), program.number(required)
    beyond = program.number(max(total - required, 0))
    program.between([(visits, 1), (covered, -1), (beyond, -1)], 0, 0)
    program.between([(shown[side], 1), (covered, 1), (missing, 1)], required, required)
    program.aims["covered"].add(integers([missing]), 1)
    if side[1] == "visit":
        program.aims["wanted"].add(integers([beyond]), 1)
    full = program.number(1) if shown[side] and total > required else None
    program.units[side] = Unit(required, visits, covered, missing, beyond, full)
    if full is not None:
        # Visits count beyond what is required only once all required units are live, so that no video stands
        # on a unit that a visit already covers.
        program.between([(covered, 1), (full, -required)], 0, None)
        program.between([(beyond, 1), (full, -(total - required))], None, 0)
