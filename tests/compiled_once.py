"""The addresses of the app, compiled once a process: each test has an app of its own, and all have the same ones.

To import this is enough. Werkzeug makes a syntax tree for every address of every app, most of what making an app takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Build = Callable[[Rule, bool], Any]


def _once(build: Build) -> Build:
    """What `build` makes depends on the words of a rule alone, unless it has defaults, which converters may write."""
    built: dict[tuple[object, ...], Any] = {}

    def build_or_recall(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return build(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in built:
            built[key] = build(rule, append_unknown)
        return built[key]

    return build_or_recall


Rule._compile_builder = _once(Rule._compile_builder)  # type: ignore[method-assign]
