"""One's own account: how the site looks, where one is signed in; and the first administrator."""

from __future__ import annotations

import hmac
from uuid import uuid4

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_security import login_user, logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from mentorship import clock, keys
from mentorship.audit import operations as audit
from mentorship.config import Settings
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.models import THEMES, Person
from mentorship.people.operations import create_person
from mentorship.people.viewer import viewer
from mentorship.web.forms import BaseForm
from mentorship.web.policies import policy

pages = Blueprint("account", __name__)
THEME_WORDS = {"match": "Match this device", "light": "Light", "dark": "Dark"}


class LookForm(BaseForm):
    """Light, dark, or as the device has it."""

    theme = RadioField("Light or dark", choices={name: THEME_WORDS[name] for name in THEMES})


class FirstForm(BaseForm):
    """The first administrator, who has read the code where the service was started."""

    code = StringField("Code", validators=[InputRequired("Enter the code.")])
    name = StringField("Your name", validators=[InputRequired("Enter your name."), Length(max=200)])
    email = StringField("Your e-mail address", validators=[InputRequired("Enter your e-mail address.")])


@pages.get("/account")
@policy("signed_in")
def account() -> str:
    found = viewer()
    return render_template("people/account.html", found=found, look=LookForm(theme=found.person.theme))


@pages.post("/account/look")
@policy("signed_in")
def look() -> Response:
    form = LookForm()
    if form.validate_on_submit():
        viewer().person.theme = form.theme.data
        db.session.commit()
        flash("Your choice is kept, on every device.", "success")
    return redirect(url_for("account.account"), code=303)


@pages.post("/account/school")
@policy("signed_in")
def school() -> Response:
    """Somebody at several schools chooses the one that pages are about."""
    if request.form.get("school") in {member.school_id for member in viewer().members}:
        session["school"] = request.form["school"]
    return redirect(url_for("home.start"), code=303)


@pages.post("/account/sign-out-everywhere")
@policy("signed_in")
def sign_out_everywhere() -> Response:
    """Every session names the old value, so each of them ends, this one too."""
    person = viewer().person
    person.fs_uniquifier = uuid4().hex
    audit.record("sign_out_everywhere", by=str(person.id), now=clock.now(), person=person.id)
    db.session.commit()
    logout_user()
    flash("You are signed out on every device.", "success")
    return redirect(url_for("security.us_signin"), code=303)


@pages.post("/demo/sign-in")
@policy("anyone")
def demo_sign_in() -> Response:
    """One click, in the demo alone: its people are invented and it listens on this machine only."""
    person = db.session.get(Person, request.form.get("person", 0, type=int)) if _settings().demo else None
    if person is None:
        abort(404)
    login_user(person)
    return redirect(url_for("home.start"), code=303)


@pages.route("/set-up", methods=["GET", "POST"])
@policy("anyone")
def set_up() -> str | Response | tuple[str, int]:
    """The first person of an empty database; nothing is here as soon as there is one."""
    if somebody_is_here():
        abort(404)
    form, refused = FirstForm(), ""
    if form.validate_on_submit():
        if not hmac.compare_digest(form.code.data.strip().lower().encode(), set_up_code().encode()):
            refused = "This is not the code that the service wrote when it started. Look at its standard error."
        else:
            try:
                name, email = form.name.data, form.email.data
                person, _ = create_person(
                    email=email, name=name, role="admin", school=None, by="set-up", now=clock.now()
                )
                db.session.commit()
                login_user(person)
                flash("Welcome. Begin with the school’s files.", "success")
                return redirect(url_for("invites.imports"), code=303)
            except Refused as error:
                db.session.rollback()
                refused = str(error)
    return render_template("people/set_up.html", form=form, refused=refused), 422 if refused or form.errors else 200


def somebody_is_here() -> bool:
    return db.session.scalar(select(Person.id).limit(1)) is not None


def set_up_code() -> str:
    """Derived, so that every process of the service knows the same one, and nobody without its keys."""
    return keys.ring().token("set-up", "first person", "admin", 1)[:12]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["mentorship-settings"]
    return settings
