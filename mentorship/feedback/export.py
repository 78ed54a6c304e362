"""One's own texts to take away: everything, the private lines too, and who can read which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorship.feedback.models import Answers, Entry, EntryReader
from mentorship.plans.models import Visit


def own_texts(entries: Sequence[Entry], readers: Mapping[int, Sequence[EntryReader]], now: datetime) -> dict[str, Any]:
    """All entries of one author as plain values: questions with their answers, dates, readers."""
    return {"exported_at": now.isoformat(), "entries": [_entry(entry, readers.get(entry.id, ())) for entry in entries]}


def _entry(entry: Entry, readers: Sequence[EntryReader]) -> dict[str, Any]:
    visit = entry.visit
    return {
        "form": entry.instrument,
        "title": entry.title,
        "about": entry.form.heading_for(entry.author, entry.thing),
        "visited_on": str(visit.on_date) if isinstance(visit, Visit) and visit.on_date else None,
        "begun_at": entry.created_at.isoformat(),
        "saved_at": entry.saved_at.isoformat(),
        "finished_at": entry.finished_at.isoformat() if entry.finished_at else None,
        "answers": told(entry, entry.answers),
        "draft": told(entry, entry.newest) if entry.draft else None,
        "readers": [{"name": row.membership.person.name, "since": row.shared_at.isoformat()} for row in readers],
    }


def told(entry: Entry, answers: Answers) -> dict[str, Any]:
    """Answers under the questions as they were asked; notes as lines with their time."""
    form = entry.form.open(answers)
    found = {str(form[name].label.text): _plain(answers[name]) for name in entry.form.fields if name in answers}
    return {question: answer for question, answer in found.items() if answer}


def _plain(answer: Any) -> Any:
    if not isinstance(answer, dict):
        return answer
    rows = [*answer.get("rows", []), *([answer["pending"]] if answer.get("pending", {}).get("words") else [])]
    return [f"{row['at']} {row['kind']}: {row['words']}".strip() for row in rows]


def as_markdown(texts: Mapping[str, Any]) -> str:
    """The same as a text to read or to paste."""
    pieces = ["# My notes, reflections and goals", ""]
    for entry in texts["entries"]:
        pieces += [f"## {entry['about']}", "", f"{entry['title']}, {entry['visited_on'] or entry['begun_at'][:10]}", ""]
        names = ", ".join(reader["name"] for reader in entry["readers"])
        pieces += [f"Can be read by: {names or 'nobody else'}", ""]
        for part in ("answers", "draft"):
            pieces += ["(not finished)", ""] if part == "draft" and entry["draft"] else []
            for question, answer in (entry[part] or {}).items():
                lines = [f"- {line}" for line in answer] if isinstance(answer, list) else [str(answer)]
                pieces += [f"### {question}", "", *lines, ""]
    return "\n".join(pieces)
