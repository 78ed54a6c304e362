"""How much work a solve may do, in CP-SAT's own deterministic time, so that equal runs end equally."""

from __future__ import annotations

from dataclasses import dataclass

# Of each second given so much is work: one unit takes up to one and a half seconds on a slow core, and
# reading, the linear programs and the explanations want their time too.
WORK_A_SECOND = 0.3
LEAST = 0.01


@dataclass
class Work:
    """What is left of it; each search takes a part and pays for what it used."""

    left: float

    @classmethod
    def for_seconds(cls, seconds: int) -> Work:
        return cls(seconds * WORK_A_SECOND)

    def part(self, share: float) -> float:
        """The limit for one search: a share of what is left."""
        return max(LEAST, self.left * share)

    def spend(self, used: float) -> None:
        self.left = max(0.0, self.left - used)
