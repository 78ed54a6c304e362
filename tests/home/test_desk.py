"""A coach's page of one cycle: what waits, what comes next, and what nobody else may see."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from builders import BY, CSRF_TOKEN, NOW, Browser, Round
from counting import statements
from held_visit import After, given
from page_client import PageClient
from school import LAST

from mentorship import clock
from mentorship.closeout.operations import close_cycle
from mentorship.extensions import db
from mentorship.people.models import Membership, Person, School
from mentorship.plans.models import Visit
from mentorship.plans.queries import plans_of
from mentorship.replies.models import InboundMessage

MOST = 12


def desk(made: Round, code: str = "Bell") -> str:
    """The page without its CSRF tokens, which differ each time."""
    made.app.test_client_class = PageClient
    answer = made.browser_as(made.member(code)).open(f"/cycles/{made.cycle.id}")
    assert answer.status_code == 200, answer.text
    return CSRF_TOKEN.sub("", answer.text)


def section(page: str, heading: str) -> str:
    """From a heading to the end of its section."""
    return page[page.index(heading) : page.index("</section>", page.index(heading))]


@pytest.mark.parametrize("code", ["Rivera", "Stone"])
def test_other_roles_find_nothing(planned: Round, code: str) -> None:
    assert planned.browser_as(planned.member(code)).open(f"/cycles/{planned.cycle.id}").status_code == 404


def test_a_coach_of_another_school_finds_nothing(planned: Round) -> None:
    person = Person(given_name="Una", family_name="Uhl", email="una@u.example.edu")
    db.session.add_all([School(id="u", name="U", time_zone="UTC", cycle_days=["A"]), person])
    db.session.flush()
    db.session.add(Membership(school_id="u", person_id=person.id, code="U", roles=["coach"]))
    db.session.commit()
    assert Browser(planned.app, person).open(f"/cycles/{planned.cycle.id}").status_code == 404
    assert planned.browser_as(planned.member("Bell")).open("/cycles/999").status_code == 404


def test_before_a_plan_the_page_leads_to_planning(planned: Round) -> None:
    for visit in planned.visits():
        db.session.delete(visit)
    db.session.delete(planned.pairing())
    db.session.flush()
    for plan in plans_of(planned.cycle).values():
        db.session.delete(plan)
    planned.cycle.status = "setting_up"
    db.session.commit()
    page = desk(planned)
    assert f'href="/cycles/{planned.cycle.id}/plan"' in page and page.count("btn-primary") == 1
    assert "Needs your attention" not in page and "Week by week" not in page
    assert "4 people take part." in page


def test_a_draft_is_reviewed_and_then_published(planned: Round) -> None:
    page, number = desk(planned), planned.cycle.id
    assert page.count("btn-primary") == 1
    assert re.search(rf'btn-primary" href="/cycles/{number}/publish"', page)
    for path in ("pairings", "visits"):
        assert f'href="/cycles/{number}/{path}"' in page
    assert "1 mentor pairing and" in page and "Invites</h2>" not in page


def test_what_the_draft_leaves_out_is_said_and_is_not_the_next_thing(planned: Round) -> None:
    plan = plans_of(planned.cycle)["visits"]
    row = {"person": "Chen", "unit": "visit", "reasons": [], "would_fix": []}
    plan.outcome = {**plan.outcome, "missing": [row, row]}
    db.session.commit()
    page = desk(planned)
    assert "1 person lacks a visit that they need" in page and page.count("btn-primary") == 1


def test_a_quiet_cycle_says_that_nothing_waits(published: Round) -> None:
    page = desk(published)
    assert "Everything is on track" in page and "btn-primary" not in page
    assert f"of {len(published.visits())} visited or accepted" in page
    assert "Waiting for a reply" in section(page, "Invites</h2>")
    assert "Notes from visits" not in page


def test_what_hurts_first_comes_first_and_alone_is_filled(published: Round) -> None:
    first, second, third = published.visits()[:3]
    first.status, first.visitor_answer = "time_asked", "time_asked"
    third.status = "needs_new_time"
    second.status = "expired"
    db.session.commit()
    page = desk(published)
    listed = section(page, "Needs your attention")
    assert f"{first.visitor.person.name} asked for another time" in listed
    assert listed.count("btn-primary") == 1 == page.count("btn-primary")
    links = re.findall(r'href="(/visits/\d+/move)"', listed)
    # What is put off for three days, then what has the date in its way.
    assert links == [f"/visits/{second.id}/move", f"/visits/{first.id}/move", f"/visits/{third.id}/move"]
    assert 'count-attn">2' in page or 'count-attn">3' in page


def test_of_many_of_one_kind_three_are_told(published: Round) -> None:
    visits = published.visits()
    for visit in visits:
        visit.status = "needs_new_time"
    db.session.commit()
    page = desk(published)
    assert page.count("need a new time</h3>") == 4
    assert f"{len(visits) - 3} more visits need a new time" in page
    assert f"/cycles/{published.cycle.id}/visits?status=needs_new_time" in page


def test_answers_that_are_missing_this_week_are_counted(published: Round) -> None:
    visit = published.visit()
    assert visit.starts_at is not None
    with clock.shifted(visit.starts_at - timedelta(days=2) - clock.now()):
        page = desk(published)
    assert "not answered about a visit this week" in page
    assert f'href="/cycles/{published.cycle.id}/answers"' in page or "/not-yet/replies.answers" in page


def test_mail_that_came_back_is_said_until_the_address_is_corrected(published: Round) -> None:
    member = published.visit().visitor
    for each in published.messages():
        if each.to_address == member.person.email:
            each.state, each.last_answer = "failed", "550 no such person"
    db.session.commit()
    assert "Mail to 1 person did not arrive" in desk(published)
    member.person.email = "right@t.example.edu"
    db.session.commit()
    assert "did not arrive" not in desk(published)


def test_mail_that_nobody_could_read_asks_for_a_person(published: Round) -> None:
    about = InboundMessage(sha256="a", received_at=NOW, outcome="review", uid=published.visit().uid)
    elsewhere = InboundMessage(sha256="b", received_at=NOW, outcome="review", uid="somebody@elsewhere")
    done = InboundMessage(sha256="c", received_at=NOW, outcome="apply", uid=published.visit().uid)
    db.session.add_all([about, elsewhere, done])
    db.session.commit()
    assert "1 mail needs somebody to look" in desk(published)


def test_pairs_that_did_not_become_one_are_said(published: Round) -> None:
    pairing = published.pairing()
    pairing.status = "declined"
    db.session.commit()
    assert f"{pairing.mentee.person.name} has no mentor" in desk(published)
    pairing.status = "needs_attention"
    db.session.commit()
    assert "want to talk first" in desk(published)


def test_today_and_the_dates_to_come_are_told(published: Round) -> None:
    visit = published.visit()
    assert visit.starts_at is not None and visit.on_date is not None
    visit.status, visit.visitor_answer, visit.host_answer = "accepted", "yes", "yes"
    db.session.commit()
    with clock.shifted(visit.starts_at - timedelta(minutes=30) - clock.now()):
        page = desk(published)
    assert f'href="/cycles/{published.cycle.id}/visits?visit={visit.id}#chosen"' in section(page, "Today</h2>")
    assert "A day" in section(page, "Today</h2>") or "B day" in section(page, "Today</h2>")
    assert "Holiday" in section(page, "Next</h2>") and "Last visits." in section(page, "Next</h2>")
    assert "week 1 of 4" in page


def test_notes_are_counted_and_what_they_say_is_not_there(after: After) -> None:
    made = after.round
    page = desk(made)
    assert "0 <span>of 1 shared with the host" in page and "stays between the two teachers" in page
    after.share(after.visit.visitor, "visitor_notes", after.visit.host, **given("visitor_notes"))
    page = desk(made)
    assert "1 <span>of 1 shared with the host" in page and "eleven hands" not in page


def test_a_reflection_leaves_no_trace_on_the_page(after: After) -> None:
    after.ask()
    before = desk(after.round)
    after.write(after.visit.host, "host_reflection")
    after.write(after.visit.visitor, "post_observation_reflection")
    assert desk(after.round) == before and "reflection" not in before


def test_a_cycle_that_is_over_is_closed_from_here(published: Round) -> None:
    for visit in published.visits():
        visit.status = "held"
    for plan in plans_of(published.cycle).values():
        plan.outcome = {**plan.outcome, "missing": [], "unpaired": []}
    db.session.commit()
    end = clock.instant(LAST, published.visit().starts or NOW.time(), "America/New_York") + timedelta(days=2)
    with clock.shifted(end - clock.now()):
        page = desk(published)
    assert "This cycle is over" in page and page.count("btn-primary") == 1


def test_a_closed_cycle_shows_counts_and_exports(published: Round) -> None:
    for visit in published.visits():
        visit.status = "held"
    db.session.commit()
    close_cycle(published.cycle, by=BY, now=NOW)
    db.session.commit()
    page = desk(published)
    assert "This cycle is closed" in page and "btn-primary" not in page
    for kind in ("csv", "xlsx", "json"):
        assert f"export.{kind}" in page or "/not-yet/closeout.export" in page
    assert "Needs your attention" not in page and "Today</h2>" not in page


def grow(made: Round, teachers: int) -> None:
    """So many more teachers, each of whom visits the next; every status occurs, and every mail came back."""
    first, school_id = made.visit(), made.cycle.school_id
    people = [
        Person(given_name="Pat", family_name=f"P{place:03}", email=f"p{place}@t.example.edu")
        for place in range(teachers)
    ]
    members = [
        Membership(school_id=school_id, person=each, code=each.family_name, roles=["teacher"]) for each in people
    ]
    db.session.add_all(members)
    db.session.flush()
    statuses = ("held", "accepted", "invited", "time_asked", "needs_new_time", "expired")
    fields = ("on_date", "starts", "ends", "starts_at", "ends_at", "period", "cycle_day", "section_id", "plan_id")
    when = {name: getattr(first, name) for name in fields}
    for place, (visitor, host) in enumerate(itertools.pairwise(members)):
        db.session.add(
            Visit(visitor_id=visitor.id, host_id=host.id, mode="learn", status=statuses[place % len(statuses)], **when)
        )
    for message in made.messages():
        message.state = "failed"
    db.session.commit()


def count(made: Round, code: str, path: str) -> int:
    """How many statements a page takes."""
    browser = made.browser_as(made.member(code))
    db.session.commit()
    with statements() as asked:
        assert browser.open(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("teachers", [20, 240])
def test_the_desk_of_a_large_school_takes_no_more_statements(after: After, teachers: int) -> None:
    after.ask()
    grow(after.round, teachers)
    assert count(after.round, "Bell", f"/cycles/{after.round.cycle.id}") <= MOST


def test_the_home_of_a_busy_pair_takes_few_statements(after: After) -> None:
    pairing = after.round.pairing()
    after.ask()
    pairing.status = "active"
    db.session.commit()
    codes = [member.code for member in pairing.people]
    assert max(count(after.round, code, "/home") for code in codes) <= MOST


def test_every_visit_of_the_draft_stands_in_its_week(planned: Round) -> None:
    page = section(desk(planned), "Week by week")
    numbers = [int(number) for number in re.findall(r'</th><td class="r">(\d+)</td>', page)]
    live: list[Visit] = [visit for visit in planned.visits() if visit.on_date]
    assert sum(numbers) == len(live) and len(numbers) == 4
