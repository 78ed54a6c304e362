"""The list of cycles, setting one up with readiness, and changing it before it is published."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import NOW, Browser, Round
from sqlalchemy import select

from mentorship.cycles.models import Cycle
from mentorship.cycles.operations import set_participants
from mentorship.cycles.readiness import usual_name
from mentorship.extensions import db
from mentorship.people.models import Membership, School
from mentorship.plans.models import Visit
from mentorship.timetable.models import Section, Term

NEW = "/cycles/new"
FIELDS = {"name": "Spring", "starts_on": "2027-01-11", "ends_on": "2027-01-29", "who": "everyone", "with_pairings": "y"}


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def settings_of(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/settings"


def cycle_named(name: str) -> Cycle | None:
    return db.session.scalars(select(Cycle).where(Cycle.name == name)).first()


def test_the_list_says_what_each_cycle_is_and_where_it_stands(planned: Round) -> None:
    page = coach(planned).open("/cycles").text
    assert "Round" in page and "Draft plan" in page and "4 people" in page and "Mentoring and visits" in page


def test_a_school_without_cycles_is_shown_the_first_step(planned: Round) -> None:
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    db.session.add_all(
        [other, Membership(school=other, person=planned.member("Bell").person, code="b", roles=["coach"])]
    )
    db.session.commit()
    browser = coach(planned)
    browser.post("/account/school", form_on="/account", school="other")
    page = browser.open("/cycles").text
    assert "No cycle yet" in page and page.count("btn-primary") == 1
    assert "Choose others, or import the calendar" in browser.open(NEW).text


def test_the_first_look_shows_the_usual_days_and_says_what_is_ready(planned: Round) -> None:
    page = coach(planned).open(NEW).text
    assert "4 <span>of 4 have a schedule" in page
    assert 'value="January cycle"' in page
    assert "Open this cycle" in page


def test_readiness_names_whose_schedule_is_unknown_and_why(planned: Round) -> None:
    section = db.session.scalars(select(Section).where(Section.code.like("Lund%"))).first()
    assert section is not None
    section.meetings, section.unreadable_because = [], "“3(Q)” names no cycle day"
    db.session.commit()
    page = coach(planned).open(NEW).text
    assert "3 <span>of 4 have a schedule" in page
    assert "names no cycle day" in page and "Sam Lund" in page


def test_a_gap_that_begins_in_the_middle_counts_too(planned: Round) -> None:
    section = db.session.scalars(select(Section).where(Section.code.like("Lund%"))).first()
    assert section is not None
    late = Term(school_id="t", name="late", starts_on=date(2027, 1, 20), ends_on=date(2027, 6, 1))
    section.meetings, section.unreadable_because, section.term = [], "“3(Q)” names no cycle day", "late"
    db.session.add(late)
    db.session.commit()
    assert "3 <span>of 4 have a schedule" in coach(planned).open(NEW).text


def test_a_round_without_end_is_told_at_once(planned: Round) -> None:
    page = (
        coach(planned).open(f"{NEW}?name=X&starts_on=2027-01-11&ends_on=9999-12-31&with_pairings=y&who=everyone").text
    )
    assert "A cycle lasts 400 days at most." in page and "Choose days to see" in page


def test_looking_at_readiness_opens_nothing(planned: Round) -> None:
    before = planned.dump()
    page = coach(planned).open(NEW + "?" + "&".join(f"{key}={value}" for key, value in FIELDS.items()))
    assert page.status_code == 200 and 'value="Spring"' in page.text
    assert planned.dump() == before


def test_a_cycle_opens_and_leads_to_its_plan(planned: Round) -> None:
    answer = coach(planned).post(NEW, **FIELDS)
    opened = cycle_named("Spring")
    assert opened is not None and answer.status_code == 303
    assert answer.location == f"/cycles/{opened.id}/plan"
    assert (opened.with_pairings, opened.with_walkthroughs) == (True, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Give the cycle a name."),
        ({"ends_on": "2027-01-01"}, "The last day comes before the first."),
        ({"starts_on": "soon"}, "There is no such day."),
        ({"ends_on": "9999-12-31"}, "A cycle lasts 400 days at most."),
        ({"with_pairings": ""}, "Choose mentoring, visits, or both."),
    ],
)
def test_a_field_that_is_wrong_says_so_and_keeps_the_rest(planned: Round, change: dict[str, str], words: str) -> None:
    fields = {key: value for key, value in {**FIELDS, **change}.items() if value or key == "name"}
    answer = coach(planned).post(NEW, **fields)
    assert answer.status_code == 422 and words in answer.text and 'role="alert"' in answer.text
    assert cycle_named("Spring") is None


def test_a_name_that_is_taken_is_refused_on_the_page(planned: Round) -> None:
    answer = coach(planned).post(NEW, **{**FIELDS, "name": "Round"})
    assert answer.status_code == 409 and "has a cycle named Round already" in answer.text


def test_names_go_on_by_numbers() -> None:
    first = NOW.date().replace(month=11)
    assert usual_name(first, []) == "November cycle"
    assert usual_name(first, ["November cycle", "November cycle 2"]) == "November cycle 3"


def test_days_change_before_publishing_and_say_that_the_plan_is_made_again(planned: Round) -> None:
    browser, cycle = coach(planned), planned.cycle
    days = {"name": "Winter", "starts_on": "2027-01-12", "ends_on": str(cycle.ends_on), "version": str(cycle.version)}
    assert browser.post(settings_of(planned), **days).status_code == 303
    assert cycle_named("Winter") is not None
    assert "Make the plan again before you publish it." in browser.open(f"/cycles/{cycle.id}/settings").text


def test_a_stale_page_is_told_who_was_faster(planned: Round) -> None:
    cycle, bell = planned.cycle, planned.member("Bell")
    seen = str(cycle.version)
    set_participants(cycle, [one.membership for one in cycle.participants[:3]], by=str(bell.person_id), now=NOW)
    db.session.commit()
    days = {"name": "Mine", "starts_on": "2027-01-12", "ends_on": "2027-01-29", "version": seen}
    answer = coach(planned).post(settings_of(planned), **days)
    assert answer.status_code == 409 and f"{bell.person.name} changed this a moment ago." in answer.text
    assert cycle_named("Mine") is None


def test_people_leave_and_come_and_those_not_shown_stay(planned: Round) -> None:
    browser, lund, chen = coach(planned), planned.member("Lund"), planned.member("Chen")
    people, form_on = f"/cycles/{planned.cycle.id}/people", settings_of(planned)
    fields = {"version": str(planned.cycle.version), "shown": [str(lund.id), str(chen.id)], "member": [str(chen.id)]}
    assert browser.post(people, form_on=form_on, **fields).status_code == 303
    assert {one.membership.code for one in planned.cycle.participants} == {"Chen", "Okafor", "Rivera"}
    found = browser.open(f"{form_on}?name=lund").text
    assert "Sam Lund" in found and "Chen" not in found.partition("people-columns")[2].partition("</ul>")[0]
    back = {"version": str(planned.cycle.version), "shown": [str(lund.id)], "member": [str(lund.id)]}
    browser.post(people, form_on=form_on, **back)
    assert len(planned.cycle.participants) == 4


def test_a_cycle_keeps_somebody(planned: Round) -> None:
    shown = [str(one.membership_id) for one in planned.cycle.participants]
    people, form_on = f"/cycles/{planned.cycle.id}/people", settings_of(planned)
    answer = coach(planned).post(people, form_on=form_on, version=str(planned.cycle.version), shown=shown)
    assert answer.status_code == 409 and "Choose at least one person." in answer.text
    assert len(planned.cycle.participants) == 4


def test_nobody_of_another_school_can_be_brought_in(planned: Round) -> None:
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    stranger = Membership(school=other, person=planned.member("Bell").person, code="x", roles=["teacher"])
    db.session.add_all([other, stranger])
    db.session.commit()
    people, form_on = f"/cycles/{planned.cycle.id}/people", settings_of(planned)
    coach(planned).post(people, form_on=form_on, version=str(planned.cycle.version), member=[str(stranger.id)])
    assert "x" not in {one.membership.code for one in planned.cycle.participants}


def test_the_newest_wishes_count_when_a_coach_takes_them(planned: Round) -> None:
    lund = planned.member("Lund")
    assert lund.profile is not None
    lund.profile.visits_wanted, lund.profile.paused_until = 3, NOW.date() + timedelta(days=9)
    db.session.commit()
    form_on, wishes = settings_of(planned), f"/cycles/{planned.cycle.id}/wishes"
    answer = coach(planned).post(wishes, form_on=form_on, version=str(planned.cycle.version))
    assert answer.status_code == 303
    profile = next(one.profile for one in planned.cycle.participants if one.membership_id == lund.id)
    assert profile["visits_wanted"] == 3 and "paused_until" not in profile


def test_a_published_cycle_is_shown_and_no_longer_changed(published: Round) -> None:
    browser = coach(published)
    page = browser.open(settings_of(published)).text
    assert "no longer change here" in page and "Keep these people" not in page
    days = {"name": "Mine", "starts_on": "2027-01-12", "ends_on": "2027-01-29"}
    answer = browser.open(settings_of(published), "POST", csrf_token=browser.csrf_token("/account"), **days)
    assert answer.status_code == 409 and "is published" in answer.text
    assert db.session.scalar(select(Visit.id).limit(1)) is not None


@pytest.mark.parametrize("who", ["Lund", "Stone"])
def test_only_a_coach_of_the_school_finds_these_pages(planned: Round, who: str) -> None:
    browser = planned.browser_as(planned.member(who))
    for path in ("/cycles", NEW, settings_of(planned)):
        assert browser.open(path).status_code == 404


def test_a_coach_of_another_school_finds_nothing(planned: Round) -> None:
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    stone = planned.member("Stone")
    db.session.add_all([other, Membership(school=other, person=stone.person, code="c", roles=["coach"])])
    db.session.commit()
    browser = planned.browser_as(stone)
    token = browser.csrf_token("/account")
    assert browser.open(settings_of(planned)).status_code == 404
    for action in ("people", "wishes", "settings"):
        path = f"/cycles/{planned.cycle.id}/{action}"
        assert browser.open(path, "POST", csrf_token=token).status_code == 404
    assert "Round" not in browser.open("/cycles").text
