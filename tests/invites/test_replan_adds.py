"""A re-plan looks for a place for whoever had none when the visits were published, and asks nobody before a yes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from builders import BY, NOW, Round
from invites.replanned import LATER, SECONDS, carry_out, coach, decline, page, pending, places, replan
from invites.test_visit_pages import MOST_STATEMENTS, statements
from school import LAST

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.replanning import make_changes
from mentorship.plans.drafting import one_more
from mentorship.plans.models import Plan, Visit
from mentorship.plans.queries import plans_of
from mentorship.plans.replanning import ask_for_replan, forget_replan, visits_out

HAND: dict[str, Any] = {"by": BY, "now": NOW}


def without_one(made: Round, *, reasons: Sequence[dict[str, Any]] = ()) -> Visit:
    """Publish the plan without its first visit, which its visitor then lacks; the visit as it was."""
    gone, plan = made.visit(), plans_of(made.cycle)["visits"]
    rows = [
        row for row in plan.outcome["visits"] if (row["visitor"], row["lesson"]) != (gone.visitor.code, gone.lesson)
    ]
    fix = {"change": "place", "person": gone.host.code, "rule": None, "text": "one more place"}
    told = {"person": gone.visitor.code, "unit": "visit", "count": 1, "reasons": [*reasons], "would_fix": [fix]}
    plan.outcome = {**plan.outcome, "visits": rows, "missing": [told]}
    db.session.delete(gone)
    db.session.commit()
    made.publish("visits")
    return gone


def of(made: Round) -> Plan:
    plan = visits_out(made.cycle)
    assert plan is not None
    return plan


def test_a_place_that_is_there_is_proposed_and_nobody_is_asked(planned: Round) -> None:
    gone = without_one(planned)
    before, mails = places(planned), len(planned.messages())
    found = replan(planned)
    assert [one.visitor for one in found.added] == [gone.visitor.person.name] and found.people >= 2
    assert places(planned) == before and len(planned.messages()) == mails
    one = found.added[0]
    words = page(planned, week=one.on_date)
    assert "1 visit would be new" in words and "Had no place until now" in words and "Would be new here" in words
    assert f'href="#new-for-{one.visitor_id}"' in words and f'id="new-for-{one.visitor_id}"' in words
    assert f"period {one.period}, with {one.host}" in words
    assert "Would be new here" in page(planned, week=one.on_date, view="list")


def test_a_yes_makes_the_visit_asks_both_and_leaves_nobody_without_a_place(planned: Round) -> None:
    gone = without_one(planned)
    replan(planned)
    mails, count = len(planned.messages()), len(planned.visits())
    browser, visits = coach(planned), f"/cycles/{planned.cycle.id}/visits"
    seen = pending(planned, NOW).seen
    told = browser.post(f"{visits}/replan/make", form_on=visits, seen=seen)
    assert told.status_code == 303
    after = browser.open(visits).text
    assert "made." in after and "by mail" in after and "Not placed" not in after
    db.session.expire_all()
    made = [visit for visit in planned.visits() if visit.visitor_id == gone.visitor_id]
    assert len(planned.visits()) == count + 1
    new = max(made, key=lambda visit: visit.id)
    assert new.status == "invited" and new.uid and new.reasons and new.period
    asked = [message for message in planned.messages()[mails:] if message.uid == new.uid]
    assert len(asked) == 2 and {message.kind for message in asked} == {"visit_invitation"}
    assert of(planned).outcome["missing"] == [] and not replan(planned).added
    chosen = browser.open(f"{visits}?visit={new.id}").text
    assert "Added by a re-plan" in chosen


def test_the_plan_stays_and_the_list_says_that_there_was_a_place(planned: Round) -> None:
    gone = without_one(planned)
    replan(planned)
    forget_replan(planned.cycle, by=BY, now=LATER)
    db.session.commit()
    words = page(planned)
    assert gone.visitor.person.name in words and "A re-plan had a place. It was not taken; re-plan again" in words


def test_who_stays_without_a_place_is_told_the_reasons_of_now(planned: Round) -> None:
    gone = without_one(
        planned, reasons=[{"rule": "hosts_at_most", "count": 1, "people": [], "values": {}, "text": "x"}]
    )
    gone.visitor.profile.paused_until = LAST + timedelta(days=1)
    db.session.commit()
    assert "1 has as many visitors as they take." in page(planned)
    found = replan(planned)
    assert not found.added
    words = page(planned)
    assert "1 person still has no place." in words and 'href="#left-out-h"' in words
    assert "has as many visitors as they take" not in words and "while" in words


def test_a_given_place_is_used_by_the_re_plan_that_it_asked_for(planned: Round) -> None:
    gone = without_one(planned)
    one_more(of(planned), gone.host, "hosts_at_most", **HAND)
    assert of(planned).outcome["given"] == [[gone.host.code, "hosts_at_most"]]
    with pytest.raises(Refused, match="being made already"):
        ask_for_replan(planned.cycle, seconds=SECONDS, **HAND)
    db.session.rollback()
    assert replan(planned).added and "given" not in of(planned).outcome


def test_a_re_plan_is_worth_asking_for_where_somebody_lacks_a_visit(planned: Round) -> None:
    without_one(planned)
    for visit in planned.visits():
        visit.status, visit.visitor_answer, visit.host_answer = "accepted", "yes", "yes"
    db.session.commit()
    before = places(planned)
    assert replan(planned).added
    carry_out(planned)
    assert {number: place for number, place in places(planned).items() if number in before} == before


def test_a_visit_that_was_cancelled_is_not_brought_back(published: Round) -> None:
    visit = published.visit()
    visit.status = "cancelled"
    db.session.commit()
    decline(published.visits()[-1])
    found = replan(published)
    assert not found.added and visit.id not in {change.visit.id for change in found.changes}


def test_a_place_that_is_gone_meanwhile_is_refused_whole(planned: Round) -> None:
    gone = without_one(planned)
    found = replan(planned)
    before = places(planned)
    gone.visitor.profile.paused_until = LAST + timedelta(days=1)
    db.session.commit()
    with pytest.raises(Refused):
        make_changes(planned.cycle, seen=found.seen, by=BY, now=LATER)
    db.session.rollback()
    assert places(planned) == before
    with pytest.raises(Refused, match="Here is the new list"):
        make_changes(planned.cycle, seen="", by=BY, now=LATER)


def test_a_decision_leads_to_its_row_in_the_re_plan(published: Round) -> None:
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    db.session.commit()
    assert "In the re-plan above" not in page(published)
    change = next(each for each in replan(published).changes if each.visit.id == visit.id)
    words = page(published)
    assert f'id="change-{visit.id}"' in words and f'href="#change-{visit.id}"' in words
    assert re.search(rf"In the re-plan above: \w+, \w+ \d+, period {change.period}<", words)


def test_a_decision_for_which_there_is_no_time_says_so(published: Round) -> None:
    visit = published.visit()
    decline(visit)
    visit.visitor.profile.paused_until = LAST + timedelta(days=1)
    db.session.commit()
    assert [each.id for each in replan(published).without] == [visit.id]
    assert "The re-plan above found no time" in page(published)


def test_the_page_with_a_new_visit_takes_few_statements(planned: Round) -> None:
    without_one(planned)
    replan(planned)
    browser = coach(planned)
    with statements() as sent:
        assert browser.open(f"/cycles/{planned.cycle.id}/visits").status_code == 200
    assert len(sent) <= MOST_STATEMENTS, "\n".join(line[:150] for line in sent)
