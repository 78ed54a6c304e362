"""The pairs of a plan as a coach reviews them: who has nobody and why, why each pair, what else would work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matching import rule_titles
from mentorship.availability.queries import CalendarDate
from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Plan
from mentorship.plans.settled import eligible_fits, is_settled
from mentorship.plans.steps import FORMAT, PairFacts, Reason, counted, listed

if TYPE_CHECKING:
    from matching.pairing.problem import Mentor

MOST_NAMED = 3
# What a rule that keeps mentors away says of one and of several of them.
BECAUSE = {
    "evaluator": ("evaluates them", "evaluate them"),
    "apart": ("is kept apart from them", "are kept apart from them"),
    "candidates": ("is not a possible pair", "are not possible pairs"),
    "trained": ("is not trained as a mentor yet", "are not trained as mentors yet"),
    "mentor_capacity": ("has no place left", "have no place left"),
    "same_subject": ("teaches another subject", "teach other subjects"),
    "grade_near": ("teaches other grades", "teach other grades"),
    "common_planning": ("never plans at the same time", "never plan at the same time"),
    "expertise": ("shows nothing that they want to learn", "show nothing that they want to learn"),
    "building": ("works in another building", "work in other buildings"),
    "wishes": ("did not wish for them", "did not wish for them"),
}


@dataclass(frozen=True)
class NextBest:
    """Another mentor for a new teacher, and what choosing them would change, in sentences."""

    mentor: Membership
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One pair on the page."""

    pairing: Pairing
    reasons: tuple[Reason, ...]
    shared: tuple[str, ...]
    alternatives: tuple[NextBest, ...]


@dataclass(frozen=True)
class Fix:
    """What would give somebody a mentor: one more `place` of a mentor, a rule to `relax`, a pair to `unlock`."""

    change: str
    words: str
    rule: str = ""
    mentor: Membership | None = None
    pairing: Pairing | None = None


@dataclass(frozen=True)
class Unmatched:
    """A new teacher without a mentor."""

    mentee: Membership
    reasons: tuple[str, ...]
    fixes: tuple[Fix, ...]


@dataclass(frozen=True)
class Load:
    """A mentor's places, and how many are taken."""

    mentor: Membership
    taken: int
    places: int

    @property
    def free(self) -> int:
        return max(self.places - self.taken, 0)

    @property
    def words(self) -> str:
        return f"{self.taken} of {self.places} {'place' if self.places == 1 else 'places'} filled"


class Review:
    """A plan's pairs as the page shows them; nothing is read here."""

    def __init__(self, plan: Plan, rows: Sequence[Pairing], members: Mapping[str, Membership]) -> None:
        """`plan` with its problem; `members` are the people of the cycle by their code."""
        self.plan, self.rows, self.members = plan, rows, members
        self.pair_facts = PairFacts(plan.problem, members)
        self.facts = self.pair_facts.problem
        self.pairs = {row["mentee"]: row["mentor"] for row in plan.outcome["pairs"]}
        self.row_by_mentee = {row.mentee.code: row for row in rows}
        self.load = Counter(self.pairs.values())

    @property
    def mentees(self) -> int:
        return len(self.pairs) + len(self.plan.outcome["unpaired"])

    def loads(self) -> list[Load]:
        """Each mentor with their places, by family name."""
        found = [
            Load(self.members[mentor.id], self.load[mentor.id], self._places(mentor.id, mentor.places))
            for mentor in self._mentors_here()
        ]
        return sorted(found, key=lambda load: load.mentor.sort_name)

    def is_settled(self) -> bool:
        """Whether nobody would leave their pair for a better one; False where nobody could, or too many could."""
        rows = self.row_by_mentee
        held = {mentee for mentee in self.pairs if mentee not in rows or rows[mentee].locked}
        fits = eligible_fits(self.plan.problem) if len(held) < len(self.pairs) else None
        if fits is None:
            return False
        places = {mentor.id: self._places(mentor.id, mentor.places) for mentor in self._mentors_here()}
        return is_settled(fits, self.pairs, places, held)

    def standing(self) -> list[tuple[Membership, Membership]]:
        """Pairs from earlier cycles that go on: new teacher and mentor."""
        return [
            (self.members[mentee], self.members[mentor])
            for mentee, mentor in self.pairs.items()
            if mentee not in self.row_by_mentee and {mentee, mentor} <= self.members.keys()
        ]

    def cards(self, dates: Mapping[date, CalendarDate]) -> list[Card]:
        return [self._card(row, dates) for row in self.rows]

    def unmatched(self) -> list[Unmatched]:
        return [self._unmatched(row) for row in self.plan.outcome["unpaired"] if row["mentee"] in self.members]

    def last_edit(self) -> str:
        """What the last change by hand was, as a sentence; empty where there is none to take back."""
        edit = self.plan.last_edit
        if not edit:
            return ""
        row = next((row for row in self.rows if row.id == edit.get("pairing")), None)
        both = f"{row.mentee.person.name} with {row.mentor.person.name}" if row else "a pair"
        if edit["kind"] in ("lock_pairing", "unlock_pairing"):
            return f"You {'locked' if edit['kind'] == 'lock_pairing' else 'unlocked'} {both}."
        names = [self.pair_facts.name(code) for code in edit["before"]]
        if edit["kind"] == "keep_apart":
            mentor = next(iter(edit["before"].values()))
            return f"{names[0]} and {self.pair_facts.name(mentor)} are not together any more."
        return f"{' and '.join(names)} {'has another mentor' if len(names) == 1 else 'changed mentors'}."

    def _card(self, row: Pairing, dates: Mapping[date, CalendarDate]) -> Card:
        mentee, mentor = row.mentee.code, row.mentor.code
        stored = [each["alternatives"] for each in self.plan.outcome["pairs"] if each["mentee"] == mentee]
        offered = stored[0] if stored and row.status == "proposed" and not row.locked else []
        others = [self._next_best(row, other) for other in offered if self._still_works(row, other)]
        return Card(row, self.pair_facts.reasons(mentee, mentor), self._shared(mentee, mentor, dates), tuple(others))

    def _shared(self, mentee: str, mentor: str, dates: Mapping[date, CalendarDate]) -> tuple[str, ...]:
        """The planning time that both have in one rotation, as cycle day and period."""
        people = (self.facts.mentee_by_id.get(mentee), self.facts.mentor_by_id.get(mentor))
        if people[0] is None or people[1] is None:
            return ()
        found: list[str] = []
        for starts, ends in people[0].free:
            for other_starts, other_ends in people[1].free:
                first, last = max(starts, other_starts), min(ends, other_ends)
                if first < last and _minutes(first, last) >= self.facts.least_common_minutes:
                    found.append(_slot(first, last, dates))
        return tuple(dict.fromkeys(found))

    def _still_works(self, row: Pairing, other: Mapping[str, Any]) -> bool:
        """Whether an alternative, priced when the plan was made, can still be chosen after changes by hand."""
        moves = dict(other["moves"])
        if other["mentor"] not in self.members or not set(moves) <= self.members.keys():
            return False
        for mentee in moves:
            moved = self.row_by_mentee.get(mentee)
            if (moved is not None and moved.locked) or (moved is None and mentee in self.pairs):
                return False
        after = {**self.pairs, **moves, row.mentee.code: other["mentor"]}
        load = Counter(mentor for mentor in after.values() if mentor)
        return all(load[mentor.id] <= mentor.places for mentor in self.facts.mentors)

    def _next_best(self, row: Pairing, other: Mapping[str, Any]) -> NextBest:
        changes = self.pair_facts.differences(row.mentee.code, row.mentor.code, other["mentor"])
        for mentee, mentor in other["moves"]:
            where = f"would change to {self.pair_facts.name(mentor)}" if mentor else "would have no mentor"
            changes.append(f"{self.pair_facts.name(mentee)} {where}.")
        if not other["moves"]:
            changes.append("No other pair changes.")
        return NextBest(self.members[other["mentor"]], tuple(changes))

    def _unmatched(self, row: Mapping[str, Any]) -> Unmatched:
        mentee = row["mentee"]
        unknown = [
            f"The schedule is unknown: {because.rstrip('.')}." for because in self.plan.unknown_because.get(mentee, [])
        ]
        reasons = [words for reason in row["reasons"] if (words := self._because(reason))]
        if not row["reasons"]:
            reasons = ["A change by hand left them without a mentor. Choose one, or propose again."]
        fixes = [fix for each in row["would_fix"] if (fix := self._fix(each)) is not None]
        return Unmatched(self.members[mentee], (*unknown, *reasons), tuple(fixes))

    def _because(self, reason: Mapping[str, Any]) -> str:
        count, people = int(reason.get("count", 0)), list(reason.get("people", []))
        if reason["rule"] == "mentor_capacity" and not count:
            return "Nobody offers a place as a mentor."
        one, many = BECAUSE.get(reason["rule"], ("", ""))
        if not one:
            return f"{reason['text']}."
        who = (
            listed([self.pair_facts.name(code) for code in people]) if len(people) <= MOST_NAMED else f"{count} mentors"
        )
        words = f"{who} {one if count == 1 else many}."
        values = reason.get("values", {})
        if values.get("places") is not None and values.get("mentees", 0) > values["places"]:
            words += f" {counted(values['mentees'], 'new teacher')} share {counted(values['places'], 'place')}."
        return words

    def _fix(self, fix: Mapping[str, Any]) -> Fix | None:
        if fix["change"] == "place" and fix["person"] in self.members:
            mentor = self.members[fix["person"]]
            return Fix("place", f"Give {mentor.person.name} one more place", mentor=mentor)
        if fix["change"] == "relax":
            return Fix("relax", f"Relax: {rule_titles(FORMAT)[fix['rule']].lower()}", rule=fix["rule"])
        row = self.row_by_mentee.get(fix["person"] or "")
        if fix["change"] == "unfix" and row is not None and row.locked:
            return Fix("unlock", f"Unlock {row.mentee.person.name} and {row.mentor.person.name}", pairing=row)
        return None

    def _mentors_here(self) -> list[Mentor]:
        return [mentor for mentor in self.facts.mentors if mentor.id in self.members]

    def _places(self, code: str, when_made: int) -> int:
        """As planned, or as many as a coach has given since."""
        return max(when_made, self.load[code], self.members[code].mentor_places)


def rotation_dates(problem: Mapping[str, Any]) -> tuple[date, date] | None:
    """The first and the last date of the rotation in which the problem compares planning time."""
    people = [*problem["mentors"], *problem["mentees"]]
    dates = {span[0][:10] for person in people for span in person["free"]}
    return (date.fromisoformat(min(dates)), date.fromisoformat(max(dates))) if dates else None


def _slot(first: str, last: str, dates: Mapping[date, CalendarDate]) -> str:
    starts, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    found = dates.get(starts.date())
    if found is None or found.day is None:
        return f"{starts:%a} {starts.hour}:{starts:%M}"
    codes = {code for code in found.day.cycle_days.values() if code}
    bells = [
        bell
        for bell in found.day.bells
        if (bell.cycle_day is None or bell.cycle_day in codes)
        and bell.starts < ends.time()
        and starts.time() < bell.ends
    ]
    day = f"{found.cycle_day} day" if found.cycle_day else f"{starts:%A}"
    periods = list(dict.fromkeys(bell.period for bell in bells if bell.kind == "class"))
    return f"{day}, period {' and '.join(periods)}" if periods else f"{day}, {starts.hour}:{starts:%M}"


def _minutes(first: str, last: str) -> int:
    return int((datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()) // 60
