"""Where one live visit could go instead, and what a move would break: of a draft and of a published plan alike.

The problem is built anew from the school as it is now, with every other visit of the cycle standing; the same rule
files judge a move that made the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from matching import rule_titles, visit_moves
from matching.errors import ProblemError
from matching.intervals import moment
from mentorship import clock
from mentorship.errors import Refused
from mentorship.people.models import Membership
from mentorship.plans.elsewhere import counted_visits
from mentorship.plans.findings import Broken, in_words, signed, signs
from mentorship.plans.models import Visit
from mentorship.plans.problems import VisitProblem, visit_problem
from mentorship.timetable.models import Section

if TYPE_CHECKING:
    from matching.walkthroughs.moves import Moves

MOST_MOVES = 12
NOT_THERE = "Nobody can visit that lesson: it is too soon, or it is no longer in the timetable."


@dataclass(frozen=True)
class Move:
    """A lesson that a visit could go to; `lesson` is its id, which names it in forms and in `move_to`.

    `starts` and `ends` are wall-clock times of the school, and those of the visit, not of the bells.
    """

    lesson: str
    on_date: date
    period: str
    cycle_day: str
    starts: time
    ends: time
    room: str
    section: Section
    host: Membership


class VisitMoves:
    """The moves of one visit, from one reading of the school; make it with `open_moves`."""

    def __init__(self, visit: Visit, made: VisitProblem, words: Mapping[str, str], rules: Moves) -> None:
        self.visit, self.periods = visit, made.periods
        self._lessons, self._words, self._rules = made.lessons, words, rules
        self._sign_by_id = signs(words)
        self._id_by_sign = {sign: own for own, sign in self._sign_by_id.items()}

    def possible(self, most: int = MOST_MOVES) -> list[Move]:
        """Lessons of this host, and of others about the same focus, that break no rule; the nearest in time first."""
        visit = self.visit
        assert visit.on_date is not None and visit.starts is not None, "a live visit has its time"
        left = moment(f"{visit.on_date}T{visit.starts:%H:%M}")
        near = (self._sign(visit.host.code), left)
        rows = self._rules.possible(self._sign(visit.visitor.code), visit.focus, near, most + 1)
        found = [self._move(row) for row in rows]
        return [move for move in found if move.lesson != visit.lesson][:most]

    def broken(self, lesson: str) -> list[Broken]:
        """What the visit would break in that lesson, in sentences with names; empty where it may go there."""
        if lesson not in self._lessons:
            return [Broken("", NOT_THERE)]
        found = self._rules.broken(self._sign(self.visit.visitor.code), self._sign(lesson))
        return in_words(found, rule_titles("visit-problem/1"), self._words)

    def move(self, lesson: str) -> Move:
        """The lesson of that id as a move, whether or not it breaks anything. Raises `Refused` where there is none."""
        if lesson not in self._lessons:
            raise Refused(NOT_THERE)
        return self._move(self._rules.row(self._sign(self.visit.visitor.code), self._sign(lesson)))

    def lesson_at(self, host: Membership, on: date, period: str) -> str | None:
        """The id of the lesson that a host holds in a period of a date; None where they hold none to be visited."""
        asked = (host.id, on, period)
        for own, lesson in self._lessons.items():
            if (lesson.host.id, lesson.on_date, lesson.period) == asked:
                return own
        return None

    def outcome_row(self, lesson: str) -> dict[str, Any]:
        """The moved visit as it stands in the plan's outcome, in codes."""
        row = self._rules.row(self._sign(self.visit.visitor.code), self._sign(lesson), self.visit.focus)
        named = {name: self._id_by_sign.get(row[name], row[name]) for name in ("visitor", "host", "lesson")}
        reasons = [
            {**reason, "people": [self._id_by_sign.get(each, each) for each in reason["people"]]}
            for reason in row["reasons"]
        ]
        return {**row, **named, "reasons": reasons}

    def aims(self, outcome: Mapping[str, Any]) -> dict[str, int]:
        """The aims of the plan counted anew, from an outcome in codes; none where it has left the timetable."""
        plan = {name: signed(outcome[name], self._sign_by_id) for name in ("visits", "videos")}
        try:
            return self._rules.aims(plan)
        except ProblemError:
            return {}

    def _sign(self, own: str) -> str:
        return self._sign_by_id.get(own, own)

    def _move(self, row: Mapping[str, Any]) -> Move:
        own = self._id_by_sign[row["lesson"]]
        lesson = self._lessons[own]
        starts, ends = (time.fromisoformat(row[side].partition("T")[2]) for side in ("start", "end"))
        room = lesson.section.room or lesson.host.room
        return Move(
            own, lesson.on_date, lesson.period, lesson.cycle_day, starts, ends, room, lesson.section, lesson.host
        )


def open_moves(visit: Visit, now: datetime, *, whole: bool = False, but_host: bool = False) -> VisitMoves:
    """Read the school once for whatever is asked of this visit's moves.

    Offering moves needs only those whom they concern; `whole` reads everybody, for judging what a person asks for and
    for an outcome's row and aims. What both know they judge alike. With `but_host` the host's own lessons are left out:
    only others are offered. Raises `Refused` for a video review, which has no time, and where no school day of the
    cycle gives notice any more.
    """
    if visit.medium != "live" or visit.on_date is None:
        raise Refused("A video review has no time that could be moved.")
    cycle = visit.plan.cycle
    cycle.refuse_if_closed()
    made = visit_problem(cycle, now, seconds=1, seed=1, with_locks=False, around=None if whole else visit)
    # A limit of the whole school counts everybody's visits.
    of_all = whole or cycle.most_a_day is not None or cycle.most_at_once is not None
    others = [other for other in (counted_visits(cycle) if of_all else made.counted) if other.id != visit.id]
    # Whoever has left is still the visitor of this visit.
    data, plan = with_standing(made, others, visit.visitor.code)
    if but_host:
        visited = {row["lesson"] for row in plan["visits"]}
        lessons = [row for row in data["lessons"] if row["host"] != visit.host.code or row["id"] in visited]
        data = {**data, "lessons": lessons}
    words = words_of_visits([visit, *others]) | words_of(made)
    words |= words_of_stand_ins(others, words)
    # In one order, however many there are: of two moves as good as each other the same is offered first.
    words = dict(sorted(words.items()))
    sign_by_id = signs(words)
    return VisitMoves(visit, made, words, visit_moves(signed(data, sign_by_id), signed(plan, sign_by_id)))


def possible_moves(visit: Visit, now: datetime) -> list[Move]:
    """At most 12 lessons in which the visit would break no rule, the nearest in time first. Raises as `open_moves`."""
    return open_moves(visit, now).possible()


def judge_move(visit: Visit, lesson: str, now: datetime) -> list[Broken]:
    """What the visit would break in the lesson of that id, in sentences with names. Raises as `open_moves`."""
    return open_moves(visit, now, whole=True).broken(lesson)


def move_to(visit: Visit, move: Move) -> None:
    """Write the new place into the visit; its invitations and the plan's outcome are its caller's."""
    zone = visit.plan.cycle.school.time_zone
    visit.host, visit.section, visit.lesson = move.host, move.section, move.lesson
    visit.on_date, visit.starts, visit.ends = move.on_date, move.starts, move.ends
    visit.starts_at = clock.instant(move.on_date, move.starts, zone)
    visit.ends_at = clock.instant(move.on_date, move.ends, zone)
    visit.period, visit.cycle_day, visit.room = move.period, move.cycle_day, move.room


def words_of(made: VisitProblem) -> dict[str, str]:
    """What each person's code and each lesson's id is called."""
    words = {one.code: one.person.name for one in made.members}
    for own, lesson in made.lessons.items():
        words[own] = _lesson_words(lesson.host, lesson.on_date, lesson.period)
    return words


def words_of_visits(visits: Iterable[Visit]) -> dict[str, str]:
    """What the people and the lessons of visits are called, also of those that have left the school since."""
    words: dict[str, str] = {}
    for visit in visits:
        words |= {member.code: member.person.name for member in visit.people}
        if visit.medium == "live":
            words[visit.lesson] = _lesson_words(visit.host, visit.on_date, visit.period)
    return words


def _lesson_words(host: Membership, on: date | None, period: str) -> str:
    when = f"{on:%a, %b} {on.day}, period {period}" if on else "no date"
    return f"{host.person.name}’s lesson of {when}"


def words_of_stand_ins(visits: Iterable[Visit], words: Mapping[str, str]) -> dict[str, str]:
    """What the lessons are called that `with_standing` puts in, where `words` are those of the visits."""
    return {_stand_in(visit): words[visit.lesson] for visit in visits if visit.medium == "live"}


def _stand_in(visit: Visit) -> str:
    """The id of the lesson that stands in the problem for one that today's timetable no longer has."""
    return f"visit {visit.id}"


def with_standing(made: VisitProblem, visits: Iterable[Visit], *codes: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem with a lesson for each visit that stands, and these visits as a plan, in their order.

    What is too soon to be planned, or has left the timetable, still takes its place in the weeks of both people. Also
    those named by `codes` are people of the problem.
    """
    people = {member.code: dict(row) for member, row in zip(made.members, made.data["people"], strict=True)}
    for code in codes:
        people.setdefault(code, {"id": code, "free": []})
    lessons = list(made.data["lessons"])
    plan: dict[str, Any] = {"visits": [], "videos": []}
    for other in visits:
        visitor, host = other.visitor.code, other.host.code
        for code in (visitor, host):
            # Of those who are not looked at, only their place in this visit matters.
            people.setdefault(code, {"id": code, "free": []})
        if other.medium == "video":
            plan["videos"].append({"visitor": visitor, "host": host})
            continue
        start, end = f"{other.on_date}T{other.starts:%H:%M}", f"{other.on_date}T{other.ends:%H:%M}"
        own = other.lesson
        if own not in made.lessons:
            own = _stand_in(other)
            lessons.append({"id": own, "host": host, "start": start, "end": end})
            free = people[host]["free"]
            people[host]["free"] = [span for span in free if span[1] <= start or end <= span[0]]
        plan["visits"].append({"visitor": visitor, "lesson": own, "start": start, "end": end})
    return {**made.data, "people": list(people.values()), "lessons": lessons}, plan
