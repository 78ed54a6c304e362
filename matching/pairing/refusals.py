"""What one model alone can't see: ids that nobody has, rows given twice, and fixed pairs that contradict each
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from matching.errors import ProblemError
from matching.pairing.problem import DEFAULT_WEIGHTS

if TYPE_CHECKING:
    from matching.pairing.problem import PairingProblem, Person


def refuse_unknown_and_twice(problem: PairingProblem) -> None:
    """Raise ProblemError for the first id or row given twice, unknown id, bad interval or unknown weight."""
    seen: set[str] = set()
    for name, people in (("mentors", problem.mentors), ("mentees", problem.mentees)):
        for place, person in enumerate(people):
            if person.id in seen:
                raise ProblemError(f"{name}[{place}].id: {person.id!r} is given twice")
            seen.add(person.id)
            _refuse_intervals(f"{name}[{place}].free", person)
    _refuse_wishes("mentors", problem.mentors, "mentee", problem.mentee_by_id)
    _refuse_wishes("mentees", problem.mentees, "mentor", problem.mentor_by_id)
    for key, word in problem.weights.items():
        if key not in DEFAULT_WEIGHTS:
            raise ProblemError(f"weights.{key}: unknown field")
        if word == "on" and key != "even_load":
            raise ProblemError(f"weights.{key}: must be must, high, medium, low or off")
    for name, rows in (
        ("candidates", problem.candidates or ()),
        ("apart", problem.apart),
        ("fixed", problem.fixed),
        ("previous", problem.previous),
    ):
        _refuse_rows(problem, name, rows)


def _refuse_intervals(path: str, person: Person) -> None:
    for place, (start, end) in enumerate(person.free):
        if start[:10] != end[:10]:
            raise ProblemError(f"{path}[{place}]: must lie within one date")
        if not start < end:
            raise ProblemError(f"{path}[{place}]: must start before it ends")
    order = sorted(range(len(person.free)), key=lambda place: person.free[place])
    for earlier, later in pairwise(order):
        if person.free[later][0] < person.free[earlier][1]:
            raise ProblemError(f"{path}[{max(earlier, later)}]: overlaps another free interval of {person.id!r}")


def _refuse_wishes(name: str, people: Iterable[Person], kind: str, known: Mapping[str, Person]) -> None:
    for place, person in enumerate(people):
        for wish, other in enumerate(person.prefers):
            if other not in known:
                raise ProblemError(f"{name}[{place}].prefers[{wish}]: no {kind} has the id {other!r}")
        if len(set(person.prefers)) < len(person.prefers):
            raise ProblemError(f"{name}[{place}].prefers: an id is given twice")


def _refuse_rows(problem: PairingProblem, name: str, rows: Sequence[tuple[str | int, ...]]) -> None:
    # There may be millions of candidate rows: sets tell at once whether any is wrong, the slow search names
    # it.
    width = 3 if name == "apart" else 2
    mentees, mentors = problem.mentee_by_id.keys(), problem.mentor_by_id.keys()
    if (
        {row[0] for row in rows} <= mentees
        and {row[1] for row in rows} <= mentors
        and len({row[:width] for row in rows}) == len(rows)
    ):
        return
    seen: set[tuple[str | int, ...]] = set()
    for place, row in enumerate(rows):
        if row[0] not in mentees:
            raise ProblemError(f"{name}[{place}][0]: no mentee has the id {row[0]!r}")
        if row[1] not in mentors:
            raise ProblemError(f"{name}[{place}][1]: no mentor has the id {row[1]!r}")
        if row[:width] in seen:
            raise ProblemError(f"{name}[{place}]: {row[0]!r} with {row[1]!r} is given twice")
        seen.add(row[:width])


def _surely_once(rows: Sequence[tuple[str | int, ...]]) -> bool:
    """Whether no pair is there twice, told in little memory where the rows of a mentee stand together."""
    past: set[str | int] = set()
    for mentee, own in groupby(rows, key=itemgetter(0)):
        mentors = [row[1] for row in own]
        if mentee in past or len(set(mentors)) < len(mentors):
            return False
        past.add(mentee)
    return True


def refuse_contradictions(problem: PairingProblem) -> None:
    """Raise ProblemError where fixed pairs can't all stand: apart, two mentors for one, or more than the
    places.
    """
    reasons = {(row[0], row[1]): row[2] if len(row) > 2 else "" for row in problem.apart}
    mentor_by_mentee: dict[str, str] = {}
    load: Counter[str] = Counter()
    for place, (mentee, mentor) in enumerate(problem.fixed):
        if (mentee, mentor) in reasons:
            reason = reasons[mentee, mentor]
            because = f" ({reason})" if reason else ""
            raise ProblemError(f"fixed[{place}]: {mentee!r} and {mentor!r} are also kept apart{because}")
        if mentee in mentor_by_mentee:
            other = mentor_by_mentee[mentee]
            raise ProblemError(f"fixed[{place}]: {mentee!r} is also fixed with {other!r}, and has one mentor")
        mentor_by_mentee[mentee] = mentor
        load[mentor] += 1
        places = problem.mentor_by_id[mentor].places
        if load[mentor] > places:
            raise ProblemError(f"fixed[{place}]: {mentor!r} has {places} places and more fixed mentees")
