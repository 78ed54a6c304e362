"""How far a planning run is, and what came of it, in words: counts, and how near the best possible plan they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mentorship.jobs.models import Job
from mentorship.plans.improving import Chart, chart
from mentorship.plans.models import Plan

# The aims that a plan is proven by, in their order; what comes after them only decides between equal plans.
PROVEN_BY = {"pairings": ("paired", "worst", "kept", "fit"), "visits": ("covered", "live", "moved", "wanted", "fit")}
PROVEN = "Proven best"
UNKNOWN = "Not known yet"


@dataclass(frozen=True)
class Fact:
    """One thing that a plan is measured by: how much of it there is, of how much, and what no plan can beat."""

    label: str
    value: str
    best: str


@dataclass(frozen=True)
class Glance:
    """A number that is read at a glance, with words before and after it and a line beneath."""

    title: str
    value: str
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True)
class Telling:
    """A run as its page shows it; times in whole seconds of the part that is being planned.

    A page of another `shape` has other things to show than this one, not only other numbers.
    """

    state: str
    done: bool
    part: str
    seconds: int
    limit: int
    percent: int
    time: str
    headline: str
    near: str
    unplaced: str
    rows: tuple[Fact, ...]
    shape: str
    best: Glance
    close: Glance
    third: Glance
    chart: Chart | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def telling(job: Job, now: datetime) -> Telling:
    """How far the run of a job is."""
    told = job.progress or {}
    part, sizes = told.get("part", ""), told.get("sizes", {})
    limit = int(job.ids["seconds"])
    at = min(int(told.get("at", 0)), limit)
    aims = _by_name(told.get("aims", []))
    done = job.state in ("done", "failed")
    drawn = chart(part, told.get("history", []), sizes)
    return Telling(
        state=job.state,
        done=done,
        part=part,
        seconds=at,
        limit=limit,
        percent=100 if done else round(100 * at / limit),
        time=f"{spoken(at)} of up to {spoken(limit)}",
        headline=_headline(job, part, aims, sizes),
        near=nearness(part, aims) if aims else UNKNOWN,
        unplaced=_unplaced(part, aims, sizes),
        rows=tuple(facts(part, aims, sizes)) if aims else (),
        shape=" ".join([job.state, job.wish, part, "aims" if aims else "", drawn.label if drawn else ""]),
        best=_best(part, aims, sizes),
        close=_close(part, aims, sizes),
        third=_third(part, aims, sizes),
        chart=drawn,
    )


def outcome_facts(plan: Plan) -> list[Fact]:
    """What a kept plan came to."""
    outcome, aims = plan.outcome, _by_name(plan.outcome.get("aims", []))
    if plan.part == "pairings":
        sizes = {"mentees": len(outcome["pairs"]) + len(outcome["unpaired"])}
    else:
        lacking = sum(row["count"] for row in outcome["missing"])
        made = len(outcome["visits"]) + len(outcome["videos"]) - _value(aims, "wanted")
        sizes = {"required": made + lacking}
    return [fact for fact in facts(plan.part, aims, sizes) if fact.value != UNKNOWN]


def outcome_nearness(plan: Plan) -> str:
    """How near the best possible plan a kept one is; what a person changed is not compared any more."""
    if plan.edited_at is not None:
        return "Changed by hand since it was made"
    return nearness(plan.part, _by_name(plan.outcome.get("aims", [])))


def facts(part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> list[Fact]:
    """The aims as people count them. A bound counts only as long as the aims before it are at theirs."""
    if part == "pairings":
        mentees = sizes.get("mentees", 0)
        return [
            Fact("New teachers with a mentor", f"{_value(aims, 'paired')} of {mentees}", _best_count(aims, "paired")),
            Fact("How well the pairs fit", _fit_words(aims), _best_fit(aims)),
        ]
    required, wanted = sizes.get("required", 0), sizes.get("wanted")
    placed = required - _value(aims, "covered")
    more = _value(aims, "wanted")
    found = [
        Fact("Visits that people need", f"{placed} of {required}", _best_count(aims, "covered")),
        Fact("Of these by video", str(_value(aims, "live")), _best_count(aims, "live")),
        Fact("More visits that people would like", _of(more, wanted), _best_count(aims, "wanted")),
        Fact("How well visitor and host fit", _fit_words(aims), _best_fit(aims)),
    ]
    return [fact for fact in found if fact.label != "Of these by video" or _value(aims, "live")]


def nearness(part: str, aims: Mapping[str, Mapping[str, Any]]) -> str:
    """By how much any other plan could be better, told of the first aim for which that is not proven."""
    for name in PROVEN_BY.get(part, ()):
        aim = aims.get(name)
        if aim is None or aim["bound"] is None:
            return UNKNOWN
        gap = abs(aim["bound"] - aim["value"])
        if gap:
            return _gap_words(name, gap, aim["bound"])
    return PROVEN


def spoken(seconds: int) -> str:
    """41 seconds, 2 minutes, 1 minute 30 seconds."""
    minutes, rest = divmod(seconds, 60)
    words = [_count(minutes, "minute")] if minutes else []
    return " ".join([*words, *([_count(rest, "second")] if rest or not minutes else [])])


def _headline(job: Job, part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> str:
    if job.state == "waiting":
        return "Waiting to begin"
    if job.wish == "best":
        return "Ending with the best plan so far"
    if (job.progress or {}).get("phase") == "weights":
        return "The pairs are found. Working out what each other choice would do"
    if not aims:
        return "Looking through all possible visits" if part == "visits" else "Reading the school’s timetable"
    if part == "pairings":
        return f"{_value(aims, 'paired')} of {sizes.get('mentees', 0)} new teachers have a mentor so far"
    required = sizes.get("required", 0)
    return f"{required - _value(aims, 'covered')} of {required} needed visits have a place so far"


def _best(part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> Glance:
    title = "Best so far"
    if not aims:
        return Glance(title, "", after=UNKNOWN)
    if part == "pairings":
        mentees, paired = sizes.get("mentees", 0), _value(aims, "paired")
        note = f"{mentees - paired} without one so far" if paired < mentees else "Nobody is without one"
        return Glance(title, str(paired), after=f"of {mentees} with a mentor", note=note)
    required, videos, lacking = sizes.get("required", 0), _value(aims, "live"), _value(aims, "covered")
    if not required:
        return Glance(title, str(_value(aims, "wanted")), after="visits in the room", note="Nobody needs one")
    others = [f"{videos} by video"] * bool(videos) + [f"{lacking} without a place"] * bool(lacking)
    note = f"The others: {', '.join(others)}" if others else "Nobody lacks a visit that they need"
    return Glance(title, str(required - videos - lacking), after=f"of {required} in the room", note=note)


def _close(part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> Glance:
    """By how much any other plan could be better: the gap of the first aim that has one, as part of its limit."""
    title, near = "How close to the best possible", nearness(part, aims) if aims else UNKNOWN
    if near == UNKNOWN:
        return Glance(title, "", after=UNKNOWN)
    if near == PROVEN:
        return Glance(title, PROVEN, note="No plan keeps the rules and does better")
    name = next(each for each in PROVEN_BY[part] if aims[each]["bound"] != aims[each]["value"])
    gap, limit = abs(aims[name]["bound"] - aims[name]["value"]), _limit(name, aims, sizes)
    if limit < gap:
        return Glance(title, str(gap), before="at most", note=near)
    note = "Proven; no plan can beat this by more" if name == "fit" else f"Proven. {near}"
    return Glance(title, f"{100 * gap / limit:.1f}%", before="within", note=note)


def _limit(name: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> int:
    """What no plan exceeds, in what is counted: fit, new teachers or visits; 0 for what is not counted so."""
    bound, required = int(aims[name]["bound"]), sizes.get("required", 0)
    if name in ("fit", "paired", "worst"):
        return bound
    placed = required - _value(aims, "covered")
    limits = {"covered": required - bound, "live": placed - bound, "wanted": placed - _value(aims, "live") + bound}
    return limits.get(name, 0)


def _third(part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> Glance:
    wanted = sizes.get("wanted", 0)
    if part == "visits" and wanted and aims:
        note = "More visits that people would like"
        return Glance("Wishes met", str(_value(aims, "wanted")), after=f"of {wanted}", note=note)
    who = "visitor and host" if part == "visits" else "the pairs"
    words = _fit_words(aims) if aims else UNKNOWN
    value, _, rest = words.partition(" ") if "%" in words else ("", "", words)
    return Glance(f"How well {who} fit", value, after=rest)


def _unplaced(part: str, aims: Mapping[str, Mapping[str, Any]], sizes: Mapping[str, int]) -> str:
    if not aims:
        return UNKNOWN
    if part == "pairings":
        return _count(sizes.get("mentees", 0) - _value(aims, "paired"), "new teacher")
    return _count(_value(aims, "covered"), "visit")


def _gap_words(name: str, gap: int, bound: int) -> str:
    if name == "fit":
        return f"Within {100 * gap / bound:.1f}% of the best fit possible" if bound else UNKNOWN
    words = {
        "paired": "more could have a mentor",
        "worst": "points more for the pair that fits least",
        "kept": "more pairs could stay together",
        "covered": "more needed visits could have a place",
        "live": "more could be in the room",
        "moved": "more could stay where they were",
        "wanted": "more visits could be planned",
    }
    return f"At most {gap} {words[name]}"


def _best_count(aims: Mapping[str, Mapping[str, Any]], name: str) -> str:
    aim = aims.get(name)
    if aim is None or aim["bound"] is None:
        return UNKNOWN
    gap = abs(aim["bound"] - aim["value"])
    return "No plan does better" if not gap else f"At most {gap} {'fewer' if name == 'live' else 'more'}"


def _fit_words(aims: Mapping[str, Mapping[str, Any]]) -> str:
    aim = aims.get("fit")
    if aim is None or not aim["bound"]:
        return UNKNOWN if aim and aim["value"] else "Nothing to compare"
    return f"{100 * aim['value'] / aim['bound']:.1f}% of the best possible".replace("100.0%", "All")


def _best_fit(aims: Mapping[str, Mapping[str, Any]]) -> str:
    aim = aims.get("fit")
    if aim is None or aim["bound"] is None:
        return UNKNOWN
    return (
        "No plan does better"
        if aim["bound"] == aim["value"]
        else _gap_words("fit", aim["bound"] - aim["value"], aim["bound"])
    )


def _by_name(aims: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {aim["name"]: aim for aim in aims}


def _value(aims: Mapping[str, Mapping[str, Any]], name: str) -> int:
    return int(aims[name]["value"]) if name in aims else 0


def _of(value: int, total: int | None) -> str:
    return str(value) if total is None else f"{value} of {total}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
