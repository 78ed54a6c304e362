"""The pages of visits: weeks, filters, the chosen visit, paper; what a coach does there, and who finds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from builders import NOW, Browser, Round
from sqlalchemy import event

from mentorship import clock
from mentorship.extensions import db
from mentorship.invites.operations import take_back
from mentorship.people.models import Membership, School
from mentorship.plans.models import Visit
from mentorship.timetable.models import SchoolDay

MOST_STATEMENTS = 12
NOBODY_WAITS = "Waiting for a reply</span>"


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that the block sends, but for what opens and ends a transaction."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.upper().startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def visits_page(made: Round, **args: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in args.items())
    response = coach(made).open(f"/cycles/{made.cycle.id}/visits?{query}")
    assert response.status_code == 200
    return response.text


def chips(page: str) -> int:
    """How many chips the grid holds."""
    table = re.search(r'<table class="grid">.*?</table>', page, re.DOTALL)
    return len(re.findall(r'<a class="visit ', table[0])) if table else 0


def test_the_grid_shows_each_visit_of_the_week_in_its_day_and_period(published: Round) -> None:
    first = published.visit()
    assert first.on_date is not None
    monday = first.on_date - timedelta(days=first.on_date.weekday())
    in_week = [each for each in published.visits() if each.on_date and monday <= each.on_date < monday + timedelta(7)]
    page = visits_page(published, week=monday)
    assert chips(page) == len(in_week)
    assert "Periods 1 and 2" in page and "8:00–9:25" in page and "Mon, Jan 11" in page and "A day" in page
    assert '<tr class="lunch">' in page and NOBODY_WAITS in page.replace("\n", "")


def test_a_closed_day_is_a_narrow_column_with_its_reason(published: Round) -> None:
    page = visits_page(published, week="2027-01-18")
    assert '<col class="c-closed">' in page and 'class="is-closed"' in page and "Holiday" in page


def test_a_day_that_closed_under_its_visits_still_shows_them(published: Round) -> None:
    visit = published.visit()
    day = db.session.query(SchoolDay).filter_by(on_date=visit.on_date).one()
    day.kind, day.note, visit.status = "weather", "Snow", "needs_new_time"
    take_back(visit, because="Snow.", now=NOW)
    db.session.commit()
    page = visits_page(published, week=visit.on_date)
    assert "Needs a new time" in page and "Other times that work" in page
    assert chips(page) >= 1


def test_weeks_switch_by_a_link_and_the_page_opens_on_this_week(published: Round) -> None:
    with clock.shifted(timedelta(days=31)):
        page = visits_page(published)
    assert re.search(r'aria-current="true">\s*<svg.*?Week 2', page, re.DOTALL) and "today" in page
    assert "week=2027-01-25" in page
    assert "Week 4" in visits_page(published, week="2027-02-02")
    assert visits_page(published, week="nonsense", visit="x", status="y")


def test_filters_leave_what_was_asked_for_and_say_how_to_get_back(published: Round) -> None:
    visit = published.visit()
    name = visit.visitor.person.family_name
    page = visits_page(published, week=visit.on_date, who=name)
    assert 1 <= chips(page) < chips(visits_page(published, week=visit.on_date))
    empty = visits_page(published, week=visit.on_date, focus="questioning", status="held")
    total = chips(visits_page(published, week=visit.on_date))
    assert "No visits match." in empty and "Clear the focus and status filters" in empty
    assert f"to see {total} visit" in empty


def test_the_list_and_the_grid_can_be_chosen(published: Round) -> None:
    assert chips(visits_page(published, view="list")) == 0
    assert "See as a grid" in visits_page(published, view="list")
    both, grid = visits_page(published), visits_page(published, view="grid")
    assert "d-none d-lg-block" in both and chips(grid) == chips(both)
    assert '<ul class="rows">' in both and '<ul class="rows">' not in grid


def test_the_chosen_visit_says_who_when_why_and_what_each_answered(published: Round) -> None:
    visit = published.visit()
    published.ingest(published.reply(visit, visit.host, "ACCEPTED"))
    page = visits_page(published, visit=visit.id)
    assert f"{visit.visitor.person.name} visits {visit.host.person.name}" in page
    assert "to learn about questioning" in page
    assert re.search(rf"{visit.host.person.name}: yes, \w+", page)
    assert f"{visit.visitor.person.name}: waiting for a reply" in page
    assert "What happened so far" in page and f"Answered by {visit.host.person.name}" in page
    assert "Cancel this visit" in page and "Move</a>" in page


def test_mail_that_could_not_be_delivered_is_shown_with_the_server_s_words(published: Round) -> None:
    visit = published.visit()
    message = next(each for each in published.messages() if each.uid == visit.uid)
    message.state, message.last_answer = "failed", "550 no such user"
    db.session.commit()
    page = visits_page(published, visit=visit.id)
    assert "Could not be delivered" in page and "550 no such user" in page


def test_without_a_plan_the_page_says_what_to_do(planned: Round) -> None:
    for visit in planned.visits():
        db.session.delete(visit)
    db.session.commit()
    assert "No plan yet. Add the people taking part, then choose Plan visits." in visits_page(planned)
    paper = coach(planned).open(f"/cycles/{planned.cycle.id}/visits/print")
    assert "No visits to print yet." in paper.text


def test_a_draft_says_so_and_leads_to_publishing(planned: Round) -> None:
    page = visits_page(planned, visit=planned.visit().id)
    assert "nobody has been asked" in page and "See what would be sent" in page and "Cancel this visit" not in page


def test_a_coach_cancels_and_both_are_told(published: Round) -> None:
    visit = published.visit()
    path, form_on = f"/visits/{visit.id}/cancel", f"/cycles/{published.cycle.id}/visits?visit={visit.id}"
    response = coach(published).post(path, form_on=form_on, version=str(visit.version))
    assert response.status_code == 303
    db.session.expire_all()
    assert published.visit().status == "cancelled"


def test_a_stale_page_is_answered_with_who_changed_it(published: Round) -> None:
    visit = published.visit()
    path, form_on = f"/visits/{visit.id}/cancel", f"/cycles/{published.cycle.id}/visits?visit={visit.id}"
    response = coach(published).post(path, form_on=form_on, version=str(visit.version + 7))
    assert response.status_code == 409 and "Here is the new version" in response.text
    db.session.expire_all()
    assert published.visit().status == "invited"


@pytest.mark.parametrize("who", ["Bell", "visitor"])
def test_a_coach_or_one_of_the_two_says_whether_it_took_place(published: Round, who: str) -> None:
    visit = published.visit()
    published.answer_both(visit)
    member = visit.visitor if who == "visitor" else published.member(who)
    assert visit.ends_at is not None
    with clock.shifted(visit.ends_at - clock.now() + timedelta(hours=1)):
        browser = published.browser_as(member)
        path, version = f"/visits/{visit.id}/took-place", str(visit.version)
        token_page = f"/cycles/{published.cycle.id}/visits" if who == "Bell" else "/account"
        response = browser.post(path, form_on=token_page, took_place="no", version=version)
    assert response.status_code == 303
    assert ("/cycles/" in response.location) == (who == "Bell")
    db.session.expire_all()
    assert published.visit().status == "not_held"


def test_other_people_find_nothing(published: Round) -> None:
    visit, cycle = published.visit(), published.cycle
    pages = [f"/cycles/{cycle.id}/visits", f"/cycles/{cycle.id}/visits/print", f"/cycles/{cycle.id}/publish"]
    pages.append(f"/visits/{visit.id}/move")
    for code in ("Stone", visit.visitor.code):
        browser = published.browser_as(published.member(code))
        assert [browser.open(page).status_code for page in pages] == [404] * len(pages)
    assert [published.browser.open(page).status_code for page in pages] == [303] * len(pages)
    outsider = next(m for m in map(published.member, ("Chen", "Lund", "Okafor", "Rivera")) if m not in visit.people)
    browser = published.browser_as(outsider)
    response = browser.post(f"/visits/{visit.id}/took-place", form_on="/account", took_place="yes")
    assert response.status_code == 404


def test_a_coach_of_another_school_finds_nothing(published: Round) -> None:
    coach_here = published.member("Bell")
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=[]))
    db.session.add(Membership(school_id="u", person_id=coach_here.person_id, code="Bell", roles=["coach"]))
    coach_here.active = False
    db.session.commit()
    browser, cycle, visit = published.browser_as(coach_here), published.cycle, published.visit()
    for path in (f"/cycles/{cycle.id}/visits", f"/cycles/{cycle.id}/publish", f"/visits/{visit.id}/move"):
        assert browser.open(path).status_code == 404


def test_paper_shows_each_week_that_has_visits_and_asks_not_to_be_posted(published: Round) -> None:
    response = coach(published).open(f"/cycles/{published.cycle.id}/visits/print")
    weeks = {visit.on_date.isocalendar().week for visit in published.visits() if visit.on_date}
    assert response.text.count('<table class="grid">') == len(weeks)
    assert "please don’t post it on a wall" in response.text and "data-print" in response.text


def test_a_page_takes_few_statements_whatever_is_chosen(published: Round) -> None:
    visit: Visit = published.visit()
    browser, base = coach(published), f"/cycles/{published.cycle.id}/visits"
    for path in (base, f"{base}?visit={visit.id}", f"{base}/print", f"/cycles/{published.cycle.id}/publish"):
        with statements() as sent:
            assert browser.open(path).status_code == 200
        assert len(sent) <= MOST_STATEMENTS, f"{path}: {len(sent)}\n" + "\n".join(line[:150] for line in sent)


def test_on_a_weekend_the_coming_week_is_shown(published: Round) -> None:
    saturday = NOW.replace(month=1, day=16, year=2027)
    clock.set_offset(published.settings.clock_offset + (saturday - NOW).total_seconds())
    assert "Jan 18 to Jan 22" in visits_page(published)
