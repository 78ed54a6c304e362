"""What a coach does for somebody who has no place among the visits."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.viewer import viewer
from mentorship.plans.drafting import one_more
from mentorship.plans.forms import PlaceForm
from mentorship.plans.unplaced import ONE_MORE
from mentorship.plans.views import pages
from mentorship.plans.views.rows import coached_cycle, draft_of, member_of
from mentorship.web.policies import policy


@pages.post("/cycles/<int:cycle_id>/plan/place")
@policy("coach")
def give_one_more(cycle_id: int) -> Response:
    """Somebody who was asked takes one more. Planning again is the next step; of visits that are out it begins."""
    cycle, form = coached_cycle(cycle_id), PlaceForm()
    if not form.validate_on_submit():
        abort(400)
    member, what = member_of(cycle, form.member.data), form.what.data or ""
    plan = draft_of(cycle, "visits")
    is_out = plan.status == "published"
    try:
        one_more(plan, member, what, seen=form.version.data or None, by=viewer().by, now=clock.now())
        db.session.commit()
        then = "The visits are planned again now, and you see what would change: nothing moves before you say so."
        if not is_out:
            then = "The draft has not changed: plan again to use it."
        flash(f"Kept: {ONE_MORE[what]} for {member.person.name} in this cycle. {then}")
    except Refused as refused:
        db.session.rollback()
        flash(str(refused), "warning")
    page = url_for("invites.visits", cycle_id=cycle_id) if is_out else url_for("plans.plan", cycle_id=cycle_id)
    return redirect(page, code=303)
