"""Publishing: who gets what, told beforehand; then all of it at once, or nothing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.cycles.models import Cycle
from mentorship.cycles.queries import cycles_visible_to
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.operations import PARTS, publish_plan
from mentorship.invites.preview import Preview, publish_preview
from mentorship.invites.queries import people_asked
from mentorship.invites.views import pages
from mentorship.people.viewer import viewer
from mentorship.plans.queries import plans_of
from mentorship.plans.solving import Part
from mentorship.web.filters import plural
from mentorship.web.finding import one_or_404
from mentorship.web.policies import policy

# What is counted, and what one of it is called.
COUNTED = (
    ("visits", "visit"),
    ("videos", "video review"),
    ("pairings", "pairing"),
    ("contacts", "content contact"),
    ("mails", "mail"),
)
CHANGED = "Somebody else changed this plan in the same moment. Here is the new version."


@pages.route("/cycles/<int:cycle_id>/publish", methods=["GET", "POST"])
@policy("coach")
def publish(cycle_id: int) -> str | Response | tuple[str, int]:
    cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    refused = ""
    if request.method == "POST":
        try:
            now = clock.now()
            counts = publish_plan(cycle, _parts(), by=viewer().by, now=now, seen=request.form.get("seen", ""))
            people = people_asked(cycle, now)
            db.session.commit()
            flash(f"Published. {plural(counts['mails'], 'mail')} to {plural(people, 'person', 'people')} on the way.")
            return redirect(url_for("invites.visits" if counts["visits"] else "home.desk", cycle_id=cycle_id), code=303)
        except Refused as trouble:
            refused = str(trouble)
        except StaleDataError:
            refused = CHANGED
        db.session.rollback()
        cycle = one_or_404(cycles_visible_to(viewer().person).where(Cycle.id == cycle_id))
    try:
        preview: Preview | None = publish_preview(cycle, _open(cycle))
        nothing = ""
    except Refused as trouble:
        preview, nothing = None, str(trouble)
    page = render_template(
        "invites/publish.html",
        cycle=cycle,
        preview=preview,
        plans=preview.plans if preview else plans_of(cycle),
        nothing=nothing,
        refused=refused,
        difference=_difference(preview) if refused else "",
    )
    return page, 409 if refused else 200


def _parts() -> list[Part]:
    """The parts that the page named, in the order of publishing; all where it named none."""
    named = request.values.getlist("part")
    return [part for part in PARTS if part in named] or list(PARTS)


def _open(cycle: Cycle) -> list[Part] | None:
    """Of the parts asked for, those that are drafts: the page shows what is left to publish."""
    plans = plans_of(cycle)
    return [part for part in _parts() if part in plans and plans[part].status == "draft"] or None


def _difference(preview: Preview | None) -> str:
    """What is left to send now and what the reader saw, in words; empty where the numbers are the same."""
    now = preview.counts if preview else {}
    words = []
    for kind, one in COUNTED:
        told = request.form.get(kind, "")
        seen = int(told) if told.isascii() and told.isdigit() else 0
        if seen != now.get(kind, 0):
            words.append(f"{plural(now.get(kind, 0), one)} ({seen} when you opened this page)")
    return f"Left to send: {', '.join(words)}." if words else ""
