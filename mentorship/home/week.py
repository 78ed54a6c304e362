"""One teacher's week: the next visit, who comes, what each day holds, what waits, and the one next thing to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for

from mentorship.availability.queries import CalendarDate
from mentorship.feedback.queries import OpenForm, forms_of_visit
from mentorship.goals.queries import Goal
from mentorship.home.queries import Asked
from mentorship.invites.emails import tokens_of
from mentorship.invites.grid import CLOSED_BECAUSE
from mentorship.plans.models import STANDING, Pairing, Visit
from mentorship.timetable.models import LESSON_DAYS

WEEKEND = 5
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Day:
    """One date of the week list."""

    on: date
    cycle_day: str
    closed: str
    is_today: bool
    visits: tuple[Asked[Visit], ...]


@dataclass(frozen=True)
class Step:
    """The one next thing: where it leads and what its button says."""

    title: str
    words: str
    verb: str
    href: str
    icon: str = "arrow-right"


@dataclass(frozen=True)
class Mine:
    """What one teacher's home is made of, read once."""

    visits: Sequence[Asked[Visit]]
    pairings: Sequence[Asked[Pairing]]
    owed: Sequence[OpenForm]
    goals: Sequence[Goal]
    now: datetime
    today: date
    until: date

    @property
    def ahead(self) -> list[Asked[Visit]]:
        """Standing visits that are not over, by time; recordings, which have none, are left aside."""
        live = [each for each in self.visits if each.thing.medium == "live" and each.thing.status in STANDING]
        return [each for each in live if not each.thing.has_ended(self.now)]

    @property
    def next_visit(self) -> Asked[Visit] | None:
        return next((each for each in self.ahead if is_visitor(each)), None)

    @property
    def others(self) -> list[Asked[Visit]]:
        """What comes besides the large card: who visits, and further visits."""
        return [each for each in self.ahead if each is not self.next_visit]

    @property
    def videos(self) -> list[Asked[Visit]]:
        return [each for each in self.visits if each.thing.medium == "video" and each.thing.status in STANDING]

    @property
    def without_a_time(self) -> list[Asked[Visit]]:
        return [each for each in self.visits if each.thing.status == "needs_new_time"]

    @property
    def due(self) -> list[Goal]:
        """Open goals to look at again by the end of the week."""
        return [
            goal
            for goal in self.goals
            if not goal.is_done and goal.follow_up_on is not None and goal.follow_up_on <= self.until
        ]

    @property
    def has_visited(self) -> bool:
        return any(each.thing.status == "held" for each in self.visits)

    @property
    def is_empty(self) -> bool:
        return not (self.ahead or self.videos or self.without_a_time)


def is_visitor(asked: Asked[Visit]) -> bool:
    return asked.member.id == asked.thing.visitor_id


def answer_link(asked: Asked[Visit] | Asked[Pairing]) -> str:
    """The page where the person answers their own invitation; empty where none stands."""
    if not asked.can_answer or asked.event is None or asked.generation is None:
        return ""
    return url_for("replies.answer", token=tokens_of(asked.event, str(asked.member.id), asked.generation).link)


def notes_link(asked: Asked[Visit], now: datetime) -> str:
    """The visitor's notes, from the moment when there is something to note; empty before."""
    instruments = forms_of_visit(asked.thing, asked.member.person, now)
    is_open = any(instrument.key == "visitor_notes" for instrument in instruments)
    return url_for("feedback.write", visit_id=asked.thing.id, instrument="visitor_notes") if is_open else ""


def form_link(form: OpenForm) -> str:
    return url_for("feedback.write", visit_id=form.visit.id, instrument=form.instrument.key)


def monday_to_show(today: date) -> date:
    """This week's Monday; on a weekend the next one's."""
    return today + timedelta(days=7 - today.weekday() if today.weekday() >= WEEKEND else -today.weekday())


def days_of(dates: Iterable[CalendarDate], visits: Sequence[Asked[Visit]], today: date) -> list[Day]:
    """The dates of a week with what they hold; a weekend only where it holds something."""
    found = []
    for each in dates:
        here = tuple(v for v in visits if v.thing.on_date == each.on and v.thing.status in (*STANDING, "held"))
        if each.on.weekday() < WEEKEND or here:
            found.append(Day(each.on, each.cycle_day, _closed(each), each.on == today, here))
    return found


def _closed(each: CalendarDate) -> str:
    if each.filed is None:
        return "Outside the school year"
    if each.filed.kind in LESSON_DAYS:
        return ""
    return each.filed.note or CLOSED_BECAUSE.get(each.filed.kind, "No school")


def week_words(days: Iterable[Day]) -> str:
    """This week you visit one colleague and welcome one."""
    visits = [visit for day in days for visit in day.visits]
    visiting = sum(is_visitor(visit) for visit in visits)
    hosting = len(visits) - visiting
    parts = [f"visit {_colleagues(visiting)}"] if visiting else []
    parts += [f"welcome {_number(hosting) if visiting else _colleagues(hosting)}"] if hosting else []
    return f"This week you {' and '.join(parts)}." if parts else ""


def _colleagues(number: int) -> str:
    return f"{_number(number)} colleague{'' if number == 1 else 's'}"


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


def next_step(mine: Mine) -> Step | None:
    """The first thing that waits for the person: an answer, notes that are open, a form, a goal to look at again."""
    for pairing in mine.pairings:
        if pairing.waits_for_me:
            title = f"Say whether you and {pairing.other.person.name} shall be a pair"
            return Step(title, "You can say no, and nobody asks why.", "Answer", answer_link(pairing), "envelope-open")
    for visit in (*mine.ahead, *mine.videos):
        if visit.waits_for_me:
            other = visit.other.person.name
            title = f"Answer about your visit to {other}" if is_visitor(visit) else f"Answer about {other}’s visit"
            return Step(title, "Both of you are asked.", "Answer", answer_link(visit), "envelope-open")
    for visit in (*mine.ahead, *mine.videos):
        href = notes_link(visit, mine.now)
        if href:
            title = f"Your visit to {visit.other.person.name} is on"
            return Step(title, "A few lines are plenty.", "Open my notes", href, "pencil-square")
    for form in mine.owed:
        verb = "Go on writing" if form.is_begun else "Write it"
        return Step(form.words, "A few lines are plenty.", verb, form_link(form), "pencil-square")
    for goal in mine.due:
        href = url_for("goals.write", entry=goal.entry.id)
        return Step("How is your goal going?", goal.words, "Look again", href, "flag")
    return None


def next_step_of_new_teacher(mine: Mine) -> Step | None:
    """There is always one: after what waits, a first goal, the next visit, or saying what one would like to see."""
    step = next_step(mine)
    if step is not None:
        return step
    if mine.has_visited and not mine.goals:
        words = "Small and soon works best. Nobody is told that you set one."
        return Step("Choose one thing to try", words, "Set a goal", url_for("goals.write"), "flag")
    if mine.next_visit is not None:
        title = f"Get ready for your visit to {mine.next_visit.other.person.name}"
        words = "Three things to look for stand below. You need nothing else."
        return Step(title, words, "See what to look for", "#look", "eye")
    if not mine.ahead and not mine.videos:
        words = "What you would like to see decides whom you visit."
        return Step("Say what you would like to learn", words, "My wishes", url_for("people.wishes"), "stars")
    return None
