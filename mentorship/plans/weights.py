"""What matters most in pairings, in words, and what each other choice would do to the draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matching import rule_book
from mentorship.errors import Refused
from mentorship.people.models import Membership
from mentorship.plans.former import Standing
from mentorship.plans.steps import FORMAT, counted, listed, name_of, title

WORDS = {"must": "Must", "high": "High", "medium": "Medium", "low": "Low", "off": "Not counted", "on": "On"}
SWITCH_WORDS = {"on": "On", "off": "Off"}
GOALS = {
    "best_fit": ("The best fit over all pairs", "A few pairs may fit less, if the others gain more by it."),
    "nobody_left_behind": (
        "Nobody left behind: first lift the pair that fits least",
        "All pairs together may fit a little less.",
    ),
}
USUAL_GOAL = "best_fit"
# Pairs that stand go on by themselves: no problem of ours names those of the last cycle, so this weight does nothing.
WITHOUT_EFFECT = ("keep_last",)
# What a rule that has to hold is relaxed to.
RELAXED = "high"
MOST_NAMED = 3
NOTHING = "Nothing changes."


@dataclass(frozen=True)
class Effect:
    """What a choice would do, in sentences; `loss` where somebody would have no mentor."""

    kind: str
    words: str


@dataclass(frozen=True)
class Choice:
    """One word for a rule, or one goal: whether the draft was made with it, and what it would do to it otherwise."""

    value: str
    words: str
    in_draft: bool
    effect: Effect | None
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """A rule, why it is there, what holds unless somebody chooses (for readers, and as its word), and its choices."""

    key: str
    title: str
    why: str
    usual: str
    usual_word: str
    choices: tuple[Choice, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether no other word is known to change a pair."""
        return all(choice.effect is None or choice.effect.kind == "none" for choice in self.choices)

    @property
    def is_known(self) -> bool:
        """Whether it is known of every other word what it would do."""
        return all(choice.in_draft or choice.effect is not None for choice in self.choices)


def usual_words() -> dict[str, str]:
    """The word of each rule that holds unless a coach chooses another, in the order of the rules."""
    return {rule["key"]: rule["weight"] or "must" for rule in _weighted()}


def words_in(weights: Mapping[str, str]) -> dict[str, str]:
    """Every rule's word, from what differs from the usual."""
    return {key: weights.get(key, word) for key, word in usual_words().items()}


def only_unusual(words: Mapping[str, str]) -> dict[str, str]:
    """What differs from the usual, as a cycle keeps it. Raises `Refused` for a rule or a word that nobody knows."""
    usual, known = usual_words(), {rule["key"]: rule["words"] for rule in _weighted()}
    for key, word in words.items():
        if word not in known.get(key, ()):
            raise Refused("One of the choices is not known here. Reload the page and choose again.")
    return {key: word for key, word in words.items() if word != usual[key]}


def said_of(key: str, word: str) -> str:
    """A word of a rule for readers; a switch is on or off."""
    return SWITCH_WORDS[word] if usual_words().get(key) in SWITCH_WORDS else WORDS[word]


def questions(draft: Standing | None, members: Mapping[str, Membership]) -> list[Question]:
    """Every rule that has words, with what each of them would do to the draft as it was made."""
    words = words_in(draft.weights) if draft else {}
    effects = _effects(draft, members)
    found = []
    for rule in _weighted():
        key = rule["key"]
        choices = _told_once(
            Choice(word, said_of(key, word), words.get(key) == word, effects.get((key, word))) for word in rule["words"]
        )
        usual = rule["weight"] or "must"
        found.append(Question(key, rule["title"], rule["why"], said_of(key, usual), usual, choices))
    return found


def goal_choices(draft: Standing | None, members: Mapping[str, Membership]) -> list[Choice]:
    """The two goals; of the one that the draft was not made with, what it would do."""
    weighed = (draft.weighed or {}).get("goal") if draft else None
    found = []
    for goal, (words, hint) in GOALS.items():
        effect = goal_effect(weighed, members) if weighed and weighed["goal"] == goal else None
        found.append(Choice(goal, words, draft is not None and draft.goal == goal, effect, hint))
    return found


def effect_of(changes: Sequence[Sequence[str | None]], members: Mapping[str, Membership]) -> Effect:
    """What changes of mentors come to, with names; a change is [new teacher, mentor now, mentor then]."""
    sentences: list[str] = []
    lost = [name_of(str(mentee), members) for mentee, _, then in changes if then is None]
    gained = [_to(mentee, then, members) for mentee, now, then in changes if now is None and then is not None]
    moved = [_to(mentee, then, members) for mentee, now, then in changes if None not in (now, then)]
    if lost:
        sentences.append(f"{_some(lost, 'other')} would have no mentor.")
    if gained:
        sentences.append(f"{counted(len(gained), 'new teacher')} would get a mentor ({_few(gained)}).")
    if moved:
        sentences.append(f"{counted(len(moved), 'pair')} {'changes' if len(moved) == 1 else 'change'} ({_few(moved)}).")
    if not sentences:
        return Effect("none", NOTHING)
    return Effect("loss" if lost else "change", " ".join(sentences))


def goal_effect(weighed: Mapping[str, Any], members: Mapping[str, Membership]) -> Effect:
    """What the other goal would do; fits are points of the draft's own weights."""
    found = effect_of(weighed["changes"], members)
    if not weighed["changes"]:
        return found
    gap = weighed["worst"] - weighed["worst_now"]
    least = "just as well" if not gap else "better" if gap > 0 else "less"
    return Effect(found.kind, f"{found.words} The pair that fits least would fit {least}.")


def in_order(weights: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The rules by their word, the strictest first, without those that are not counted."""
    words = words_in(weights)
    found = [(WORDS[word], [title(key) for key, chosen in words.items() if chosen == word]) for word in WORDS]
    return [(word, rules) for word, rules in found if rules and word not in (WORDS["off"], WORDS["on"])]


def book_with(weights: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rule book of pairings, each rule with its `word` under these weights: “must” where it has none."""
    words = words_in(weights) | dict.fromkeys(WITHOUT_EFFECT, "off")
    return [{**rule, "word": words.get(rule["key"], "must")} for rule in rule_book(FORMAT)]


def set_otherwise(now: Standing, before: Standing) -> list[str]:
    """What was set differently in two drafts, in sentences."""
    found = []
    if now.goal != before.goal:
        found.append(f"Goal: “{GOALS[now.goal][0]}” now, “{GOALS[before.goal][0]}” before.")
    titles = {rule["key"]: rule["title"] for rule in _weighted()}
    words, old = words_in(now.weights), words_in(before.weights)
    for key, word in words.items():
        if word != old[key]:
            found.append(f"{titles[key]}: {said_of(key, word)} now, {said_of(key, old[key])} before.")
    return found


def _weighted() -> list[dict[str, Any]]:
    return [rule for rule in rule_book(FORMAT) if rule["words"] and rule["key"] not in WITHOUT_EFFECT]


def _told_once(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Several words often do the same: the names stand beside the first of them."""
    first: dict[str, str] = {}
    found = []
    for choice in choices:
        if choice.effect is not None and choice.effect.kind != "none":
            before = first.setdefault(choice.effect.words, choice.words)
            if before != choice.words:
                same = Effect(choice.effect.kind, f"The same as with “{before}”.")
                found.append(replace(choice, effect=same))
                continue
        found.append(choice)
    return tuple(found)


def _effects(draft: Standing | None, members: Mapping[str, Membership]) -> dict[tuple[str, str], Effect]:
    rows = (draft.weighed or {}).get("rows", []) if draft else []
    return {(row["rule"], row["word"]): effect_of(row["changes"], members) for row in rows}


def _to(mentee: str | None, mentor: str | None, members: Mapping[str, Membership]) -> str:
    return f"{name_of(str(mentee), members)} to {name_of(str(mentor), members)}"


def _few(rows: Sequence[str]) -> str:
    more = len(rows) - MOST_NAMED
    return ", ".join(rows[:MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def _some(names: Sequence[str], word: str) -> str:
    more = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], counted(more, word)] if more > 0 else names)
