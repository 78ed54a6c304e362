"""Moving one visit: the times that work, any other time, and which rule it would break."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from flask import flash, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.changes import is_movable, move_published_visit
from mentorship.invites.forms import OTHER, MoveForm
from mentorship.invites.queries import asked
from mentorship.invites.views import pages
from mentorship.people.queries import coached_schools
from mentorship.people.viewer import viewer
from mentorship.plans.findings import BreaksRules, Broken
from mentorship.plans.models import STANDING, Plan, Visit
from mentorship.plans.moving import MOST_MOVES, Move, open_moves
from mentorship.plans.operations import move_visit as move_draft
from mentorship.web.filters import clock_time, short_date
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy


@pages.route("/visits/<int:visit_id>/move", methods=["GET", "POST"])
@policy("coach")
def move_visit(visit_id: int) -> str | Response | tuple[str, int]:
    visit, form = _coached_visit(visit_id), MoveForm()
    refused, code = "", 200
    broken: Sequence[Broken] = ()
    if form.is_submitted():
        code = 422
        try:
            lesson = _lesson(form, visit) if form.validate() else None
            if lesson is not None:
                told = _move(visit, lesson, form)
                db.session.commit()
                return _moved(visit, told)
        except BreaksRules as trouble:
            broken = trouble.broken
        except Refused as trouble:
            refused, code = str(trouble), 409
        db.session.rollback()
        visit = _coached_visit(visit_id)
    form.version.data = str(visit.version)
    return _page(visit, form, refused, broken), code


@pages.get("/visits/<int:visit_id>/times")
@policy("coach")
def other_times(visit_id: int) -> Response:
    """How many other times work, as words; the page of visits asks for it once it is there, since it takes a while."""
    visit, count = _coached_visit(visit_id), 0
    if is_movable(visit, clock.now()):
        with suppress(Refused):
            count = len(open_moves(visit, clock.now()).possible())
    return jsonify({"words": f"{count} or more" if count == MOST_MOVES else str(count)})


def _coached_visit(visit_id: int) -> Visit:
    """A visit with its cycle, in one statement, at a school where the reader is a coach."""
    query = select(Visit).join(Visit.plan).join(Plan.cycle).where(Visit.id == visit_id)
    # The outcome of a whole plan is long, and the page does not look at it.
    in_plan = contains_eager(Visit.plan).defer(Plan.outcome)
    with_cycle = in_plan.contains_eager(Plan.cycle).joinedload(Cycle.school)
    query = query.where(Cycle.school_id.in_(coached_schools(viewer().person)))
    visit: Visit = one_or_404(query.options(with_cycle, joinedload(Visit.section)))
    return visit


def _lesson(form: MoveForm, visit: Visit) -> str | None:
    """The lesson that was chosen; None, with the error by the field, where the host holds none then."""
    if form.lesson.data != OTHER:
        return str(form.lesson.data)
    lesson = open_moves(visit, clock.now()).lesson_at(visit.host, form.on_date.data, form.period.data)
    if lesson is None:
        form.period.errors = [
            f"{visit.host.person.name} has no class to visit in period {form.period.data} on "
            f"{short_date(form.on_date.data)}. Choose another time."
        ]
    return lesson


def _words(move: Move, visit: Visit) -> str:
    """Where the visit could go; of another host the name comes first, since that is what changes."""
    span = f"{clock_time(move.starts)}–{clock_time(move.ends)}"
    place = f", room {move.room}" if move.room else ""
    host = "" if move.host.id == visit.host_id else f"{move.host.person.name}, "
    return f"{host}{short_date(move.on_date)}, {span}, period {move.period}: {move.section.course}{place}"


def _move(visit: Visit, lesson: str, form: MoveForm) -> str:
    """Move a draft or a published visit; says who is told what."""
    seen, host = form.version.data, visit.host
    if visit.status == "proposed":
        move_draft(visit, lesson, by=viewer().by, now=clock.now(), seen=seen)
        return "Nobody is told before you publish."
    stood = visit.status in STANDING
    move_published_visit(visit, lesson, by=viewer().by, now=clock.now(), seen=seen)
    names = f"{visit.visitor.person.name} and {visit.host.person.name}"
    if not stood:
        return f"{names} get a new invitation by mail."
    if visit.host is host:
        return f"{names} are asked again by mail."
    return f"{names} get a new invitation, {host.person.name} a cancellation by mail."


def _moved(visit: Visit, told: str) -> Response:
    flash(f"The visit moved to {short_date(visit.on_date)}, period {visit.period}. {told}")
    return redirect(url_for("invites.visits", cycle_id=visit.plan.cycle_id, visit=visit.id), code=303)


def _page(visit: Visit, form: MoveForm, refused: str, broken: Sequence[Broken]) -> str:
    can_move = is_movable(visit, clock.now()) and visit.plan.cycle.status != "closed"
    swap = request.args.get("swap") == "yes"
    offered: Sequence[Move] = ()
    if can_move:
        try:
            moves = open_moves(visit, clock.now(), but_host=swap)
            offered = moves.possible()
            form.offer([(move, _words(move, visit)) for move in offered], moves.periods, with_other=not swap)
            if (lesson := request.args.get("lesson")) and not form.is_submitted():
                form.lesson.data = lesson
        except Refused as trouble:
            can_move, refused = False, refused or str(trouble)
    return render_template(
        "invites/move_visit.html",
        visit=visit,
        cycle=visit.plan.cycle,
        form=form,
        offered=offered,
        asked=asked(visit),
        can_move=can_move,
        swap=swap,
        stands=visit.status in STANDING,
        refused=refused,
        broken=broken,
    )
