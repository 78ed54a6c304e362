"""Finding schools and people, and what one person may see of others."""

from __future__ import annotations

import zlib
from typing import Any

from sqlalchemy import Select, String, cast, or_, select
from sqlalchemy.orm import joinedload

from mentorship import keys
from mentorship.errors import NotFound, Refused
from mentorship.extensions import canonical_json, db
from mentorship.people.models import (
    Apart,
    EvaluatorLink,
    FocusArea,
    InterestsRequest,
    Membership,
    Person,
    Profile,
    School,
)

WISHES = tuple(column.key for column in Profile.__table__.columns if column.key not in {"id", "membership_id"})


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
    query = select(Membership).where(Membership.school_id == school.id, Membership.active)
    members = db.session.scalars(query.options(joinedload(Membership.profile)))
    return sorted(members, key=lambda member: member.sort_name)


def members_of_school(school: School) -> list[Membership]:
    """Everybody who is or was at the school, by family name."""
    query = select(Membership).where(Membership.school_id == school.id)
    members = db.session.scalars(query.options(joinedload(Membership.profile)))
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


def schools_coached_by(person: Person) -> list[str]:
    """The ids of the schools where the person is an active coach."""
    query = select(Membership.school_id, Membership.roles).where(Membership.person_id == person.id, Membership.active)
    return [school_id for school_id, roles in db.session.execute(query) if "coach" in roles]


def evaluated_by(person: Person) -> Select[int]:
    """The memberships of whom the person formally appraises, at any school."""
    links = select(EvaluatorLink.membership_id).join(Membership, Membership.id == EvaluatorLink.evaluator_id)
    return links.where(Membership.person_id == person.id)


def members_visible_to(person: Person) -> Select[Membership]:
    """Those of the schools where the person coaches, of every school for an administrator, those who left included.

    Never the people whom they appraise: of these they see what a leader sees, and a leader has no page of a person.
    """
    query = select(Membership).where(Membership.id.not_in(evaluated_by(person)))
    query = query.options(joinedload(Membership.profile))
    return query if person.is_admin else query.where(Membership.school_id.in_(coached_schools(person)))


def coached_schools(person: Person) -> Select[str]:
    """The ids that `schools_coached_by` gives, as a part of another statement."""
    # Roles are words of ours in a JSON list, so the quoted word is the role and never a part of another.
    is_coach = cast(Membership.roles, String).contains('"coach"')
    return select(Membership.school_id).where(Membership.person_id == person.id, Membership.active, is_coach)


def departments_of(member: Membership, school: School) -> list[str]:
    """The departments that their row names, or else those of the school that have one of their subjects."""
    if member.departments:
        return list(member.departments)
    return [name for name, subjects in school.departments.items() if set(subjects) & set(member.subjects)]


def focus_areas(school_id: str) -> list[str]:
    """The school's own names of what is looked at or learned, by the alphabet."""
    names = db.session.scalars(select(FocusArea.name).where(FocusArea.school_id == school_id))
    return sorted(names, key=str.casefold)


def request_of_link(token: str) -> InterestsRequest | None:
    """By the token of a mail; none where a newer mail went out, or where the person has left."""
    query = select(InterestsRequest).where(InterestsRequest.digest == keys.ring().digest(token))
    found = db.session.scalars(query).first()
    return found if found is not None and found.membership.active else None


def open_requests(school: School) -> set[int]:
    """The memberships that were asked for wishes and have not answered."""
    query = select(InterestsRequest.membership_id).join(Membership)
    return set(db.session.scalars(query.where(Membership.school_id == school.id, InterestsRequest.is_open)))


def wishes_version(member: Membership) -> int:
    """Changes whenever a wish, a cap or the places that somebody offers do, whoever changes them."""
    wishes = [str(getattr(member.profile, name, None)) for name in WISHES]
    return zlib.crc32(canonical_json([*wishes, member.mentor_places]).encode())


def role_version(member: Membership) -> int:
    """Changes whenever what a coach may set by hand does."""
    said = [member.roles, member.is_new_teacher, member.mentor_places, member.trained, member.active]
    return zlib.crc32(canonical_json(said).encode())
