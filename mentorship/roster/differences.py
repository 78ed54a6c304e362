"""What an import changed, by name: the people and the classes of a school before and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import select

from mentorship.extensions import db
from mentorship.people.models import Membership, Person
from mentorship.timetable.models import Section, SectionTeacher

MOST_NAMED = 40
WORDS = {
    "given_name": "given name",
    "family_name": "family name",
    "email": "address",
    "code": "person_id",
    "roles": "roles",
    "subjects": "subjects",
    "departments": "departments",
    "grades": "grades",
    "room": "room",
    "building": "building",
    "wing": "wing",
    "is_new_teacher": "new teacher",
    "mentor_places": "mentor places",
    "trained": "trained as a mentor",
    "virtual": "takes part by video",
    "works_from": "works from",
    "works_to": "works to",
    "prefers": "prefers",
    "course": "course",
    "subject": "subject",
    "expression": "meets",
    "term": "term",
    "wave": "lunch",
    "teachers": "taught by",
}
_PERSON = ("given_name", "family_name", "email")
_MEMBER = tuple(name for name in WORDS if hasattr(Membership, name))
_SECTION = ("course", "subject", "grades", "room", "building", "expression", "term", "wave")
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """People by membership id and classes by code, each with `name`, `active` and what can change of it."""

    people: Mapping[int, Facts] = field(default_factory=dict)
    sections: Mapping[str, Facts] = field(default_factory=dict)


def standing_of(school_id: str) -> Standing:
    """As the session sees them now, written out or not."""
    columns = (Membership.id, Membership.active, *(getattr(Membership, name) for name in _MEMBER))
    rows = db.session.execute(
        select(*columns, *(getattr(Person, name) for name in _PERSON)).join(Person).where(_at(Membership, school_id))
    ).mappings()
    people = {row["id"]: {**row, "name": f"{row['given_name']} {row['family_name']}"} for row in rows}
    return Standing(people, _sections(school_id, people))


def _sections(school_id: str, people: Mapping[int, Facts]) -> dict[str, Facts]:
    taught = select(SectionTeacher.section_id, SectionTeacher.membership_id).join(Section)
    teachers: dict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(taught.where(_at(Section, school_id)).order_by(SectionTeacher.position)):
        teachers[row.section_id].append(people[row.membership_id]["name"])
    columns = (Section.id, Section.code, Section.active, *(getattr(Section, name) for name in _SECTION))
    rows = db.session.execute(select(*columns).where(_at(Section, school_id))).mappings()
    return {
        row["code"]: {**row, "name": f"{row['course']} ({row['code']})", "teachers": teachers[row["id"]]}
        for row in rows
    }


def differences(before: Standing, after: Standing) -> dict[str, Any]:
    """By `people` and `sections`: `new`, `changed`, `back` and `leaving`, each as `count` and the first so many."""
    names = (*_PERSON, *_MEMBER)
    return {
        "people": _compared(before.people, after.people, names),
        "sections": _compared(before.sections, after.sections, (*_SECTION, "teachers")),
    }


def _compared(before: Mapping[Any, Facts], after: Mapping[Any, Facts], names: Iterable[str]) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {"new": [], "changed": [], "back": [], "leaving": []}
    for key, facts in after.items():
        was = before.get(key)
        if was is None:
            found["new"].append({"name": facts["name"], "what": []})
            continue
        what = [_said(name, was[name], facts[name]) for name in names if was[name] != facts[name]]
        if was["active"] != facts["active"]:
            found["back" if facts["active"] else "leaving"].append({"name": facts["name"], "what": what})
        elif what:
            found["changed"].append({"name": facts["name"], "what": what})
    return {
        word: {"count": len(rows), "first": sorted(rows, key=lambda row: str(row["name"]).casefold())[:MOST_NAMED]}
        for word, rows in found.items()
    }


def _said(name: str, was: Any, is_now: Any) -> str:
    return f"{WORDS[name]}: {_plain(was)}, now {_plain(is_now)}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value) or "none"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if value not in (None, "") else "none"


def _at(model: Any, school_id: str) -> Any:
    return model.school_id == school_id
