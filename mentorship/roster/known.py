"""What the rows of one file may refer to in another: of this import where it brings the kind, else of the school."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from mentorship.roster.cells import Cells


@dataclass(frozen=True)
class Rotation:
    """A turn of cycle days; `grades` empty means everybody."""

    name: str
    cycle_days: tuple[str, ...]
    grades: frozenset[str] = frozenset()


@dataclass
class Known:
    """Codes that stand, in the school's own order, and people whose row had to be left out (with where it is)."""

    rotations: tuple[Rotation, ...]
    people: frozenset[str] = frozenset()
    left_out: dict[str, str] = field(default_factory=dict)
    periods: tuple[str, ...] = ()
    waves: frozenset[str] = frozenset()
    bell_schedules: tuple[str, ...] = ()
    terms: frozenset[str] = frozenset()
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def cycle_days(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(day for rotation in self.rotations for day in rotation.cycle_days))

    def rotation_of(self, grades: Iterable[str]) -> Rotation:
        """The rotation that holds for these grades; the first one is everybody else's."""
        wanted = set(grades)
        named = (rotation for rotation in self.rotations if rotation.grades & wanted)
        return next(named, self.rotations[0])

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
            cells.fault(
                "period", f"There is no period “{code}” in the bell schedules. Allowed: {', '.join(self.periods)}."
            )
        return code
