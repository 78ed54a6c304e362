"""What a re-plan would change: the engine's outcome compared with the visits that stand; plain values, nothing is read.

A reason is kept as a word and the code of whom it names, and said for readers when it is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from matching import rule_titles, visit_moves
from mentorship.plans.school_limits import NO_LIMITS, Limits, crowds

Reason = tuple[str, str]
# A visit that waits for answers, one that waits while somebody asked for another time, one that has no time any more,
# and one that the plan had no place for.
Kind = Literal["waiting", "asked", "open", "lacking"]
# Why a visit cannot stay where it is would cost the engine's reading of the problem for each; a few dozen are told.
MOST_REASONS = 40

_FACTS = {
    "declined": "{name} said no to this time",
    "asked": "{name} asked for another time",
    "away": "{name} is away then",
    "left": "{name} takes no part any more",
    "teaches": "{name} teaches then",
    "no_class": "{name} does not teach that class then any more",
    "not_open": "That class can’t be visited any more",
    "changed": "The school’s schedule changed",
    "expired": "Not answered in time",
    "makes_room": "Makes room for another visit",
    "lacking": "Had no place until now",
}
_LIMITS = {
    "hosts_a_day": "Keeps the limit of visitors a day for {host}",
    "hosts_a_week": "Keeps the limit of visitors a week for {host}",
    "hosts_at_most": "Keeps the limit of visitors for {host}",
    "visits_a_week": "Keeps the limit of visits a week for {visitor}",
    "visits_a_month": "Keeps the limit of planning periods a month for {visitor}",
    "one_visit_a_day": "Keeps to one visit a day for {visitor}",
    "room_is_not_crowded": "Another visit goes to that class",
    "one_place_at_a_time": "Nobody has to be in two places at once",
    "free_and_teaching": "The school’s schedule changed",
    "school_visits_a_day": "Keeps the school’s limit of visits a day",
    "school_visits_at_once": "Keeps the school’s limit of visits at once",
}
# What has no place, and what it becomes where it gets one.
WITHOUT_PLACE = {"open": "new", "lacking": "added"}
# What stands behind these is a person's own, or between two people.
_UNTOLD = ("people_kept_apart", "date_is_open", "not_declined", "visit_has_a_purpose", "visits_as_wanted")


@dataclass(frozen=True)
class Movable:
    """A visit that may go elsewhere, as the problem was made of it; `lesson` is where it stands or stood.

    One that is lacking is not there yet: it has a number below zero, and neither host nor lesson.
    """

    id: int
    version: int
    visitor: str
    host: str
    lesson: str
    focus: str
    kind: Kind
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class ReplanDraft:
    """A re-plan to be solved, in plain values: no transaction is open while the engine thinks.

    `periods` are those of the lessons, by id; `limits` are those of the school, which the problem may have widened so
    that what stands fits into it.
    """

    problem: dict[str, Any]
    movable: tuple[Movable, ...]
    periods: Mapping[str, str]
    limits: Limits = NO_LIMITS

    def asked_without_a_place(self, outcome: Mapping[str, Any]) -> list[Movable]:
        """The visits whose people asked for another time, where there is none: they would lose the one they have."""
        placed = {visit.id for visit, _ in _placed(self, outcome)}
        return [visit for visit in self.movable if visit.kind == "asked" and visit.id not in placed]

    def keeping(self, visits: Collection[Movable]) -> ReplanDraft:
        """The same with these visits waiting where they are."""
        kept, lessons = {visit.id for visit in visits}, {row["id"] for row in self.problem["lessons"]}
        rows = [[visit.visitor, visit.lesson] for visit in visits if visit.lesson in lessons]
        problem = {
            **self.problem,
            "previous": [*self.problem["previous"], *rows],
            "declined": [row for row in self.problem["declined"] if row not in rows],
        }
        movable = (replace(each, kind="waiting") if each.id in kept else each for each in self.movable)
        return replace(self, problem=problem, movable=tuple(movable))

    def within_limits(self, outcome: Mapping[str, Any]) -> ReplanDraft | None:
        """The same without the lessons that would put more visits on a day, or at once, than the school’s limits allow
        beside what stands; None where there are none. What waits for answers where it is comes first.
        """
        fixed, previous = ({tuple(row) for row in self.problem[name]} for name in ("fixed", "previous"))
        shut: dict[str, str] = {}
        for crowd in crowds(outcome["visits"], self.limits):
            places = [(row["visitor"], row["lesson"]) for row in crowd.rows]
            moving = sorted({*places} - fixed, key=lambda place: (place not in previous, place))
            room = max(crowd.most - (len(places) - len(moving)), 0)
            open_still = {lesson for _, lesson in (*fixed, *moving[:room])}
            for lesson in self.problem["lessons"] if moving else ():
                if crowd.holds(lesson) and lesson["id"] not in open_still:
                    shut[lesson["id"]] = crowd.rule
        return self._without(shut) if shut else None

    def _without(self, shut: Mapping[str, str]) -> ReplanDraft:
        """Without these lessons, each with the rule that shuts it."""
        rows = {name: [row for row in self.problem[name] if row[1] not in shut] for name in ("previous", "declined")}
        lessons = [lesson for lesson in self.problem["lessons"] if lesson["id"] not in shut]
        movable = tuple(
            replace(each, why=(("rule", shut[each.lesson]),))
            if each.kind == "waiting" and each.lesson in shut
            else each
            for each in self.movable
        )
        return replace(self, problem={**self.problem, **rows, "lessons": lessons}, movable=movable)


def changes_of(draft: ReplanDraft, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The changes by kind, each with its visit, the version that was looked at, its new place and why, as JSON.

    `moved` stands and goes elsewhere, `new` has no time and gets one, `dropped` stands and has no place any more,
    `added` is a visit for somebody who lacked one and has no number yet; `without` are the visits that still have no
    time, and `missing` is why people still lack one, as the engine says it.
    """
    placed = _placed(draft, outcome)
    row_by_visit = {visit.id: row for visit, row in placed}
    stays = {(row["visitor"], row["lesson"]) for row in outcome["visits"]}
    changes: list[dict[str, Any]] = []
    for visit in draft.movable:
        row = row_by_visit.get(visit.id)
        if row is None and (visit.kind in WITHOUT_PLACE or (visit.visitor, visit.lesson) in stays):
            continue
        kind = "dropped" if row is None else WITHOUT_PLACE.get(visit.kind, "moved")
        period = draft.periods.get(row["lesson"], "") if row else ""
        told = {"kind": kind, "row": row, "period": period, "why": list(visit.why)}
        changes.append({"visit": visit.id if visit.id > 0 else None, "version": visit.version, **told})
    _say_why(draft, outcome, changes)
    without = [visit.id for visit in draft.movable if visit.kind == "open" and visit.id not in row_by_visit]
    return {"changes": changes, "without": without, "missing": outcome.get("missing", [])}


def why_words(why: Iterable[Sequence[str]], visitor: str, host: str, name_by_code: Mapping[str, str]) -> str:
    """The reasons of a change, as a phrase; `visitor` and `host` are names."""
    phrases = []
    for word, code in why:
        if word == "rule":
            words = _LIMITS.get(code) or _rule_words(code)
            phrase = f"{words.format(visitor=visitor, host=host)}; not answered yet"
        else:
            phrase = _FACTS[word].format(name=name_by_code.get(code, "Somebody"))
        phrases.append(phrase)
    return "; ".join(phrases)


def _rule_words(key: str) -> str:
    title = rule_titles("visit-problem/1").get(key, "")
    if not title or key in _UNTOLD:
        return "Keeps the rules of this cycle"
    return f"Keeps a rule: {title[:1].lower()}{title[1:]}"


def _placed(draft: ReplanDraft, outcome: Mapping[str, Any]) -> list[tuple[Movable, dict[str, Any]]]:
    """Which visit goes where: each row that stood nowhere before belongs to a visit of the same visitor that lost
    its place, of the same host if there is one, else about the same focus; what stands comes first.
    """
    standing = {tuple(row) for row in (*draft.problem["fixed"], *draft.problem["previous"])}
    kept = {(row["visitor"], row["lesson"]) for row in outcome["visits"]} & standing
    waiting: dict[str, list[Movable]] = defaultdict(list)
    for visit in draft.movable:
        if visit.kind != "waiting" or (visit.visitor, visit.lesson) not in kept:
            waiting[visit.visitor].append(visit)
    rows = [row for row in outcome["visits"] if (row["visitor"], row["lesson"]) not in standing]
    found = []
    for row in sorted(rows, key=lambda row: (row["visitor"], row["start"])):
        choices = waiting[row["visitor"]]
        if choices:
            best = min(choices, key=lambda visit: _distance(visit, row))
            choices.remove(best)
            found.append((best, row))
    return found


def _distance(visit: Movable, row: Mapping[str, Any]) -> tuple[bool, bool, bool, bool, int]:
    is_other_host, is_other_focus = visit.host != row["host"], visit.focus != (row["focus"] or "")
    return visit.kind == "lacking", is_other_host, visit.kind == "open", is_other_focus, visit.id


def _say_why(draft: ReplanDraft, outcome: Mapping[str, Any], changes: Iterable[dict[str, Any]]) -> None:
    """Of a visit that could have stayed: the first rule that it would break there, with all others where they go."""
    visit_by_id = {visit.id: visit for visit in draft.movable}
    lessons = {row["id"] for row in draft.problem["lessons"]}
    silent = [change for change in changes if not change["why"]]
    for change in silent[:MOST_REASONS]:
        visit, row = visit_by_id[change["visit"]], change["row"]
        others = [other for other in outcome["visits"] if other is not row]
        broken = []
        if visit.lesson in lessons:
            moves = visit_moves(draft.problem, {"visits": others, "videos": outcome["videos"]})
            broken = moves.broken(visit.visitor, visit.lesson)
        change["why"] = [("rule", broken[0].rule)] if broken else [("makes_room", "")]
    for change in silent[MOST_REASONS:]:
        change["why"] = [("makes_room", "")]
