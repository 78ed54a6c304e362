"""Limits that change once visits are out: what no longer fits is told, and nothing moves before a person says so."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from builders import BY, NOW, Round
from invites.replanned import LATER, carry_out, coach, decline, page, pending, places, replan

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.replanning import make_changes
from mentorship.invites.side import over_limits


def keep(made: Round, **limits: str) -> str:
    """Keep limits on the page of settings; where it leads."""
    settings = f"/cycles/{made.cycle.id}/settings"
    version = str(made.cycle.version)
    answer = coach(made).post(f"/cycles/{made.cycle.id}/limits", form_on=settings, version=version, **limits)
    assert answer.status_code == 303
    db.session.expire_all()
    return str(answer.location)


def excess(made: Round, most: int = 1) -> int:
    days = Counter(visit.on_date for visit in made.visits() if visit.status in ("invited", "accepted"))
    return sum(max(count - most, 0) for count in days.values())


def at_noon(on: date | None) -> datetime:
    assert on is not None
    return datetime.combine(on, time(18), UTC)


def agree(*visits: Any) -> None:
    for visit in visits:
        visit.status, visit.visitor_answer, visit.host_answer = "accepted", "yes", "yes"
    db.session.commit()


def test_a_lower_limit_says_how_many_no_longer_fit_and_moves_nothing(published: Round) -> None:
    before, count = places(published), excess(published)
    assert count and "no longer fit" not in page(published)
    assert "Nothing moves by itself" in coach(published).open(f"/cycles/{published.cycle.id}/settings").text
    browser = coach(published)
    form: dict[str, Any] = {"form_on": f"/cycles/{published.cycle.id}/settings", "version": published.cycle.version}
    answer = browser.post(f"/cycles/{published.cycle.id}/limits", most_a_day="1", **form)
    assert answer.location == f"/cycles/{published.cycle.id}/visits"
    words = re.sub(r"\s+", " ", browser.open(answer.location).text)
    assert "The limits are kept. No visit has moved." in words
    fits = "planned visit no longer fits" if count == 1 else "planned visits no longer fit"
    assert f"{count} {fits}." in words and "See what a re-plan would move" in words
    db.session.expire_all()
    assert places(published) == before


def test_the_re_plan_keeps_to_the_new_limit_where_it_can(published: Round) -> None:
    keep(published, most_a_day="1")
    found = replan(published)
    assert found.changes
    assert "Keeps the school’s limit of visits a day" in page(published)
    assert "See above what the re-plan would move." in page(published)
    carry_out(published)
    assert excess(published) == 0 and "no longer fit" not in page(published)


def test_what_people_agreed_on_stays_and_that_is_said(published: Round) -> None:
    agree(*published.visits())
    keep(published, most_a_day="1")
    words = page(published)
    assert "agreed" in words and "unless you move" in words
    assert "See what a re-plan would move" not in words


def test_a_day_that_people_agreed_to_fill_opens_no_other_day(published: Round) -> None:
    """The engine has one limit for every day; the days with room still keep to the one that was set."""
    declined, *rest = published.visits()
    agree(*rest)
    keep(published, most_a_day="1")
    days = Counter(visit.on_date for visit in rest)
    assert max(days.values()) > 1
    decline(declined)
    found = replan(published)
    told = {each.id for each in found.without} | {change.visit.id for change in found.changes}
    assert declined.id in told
    assert all(change.on_date not in days for change in found.changes)


def test_what_a_limit_has_forbidden_meanwhile_is_not_made(published: Round) -> None:
    first, *rest = published.visits()
    agree(*rest)
    decline(first)
    found = replan(published)
    on = found.changes[0].on_date
    other = rest[0]
    other.on_date, other.starts_at, other.ends_at = on, at_noon(on), at_noon(on) + timedelta(minutes=40)
    published.cycle.most_a_day = 1
    db.session.commit()
    with pytest.raises(Refused, match=r"2 visits would take place on .* the limit is 1"):
        make_changes(published.cycle, seen=pending(published).seen, by=BY, now=LATER)


def test_what_is_agreed_or_has_begun_keeps_its_place_before_others(published: Round) -> None:
    days = Counter(visit.on_date for visit in published.visits())
    on = next(day for day, count in days.items() if count > 1)
    first, *_, last = [visit for visit in published.visits() if visit.on_date == on]
    published.cycle.most_a_day = 1
    agree(last)
    over = over_limits(published.cycle, published.visits(), NOW)
    assert first in over.visits and last not in over.visits and over.agreed == 0
    assert last.starts_at is not None
    later = over_limits(published.cycle, published.visits(), last.starts_at + timedelta(days=60))
    assert not later.visits


def test_at_once_counts_visits_that_overlap(published: Round) -> None:
    first, second = published.visits()[:2]
    second.on_date, second.starts, second.ends = first.on_date, first.starts, first.ends
    second.starts_at, second.ends_at = first.starts_at, first.ends_at
    published.cycle.most_at_once = 1
    over = over_limits(published.cycle, [first, second], NOW)
    assert over.visits == (max(first, second, key=lambda visit: visit.id),)
    assert first.ends_at is not None
    second.starts_at, second.ends_at = first.ends_at, first.ends_at + timedelta(minutes=40)
    assert not over_limits(published.cycle, [first, second], NOW).visits
    published.cycle.most_at_once = None
    assert not over_limits(published.cycle, [first, second], NOW).visits


def test_a_draft_over_its_limits_is_to_be_planned_again(planned: Round) -> None:
    assert keep(planned, most_a_day="1").endswith("/settings#limits")
    words = page(planned)
    assert "Plan again before you publish." in words and "See what a re-plan would move" not in words


def test_a_closed_cycle_says_nothing_of_limits(published: Round) -> None:
    keep(published, most_a_day="1")
    published.cycle.status = "closed"
    db.session.commit()
    assert "no longer fit" not in page(published)
