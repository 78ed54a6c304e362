"""After a walk: who led it writes its summary and thanks the hosts; who took part reads what is theirs to read."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.forms import SummaryForm, ThanksForm
from mentorship.invites.looking_back import (
    SavedElsewhere,
    readers_of,
    save_summary,
    summaries_visible_to,
    summary_for,
    take_back_summary,
    thank_hosts,
    walks_led_by,
    why_not_shared,
)
from mentorship.invites.views import pages
from mentorship.people.viewer import viewer
from mentorship.plans.groups import Walk, WalkSummary
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

Answer = str | Response | tuple[str, int]


@pages.get("/walks/<int:walk_id>/summary")
@policy("coach", "teacher")
def walk_summary(walk_id: int) -> str:
    return _summary_page(walk_id)


def _summary_page(walk_id: int, refused: str = "") -> str:
    summary = one_or_404(summaries_visible_to(viewer().person).where(WalkSummary.walk_id == walk_id))
    walk: Walk = summary.walk
    is_lead = walk.lead is not None and walk.lead.membership.person_id == viewer().person.id
    return render_template(
        "invites/walk_summary.html",
        walk=walk,
        summary=summary,
        is_lead=is_lead,
        readers=readers_of(walk) if is_lead else [],
        why_not=why_not_shared(walk),
        refused=refused,
    )


def _led(walk_id: int) -> Walk:
    found: Walk = one_or_404(walks_led_by(viewer().person, clock.now()).where(Walk.id == walk_id))
    return found


@pages.route("/walks/<int:walk_id>/summary/write", methods=["GET", "POST"])
@policy("coach", "teacher")
def walk_writing(walk_id: int) -> Answer:
    walk, form = _led(walk_id), SummaryForm()
    if not form.is_submitted():
        return _writing_page(walk, form)
    if not form.validate():
        return _writing_page(walk, form), 422
    is_shared = request.form.get("do") == "share"
    try:
        summary, mails = save_summary(
            walk, form.words, seen=form.seen, share=is_shared, by=viewer().by, now=clock.now()
        )
        words = _saved_words(summary, mails, has_shared=is_shared)
        db.session.commit()
    except SavedElsewhere as refused:
        db.session.rollback()
        return _writing_page(_led(walk_id), form, str(refused), is_newer=True), 409
    except Refused as refused:
        db.session.rollback()
        return _writing_page(_led(walk_id), form, str(refused)), 422
    flash(words)
    return redirect(url_for("invites.walk_summary", walk_id=walk_id), code=303)


def _saved_words(summary: WalkSummary, mails: int, *, has_shared: bool) -> str:
    if has_shared and mails:
        return f"Shared. {plural(mails, 'person', 'people')} heard by mail that it is here; the mail holds none of it."
    if summary.shared_at is not None:
        return "Saved, and shared with the hosts."
    until = " before you share it" if summary.walk.can_be_told else ""
    return f"Saved. Those who went along can read it; hosts can’t{until}."


def _writing_page(walk: Walk, form: SummaryForm, refused: str = "", *, is_newer: bool = False) -> str:
    """A text that was refused stays as it was typed; beside a newer one it is the next to be saved."""
    summary, readers = summary_for(viewer().person, walk), readers_of(walk)
    if summary is not None and not form.is_submitted():
        form.show(summary)
    if is_newer or not form.is_submitted():
        form.version.data = str(summary.version) if summary is not None else "0"
    return render_template(
        "invites/walk_writing.html",
        walk=walk,
        form=form,
        summary=summary,
        newer=summary if is_newer else None,
        readers=readers,
        went=[place for place in readers if not place.is_host],
        why_not=why_not_shared(walk),
        refused=refused,
    )


@pages.post("/walks/<int:walk_id>/summary/take-back")
@policy("coach", "teacher")
def take_back(walk_id: int) -> Answer:
    walk = _led(walk_id)
    try:
        take_back_summary(walk, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        return _summary_page(walk_id, str(refused)), 409
    flash("Taken back. Only those who went along can read it now; nobody is told.")
    return redirect(url_for("invites.walk_summary", walk_id=walk_id), code=303)


@pages.route("/walks/<int:walk_id>/thanks", methods=["GET", "POST"])
@policy("coach", "teacher")
def walk_thanks(walk_id: int) -> Answer:
    walk, form = _led(walk_id), ThanksForm()
    form.offer(walk)
    if not form.is_submitted():
        return _thanks_page(walk, form)
    if not form.validate():
        return _thanks_page(walk, form), 422
    line = " ".join((form.line.data or "").split())
    try:
        mails = thank_hosts(walk, form.hosts.data, line, by=viewer().by, now=clock.now())
        db.session.commit()
    except Refused as refused:
        db.session.rollback()
        walk = _led(walk_id)
        form.offer(walk)
        return _thanks_page(walk, form, str(refused)), 409
    flash(f"{plural(mails, 'host was', 'hosts were')} thanked, each by a mail of their own.")
    return redirect(url_for("invites.walk_thanks", walk_id=walk_id), code=303)


def _thanks_page(walk: Walk, form: ThanksForm, refused: str = "") -> str:
    return render_template("invites/walk_thanks.html", walk=walk, form=form, refused=refused)
