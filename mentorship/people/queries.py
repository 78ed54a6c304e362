"""Finding schools and people, and what one person may see of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from mentorship.errors import NotFound, Refused
from mentorship.extensions import db
from mentorship.people.models import Apart, EvaluatorLink, Membership, Person, School


def school_named(school_id: str | None) -> School:
    """The school of that id, or the only one. Raises `NotFound` or `Refused` with a sentence."""
    if school_id is not None:
        school = db.session.get(School, school_id)
        if school is None:
            raise NotFound(f"There is no school with the id {school_id}.")
        return school
    schools = db.session.scalars(select(School).order_by(School.id)).all()
    if not schools:
        raise NotFound("There is no school yet; import its files first.")
    if len(schools) > 1:
        names = ", ".join(school.id for school in schools)
        raise Refused(f"There is more than one school; say which with --school. There are: {names}.")
    return schools[0]


def active_members(school: School) -> list[Membership]:
    """Everybody who is at the school now, by family name."""
    members = db.session.scalars(select(Membership).where(Membership.school_id == school.id, Membership.active))
    return sorted(members, key=lambda member: member.sort_name)


def member_named(school: School, word: str) -> Membership:
    """The person of that person_id or address at the school."""
    query = (
        select(Membership)
        .join(Person)
        .where(Membership.school_id == school.id, or_(Membership.code == word, Person.email == word.lower()))
    )
    member = db.session.scalars(query).first()
    if member is None:
        raise NotFound(f"Nobody at {school.name} has the person_id or address {word}.")
    return member


def pairs_apart(school: School) -> list[tuple[Membership, Membership, str]]:
    """Pairs that are never put together, with why: `evaluator` or `apart`; by their codes."""
    members = {member.id: member for member in active_members(school)}
    links = db.session.scalars(select(EvaluatorLink).where(EvaluatorLink.evaluator_id.in_(members)))
    rows: list[Any] = [(link.evaluator_id, link.membership_id, "evaluator") for link in links]
    aparts = db.session.scalars(select(Apart).where(Apart.membership_id.in_(members)))
    rows += [(row.membership_id, row.other_id, "apart") for row in aparts]
    found = [(members[one], members[other], why) for one, other, why in rows if one in members and other in members]
    return sorted(found, key=lambda pair: (pair[0].code, pair[1].code, pair[2]))


def somebody_who_is(role: str, school: School) -> Person | None:
    """The first person by family name who holds a role at the school now."""
    return next((member.person for member in active_members(school) if member.has_role(role)), None)


def schools_coached_by(person: Person) -> list[str]:
    """The ids of the schools where the person is an active coach."""
    members = db.session.scalars(select(Membership).where(Membership.person_id == person.id, Membership.active))
    return [member.school_id for member in members if "coach" in member.roles]
