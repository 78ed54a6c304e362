"""Nobody is mentored by the person who evaluates them."""

from __future__ import annotations

from matching.pairing.rules.apart import Apart


class Evaluator(Apart):
    """A new teacher speaks openly only to somebody who does not judge their work for the record."""

    key = "evaluator"
    title = "Nobody is mentored by their own evaluator"
    removes = "evaluates them"

    def concerns(self, word: str) -> bool:
        return word == "evaluator"

    def sentence(self, mentee: str, mentor: str, word: str) -> str:
        return f"{mentor} evaluates {mentee}"
