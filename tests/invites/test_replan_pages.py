"""The pages of a re-plan: asked for, shown before anything changes, decided upon; and who finds nothing."""

from __future__ import annotations

import pytest
from builders import BY, NOW, Round
from invites.replanned import (
    LATER,
    carry_out,
    coach,
    decline,
    large,
    large_instance,
    page,
    pending,
    places,
    replan,
)
from invites.test_visit_pages import MOST_STATEMENTS, statements

from mentorship.app import HANDLERS
from mentorship.cycles.queries import participants
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.replanning import make_changes
from mentorship.jobs.runner import run_one
from mentorship.people.models import Membership, School
from mentorship.plans.replanning import (
    REPLAN,
    forget_replan,
    visits_out,
)

__all__ = ["large", "large_instance"]


def test_an_accepted_visit_stays_even_where_its_people_wish_otherwise_by_now(published: Round) -> None:
    """Caps that were lowered, or a timetable that changed, do not make what was agreed impossible to plan around."""
    visit, *rest = published.visits()
    for other in rest:
        other.status, other.visitor_answer, other.host_answer = "accepted", "yes", "yes"
    for participant in participants(published.cycle):
        participant.profile = {**participant.profile, "hosts_at_most": 1, "hosts_a_week": 1, "visits_wanted": 1}
    rest[0].lesson = "a lesson that left the timetable"
    decline(visit)
    found = replan(published)
    assert not found.changes and [each.id for each in found.without] == [visit.id]
    assert "1 visit still has no time that keeps every rule" in page(published)


def test_the_plan_may_stay_as_it_is(published: Round) -> None:
    decline(published.visit())
    replan(published)
    before = places(published)
    forget_replan(published.cycle, by=BY, now=LATER)
    db.session.commit()
    assert places(published) == before and "A re-plan is ready" not in page(published)
    with pytest.raises(Refused, match="decided about this re-plan already"):
        forget_replan(published.cycle, by=BY, now=LATER)
    with pytest.raises(Refused, match="decided about this re-plan already"):
        make_changes(published.cycle, seen="", by=BY, now=LATER)


def test_the_page_says_what_would_move_and_why(published: Round) -> None:
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    db.session.commit()
    assert "Re-plan the rest" in page(published)
    found = replan(published)
    change = next(each for each in found.changes if each.visit.id == visit.id)
    assert change.on_date is not None
    words = page(published, week=change.on_date)
    assert "A re-plan is ready: " in words and "Nothing has changed yet" in words
    assert f"{visit.visitor.person.name} visits {visit.host.person.name}" in words
    assert "asked for another time" in words and "Would move here" in words
    assert "Keep the plan as it is" in words and "Choose times myself" in words
    assert "Would move here" in page(published, week=change.on_date, view="list")


def test_a_coach_re_plans_and_makes_the_changes_without_javascript(published: Round) -> None:
    decline(published.visit())
    browser, visits = coach(published), f"/cycles/{published.cycle.id}/visits"
    assert browser.post(f"{visits}/replan", form_on=visits).status_code == 303
    waiting = browser.open(visits).text
    assert "The re-plan is about to begin" in waiting and "Check again" in waiting
    assert browser.open(f"{visits}/replan/progress").get_json()["state"] == "waiting"
    assert run_one({REPLAN: HANDLERS[REPLAN]}, lease_seconds=60)
    db.session.commit()
    assert browser.open(f"{visits}/replan/progress").get_json()["done"] is True
    seen = pending(published).seen
    db.session.commit()
    told = browser.post(f"{visits}/replan/make", form_on=visits, seen=seen)
    assert told.status_code == 303
    after = browser.open(visits).text
    assert "made." in after and "by mail" in after and "A re-plan is ready" not in after
    again = browser.post(f"{visits}/replan/make", form_on=visits, seen=seen)
    assert again.status_code == 409 and "decided about this re-plan already" in again.text


def test_a_stale_page_gets_the_new_list(published: Round) -> None:
    decline(published.visit())
    replan(published)
    browser, visits = coach(published), f"/cycles/{published.cycle.id}/visits"
    response = browser.post(f"{visits}/replan/make", form_on=visits, seen="1:1")
    assert response.status_code == 409
    assert "Here is the new list." in response.text and "A re-plan is ready" in response.text
    kept = browser.post(f"{visits}/replan/keep", form_on=visits)
    assert kept.status_code == 303 and "The plan stays as it is." in browser.open(visits).text


def test_nothing_would_move(published: Round) -> None:
    assert not replan(published).changes
    words = page(published)
    assert "The re-plan is done: nothing would move." in words
    assert "Make th" not in words and "Keep the plan as it is" in words


def test_only_the_coaches_of_the_school_re_plan(published: Round) -> None:
    decline(published.visit())
    replan(published)
    cycle, before, coach_here = published.cycle.id, places(published), published.member("Bell")
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=[]))
    db.session.add(Membership(school_id="u", person_id=coach_here.person_id, code="Bell", roles=["coach"]))
    coach_here.active = False
    db.session.commit()
    for browser in (published.browser_as(published.visit().host), published.browser_as(coach_here)):
        paths = [f"/cycles/{cycle}/visits/replan{end}" for end in ("", "/stop", "/make", "/keep")]
        found = {browser.post(path, form_on="/account").status_code for path in paths}
        assert found == {404}
        assert browser.open(f"/cycles/{cycle}/visits/replan/progress").status_code == 404
    assert places(published) == before


def test_the_page_asks_the_database_little(large: Round) -> None:
    """Also with a host among the changes who has no visit in this cycle, and with times asked for."""
    for place, visit in enumerate(large.visits()[:6]):
        visit.answer(visit.host_id, "no" if place % 2 else "time_asked")
    db.session.commit()
    chosen = replan(large).changes[0].visit.id
    plan = visits_out(large.cycle)
    assert plan is not None and plan.replan is not None
    first, *rest = plan.replan["changes"]
    plan.replan = {**plan.replan, "changes": [{**first, "row": {**first["row"], "host": "Bell"}}, *rest]}
    db.session.commit()
    browser, path, words = coach(large), f"/cycles/{large.cycle.id}/visits", f"with {large.member('Bell').person.name}"
    db.session.commit()
    with statements() as found:
        assert words in browser.open(f"{path}?visit={chosen}").text
    assert len(found) <= MOST_STATEMENTS, found


def test_a_visit_that_lost_its_place_is_taken_back_and_needs_a_new_time(published: Round) -> None:
    visit = published.visit()
    plan = visits_out(published.cycle)
    assert plan is not None
    change = {"visit": visit.id, "version": visit.version, "kind": "dropped", "row": None, "period": ""}
    why = [("rule", "hosts_a_week")]
    plan.replan = {"changes": [{**change, "why": why}], "without": [], "made_at": NOW.isoformat()}
    db.session.commit()
    words, mails = page(published), len(published.messages())
    assert "1 visit would lose its time" in words and "No time yet" in words
    assert f"Keeps the limit of visitors a week for {visit.host.person.name}; not answered yet" in words
    carry_out(published)
    assert visit.status == "needs_new_time"
    sent = published.messages()[mails:]
    assert [message.method for message in sent] == ["CANCEL", "CANCEL"]


def test_a_re_plan_that_the_coach_stops_leaves_a_word_on_the_page(published: Round) -> None:
    decline(published.visit())
    browser, visits = coach(published), f"/cycles/{published.cycle.id}/visits"
    browser.post(f"{visits}/replan", form_on=visits)
    assert browser.post(f"{visits}/replan/stop", form_on=visits).status_code == 303
    after = browser.open(visits).text
    assert "The re-plan was stopped, and nothing was changed." in after and "Re-plan the rest" in after
