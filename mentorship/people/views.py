"""One's own wishes, by signing in or by a mailed link, and asking people for them.

The list of people and the page of a person show who is free when; they stand in `availability`.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.keys import TOKEN_LENGTH
from mentorship.people.forms import WishesForm
from mentorship.people.models import Membership, School
from mentorship.people.operations import ask_for_interests, save_wishes
from mentorship.people.queries import focus_areas, request_of_link, wishes_version
from mentorship.people.viewer import viewer
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("people", __name__)


def coached_school() -> School:
    """The school whose people the reader may see: as its coach, or as an administrator. 404 for anybody else."""
    found = viewer()
    if not (found.is_coach or found.is_admin):
        abort(404)
    if found.member is not None:
        return found.school
    school: School = one_or_404(select(School).order_by(School.id))
    return school


@pages.route("/wishes", methods=["GET", "POST"])
@policy("teacher")
def wishes() -> str | Response | tuple[str, int]:
    member = viewer().member
    if member is None or not member.has_role("teacher"):
        abort(404)
    return _wishes(member, "people/wishes.html", url_for("people.wishes"))


@pages.route("/interests/<token>", methods=["GET", "POST"])
@policy("link")
def interests(token: str) -> str | Response | tuple[str, int]:
    found = request_of_link(token) if len(token) == TOKEN_LENGTH else None
    if found is None:
        abort(404)
    return _wishes(found.membership, "people/interests.html", url_for("people.interests", token=token))


def _wishes(member: Membership, template: str, address: str) -> str | Response | tuple[str, int]:
    """The same form for whoever signed in and whoever holds the link; opening it changes nothing."""
    form, areas, refused = WishesForm(), focus_areas(member.school_id), ""
    form.offer(member, areas)
    if form.validate_on_submit():
        member_id, seen, by = member.id, request.form.get("version"), str(member.person_id)
        try:
            save_wishes(member, form.wishes, seen=seen, by=by, now=clock.now())
            db.session.commit()
            flash("Your wishes are kept. You can change them whenever you like.", "success")
            return redirect(address, code=303)
        except Refused as error:
            db.session.rollback()
            member, refused = db.session.get_one(Membership, member_id), str(error)
    version = str(wishes_version(member))
    if not form.is_submitted() or (refused and seen != version):
        # What stands is shown, and not what somebody wrote over an older page.
        form = WishesForm(formdata=None)
        form.offer(member, areas)
        form.fill(member)
    words = {"member": member, "address": address, "version": version, "has_areas": bool(form.shows.choices)}
    return render_template(
        template, form=form, refused=refused, **words
    ), 409 if refused else 422 if form.errors else 200


@pages.post("/people/ask", endpoint="ask_for_interests")
@policy("coach")
def ask() -> Response:
    found = viewer()
    if not found.is_coach:
        abort(404)
    everyone = request.form.get("whom") == "everyone"
    asked = ask_for_interests(found.school, everyone=everyone, by=found.by, now=clock.now())
    db.session.commit()
    words = [f"{plural(asked.asked, 'person gets', 'people get')} a mail with a link."]
    if asked.waiting:
        words.append(f"{plural(asked.waiting, 'person was', 'people were')} asked within the week already.")
    if asked.unreachable:
        words.append(f"{plural(asked.unreachable, 'person has', 'people have')} no address that can be mailed.")
    flash(" ".join(words), "success" if asked.asked else "warning")
    return redirect(url_for("people.people"), code=303)
