"""Explicit candidates, as columns of numbers: a problem may list millions of pairs."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import islice
from operator import add, itemgetter, lt
from typing import Annotated, Any

from pydantic import PlainValidator, TypeAdapter, ValidationError, WithJsonSchema

from matching.errors import ProblemError, refusal
from matching.fields import MOST_FIT, Fit, Id

Row = tuple[Id, Id, Fit]


class ListedPairs:
    """The rows [mentee, mentor, fit] of a problem, in the order of the file.

    `mentee` and `mentor` hold places in the tuples of ids, `fit` 0 to 10,000. Made by `read`, which checks.
    """

    def __init__(
        self,
        people: tuple[tuple[str, ...], tuple[str, ...]],
        mentee: array[int],
        mentor: array[int],
        fit: array[int],
    ) -> None:
        self.mentees, self.mentors = people
        self.mentee, self.mentor, self.fit = mentee, mentor, fit

    @classmethod
    def read(cls, rows: Any, mentees: Sequence[str], mentors: Sequence[str]) -> ListedPairs:
        """Take the rows of a parsed file; raises ProblemError that names the first wrong one."""
        row_by_id = {one: place for place, one in enumerate(mentees)}
        column_by_id = {one: place for place, one in enumerate(mentors)}
        try:
            # Whole columns at a time: a Python loop over millions of rows would take longer than the solve.
            fits = list(map(itemgetter(2), rows))
            known = set(map(type, rows)) <= {list} and set(map(len, rows)) <= {3} and set(map(type, fits)) <= {int}
            if known and min(fits, default=0) >= 0 and max(fits, default=0) <= MOST_FIT:
                mentee = array("i", map(row_by_id.__getitem__, map(itemgetter(0), rows)))
                mentor = array("i", map(column_by_id.__getitem__, map(itemgetter(1), rows)))
                found = cls((tuple(mentees), tuple(mentors)), mentee, mentor, array("i", fits))
                if found._stands_once():
                    return found
        except (TypeError, KeyError, IndexError):
            pass
        raise _first_fault(rows, row_by_id.keys(), column_by_id.keys())

    def __len__(self) -> int:
        return len(self.fit)

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        for mentee, mentor, fit in zip(self.mentee, self.mentor, self.fit, strict=True):
            yield self.mentees[mentee], self.mentors[mentor], fit

    def fit_of(self, mentee: str, mentor: str) -> int | None:
        """The fit of a pair; None where it is not listed, or nobody has one of the ids."""
        row, column = self._row_by_id.get(mentee), self._column_by_id.get(mentor)
        if row is None or column is None:
            return None
        code = row * len(self.mentors) + column
        if not self._is_ordered:
            place = self._place_by_code.get(code, -1)
            return self.fit[place] if place >= 0 else None
        place = bisect_left(self._codes, code)
        return self.fit[place] if place < len(self) and self._codes[place] == code else None

    def _stands_once(self) -> bool:
        return self._is_ordered or len(self._place_by_code) == len(self)

    @cached_property
    def _codes(self) -> array[int]:
        return array("q", map(add, map(len(self.mentors).__mul__, self.mentee), self.mentor))

    @cached_property
    def _is_ordered(self) -> bool:
        """Whether the rows stand by mentee, then mentor, none twice: then a pair is found without a table."""
        return all(map(lt, self._codes, islice(self._codes, 1, None)))

    @cached_property
    def _place_by_code(self) -> dict[int, int]:
        return {code: place for place, code in enumerate(self._codes)}

    @cached_property
    def _row_by_id(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.mentees)}

    @cached_property
    def _column_by_id(self) -> dict[str, int]:
        return {one: place for place, one in enumerate(self.mentors)}


def _first_fault(rows: Any, mentees: Collection[str], mentors: Collection[str]) -> ProblemError:
    if not isinstance(rows, list):
        return ProblemError("candidates: must be a list")
    adapter: TypeAdapter[Row] = TypeAdapter(Row)
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(rows):
        try:
            mentee, mentor, _ = adapter.validate_python(tuple(row) if isinstance(row, list) else row, strict=True)
        except ValidationError as error:
            return ProblemError(f"candidates[{place}]{refusal(error, whole='')}")
        if mentee not in mentees:
            return ProblemError(f"candidates[{place}][0]: no mentee has the id {mentee!r}")
        if mentor not in mentors:
            return ProblemError(f"candidates[{place}][1]: no mentor has the id {mentor!r}")
        if (mentee, mentor) in seen:
            return ProblemError(f"candidates[{place}]: {mentee!r} with {mentor!r} is given twice")
        seen.add((mentee, mentor))
    return ProblemError("candidates: can't be read")


ListedField = Annotated[
    ListedPairs,
    PlainValidator(lambda rows: rows),
    WithJsonSchema(
        {
            "type": "array",
            "items": TypeAdapter(Row).json_schema(),
            "description": "[mentee, mentor, fit]: where given, only these pairs are eligible, facts give no fit.",
        }
    ),
]
