"""One integer program: numbered choices, the rows of the limits, and each aim as a weighted sum.

It knows no solver: `linear` and `exact` read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matching.walkthroughs.candidates import Candidates, Plan
from matching.walkthroughs.judge import SMALLER_IS_BETTER
from matching.walkthroughs.kinds import posted
from matching.walkthroughs.model import AtMost, AtMostUsed, Together
from matching.walkthroughs.rules import LIMITS
from matching.walkthroughs.rules.video_is_needed import Side
from matching.walkthroughs.space import Space

TALKS = "debriefs, then early"
CHOICE_AIMS = ("covered", "live", "moved", "wanted", "fit", "early", TALKS)


@dataclass(frozen=True, slots=True)
class Between:
    """A row: the weighted sum lies between two bounds; None leaves a side open."""

    numbers: tuple[int, ...]
    weights: tuple[int, ...]
    least: int | None
    most: int | None


@dataclass
class Sum:
    """An aim as a weighted sum of choices and a constant."""

    weights: dict[int, int] = field(default_factory=dict)
    constant: int = 0

    def value(self, chosen: Sequence[float]) -> float:
        return self.constant + sum(weight * chosen[number] for number, weight in self.weights.items())


@dataclass(frozen=True, slots=True)
class Unit:
    """The numbers that count one side of one person: live visits, videos, and the units they cover."""

    required: int
    visits: tuple[int, ...]
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
    # More than all visits of a plan can be late together, in days: what one debrief weighs in `TALKS`.
    debrief_weight: int = 1

    @property
    def choices(self) -> int:
        """How many numbers are visits and videos."""
        return len(self.candidates.visits) + len(self.candidates.videos)

    def plan(self, chosen: Sequence[int]) -> Plan:
        """The plan that these values say."""
        return self.candidates.plan(number for number in range(self.choices) if chosen[number])

    def number(self, upper: int) -> int:
        self.lower.append(0)
        self.upper.append(upper)
        return len(self.upper) - 1

    def between(self, terms: Iterable[tuple[int, int]], least: int | None, most: int | None) -> None:
        """Post a row over (number, weight) terms."""
        listed = list(terms)
        self.rows.append(Between(tuple(n for n, _ in listed), tuple(w for _, w in listed), least, most))

    def completed(self, chosen: Iterable[int]) -> list[int]:
        """The values of all numbers where these visits and videos, in this order, are chosen."""
        listed = list(chosen)
        values = [0] * len(self.upper)
        for number in listed:
            values[number] = 1
        for unit in self.units.values():
            made = sum(values[number] for number in unit.visits)
            values[unit.covered] = min(made, unit.required)
            values[unit.missing] = unit.required - values[unit.covered]
            values[unit.beyond] = made - values[unit.covered]
            if unit.full is not None:
                values[unit.full] = int(made >= unit.required)
        for number, sets in self.uses.items():
            values[number] = int(any(values[chosen] for held, _ in sets for chosen in held))
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
            program.between([(number, 1) for number in numbers], 1, 1)


def _count_used(program: Program, row: AtMostUsed) -> None:
    groups = []
    for sets in row.groups:
        number = program.number(1)
        program.uses[number] = sets
        groups.append((number, 1))
        for held, most in sets:
            program.between([*((chosen, 1) for chosen in held), (number, -most)], None, 0)
    program.between(groups, None, row.bound)


def _count_choices(space: Space, program: Program) -> None:
    problem = space.problem
    fit, moved, early, talks = (program.aims[aim] for aim in ("fit", "moved", "early", TALKS))
    most_visits = sum(person.visits_wanted for person in problem.people)
    program.debrief_weight = 2 * most_visits * len(problem.day_numbers) + 1
    moved.constant = len(problem.previous)
    for number, visit in program.candidates.numbered_visits():
        points = space.pairs[visit.visitor, visit.host].fit
        if points:
            fit.weights[number] = points
        if visit.place in problem.previous_visits:
            moved.weights[number] = -1
        day = problem.day_numbers[visit.day]
        if day:
            early.weights[number] = day
        talks.weights[number] = program.debrief_weight * bool(visit.debrief) - day


def _count_units(program: Program) -> None:
    problem = program.candidates.problem
    live: dict[Side, list[int]] = defaultdict(list)
    for number, visit in program.candidates.numbered_visits():
        live[visit.visitor, "visit"].append(number)
        live[visit.host, "host"].append(number)
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
            program.aims["live"].weights[number] = 1
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
    live: dict[Side, list[int]],
    shown: dict[Side, list[int]],
) -> None:
    visits = live[side]
    if not required:
        for number in shown[side]:
            program.upper[number] = 0
        if side[1] == "visit":
            program.aims["wanted"].weights.update(dict.fromkeys(visits, 1))
        return
    covered, missing = program.number(required), program.number(required)
    beyond = program.number(max(total - required, 0))
    program.between([(n, 1) for n in visits] + [(covered, -1), (beyond, -1)], 0, 0)
    program.between([(n, 1) for n in shown[side]] + [(covered, 1), (missing, 1)], required, required)
    program.aims["covered"].weights[missing] = 1
    if side[1] == "visit":
        program.aims["wanted"].weights[beyond] = 1
    full = program.number(1) if shown[side] and total > required else None
    program.units[side] = Unit(required, tuple(visits), covered, missing, beyond, full)
    if full is not None:
        # Visits count beyond what is required only once all required units are live, so that no video stands
        # on a unit that a visit already covers.
        program.between([(covered, 1), (full, -required)], 0, None)
        program.between([(beyond, 1), (full, -(total - required))], None, 0)
