"""Who is free when; the people of a school and the page of one of them, which say so too."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.availability.free import bells_of, default_date, free_grid, two_weeks
from mentorship.availability.queries import calendar, sections_taught_by, times, unknown_on
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.forms import FOCUS_WORDS, ROLE_WORDS, MemberForm
from mentorship.people.models import Membership, School
from mentorship.people.operations import change_member
from mentorship.people.queries import (
    departments_of,
    evaluated_by,
    members_of_school,
    members_visible_to,
    open_requests,
    role_version,
)
from mentorship.people.viewer import viewer
from mentorship.people.views import coached_school
from mentorship.people.views import pages as people_pages
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("availability", __name__)
SCHOOL_WEEK = 5


@dataclass(frozen=True)
class Filter:
    """What the list of people is narrowed to; blank is everybody who is here."""

    name: str
    department: str
    role: str
    is_new: bool
    has_left: bool

    @classmethod
    def asked(cls) -> Filter:
        given = request.args
        return cls(
            name=given.get("name", "").strip(),
            department=given.get("department", ""),
            role=given.get("role", ""),
            is_new="new" in given,
            has_left="left" in given,
        )

    @property
    def is_blank(self) -> bool:
        return not any((self.name, self.department, self.role, self.is_new, self.has_left))

    def takes(self, member: Membership, departments: Sequence[str]) -> bool:
        return (
            _plain(self.name) in _plain(member.person.name)
            and self.department in ("", *departments)
            and self.role in ("", *member.roles)
            and (member.is_new_teacher or not self.is_new)
            and member.active != self.has_left
        )


@people_pages.get("/people")
@policy("coach", "admin")
def people() -> str:
    school, found, asked = coached_school(), viewer(), Filter.asked()
    members = members_of_school(school)
    departments = {member.id: departments_of(member, school) for member in members}
    here = [member for member in members if member.active]
    without = [member for member in here if member.has_role("teacher") and member.profile is None]
    waiting = open_requests(school) if found.is_coach else set()
    return render_template(
        "people/people.html",
        school=school,
        asked=asked,
        shown=[member for member in members if asked.takes(member, departments[member.id])],
        everybody=len(here),
        departments=departments,
        choices=sorted({name for names in departments.values() for name in names}, key=str.casefold),
        role_words=ROLE_WORDS,
        unknown=unknown_on(school, here, _today(school)),
        hidden=set(db.session.scalars(evaluated_by(found.person))),
        without=len(without),
        waiting=sum(member.id in waiting for member in without),
        teachers=sum(member.has_role("teacher") for member in here),
        can_ask=found.is_coach,
    )


@people_pages.route("/people/<int:member_id>", methods=["GET", "POST"])
@policy("coach", "admin")
def person(member_id: int) -> str | Response | tuple[str, int]:
    query = members_visible_to(viewer().person).where(Membership.id == member_id)
    member: Membership = one_or_404(query)
    form, refused = MemberForm(), ""
    if form.validate_on_submit():
        seen = request.form.get("version")
        try:
            change_member(member, form.by_hand, seen=seen, by=viewer().by, now=clock.now())
            db.session.commit()
            flash(f"What you set for {member.person.name} is kept.", "success")
            return redirect(url_for("people.person", member_id=member_id), code=303)
        except Refused as error:
            db.session.rollback()
            member, refused = one_or_404(query), str(error)
    version = str(role_version(member))
    if not form.is_submitted() or (refused and seen != version):
        form = MemberForm(formdata=None)
        form.fill(member)
    code = 409 if refused else 422 if form.errors else 200
    return _person(member, form, refused, version), code


def _person(member: Membership, form: MemberForm, refused: str, version: str) -> str:
    school = member.school
    today = _today(school)
    on = _date("week") or default_date(school, today) or today
    monday = on - timedelta(days=on.weekday())
    week = calendar(school, monday, monday + timedelta(days=SCHOOL_WEEK - 1))
    sections = sections_taught_by(member)
    (found,) = times(school, [member], week, sections)
    return render_template(
        "people/person.html",
        member=member,
        school=school,
        departments=departments_of(member, school),
        role_words=ROLE_WORDS,
        focus_words=FOCUS_WORDS,
        sections=sections,
        week=week,
        time=found,
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7),
        today=today,
        form=form,
        refused=refused,
        version=version,
        is_self=member.person_id == viewer().person.id,
    )


@pages.get("/schedule")
@policy("coach", "admin")
def schedule() -> str:
    school = coached_school()
    today = _today(school)
    on = _date("date") or default_date(school, today)
    if on is None:
        return render_template("availability/schedule.html", school=school, day=None)
    weeks = two_weeks(school, on)
    day = next(each for each in weeks if each.on == on)
    grid = free_grid(school, day)
    period = request.args.get("period", "")
    department = request.args.get("department") or None
    chosen = next((each for each in grid.periods if each.code == period), None)
    return render_template(
        "availability/schedule.html",
        school=school,
        day=day,
        weeks=weeks,
        today=today,
        bells=bells_of(day),
        grid=grid,
        chosen=chosen,
        picked=department if department in grid.departments else None,
        names=grid.free(department, chosen.code) if chosen else [],
        week=timedelta(weeks=1),
    )


def _today(school: School) -> date:
    return clock.now().astimezone(ZoneInfo(school.time_zone)).date()


def _date(name: str) -> date | None:
    """A date of the address; what is none counts as not given, and so does one that no calendar has."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None


def _plain(text: str) -> str:
    """Letters without accents and case: whoever types Tomas finds Tomás."""
    found = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in found if not unicodedata.combining(sign))
