"""What a coach does for somebody who has no place among the visits."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.people.viewer import viewer
from mentorship.plans.drafting import one_more_visitor as let_one_more_in
from mentorship.plans.forms import PlaceForm
from mentorship.plans.views import pages
from mentorship.plans.views.rows import coached_cycle, draft_of, member_of
from mentorship.web.policies import policy


@pages.post("/cycles/<int:cycle_id>/plan/place")
@policy("coach")
def one_more_visitor(cycle_id: int) -> Response:
    """A host who was asked takes one visitor more; planning again is the coach’s next step."""
    cycle, form = coached_cycle(cycle_id), PlaceForm()
    if not form.validate_on_submit():
        abort(400)
    host = member_of(cycle, form.host.data)
    try:
        let_one_more_in(
            draft_of(cycle, "visits"), host, seen=form.version.data or None, by=viewer().by, now=clock.now()
        )
        db.session.commit()
        flash(f"{host.person.name} can have one more visitor in this cycle. Plan the visits again to use the place.")
    except Refused as refused:
        db.session.rollback()
        flash(str(refused), "warning")
    return redirect(url_for("plans.plan", cycle_id=cycle_id), code=303)
