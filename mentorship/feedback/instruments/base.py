"""What a form says about itself, so that one page and one view serve every form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectField
from wtforms.utils import unset_value

from mentorship.people.models import Membership
from mentorship.plans.models import Pairing, Visit
from mentorship.web.forms import BaseForm

LONGEST_TEXT = 8000
LONGEST_NOTE = 2000
MOST_NOTES = 60
KINDS = {"noticed": "I noticed", "wondered": "I wonder"}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Author = Literal["visitor", "host", "new_teacher", "mentor", "anyone"]
# Who may be let read: the other person of the visit or the pairing, the author's mentor or new teacher, a coach.
ReaderKind = Literal["other", "pair", "coach"]


class NotesField(Field):  # type: ignore[misc, unused-ignore]
    """What was noticed and wondered, each with its time: `{"rows": [{n, kind, at, words}], "pending": {...}}`.

    The page posts only the one note that is being written (`pending`, with the `n` of the row that it replaces, if
    any); the rows stand in the entry, so that a page without scripts can add and edit them one by one.
    """

    widget = None

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        stored = data if isinstance(data, dict) else {}
        self.process_errors: list[str] = []
        self.rows: list[dict[str, Any]] = list(stored.get("rows", []))
        self.pending: dict[str, Any] = {
            "kind": "noticed",
            "at": "",
            "words": "",
            "n": None,
            **stored.get("pending", {}),
        }
        self.raw_data = None
        if formdata and f"{self.name}-words" in formdata:
            self.pending = _pending(formdata, self.name)
            self.raw_data = [self.pending["words"]]
        begun = self.pending["words"] or self.pending["n"] is not None
        self.data = {"rows": self.rows, "pending": self.pending if begun else {}}

    def pre_validate(self, form: FlaskForm) -> None:
        if len(self.pending["words"]) > LONGEST_NOTE:
            raise ValueError(f"A note has at most {LONGEST_NOTE} characters; split it into two.")
        if self.pending["words"] and len(self.rows) >= MOST_NOTES and self.pending["n"] is None:
            raise ValueError(f"There is room for {MOST_NOTES} notes; edit one of them instead.")


def _pending(posted: Any, name: str) -> dict[str, Any]:
    kind, at, number = (str(posted.get(f"{name}-{part}", "")) for part in ("kind", "at", "n"))
    return {
        "kind": kind if kind in KINDS else "noticed",
        "at": at if _CLOCK.fullmatch(at) else "",
        "words": str(posted.get(f"{name}-words", "")).replace("\r\n", "\n").strip(),
        "n": int(number) if number.isdecimal() and len(number) < 4 else None,
    }


def put_note(notes: Mapping[str, Any]) -> dict[str, Any]:
    """The notes with the pending one in its place: added, put in place of the row it edits, or, left empty, removed."""
    rows, pending = list(notes.get("rows", [])), dict(notes.get("pending", {}))
    number, words = pending.get("n"), pending.get("words", "")
    rows = [row for row in rows if row["n"] != number]
    if words:
        following = number or 1 + max((row["n"] for row in notes.get("rows", [])), default=0)
        rows.append({"n": following, "kind": pending["kind"], "at": pending["at"], "words": words})
    return {"rows": sorted(rows, key=lambda row: (row["at"] or "~", row["n"])), "pending": {}}


def take_note(notes: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The notes with one row opened for editing; what was pending is put in its place first."""
    standing = put_note(notes)
    row = next((row for row in standing["rows"] if row["n"] == number), None)
    return {**standing, "pending": dict(row) if row else {}}


class FocusField(SelectField):  # type: ignore[misc, unused-ignore]
    """One of the school's focus areas, or none; the page says which there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Pages choose a field's look by its type.
        self.type = "SelectField"

    def offer(self, names: Sequence[str]) -> None:
        known = [name for name in [*names, self.data or ""] if name]
        self.choices = [("", "No focus"), *((name, name) for name in dict.fromkeys(known))]

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data and len(str(self.data)) > 120:
            raise ValueError("A focus has at most 120 characters.")


class InstrumentForm(BaseForm):
    """The fields of one form. Nothing is required field by field: a draft is anything."""


@dataclass(frozen=True)
class Section:
    """Some fields under one heading. `folded` ones open on demand; of `private` ones no reader gets a word."""

    title: str
    fields: tuple[str, ...]
    icon: str = ""
    hint: str = ""
    step: str = ""
    folded: bool = False
    private: bool = False


@dataclass(frozen=True)
class Instrument:
    """One form: who fills it in, about what, what it asks, whom its author may let read it.

    Words may hold `{other}`, the given name of the other person of the visit or pairing; `{focus}` is the visit's.
    """

    key: str
    version: int
    title: str
    about: Literal["visit", "pairing", "oneself"]
    written_by: Author
    readers: tuple[ReaderKind, ...]
    form: type[InstrumentForm]
    sections: tuple[Section, ...]
    heading: str
    intro: str
    # What the lock line says while nobody else can read it, and what it adds in any case.
    until_shared: str
    besides: str = ""
    asked_for: str = ""
    heading_of_visitor: str = ""
    # One button shares it with the one possible reader; otherwise sharing is chosen at the end, person by person.
    shares_at_once: bool = False
    tells_reader: bool = False
    is_asked_for: bool = False
    carries_goal: bool = False
    prefilled: tuple[str, ...] = field(default=("follow_up_on", "focus", "state"))

    def heading_for(self, author: Membership, thing: Visit | Pairing | None) -> str:
        """The page’s heading, in the words of whoever writes."""
        if thing is None:
            return self.heading
        other = next(member for member in thing.people if member.id != author.id)
        is_visitor = isinstance(thing, Visit) and author.id == thing.visitor_id
        words = self.heading_of_visitor if is_visitor and self.heading_of_visitor else self.heading
        return words.format(other=other.person.given_name)

    def writers(self, thing: Visit | Pairing) -> list[Membership]:
        """Who fills it in about this visit or this pairing."""
        if isinstance(thing, Pairing):
            return [thing.mentor] if self.written_by == "mentor" else []
        if self.written_by == "new_teacher":
            return [member for member in thing.people if member.is_new_teacher]
        return {"visitor": [thing.visitor], "host": [thing.host]}.get(self.written_by, [])

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for section in self.sections for name in section.fields)

    @property
    def private_fields(self) -> frozenset[str]:
        return frozenset(name for section in self.sections if section.private for name in section.fields)

    def open(self, answers: Mapping[str, Any], *, focuses: Sequence[str] = ()) -> InstrumentForm:
        """The form with these answers in it, over which what was posted goes."""
        given = {name: answers[name] for name in self.fields if name in answers}
        form = self.form(data={name: _as_field_data(self.form, name, value) for name, value in given.items()})
        for each in form:
            if isinstance(each, FocusField):
                each.offer(focuses)
        return form

    def answers(self, form: InstrumentForm) -> dict[str, Any]:
        """What the form holds, as JSON by field."""
        return {name: _as_json(form[name].data) for name in self.fields}

    def settled(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers with every note in its place, as they are finished."""
        return {name: put_note(value) if _is_notes(value) else value for name, value in answers.items()}

    def is_blank(self, answers: Mapping[str, Any]) -> bool:
        """Whether nobody has written anything: what the page filled in beforehand does not count."""
        settled = self.settled(answers)
        return not any(
            value["rows"] if _is_notes(value) else value
            for name, value in settled.items()
            if name not in self.prefilled
        )

    def for_readers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """What others than the author may see of the answers."""
        return {name: answers[name] for name in self.fields if name in answers and name not in self.private_fields}


def _is_notes(value: Any) -> bool:
    return isinstance(value, dict)


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return "" if value is None else value


def _as_field_data(form: type[InstrumentForm], name: str, value: Any) -> Any:
    if getattr(form, name).field_class is not DateField:
        return value
    return date.fromisoformat(value) if value else None
