"""Adding a person by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mentorship.audit import operations as audit
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import ROLES, Membership, Person, School


def create_person(
    *, email: str, name: str, role: str, school: School | None, by: str, now: datetime
) -> tuple[Person, bool]:
    """Add a person, or a role to the person of that address; says whether the person is new.

    `admin` is a right in the whole organisation; the other roles are held in a school.
    """
    email, name = email.strip().lower(), " ".join(name.split())
    if "@" not in email or not name:
        raise Refused(
            "A person needs an address and a name, such as --email ada@school.example.org --name 'Ada Lopez'."
        )
    if role not in ROLES:
        raise Refused(f"There is no role {role}. Allowed: {', '.join(ROLES)}.")
    person = db.session.scalars(select(Person).where(Person.email == email)).first()
    is_new = person is None
    if person is None:
        given, _, family = name.rpartition(" ")
        person = Person(given_name=given or family, family_name=family if given else "", email=email)
        db.session.add(person)
        db.session.flush()
    if role == "admin":
        person.is_admin = True
    elif school is None:
        raise Refused(f"The role {role} is held in a school; import the school's files first.")
    else:
        _give_role(person, school, role)
    audit.record("create_person", by=by, now=now, person=person.id, role=role)
    return person, is_new


def _give_role(person: Person, school: School, role: str) -> None:
    query = select(Membership).where(Membership.person_id == person.id, Membership.school_id == school.id)
    member = db.session.scalars(query).first()
    if member is None:
        member = Membership(school_id=school.id, person=person, code=person.email or "", from_file=False, roles=[])
        member.roles_by_hand = []
        db.session.add(member)
    member.active = True
    member.roles_by_hand = [name for name in ROLES if name in member.roles_by_hand or name == role]
    member.roles = [name for name in ROLES if name in member.roles or name == role]
