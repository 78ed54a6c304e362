"""What a coach looks for among the visits of a cycle: what an address line says, and the rows that it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mentorship.plans.models import VISIT_STATUSES, Visit

HIDDEN = "cancelled"
VIDEO = "video"
NEEDS_DECISION = ("needs_new_time", "time_asked", "expired")


@dataclass(frozen=True)
class Filters:
    """One page of visits: the words looked for, the week, the chosen visit, and whether grid or list was asked for."""

    focus: str = ""
    status: str = ""
    who: str = ""
    view: str = ""
    week: date | None = None
    visit: int | None = None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Filters:
        """From an address line; what cannot be read counts as not said."""
        status, view, visit = args.get("status", ""), args.get("view", ""), args.get("visit", "")
        return cls(
            focus=args.get("focus", "").strip(),
            status=status if status in (*VISIT_STATUSES, VIDEO) else "",
            who=" ".join(args.get("who", "").split()),
            view=view if view in ("list", "grid") else "",
            week=_date(args.get("week", "")),
            visit=int(visit) if visit.isascii() and visit.isdigit() and len(visit) < 10 else None,
        )

    def matches(self, visit: Visit) -> bool:
        """Cancelled visits are seen only by who asks for them."""
        if self.status == VIDEO:
            is_wanted = visit.medium == VIDEO and visit.status != HIDDEN
        else:
            is_wanted = visit.status == self.status if self.status else visit.status != HIDDEN
        names = [member.person.name.casefold() for member in visit.people]
        return (
            is_wanted
            and (not self.focus or visit.focus == self.focus)
            and (not self.who or any(self.who.casefold() in name for name in names))
        )

    @property
    def used(self) -> list[str]:
        """The filters that are set, by their labels."""
        labels = (("person", self.who), ("focus", self.focus), ("status", self.status))
        return [label for label, word in labels if word]

    def args(self, **changes: object) -> dict[str, object]:
        """The same page as arguments of an address, with changes; what is not set stands nowhere."""
        now = {name: getattr(self, name) for name in ("focus", "status", "who", "view", "week", "visit")}
        return {name: value for name, value in {**now, **changes}.items() if value}


def focuses_of(visits: Sequence[Visit]) -> list[str]:
    return sorted({visit.focus for visit in visits if visit.focus}, key=str.casefold)


def names_in(visits: Sequence[Visit]) -> list[str]:
    return sorted({member.person.name for visit in visits for member in visit.people}, key=str.casefold)


def _date(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
