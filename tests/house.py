"""The law of the house as checks on source text: each takes what it looks at, and returns what breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "mentorship"
TEMPLATES = CHECKOUT / "templates"

# The edges commit: the command line, views, and those who must let go of the database while they wait.
MAY_COMMIT = (
    "mentorship/cli/",
    "mentorship/people/account.py",
    "mentorship/people/signing_in.py",
    "mentorship/demo/",
    "mentorship/jobs/runner.py",
    "mentorship/outbox/operations.py",
    "mentorship/outbox/delivery.py",
    "mentorship/plans/supervisor.py",
    "mentorship/replies/ingest.py",
    "mentorship/replies/intake.py",
    "mentorship/replies/jobs.py",
)
MAY_READ_THE_CLOCK = ("mentorship/clock.py",)
CLOCKS = {"now", "today", "utcnow", "time"}
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "manager", "service", "common"}
LONGEST_FILE = 400


def sources(folder: Path = CHECKOUT) -> dict[str, str]:
    """The project's Python by path from the checkout."""
    paths = [path for part in ("mentorship", "matching") for path in (folder / part).rglob("*.py")]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def commits_outside_edges(files: Mapping[str, str]) -> list[str]:
    """Files that commit although they are no edge."""
    return [
        path
        for path, text in files.items()
        if ".commit(" in text and not _is_view(path) and not path.startswith(MAY_COMMIT)
    ]


def _is_view(path: str) -> bool:
    """A stage with many pages has a folder of them."""
    return path.endswith("/views.py") or "/views/" in path


def clocks_read(files: Mapping[str, str]) -> list[str]:
    """Places that read the time of day other than the one clock."""
    found = []
    for path, text in files.items():
        if path in MAY_READ_THE_CLOCK or "migrations" in path:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and _reads_a_clock(node.func):
                found.append(f"{path}:{node.lineno}")
    return found


def _reads_a_clock(called: ast.expr) -> bool:
    """`datetime.now`, `date.today`, `time.time`; a `perf_counter` measures, it tells no time."""
    if not isinstance(called, ast.Attribute) or called.attr not in CLOCKS:
        return False
    return isinstance(called.value, ast.Name) and called.value.id in {"datetime", "date", "time"}


def emails_without_a_function(templates: Iterable[str], functions: Iterable[str]) -> list[str]:
    """E-mail templates that no function of that name fills; a leading underscore is a layout."""
    named = set(functions)
    return sorted(name for name in templates if not name.startswith("_") and name not in named)


def functions_of(files: Mapping[str, str], name: str) -> list[str]:
    """The public functions of every file of that name."""
    return [
        node.name
        for path, text in files.items()
        if path.endswith(f"/{name}")
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def emails_without_a_snapshot(templates: Iterable[str], snapshots: Iterable[str]) -> list[str]:
    """E-mail templates of which no snapshot says how they read."""
    kept = list(snapshots)
    return sorted(
        name for name in templates if not name.startswith("_") and not any(each.startswith(name) for each in kept)
    )


def rules_unregistered(files: Mapping[str, str], keys: Iterable[str]) -> list[str]:
    """Rule files whose key is not in the ordered list."""
    registered = set(keys)
    found = []
    for path, text in files.items():
        if "/rules/" not in path or path.endswith("__init__.py"):
            continue
        declared = re.findall(r'^    key = "([a-z_]+)"', text, re.MULTILINE)
        if not declared or not set(declared) <= registered:
            found.append(path)
    return found


def rules_untested(keys: Iterable[str], tests: Iterable[str]) -> list[str]:
    """Rules that no test of the engine names."""
    text = "\n".join(tests)
    return sorted(key for key in keys if key not in text)


def pages_without_a_template(files: Mapping[str, str], templates: Iterable[str]) -> list[str]:
    """Templates that a view names and that are not there."""
    there = set(templates)
    named = {
        name
        for path, text in files.items()
        for name in re.findall(r'"([a-z_]+/[a-z_]+\.html|[a-z_]+\.html)"', text)
        if _is_view(path) or "/web/" in path
    }
    return sorted(named - there)


def names_forbidden(paths: Iterable[str]) -> list[str]:
    """Modules and folders that are called after nothing."""
    return [path for path in paths if FORBIDDEN_NAMES & set(Path(path).with_suffix("").parts)]


def files_too_long(files: Mapping[str, str]) -> list[str]:
    return [path for path, text in files.items() if "migrations" not in path and text.count("\n") > LONGEST_FILE]
