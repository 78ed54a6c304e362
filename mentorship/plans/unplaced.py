"""Who has no place among the visits: whom the rules leave, counted in their order, and what would help."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching import rule_titles
from mentorship.cycles.models import Cycle
from mentorship.plans.models import Plan
from mentorship.plans.queries import names_of

# Of so many colleagues, why none of them is visited; [many|one] is said of their number.
WHY = {
    "visit_has_a_purpose": "[share|shares] no focus with {name}",
    "people_kept_apart": "[are|is] kept apart from {name}",
    "free_and_teaching": "never [teach|teaches] while {name} plans",
    "date_is_open": "[have|has] closed the dates that would work",
    "not_declined": "[have|has] said no to {name}, or the other way round",
    "same_pair_once": "[meet|meets] {name} already",
    "visits_as_wanted": "would be one visit more than {name} wants",
    "one_visit_a_day": "could only come after another visit of {name}’s on the same day",
    "visits_a_week": "only [teach|teaches] then in a week that {name} visits in already",
    "visits_a_month": "would need more of {name}’s planning in a month than is used for visits",
    "hosts_at_most": "[have|has] as many visitors as they take",
    "hosts_a_week": "[have|has] a visitor in each week that would work",
    "hosts_a_day": "[have|has] a visitor on each day that would work",
    "room_is_not_crowded": "only [teach|teaches] then in a lesson that has its visitor",
    "one_place_at_a_time": "would put somebody in two places at once",
    "school_visits_a_day": "only [teach|teaches] then on days that are full",
    "school_visits_at_once": "only [teach|teaches] then at times that are full",
}
OF_THE_SCHOOL = ("school_visits_a_day", "school_visits_at_once")
# What a coach may give a person one more of, once they were asked: the field of their wishes, and what it is called.
ONE_MORE = {
    "hosts_at_most": "one more visitor",
    "hosts_a_week": "one more visitor a week",
    "visits_a_week": "one more visit a week",
}
# Stands among the reasons where a re-plan had a place and nobody has said yes to it.
PLACE_FOUND = "place_found"
_FOUND = "A re-plan had a place. It was not taken; re-plan again to see it."
NOT_EXPLAINED = "There was no time to find out why. Make the plan again with more time."
_BY_NUMBER = re.compile(r"\[(\w+)\|(\w+)\]")


@dataclass(frozen=True)
class Fix:
    """One thing that would help: `more` (one more of `what` for that person), `given` (the same, once it is done),
    `settings`, or `told` where no page does it.
    """

    kind: str
    words: str
    member_id: int | None = None
    what: str = ""


@dataclass(frozen=True)
class Unplaced:
    """Somebody who lacks a visit (or a guest) that they need; `member_id` is None where they have left."""

    member_id: int | None
    name: str
    lacks: str
    reasons: tuple[str, ...]
    fixes: tuple[Fix, ...]


def unplaced(cycle: Cycle, plan: Plan | None) -> list[Unplaced]:
    """Who lacks something in the plan of the visits, by name, in one statement; nobody where there is no plan.

    Once the visits are out, only what a coach can still do is offered.
    """
    rows = plan.outcome.get("missing", []) if plan is not None else []
    is_out = plan is not None and plan.status == "published"
    kinds = ("more", "given", "settings", *(() if is_out else ("told",)))
    given = _given(plan)
    helping = {fix["person"] for row in rows for fix in row.get("would_fix", ()) if fix.get("person")}
    names = names_of(cycle.school_id, {row["person"] for row in rows} | helping)
    unknown = plan.unknown_because if plan is not None else {}
    found = []
    for row in rows:
        member_id, name = names.get(row["person"], (None, row["person"]))
        thing, count = "visit" if row["unit"] == "visit" else "guest", row.get("count", 1)
        found.append(
            Unplaced(
                member_id,
                name,
                f"Lacks {count} {thing}{'' if count == 1 else 's'}",
                tuple(_reasons(row, name, unknown)),
                tuple(fix for fix in _fixes(row.get("would_fix", []), names, given) if fix.kind in kinds),
            )
        )
    return sorted(found, key=lambda each: each.name.casefold())


def given_since(cycle: Cycle, plan: Plan | None) -> list[str]:
    """What a coach has given since the plan was made and no plan has used, as “one more visitor for Sam Chen”."""
    given = _given(plan)
    names = names_of(cycle.school_id, {code for code, _ in given})
    return [f"{ONE_MORE[what]} for {names[code][1]}" for code, what in given if code in names]


def _given(plan: Plan | None) -> list[tuple[str, str]]:
    return [(code, what) for code, what in plan.outcome.get("given", ())] if plan is not None else []


def visits_lacking(plan: Plan) -> Counter[str]:
    """How many visits each person still lacks, by code."""
    lacking: Counter[str] = Counter()
    for row in plan.outcome.get("missing", []):
        if row["unit"] == "visit":
            lacking[row["person"]] += row.get("count", 1)
    return lacking


def looked_again(
    outcome: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], found: Collection[str]
) -> dict[str, Any]:
    """The outcome of a published plan after a re-plan: who lacks a visit stays, with the reasons and fixes of now.

    `rows` are what the re-plan says of those whom it leaves without one, `found` are those for whom it has a place.
    """
    row_by_person = {row["person"]: row for row in rows if row["unit"] == "visit"}
    missing = []
    for row in outcome.get("missing", []):
        newer = row_by_person.get(row["person"])
        if row["unit"] == "visit" and row["person"] in found:
            told = {"rule": PLACE_FOUND, "count": 1, "people": [], "values": {}, "text": _FOUND}
            missing.append({**row, "reasons": [told], "would_fix": []})
        elif row["unit"] == "visit" and newer is not None:
            missing.append({**row, "reasons": newer["reasons"], "would_fix": newer["would_fix"]})
        else:
            missing.append(row)
    return {**{key: value for key, value in outcome.items() if key != "given"}, "missing": missing}


def with_visits(outcome: Mapping[str, Any], added: Mapping[str, int]) -> dict[str, Any]:
    """The outcome once people who lacked a visit have so many of them."""
    missing = []
    for row in outcome.get("missing", []):
        left = row.get("count", 1) - (added.get(row["person"], 0) if row["unit"] == "visit" else 0)
        if left > 0:
            missing.append({**row, "count": left})
    return {**outcome, "missing": missing}


def _reasons(row: Mapping[str, Any], name: str, unknown_because: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What is unknown comes first: it is the reason behind the others."""
    unknown = unknown_because.get(row["person"], ())
    for because in unknown:
        yield f"The schedule is unknown: {because.rstrip('.')}."
    titles = rule_titles("visit-problem/1")
    for reason in row.get("reasons", ()):
        rule, count = reason["rule"], reason.get("count", 1)
        if rule == PLACE_FOUND:
            yield _FOUND
        elif row["unit"] == "visit" and rule in WHY:
            words = _BY_NUMBER.sub(lambda forms: forms[2 if count == 1 else 1], WHY[rule])  # noqa: B023
            yield f"{count} {words.format(name=name)}."
        else:
            title = titles.get(rule, rule)
            yield f"{count} ruled out: {title[:1].lower()}{title[1:]}."
    if not unknown and not row.get("reasons"):
        yield NOT_EXPLAINED


def _fixes(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, tuple[int, str]], given: Collection[tuple[str, str]]
) -> Iterator[Fix]:
    titles = rule_titles("visit-problem/1")
    for row in rows:
        code = row.get("person") or ""
        member_id, name = names.get(code, (None, ""))
        rule = row.get("rule") or ""
        what = "hosts_at_most" if row["change"] == "place" else rule
        if rule in OF_THE_SCHOOL:
            words = "One more visit a day in the school" if rule == OF_THE_SCHOOL[0] else "One more visit at once"
            yield Fix("settings", words)
        elif what in ONE_MORE and member_id is not None:
            words = f"{ONE_MORE[what].capitalize()} for {name}"
            yield Fix("given" if (code, what) in given else "more", words, member_id, what)
        elif rule in titles and name:
            yield Fix("told", f"One more for {name}: {titles[rule][:1].lower()}{titles[rule][1:]}")


def why_video(problem: Mapping[str, Any], visitor: str, host: str) -> str:
    """Why a video review takes the place of a visit, as a fact: whether any planning of the one meets a lesson of the
    other for as long as a visit lasts at least.
    """
    free: list[list[str]] = next((row["free"] for row in problem["people"] if row["id"] == visitor), [])
    lessons = [(row["start"], row["end"]) for row in problem["lessons"] if row["host"] == host]
    least = problem.get("min_minutes", 20)
    meets = any(
        _minutes(min(end, lesson[1])) - _minutes(max(start, lesson[0])) >= least
        for start, end in free
        for lesson in lessons
        if start[:10] == lesson[0][:10]
    )
    if meets:
        return "the free periods that line up are needed for other visits"
    return "no free period of the visitor lines up with a lesson of the host"


def _minutes(moment: str) -> int:
    """Of a moment within its date."""
    hours, minutes = moment[11:].split(":")[:2]
    return 60 * int(hours) + int(minutes)
