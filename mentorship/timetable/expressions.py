"""Schedule expressions such as `1-2(A,C-E) 3(B)`: which periods a section meets on which cycle days.

expression := group ( [space] group )*
group      := items '(' items ')'          periods ( cycle days )
items      := item ( ',' item )*
item       := code | code '-' code         a range in the school's own order, never alphabetical
"""

import re
from collections.abc import Sequence

from mentorship.errors import Refused

GROUP = re.compile(r"\s*([^()]+)\(([^()]*)\)\s*")


class ExpressionError(Refused):
    """An expression can't be read; `part` is the piece that is wrong, `str()` the sentence for the reader."""

    def __init__(self, sentence: str, part: str) -> None:
        super().__init__(sentence)
        self.part = part


def parse_expression(text: str, periods: Sequence[str], cycle_days: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The meetings (period, cycle day) that `text` names, each once.

    They come by the school's order of `periods`, then by that of `cycle_days`, however they are written, so
    that two spellings of one schedule compare equal. Blank text gives no meetings: the caller must then treat
    the section as unknown, not as free. Raises ExpressionError.
    """
    meetings: set[tuple[str, str]] = set()
    at = 0
    text = text.strip()
    while at < len(text):
        group = GROUP.match(text, at)
        if group is None:
            raise _malformed(text[at:].strip())
        part = group[0].strip()
        chosen_periods = _codes(group[1], periods, "period", part)
        chosen_days = _codes(group[2], cycle_days, "cycle day", part)
        meetings.update((period, day) for period in chosen_periods for day in chosen_days)
        at = group.end()
    return tuple((period, day) for period in periods for day in cycle_days if (period, day) in meetings)


def _malformed(part: str) -> ExpressionError:
    if "(" not in part and ")" not in part:
        wrong = "has no cycle days in parentheses"
    elif part.startswith("("):
        wrong = "has no period before its parentheses"
    else:
        wrong = "has parentheses that do not pair up"
    return ExpressionError(f"“{part}” {wrong}; write periods and cycle days as in 1-2(A) 3(B).", part)


def _codes(items: str, known: Sequence[str], noun: str, part: str) -> list[str]:
    return [code for item in items.split(",") for code in _item_codes(item.strip(), known, noun, part)]


def _item_codes(item: str, known: Sequence[str], noun: str, part: str) -> Sequence[str]:
    # A known code wins over a range, because a school may well call a period "7-8".
    if item in known:
        return [item]
    ranges = _ranges(item, known)
    if not ranges:
        raise _unknown_code(item, known, noun, part)
    if len(ranges) > 1:
        raise ExpressionError(
            f"“{item}” in “{part}” can be read as more than one range; write the {noun}s one by one.", part
        )
    first, last = ranges[0]
    if known.index(first) > known.index(last):
        raise ExpressionError(
            f"“{item}” in “{part}” runs backwards: the school's {noun}s in order are {_listed(known)}.", part
        )
    return known[known.index(first) : known.index(last) + 1]


def _ranges(item: str, known: Sequence[str]) -> list[tuple[str, str]]:
    """Every way to cut `item` at one hyphen into two known codes."""
    cuts = [place for place, character in enumerate(item) if character == "-"]
    halves = [(item[:cut].strip(), item[cut + 1 :].strip()) for cut in cuts]
    return [(first, last) for first, last in halves if first in known and last in known]


def _unknown_code(item: str, known: Sequence[str], noun: str, part: str) -> ExpressionError:
    if not item:
        return ExpressionError(f"“{part}” lacks a {noun}; allowed are {_listed(known)}.", part)
    ends = [end.strip() for end in item.split("-")] if item.count("-") == 1 else [item]
    code = next((end for end in ends if end and end not in known), item)
    return ExpressionError(f"The {noun} “{code}” in “{part}” is unknown; allowed are {_listed(known)}.", part)


def _listed(codes: Sequence[str]) -> str:
    if len(codes) < 2:
        return codes[0] if codes else "none yet, because the school has none"
    return f"{', '.join(codes[:-1])} and {codes[-1]}"
