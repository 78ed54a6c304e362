"""The mails about signing in and about wishes; one function a template."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import current_app, render_template

from mentorship.config import Settings
from mentorship.outbox.letters import Letter
from mentorship.people.models import Person, School


def sign_in_code(person: Person, code: str) -> Letter:
    """The code that signs in, once."""
    return _letter("sign_in_code", person, "Your code to sign in", code=code)


def password_changed(person: Person) -> Letter:
    """Tells the owner of a password that it was set or changed."""
    return _letter("password_changed", person, "Your password was changed")


def interests_request(person: Person, school: School, token: str) -> Letter:
    """Asks for wishes and offers by a form that needs no signing in."""
    settings: Settings = current_app.extensions["mentorship-settings"]
    link = f"{settings.public_url}/interests/{token}"
    subject = f"Two minutes: what would you like to learn or show at {school.name}?"
    return _letter("interests_request", person, subject, school=school, link=link)


def _letter(name: str, person: Person, subject: str, **words: Any) -> Letter:
    settings: Settings = current_app.extensions["mentorship-settings"]
    school = next((member.school.name for member in person.memberships if member.active), "Mentorship")
    context = {"member": {"person": person}, "school": {"name": school}, "link": settings.public_url, **words}
    return Letter(
        kind=name,
        person_id=person.id,
        to_name=person.name,
        to_address=person.email or "",
        from_name="Peer visits and mentoring",
        reply_to=settings.mail_from,
        subject=subject,
        text=render_template(f"emails/{name}.txt", **context),
        html=render_template(f"emails/{name}.html", **context),
        message_id=f"{name}.{uuid4().hex}@{settings.mail_from.rpartition('@')[2]}",
    )
