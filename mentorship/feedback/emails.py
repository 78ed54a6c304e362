"""The mails about notes; one function a template. No subject and no text holds a word of what somebody wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app, render_template

from mentorship import keys
from mentorship.config import Settings
from mentorship.feedback.instruments import INSTRUMENTS
from mentorship.feedback.models import FormRequest
from mentorship.outbox.letters import Letter
from mentorship.people.models import Membership
from mentorship.plans.models import Visit

FORM_LINK = "form-link"


def form_token(request: FormRequest) -> str:
    """Derived, not stored: one form of one person about one visit, as long as its generation stands."""
    subject = f"visit-{request.visit_id}-{request.instrument}"
    return keys.ring().token(FORM_LINK, subject, str(request.membership_id), request.generation)


def notes_request(visit: Visit, member: Membership, requests: Sequence[FormRequest]) -> Letter:
    """Asks one person for their forms about a visit that was held, all in one mail."""
    given = visit.other(member.id).person.given_name
    instruments = [INSTRUMENTS[request.instrument] for request in requests]
    forms = [
        (form.title, form.asked_for.format(other=given), _link(f"/form/{form_token(request)}"))
        for form, request in zip(instruments, requests, strict=True)
    ]
    subject = f"After the visit with {visit.other(member.id).person.name}"
    words = {
        "visit": visit,
        "forms": forms,
        "other": visit.other(member.id),
        "is_visitor": member.id == visit.visitor_id,
    }
    return _letter("notes_request", f"forms.{visit.id}.{member.id}", member, subject, words)


def notes_shared(visit: Visit, author: Membership, reader: Membership, now: datetime) -> Letter:
    """Tells a host that notes wait for them, and nothing of what they say."""
    subject = f"{author.person.name} shared notes from the visit with you"
    words = {"visit": visit, "author": author, "link": _link("/notes")}
    return _letter("notes_shared", f"shared.{visit.id}.{reader.id}.{now:%Y%m%d%H%M%S}", reader, subject, words)


def _letter(name: str, key: str, member: Membership, subject: str, words: dict[str, Any]) -> Letter:
    settings, school = _settings(), member.school
    context = {"member": member, "school": school, **words}
    return Letter(
        kind=name,
        person_id=member.person_id,
        to_name=member.person.name,
        to_address=member.person.email or "",
        from_name=f"{school.name} visits",
        reply_to=settings.mail_from,
        subject=subject,
        text=render_template(f"emails/{name}.txt", **context),
        html=render_template(f"emails/{name}.html", **context),
        message_id=f"{key}@{settings.mail_from.rpartition('@')[2]}",
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mentorship-settings"]
    return settings


def _link(path: str) -> str:
    return f"{_settings().public_url}{path}"
