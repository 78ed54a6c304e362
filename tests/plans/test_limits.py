"""How many visits there may be in the school on one day and at once: set by a coach, kept by plans and by moves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from builders import BY, NOW, Browser, Round

from mentorship.cycles.operations import set_limits
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.plans.moving import judge_move, open_moves, possible_moves
from mentorship.plans.operations import problem_file
from mentorship.plans.queries import plans_of
from mentorship.plans.supervisor import make_plan

HAND: dict[str, Any] = {"by": BY, "now": NOW}


def limit(made: Round, day: int | None, once: int | None = None) -> None:
    set_limits(made.cycle, most_a_day=day, most_at_once=once, **HAND)
    db.session.commit()


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def test_a_limit_stands_in_the_problem_and_the_plan_keeps_it(planned: Round) -> None:
    assert problem_file(planned.cycle, "visits", now=NOW, seconds=1, seed=1)["most_a_day"] is None
    limit(planned, 1, 1)
    make_plan(planned.cycle, seconds=2, seed=1, by=BY, parts=["visits"])
    problem = plans_of(planned.cycle)["visits"].problem
    assert (problem["most_a_day"], problem["most_at_once"]) == (1, 1)
    days = Counter(visit.on_date for visit in planned.visits())
    assert days and max(days.values()) == 1


def test_a_draft_that_is_over_a_new_limit_is_not_published(planned: Round) -> None:
    days = Counter(visit.on_date for visit in planned.visits())
    assert max(days.values()) > 1
    limit(planned, 1)
    with pytest.raises(Refused, match="no longer fits"):
        planned.publish("visits")


def test_a_move_counts_everybody_s_visits_of_the_day(planned: Round) -> None:
    limit(planned, 2)
    make_plan(planned.cycle, seconds=2, seed=1, by=BY, parts=["visits"])
    limit(planned, 1)
    days = Counter(visit.on_date for visit in planned.visits())
    visit = planned.visit()
    moves = open_moves(visit, NOW).possible(100)
    assert all(days[move.on_date] - (move.on_date == visit.on_date) < 1 for move in moves)
    assert all(judge_move(visit, move.lesson, NOW) == [] for move in possible_moves(visit, NOW)[:2])


def test_a_coach_sets_and_lifts_them(planned: Round) -> None:
    browser, settings = coach(planned), f"/cycles/{planned.cycle.id}/settings"
    form: dict[str, Any] = {"form_on": settings, "version": str(planned.cycle.version)}
    answer = browser.post(f"/cycles/{planned.cycle.id}/limits", most_a_day="3", most_at_once="2", **form)
    assert answer.location == f"{settings}#limits"
    page = browser.open(settings).text
    assert "The limits are kept. Make the plan again" in page and 'value="3"' in page
    visits = browser.open(f"/cycles/{planned.cycle.id}/visits").text
    assert "At most 3 visits a day and 2 at once, a limit you set." in visits
    rules = browser.open(f"/cycles/{planned.cycle.id}/plan").text
    assert "At most 3 visits in the school on one day" in rules and "At most 2 visits at once" in rules
    db.session.expire_all()
    form["version"] = str(planned.cycle.version)
    assert browser.post(f"/cycles/{planned.cycle.id}/limits", most_at_once="", **form).status_code == 303
    db.session.expire_all()
    assert (planned.cycle.most_a_day, planned.cycle.most_at_once) == (None, None)
    assert "a limit you set" not in browser.open(f"/cycles/{planned.cycle.id}/visits").text
    assert "in the school on one day" not in browser.open(f"/cycles/{planned.cycle.id}/plan").text


@pytest.mark.parametrize("wrong", ["0", "-1", "1000", "many"])
def test_what_is_no_limit_is_said_by_its_field(planned: Round, wrong: str) -> None:
    settings = f"/cycles/{planned.cycle.id}/settings"
    form: dict[str, Any] = {"form_on": settings, "version": str(planned.cycle.version)}
    answer = coach(planned).post(f"/cycles/{planned.cycle.id}/limits", most_a_day=wrong, **form)
    assert answer.status_code == 422
    assert "Write a number from 1 to 999, or leave it empty for no limit." in answer.text
    assert answer.text.count("Spring") == 0 and 'id="most_a_day-error"' in answer.text


def test_a_stale_page_a_closed_cycle_and_other_people_change_nothing(planned: Round) -> None:
    settings, path = f"/cycles/{planned.cycle.id}/settings", f"/cycles/{planned.cycle.id}/limits"
    stale = coach(planned).post(path, form_on=settings, version="99", most_a_day="3")
    assert stale.status_code == 409 and "Here is the new version" in stale.text
    assert planned.browser_as(planned.member("Chen")).post(path, form_on="/account", most_a_day="3").status_code == 404
    planned.cycle.status = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="is closed"):
        limit(planned, 3)
    assert "No limit" in coach(planned).open(settings).text
