"""Why two people were brought together, in words for the two themselves."""

from __future__ import annotations

from typing import Any

from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Visit

# The focus stands on the page by itself. Of a wish nobody is told: whoever knows their own could tell the other's.
UNTOLD = frozenset({"focus", "trained", "wishes"})


def why_together(thing: Visit | Pairing, reader: Membership) -> list[str]:
    """What spoke for it, said to one of the two; what spoke against it is not told."""
    told = [each for each in thing.reasons if each.get("fact") and each.get("step", 1) and each["rule"] not in UNTOLD]
    return [_sentence(each, thing, reader) for each in told]


def _sentence(reason: dict[str, Any], thing: Visit | Pairing, reader: Membership) -> str:
    fact = str(reason["fact"])
    if reason["rule"] == "mentor_and_mentee":
        return "You are mentor and new teacher"
    if reason["rule"] == "not_again_soon":
        return (
            f"Your last visit: {fact.removeprefix('met ')}" if fact.startswith("met ") else "A first visit for you two"
        )
    if reason["rule"] == "common_planning":
        return fact.replace("common time", "common planning time")
    if reason["rule"] == "expertise" and isinstance(thing, Pairing):
        areas = fact.removeprefix("shows ").replace("-", " ")
        return (
            f"You show {areas}" if reader.id == thing.mentor_id else f"{thing.mentor.person.given_name} shows {areas}"
        )
    return fact[:1].upper() + fact[1:]
