"""Content contacts: which colleagues could answer what the mentor cannot, who teaches another subject.

Arithmetic alone. What speaks for a colleague the rules of the pairings say, in a problem where colleagues stand in the
mentors' place.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matching import pair_parts, pairing_facts

MOST_OFFERED = 5
# What is told of a contact, in the order in which it counts.
TOLD = ("same_subject", "common_planning", "building")
# As the rule says it of two buildings, and as people read it.
ONLINE, MEET_ONLINE = "online", "they meet online"
SAME_BUILDING = 2
# One possible contact of a new teacher: `contact` is a code, `reasons` the parts of the rules in `TOLD`.
Possible = dict[str, Any]


def possible_contacts(problem: Mapping[str, Any]) -> dict[str, list[Possible]]:
    """For each new teacher of a problem every colleague of the same or a related subject, best first.

    Colleagues stand as its mentors, by name, and nobody whom it keeps apart from a new teacher is offered to them.
    """
    facts = pairing_facts(problem)
    apart = {(row[0], row[1]) for row in facts.apart}
    is_near: dict[Any, bool] = {}
    found: dict[str, list[Possible]] = {}
    for mentee in facts.mentees:
        rows: list[Possible] = []
        for colleague in facts.mentors:
            # A school has few subjects and many pairs: each two subjects are compared once.
            subjects = (mentee.departments, mentee.subjects, colleague.departments, colleague.subjects)
            if subjects not in is_near:
                is_near[subjects] = _teach_alike(pair_parts(facts, mentee.id, colleague.id))
            if is_near[subjects] and (mentee.id, colleague.id) not in apart:
                parts = pair_parts(facts, mentee.id, colleague.id)
                rows.append({"contact": colleague.id, "reasons": told_of(parts)})
        found[mentee.id] = sorted(rows, key=worth, reverse=True)
    return found


def told_of(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of the rules' parts those that are told of a contact, without whom they are about."""
    by_rule = {part["rule"]: {key: part[key] for key in ("rule", "step", "fact")} for part in parts}
    return [by_rule[rule] for rule in TOLD if rule in by_rule]


def worth(row: Possible) -> tuple[int, int, int]:
    """What speaks for a possible contact: the subject, then time in common, then how near they are."""
    by_rule = {part["rule"]: part for part in row["reasons"]}
    steps = {rule: int(by_rule[rule]["step"]) if rule in by_rule else 0 for rule in TOLD}
    near = by_rule.get("building", {})
    place = SAME_BUILDING if near.get("fact") == ONLINE else steps["building"]
    return steps["same_subject"], steps["common_planning"], place


def lacking_subject(problem: Mapping[str, Any], mentor_by_mentee: Mapping[str, str | None]) -> set[str]:
    """Of these new teachers of a problem those who need a contact: the mentor teaches another subject, or is missing.

    Where nobody has said what a new teacher teaches, nobody can say who else does.
    """
    facts = pairing_facts(problem)
    found = set()
    for mentee, mentor in mentor_by_mentee.items():
        person = facts.mentee_by_id.get(mentee)
        if person is None or not (person.departments or person.subjects):
            continue
        if mentor not in facts.mentor_by_id or not _teach_alike(pair_parts(facts, mentee, str(mentor))):
            found.add(mentee)
    return found


def _teach_alike(parts: Iterable[Mapping[str, Any]]) -> bool:
    return any(part["rule"] == "same_subject" and part["step"] > 0 for part in parts)


def spread(possible: Mapping[str, Sequence[Possible]], load: Mapping[str, int]) -> dict[str, str]:
    """The best contact of each new teacher; among equally good ones nobody gets one more where another has fewer.

    `load` counts the new teachers whom a colleague has already, who stay. Each new teacher takes the colleague with
    the fewest whom a chain of exchanges can reach, which leaves no chain that would make it more even.
    """
    best = {mentee: _equals(rows) for mentee, rows in possible.items() if rows}
    count = Counter(load)
    chosen: dict[str, str] = {}
    for mentee in best:
        for moved, colleague in _chain(mentee, best, count, chosen):
            if moved in chosen:
                count[chosen[moved]] -= 1
            chosen[moved] = colleague
            count[colleague] += 1
    return chosen


def _equals(rows: Sequence[Possible]) -> list[str]:
    """The best of them, and who is as good."""
    most = max(worth(row) for row in rows)
    return [row["contact"] for row in rows if worth(row) == most]


def _chain(
    mentee: str, best: Mapping[str, Sequence[str]], count: Mapping[str, int], chosen: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Who takes whom so that this new teacher has a contact: the last colleague of the chain has the fewest."""
    held: dict[str, list[str]] = {}
    for other, colleague in chosen.items():
        held.setdefault(colleague, []).append(other)
    taker: dict[str, str] = {}
    waiting = deque([mentee])
    while waiting:
        one = waiting.popleft()
        for colleague in best[one]:
            if colleague not in taker:
                taker[colleague] = one
                waiting.extend(held.get(colleague, ()))
    last = min(taker, key=lambda colleague: count.get(colleague, 0))
    chain = [(taker[last], last)]
    while chain[-1][0] != mentee:
        colleague = chosen[chain[-1][0]]
        chain.append((taker[colleague], colleague))
    return chain


def offered(rows: Sequence[Possible], load: Mapping[str, int], own: str | None) -> list[Possible]:
    """Up to five possible contacts: the own one, then the best; of equals first who has the fewest new teachers."""

    def place(row: Possible) -> tuple[Any, ...]:
        return row["contact"] != own, *(-part for part in worth(row)), load.get(row["contact"], 0)

    return sorted(rows, key=place)[:MOST_OFFERED]
