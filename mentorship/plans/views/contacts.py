"""The content contacts of a draft: a coach chooses another, or says that none is needed."""

from __future__ import annotations

from mentorship import clock
from mentorship.people.viewer import viewer
from mentorship.plans.contacting import choose_contact as choose
from mentorship.plans.views import pages
from mentorship.plans.views.pairings import Answer, change_form, changed
from mentorship.plans.views.rows import coached_cycle, draft_of, member_of
from mentorship.web.policies import policy


@pages.post("/cycles/<int:cycle_id>/pairings/contact")
@policy("coach")
def choose_contact(cycle_id: int) -> Answer:
    cycle, form = coached_cycle(cycle_id), change_form()
    mentee = member_of(cycle, form.mentee.data)
    contact = member_of(cycle, form.contact.data) if form.contact.data else None
    plan = draft_of(cycle)

    def change() -> str:
        choose(plan, mentee, contact, seen=form.version.data, by=viewer().by, now=clock.now())
        if contact is None:
            return f"{mentee.person.name} has no content contact. You can choose one again."
        return f"{contact.person.name} will be the content contact of {mentee.person.name}."

    return changed(cycle, change, f"contact-{mentee.id}")
