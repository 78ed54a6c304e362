"""The signed answer page of a mail, where GET shows and POST acts; and who answered what, for the coach."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.queries import invite_of_link
from mentorship.keys import TOKEN_LENGTH
from mentorship.people.queries import evaluated_by
from mentorship.people.viewer import viewer
from mentorship.plans.groups import WalkPlace
from mentorship.plans.models import Pairing
from mentorship.replies.day import day_around
from mentorship.replies.forms import PAIRING_CHOICES, VISIT_CHOICES, AnswerForm
from mentorship.replies.models import InboundMessage
from mentorship.replies.operations import answer_by_link, mark_looked_at, waits_for_answer
from mentorship.replies.queries import STATES, kept_messages, messages_to_look_at, people_asked
from mentorship.replies.reasons import why_together
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

pages = Blueprint("replies", __name__)
UNDELIVERED = "undelivered"


@pages.route("/answer/<token>", methods=["GET", "POST"])
@policy("link")
def answer(token: str) -> str | Response | tuple[str, int]:
    invite = _invite(token)
    form = AnswerForm()
    form.answer.choices = PAIRING_CHOICES if isinstance(invite.thing, Pairing) else VISIT_CHOICES
    if isinstance(invite.thing, WalkPlace):
        # Whoever takes part or not says no more than that: words would have no reader.
        del form.comment
    refused = ""
    if form.validate_on_submit():
        try:
            comment = form.comment.data if form.comment else ""
            answer_by_link(invite, form.answer.data, comment=comment or "", now=clock.now())
            db.session.commit()
            return redirect(url_for("replies.answer", token=token), code=303)
        except Refused as error:
            db.session.rollback()
            invite, refused = _invite(token), str(error)
    return _answer_page(invite, form, refused), 409 if refused else 422 if form.errors else 200


def _invite(token: str) -> Invite:
    found = invite_of_link(token) if len(token) == TOKEN_LENGTH else None
    if found is None:
        abort(404)
    return found


def _answer_page(invite: Invite, form: AnswerForm, refused: str) -> str:
    """An invitation whose visit went on to other people says no more than that it is over."""
    thing, waits = invite.thing, waits_for_answer(invite)
    if isinstance(thing, WalkPlace):
        return _walk_page(thing, invite, form, refused, waits)
    if not waits and invite.event != thing.key:
        return render_template("replies/answer_over.html", school=thing.plan.cycle.school, refused=refused)
    context = {
        "invite": invite,
        "waits": waits,
        "thing": thing,
        "school": thing.plan.cycle.school,
        "given": thing.answer_of(invite.membership_id),
        "why": why_together(thing, invite.membership),
        "other": next(member for member in thing.people if member.id != invite.membership_id),
    }
    if isinstance(thing, Pairing):
        return render_template("replies/answer_pairing.html", form=form, refused=refused, **context)
    day = day_around(thing, invite.membership) if waits else []
    return render_template("replies/answer_visit.html", form=form, refused=refused, day=day, **context)


def _walk_page(place: WalkPlace, invite: Invite, form: AnswerForm, refused: str, waits: bool) -> str:
    context = {"invite": invite, "place": place, "walk": place.walk, "given": place.said, "waits": waits}
    school = place.walk.cycle.school
    return render_template("replies/answer_walk.html", form=form, refused=refused, school=school, **context)


@pages.get("/cycles/<int:cycle_id>/answers")
@policy("coach")
def answers(cycle_id: int) -> str:
    cycle = _visible(cycle_id)
    appraised = set(db.session.scalars(evaluated_by(viewer().person)))
    asked = people_asked(cycle, appraised)
    wanted = request.args.get("state", "")
    shown = [each for each in asked if each.is_undelivered] if wanted == UNDELIVERED else asked
    if wanted in STATES:
        shown = [each for each in asked if each.state == wanted]
    return render_template(
        "replies/answers.html",
        cycle=cycle,
        asked=asked,
        shown=shown,
        wanted=wanted,
        counts=Counter(each.state for each in asked),
        undelivered={each.member.id: each.member for each in asked if each.is_undelivered},
        appraised=appraised,
        messages=db.session.scalars(messages_to_look_at(cycle).limit(50)).all(),
    )


@pages.post("/cycles/<int:cycle_id>/answers/<int:message_id>/looked-at")
@policy("coach")
def looked_at(cycle_id: int, message_id: int) -> Response:
    message = one_or_404(kept_messages(_visible(cycle_id)).where(InboundMessage.id == message_id))
    try:
        mark_looked_at(message, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        flash(str(refused), "warning")
    else:
        flash("That mail is off the list.", "success")
    return redirect(url_for("replies.answers", cycle_id=cycle_id) + "#mails", code=303)


def _visible(cycle_id: int) -> Cycle:
    cycle: Cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    return cycle
