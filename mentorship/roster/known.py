"""What the rows of one file may refer to in another: of this import where it brings the kind, else of the school."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mentorship.roster.cells import Cells


@dataclass(frozen=True)
class Rotation:
    """A turn of cycle days; `grades` empty means everybody."""

    name: str
    cycle_days: tuple[str, ...]
    grades: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ring:
    """What other rows may say of a bell."""

    bell_schedule: str
    period: str
    kind: str
    wave: str


@dataclass
class Known:
    """Codes that stand, in the school's own order, and those whose row had to be left out (with where it is)."""

    rotations: tuple[Rotation, ...]
    people: frozenset[str] = frozenset()
    left_out: dict[str, str] = field(default_factory=dict)
    terms_left_out: dict[str, str] = field(default_factory=dict)
    rings: tuple[Ring, ...] = ()
    periods: tuple[str, ...] = ()
    waves: frozenset[str] = frozenset()
    bell_schedules: tuple[str, ...] = ()
    terms: frozenset[str] = frozenset()
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def cycle_days(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(day for rotation in self.rotations for day in rotation.cycle_days))

    def rotation_of(self, grades: Iterable[str]) -> Rotation:
        """The rotation that holds for these grades; everybody else's is the one without grades, or the first."""
        wanted = set(grades)
        named = [rotation for rotation in self.rotations if rotation.grades & wanted]
        open_to_all = [rotation for rotation in self.rotations if not rotation.grades]
        return [*named, *open_to_all, *self.rotations][0]

    def know_bells(self, rings: Iterable[Ring]) -> None:
        self.rings = tuple(rings)
        self.periods = period_order(self.rings)
        self.waves = frozenset(ring.wave for ring in self.rings if ring.wave)
        self.bell_schedules = tuple(dict.fromkeys(ring.bell_schedule for ring in self.rings))

    def person(self, cells: Cells, column: str, code: str) -> str | None:
        """The code where somebody has it. A person whose own row was left out is dropped here, and counted."""
        if code in self.people:
            return code
        if code in self.left_out:
            self.dropped[(code, self.left_out[code])] += 1
        else:
            cells.fault(
                column, f"Nobody has the person_id “{code}”. Add that person to the staff file, or correct it.", code
            )
        return None

    def cycle_day(self, cells: Cells, column: str = "cycle_day") -> str:
        """A known cycle day, or blank for every one."""
        code = cells.text(column)
        if code and code not in self.cycle_days:
            cells.fault(column, f"There is no cycle day “{code}”. Allowed: {', '.join(self.cycle_days)}.")
        return code

    def period(self, cells: Cells, *, required: bool = False) -> str:
        code = cells.text("period", required=required)
        if code and code not in self.periods:
            allowed = ", ".join(self.periods) or "none, because no bells were imported"
            cells.fault("period", f"There is no period “{code}” in the bell schedules. Allowed: {allowed}.")
        return code


_NUMBERED = re.compile(r"(\D*)(\d+)")


def period_order(rings: Sequence[Ring]) -> tuple[str, ...]:
    """The school's own order of periods: that of its bells, but numbers by value, lunches last.

    Many schools list the bells of each cycle day apart (1, 3, 5, 7, then 2, 4, 6, 8), and a range from 1 to 4 means
    four periods all the same. No range of classes runs across a lunch.
    """
    is_lunch: dict[str, bool] = {}
    for ring in rings:
        is_lunch[ring.period] = is_lunch.get(ring.period, True) and ring.kind == "lunch"
    classes = [code for code, lunch in is_lunch.items() if not lunch]
    numbers_by_prefix: dict[str, list[tuple[int, str]]] = {}
    for code in classes:
        if match := _NUMBERED.fullmatch(code):
            numbers_by_prefix.setdefault(match[1], []).append((int(match[2]), code))
    next_by_prefix = {prefix: iter(sorted(numbers)) for prefix, numbers in numbers_by_prefix.items()}
    matches = [(code, _NUMBERED.fullmatch(code)) for code in classes]
    ordered = [next(next_by_prefix[match[1]])[1] if match else code for code, match in matches]
    return (*ordered, *(code for code, lunch in is_lunch.items() if lunch))
