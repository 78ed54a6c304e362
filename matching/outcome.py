"""What a solve comes back with: the aims in their order, each with its value and its proven bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["optimal", "feasible", "stopped"]


@dataclass(frozen=True)
class Aim:
    """One aim of a plan; `bound` is the best value any plan can have given the values of the aims before it."""

    name: str
    value: int
    bound: int | None

    @property
    def proven(self) -> bool:
        return self.bound == self.value

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "bound": self.bound}


# A solver calls `report(phase, aims, plan)` whenever it has a better complete plan or a better bound. The front
# process prints the progress lines and keeps the last complete plan, so that one is always at hand.
Report = Callable[[str, list[Aim], dict[str, Any] | None], None]


def silent(phase: str, aims: list[Aim], plan: dict[str, Any] | None) -> None:
    """A report that goes nowhere."""
