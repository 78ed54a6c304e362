"""Who looks at a page, at which school, and what every page shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, g, has_request_context, request, session, url_for
from flask_login import current_user

from mentorship.people.models import Membership, Person, School

IN_CYCLES = (
    "cycles",
    "plans",
    "invites.visits",
    "invites.walk",
    "invites.new_walk",
    "closeout",
    "home.desk",
    "replies",
)
COACH_PAGES = (
    ("Cycles", "cycles.cycles", IN_CYCLES),
    ("People", "people.people", ("people.people", "people.person")),
    ("School schedule", "availability.schedule", ("availability",)),
    ("Import", "invites.imports", ("invites.import",)),
    ("Mail", "operate.mail", ("operate",)),
)
ADMIN_PAGES = COACH_PAGES[1:]
TEACHER_PAGES = (
    ("My week", "home.teacher", ("home",)),
    ("Open doors", "invites.open_doors", ("invites.open_door",)),
    ("Notes and reflections", "feedback.mine", ("feedback",)),
    ("Goals", "goals.goals", ("goals",)),
    ("My wishes", "people.wishes", ("people.wishes",)),
)


@dataclass(frozen=True)
class Viewer:
    """A signed-in person with the membership that the page is about; an administrator may have none."""

    person: Person
    member: Membership | None
    members: tuple[Membership, ...]

    @property
    def school(self) -> School:
        """The current school; 404 where there is none."""
        if self.member is None:
            abort(404)
        return self.member.school

    @property
    def by(self) -> str:
        """How the audit log names them."""
        return str(self.person.id)

    @property
    def is_coach(self) -> bool:
        return self.member is not None and self.member.has_role("coach")

    @property
    def is_teacher(self) -> bool:
        return self.member is not None and self.member.has_role("teacher")

    @property
    def is_admin(self) -> bool:
        return self.person.is_admin


def viewer() -> Viewer:
    """Who looks, found once a request. For views behind a policy; 404 for anybody else."""
    found: Viewer | None = _viewer()
    if found is None:
        abort(404)
    return found


def _viewer() -> Viewer | None:
    if "viewer" not in g:
        g.viewer = _found() if current_user.is_authenticated else None
    found: Viewer | None = g.viewer
    return found


def _found() -> Viewer:
    person: Person = current_user._get_current_object()
    members = tuple(member for member in person.memberships if member.active)
    chosen = session.get("school")
    member = next((each for each in members if each.school_id == chosen), members[0] if members else None)
    return Viewer(person, member, members)


def navigation(found: Viewer | None) -> list[dict[str, Any]]:
    """The entries of the main menu: where they lead, and whether the reader is there."""
    if found is None:
        return []
    pages = [*(COACH_PAGES if found.is_coach else ADMIN_PAGES if found.is_admin else ())]
    pages += TEACHER_PAGES if found.is_teacher else ()
    here = request.endpoint or ""
    return [
        {"words": words, "href": url_for(endpoint), "here": here == endpoint, "inside": here.startswith(inside)}
        for words, endpoint, inside in pages
    ]


def init_app(app: Flask) -> None:
    """What `base.html` shows: the reader, their school, the menu, the look, and who sees the page."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        if not has_request_context():
            # A mail is written by a worker or a command as well, and shows nothing of a reader.
            return {}
        found = _viewer()
        return {
            "reader": found,
            "place": found.member.school.name if found and found.member else "Mentorship",
            "navigation": navigation(found),
            "theme": found.person.theme if found else "match",
        }
