"""Reading a pairing problem, and what one model alone can't see: ids that nobody has, rows given twice, weights of no
rule, and fixed pairs that contradict each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from matching.errors import ProblemError, refusal
from matching.pairing.listed import ListedPairs
from matching.pairing.problem import PairingProblem, Person
from matching.pairing.rules import WEIGHTED
from matching.rule import refuse_weights


def read_problem(data: bytes) -> PairingProblem:
    """Read a problem from the bytes of its file; raises ProblemError with the path of the first fault."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError(f"problem: is not UTF-8 text (byte {error.start})") from None
    try:
        parsed = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise ProblemError(f"problem: is not JSON: {error}") from None
    listed = _listed(parsed)
    try:
        problem = PairingProblem.model_validate(_frozen(parsed)).model_copy(update={"candidates": listed})
    except ValidationError as error:
        raise refusal(error) from None
    _refuse_unknown_and_twice(problem)
    problem._sha256 = sha256(data).hexdigest()
    _refuse_contradictions(problem)
    return problem


def _listed(parsed: Any) -> ListedPairs | None:
    """Take the explicit candidates out of a parsed file: their millions of rows go before the people are made."""
    if not isinstance(parsed, dict) or parsed.get("candidates") is None:
        return None
    try:
        mentees, mentors = ([person["id"] for person in parsed[name]] for name in ("mentees", "mentors"))
        return ListedPairs.read(parsed["candidates"], mentees, mentors)
    except (KeyError, TypeError):
        # The people are no people, which is said first.
        return None
    finally:
        del parsed["candidates"]


def _frozen(value: Any) -> Any:
    """JSON lists as the tuples that strict models ask for."""
    if isinstance(value, dict):
        return {name: _frozen(part) for name, part in value.items()}
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _refuse_unknown_and_twice(problem: PairingProblem) -> None:
    """Raise ProblemError for the first id or row given twice, unknown id, bad interval or unknown weight."""
    seen: set[str] = set()
    for name, people in (("mentors", problem.mentors), ("mentees", problem.mentees)):
        for place, person in enumerate(people):
            if person.id in seen:
                raise ProblemError(f"{name}[{place}].id: {person.id!r} is given twice")
            seen.add(person.id)
            _refuse_overlaps(f"{name}[{place}].free", person)
    _refuse_wishes("mentors", problem.mentors, "mentee", problem.mentee_by_id)
    _refuse_wishes("mentees", problem.mentees, "mentor", problem.mentor_by_id)
    refuse_weights(problem.weights, WEIGHTED)
    for name, rows in (
        ("apart", problem.apart),
        ("fixed", problem.fixed),
        ("previous", problem.previous),
    ):
        _refuse_rows(problem, name, rows)


def _refuse_overlaps(path: str, person: Person) -> None:
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


def _refuse_rows(problem: PairingProblem, name: str, rows: Sequence[tuple[str, ...]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for place, row in enumerate(rows):
        if row[0] not in problem.mentee_by_id:
            raise ProblemError(f"{name}[{place}][0]: no mentee has the id {row[0]!r}")
        if row[1] not in problem.mentor_by_id:
            raise ProblemError(f"{name}[{place}][1]: no mentor has the id {row[1]!r}")
        if row[:2] in seen:
            raise ProblemError(f"{name}[{place}]: {row[0]!r} with {row[1]!r} is given twice")
        seen.add(row[:2])


def _refuse_contradictions(problem: PairingProblem) -> None:
    """Raise ProblemError where fixed pairs can't all stand: apart, two mentors for one, or more than the
    places.
    """
    reasons = problem.word_by_apart
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
