"""A re-plan of published visits: what it may change, what a person decides, and that nothing moves before."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders import BY, NOW, Round
from invites.replanned import (
    LATER,
    SECONDS,
    carry_out,
    decline,
    large,
    large_instance,
    pending,
    places,
    replan,
)
from school import LAST

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.replanning import make_changes
from mentorship.plans.models import STANDING, Visit
from mentorship.plans.problems import visit_problem
from mentorship.plans.replanning import (
    NOTHING_OPEN,
    ask_for_replan,
    replan_state,
    stop_replan,
    visits_out,
)

__all__ = ["large", "large_instance"]


def test_five_declines_leave_the_others_where_they_are(large: Round) -> None:
    declined = large.visits()[::7][:5]
    refused = {(visit.visitor_id, visit.lesson) for visit in declined}
    for visit in declined:
        decline(visit)
    others = [visit for visit in large.visits() if visit.status in STANDING]
    found = replan(large)
    assert found.people and {change.visit.id for change in found.changes} >= {visit.id for visit in declined}
    moved = [change for change in found.changes if change.kind != "new"]
    assert len(moved) <= len(others) // 100
    assert all(
        change.row and (change.visit.visitor_id, change.row["lesson"]) not in refused for change in found.changes
    )


def test_nothing_changes_before_a_person_says_so(published: Round) -> None:
    decline(published.visit())
    before, mails = places(published), len(published.messages())
    found = replan(published)
    assert len(found.changes) >= 1
    assert places(published) == before and len(published.messages()) == mails


def test_making_the_changes_gives_a_new_time_and_asks_both_again(published: Round) -> None:
    visit = published.visit()
    lesson, uid = visit.lesson, visit.uid
    decline(visit)
    found = replan(published)
    mails = len(published.messages())
    carry_out(published)
    for change in found.changes:
        assert change.row is not None and change.visit.lesson == change.row["lesson"]
        assert change.visit.status == "invited" and change.visit.on_date == change.on_date
    assert visit.lesson != lesson and visit.uid != uid
    assert {message.kind for message in published.messages()[mails:]} <= {
        "visit_invitation",
        "visit_moved",
        "visit_cancelled",
    }
    plan = visits_out(published.cycle)
    assert plan is not None and plan.replan is None


def test_a_visit_that_waits_and_moves_is_an_update_of_the_same_entry(published: Round) -> None:
    """Another time was asked for: same UID, SEQUENCE + 1, one mail for each of the two."""
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    db.session.commit()
    found = replan(published)
    change = next(each for each in found.changes if each.visit.id == visit.id)
    assert change.kind == "moved" and change.why == f"{visit.host.person.name} asked for another time"
    uid, stays, mails = visit.uid, not change.host, len(published.messages())
    carry_out(published)
    about = [message for message in published.messages()[mails:] if message.uid == visit.uid]
    assert len(about) == 2
    assert ((visit.uid, visit.sequence) == (uid, 1)) == stays


def test_an_accepted_visit_never_moves(published: Round) -> None:
    first, *rest = published.visits()
    for visit in rest:
        visit.status, visit.visitor_answer, visit.host_answer = "accepted", "yes", "yes"
    decline(first)
    before = places(published)
    found = replan(published)
    assert [change.visit.id for change in found.changes] == [first.id]
    carry_out(published)
    assert {number: place for number, place in places(published).items() if number != first.id} == {
        number: place for number, place in before.items() if number != first.id
    }


def test_who_asked_for_another_time_keeps_the_one_they_have_where_there_is_no_other(published: Round) -> None:
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    every = visit_problem(published.cycle, LATER, seconds=1, seed=1).lessons
    visit.declined = [lesson for lesson in every if lesson != visit.lesson]
    db.session.commit()
    before = places(published)
    assert not replan(published).changes
    assert places(published) == before


def test_what_was_declined_once_is_not_offered_again(published: Round) -> None:
    visit = published.visit()
    first = visit.lesson
    decline(visit)
    replan(published)
    carry_out(published)
    second = visit.lesson
    decline(visit, by_host=False)
    assert set(visit.declined) == {first, second}
    found = replan(published)
    assert all(change.row is None or change.row["lesson"] not in (first, second) for change in found.changes)


def test_an_answer_meanwhile_makes_the_list_stale(published: Round) -> None:
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    db.session.commit()
    seen = replan(published).seen
    visit.answer(visit.host_id, "yes")
    db.session.commit()
    with pytest.raises(Refused, match="Somebody answered or changed one of these visits meanwhile"):
        make_changes(published.cycle, seen=seen, by=BY, now=LATER)
    db.session.rollback()
    assert pending(published).meanwhile == 1


def test_changes_that_no_longer_fit_the_school_are_refused_whole(published: Round) -> None:
    decline(published.visit())
    found = replan(published)
    change = found.changes[0]
    before = places(published)
    change.visit.visitor.profile.paused_until = LAST + timedelta(days=1)
    db.session.commit()
    with pytest.raises(Refused):
        make_changes(published.cycle, seen=found.seen, by=BY, now=LATER)
    db.session.rollback()
    assert places(published) == before


def test_the_changes_may_be_made_when_the_old_time_is_too_near_to_plan_with(published: Round) -> None:
    """What counts is the notice of the new time."""
    visit = published.visit()
    visit.answer(visit.host_id, "time_asked")
    every = visit_problem(published.cycle, LATER, seconds=1, seed=1).lessons
    last = max(lesson.on_date for lesson in every.values())
    visit.declined = [key for key, lesson in every.items() if lesson.on_date < last - timedelta(days=7)]
    db.session.commit()
    found = replan(published)
    change = next(each for each in found.changes if each.visit.id == visit.id)
    assert visit.starts_at is not None
    make_changes(published.cycle, seen=found.seen, by=BY, now=visit.starts_at - timedelta(hours=20))
    assert visit.on_date == change.on_date and visit.status == "invited"


def test_a_new_time_that_is_too_near_by_now_is_refused(published: Round) -> None:
    decline(published.visit())
    found = replan(published)
    assert found.changes[0].on_date is not None
    now = NOW.replace(year=2027, month=1, day=found.changes[0].on_date.day) - timedelta(days=1)
    with pytest.raises(Refused, match="it is too soon"):
        make_changes(published.cycle, seen=found.seen, by=BY, now=now)


def test_a_re_plan_is_for_visits_that_are_out_and_that_can_move(planned: Round) -> None:
    with pytest.raises(Refused, match="are not published"):
        ask_for_replan(planned.cycle, seconds=SECONDS, by=BY, now=NOW)
    planned.publish()
    for visit in planned.visits():
        visit.status = "accepted"
    with pytest.raises(Refused, match=re.escape(NOTHING_OPEN)):
        ask_for_replan(planned.cycle, seconds=SECONDS, by=BY, now=NOW)
    planned.cycle.status = "closed"
    with pytest.raises(Refused, match="is closed"):
        ask_for_replan(planned.cycle, seconds=SECONDS, by=BY, now=NOW)


def test_one_re_plan_runs_at_a_time_and_may_be_stopped(published: Round) -> None:
    ask_for_replan(published.cycle, seconds=SECONDS, by=BY, now=NOW)
    with pytest.raises(Refused, match="being made already"):
        ask_for_replan(published.cycle, seconds=SECONDS, by=BY, now=NOW)
    stop_replan(published.cycle, by=BY, now=NOW)
    db.session.commit()
    state = replan_state(published.cycle)
    assert state.is_out and state.pending is None and state.job is not None and state.job.state == "failed"
    with pytest.raises(Refused, match="No re-plan is being made"):
        stop_replan(published.cycle, by=BY, now=NOW)


def test_two_visits_of_one_person_may_change_places(published: Round) -> None:
    """The table refuses two visits of a visitor on a date, also for a moment."""
    by_visitor: dict[int, list[Visit]] = {}
    for visit in published.visits():
        by_visitor.setdefault(visit.visitor_id, []).append(visit)
    pair = next(visits for visits in by_visitor.values() if len(visits) > 1 and visits[0].host_id != visits[1].host_id)
    plan = visits_out(published.cycle)
    assert plan is not None
    rows = {(row["visitor"], row["lesson"]): row for row in plan.outcome["visits"]}
    change = [
        {
            "visit": one.id,
            "version": one.version,
            "kind": "moved",
            "row": rows[other.visitor.code, other.lesson],
            "period": other.period,
            "why": [("makes_room", "")],
        }
        for one, other in (pair, pair[::-1])
    ]
    plan.replan = {"changes": change, "without": [], "made_at": NOW.isoformat()}
    db.session.commit()
    dates = [visit.on_date for visit in pair]
    carry_out(published)
    assert [visit.on_date for visit in pair] == dates[::-1]


def test_a_host_who_left_is_replaced_and_the_reason_is_told(published: Round) -> None:
    visit = published.visit()
    visit.status, visit.host.active = "needs_new_time", False
    db.session.commit()
    found = replan(published)
    changes = {change.visit.id: change for change in found.changes}
    left = f"{visit.host.person.name} takes no part any more"
    told = {each.id for each in found.without} | set(changes)
    assert visit.id in told
    assert all(change.why == left for number, change in changes.items() if number == visit.id)
