"""What the engine says when a file can't be taken as it is: one line that names the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class ProblemError(ValueError):
    """A file is refused; the message reads `path.to[3].field: what is wrong` and fits on one line."""


def path_text(location: Sequence[int | str]) -> str:
    """Write a place in a document as people read it: `("people", 3, "visit")` becomes `people[3].visit`."""
    text = ""
    for part in location:
        if isinstance(part, str) and part.startswith("tuple["):
            # Which of several forms of a row was tried is no place in the file.
            continue
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


_SENTENCES = {"extra_forbidden": "unknown field", "missing": "is required"}


def refusal(error: ValidationError, whole: str = "problem") -> ProblemError:
    """Turn the first complaint of pydantic into one line; `whole` names a document that is wrong as a
    whole."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    sentence = _SENTENCES.get(first["type"]) or " ".join(first["msg"].removeprefix("Value error, ").split())
    return ProblemError(f"{path_text(first['loc']) or whole}: {sentence[:1].lower()}{sentence[1:]}")
