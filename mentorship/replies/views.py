"""The signed answer page of a mail: GET shows, POST acts."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.queries import invite_of_link
from mentorship.keys import TOKEN_LENGTH
from mentorship.plans.models import Visit
from mentorship.replies.forms import PAIRING_CHOICES, VISIT_CHOICES, AnswerForm
from mentorship.replies.operations import answer_by_link, waits_for_answer
from mentorship.web.policies import policy

pages = Blueprint("replies", __name__)


@pages.route("/answer/<token>", methods=["GET", "POST"])
@policy("link")
def answer(token: str) -> str | Response | tuple[str, int]:
    invite = invite_of_link(token) if len(token) == TOKEN_LENGTH else None
    if invite is None:
        abort(404)
    thing = invite.thing
    form = AnswerForm()
    form.answer.choices = VISIT_CHOICES if isinstance(thing, Visit) else PAIRING_CHOICES
    refused = ""
    if form.validate_on_submit():
        try:
            answer_by_link(invite, form.answer.data, comment=form.comment.data or "", now=clock.now())
            db.session.commit()
            return redirect(url_for("replies.answer", token=token), code=303)
        except Refused as error:
            db.session.rollback()
            invite, refused = invite_of_link(token), str(error)
            assert invite is not None, "it stood a moment ago"
            thing = invite.thing
    given = thing.answer_of(invite.membership_id)
    template = "replies/answer_visit.html" if isinstance(thing, Visit) else "replies/answer_pairing.html"
    context = {"invite": invite, "waits": waits_for_answer(invite), "thing": thing, "given": given}
    code = 409 if refused else 422 if form.errors else 200
    return render_template(template, form=form, refused=refused, **context), code
