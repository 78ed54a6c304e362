"""Who is free when, as the coach sees it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from builders import NOW, Browser, Round
from sqlalchemy import delete

from mentorship.availability.free import NO_DEPARTMENT, free_grid, two_weeks
from mentorship.availability.models import DeclaredPlanning
from mentorship.availability.queries import calendar, sections_of, times, unknown_on
from mentorship.extensions import db
from mentorship.people.models import Membership, Person
from mentorship.people.queries import active_members, school_named
from mentorship.timetable.models import Bell, SchoolDay, Section

A_DAY, B_DAY, HOLIDAY = date(2027, 1, 11), date(2027, 1, 12), date(2027, 1, 18)


def schedule(made: Round, **asked: str):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return made.browser_as(made.member("Bell")).open(f"/schedule?{query}")


def in_departments(made: Round, **departments: list[str]) -> None:
    for code, names in departments.items():
        made.member(code).departments = names
    db.session.commit()


def cell(text: str, name: str, period: str) -> str:
    found = re.search(rf'aria-label="{name}, period {period}: (\d+) free"', text)
    return found[1] if found else "none"


def test_the_grid_counts_who_plans_in_a_period(planned: Round) -> None:
    """On A days Chen plans in period 3, Okafor too; Rivera in 7, as the schedule page of the domain says."""
    in_departments(planned, Chen=["Math"], Okafor=["Math"], Rivera=["Arts"], Lund=["Arts"])
    text = schedule(planned, date=str(A_DAY)).text
    assert cell(text, "Math", "3") == "2" and cell(text, "Arts", "3") in ("none", "1")
    assert cell(text, "Arts", "7") == "1" and cell(text, "Math", "1") == "none"


def test_the_numbers_are_those_of_the_availability_report(planned: Round) -> None:
    school = school_named("t")
    for on in (A_DAY, B_DAY):
        day = next(each for each in two_weeks(school, on) if each.on == on)
        grid = free_grid(school, day)
        teachers = [member for member in active_members(school) if member.has_role("teacher")]
        found = times(school, teachers, calendar(school, on, on), sections_of(school))
        for period in grid.periods:
            expected = {
                each.member.code for each in found if any(p.period == period.code for p in each.days[on].planning)
            }
            assert {free.member.code for free in grid.free(None, period.code)} == expected


def test_somebody_of_two_departments_counts_once_for_everyone(planned: Round) -> None:
    in_departments(planned, Chen=["Math", "Arts"])
    text = schedule(planned, date=str(A_DAY)).text
    assert cell(text, "Math", "3") == cell(text, "Arts", "3") == cell(text, NO_DEPARTMENT, "3") == "1"
    assert cell(text, "Everyone", "3") == "2"


def test_choosing_a_cell_names_them_with_their_certainty(planned: Round) -> None:
    in_departments(planned, Chen=["Math"], Okafor=["Math"])
    db.session.add(DeclaredPlanning(membership_id=planned.member("Chen").id, period="3", cycle_day="A"))
    db.session.commit()
    text = schedule(planned, date=str(A_DAY), department="Math", period="3").text
    assert "Math, period 3" in text and "9:30 to 10:55, 2 free" in text
    assert re.search(r"Sam Chen</b>.*?said so", text, re.DOTALL) and re.search(
        r"Sam Okafor</b>.*?no class then", text, re.DOTALL
    )
    assert 'aria-current="true"' in text


def test_unknown_people_are_named_with_the_reason_and_never_counted(planned: Round) -> None:
    for section in db.session.query(Section).filter(Section.code.startswith("Chen")):
        section.active = False
    db.session.commit()
    text = schedule(planned, date=str(A_DAY), period="3").text
    assert "Sam Chen</b>: no section names this person" in text
    names = text.partition('id="names"')[2].partition("</ul>")[0]
    assert "Sam Chen" not in names


def test_a_date_without_lessons_says_so(planned: Round) -> None:
    assert "Mon, Jan 18 has no lessons" in schedule(planned, date=str(HOLIDAY)).text
    assert "Mon, Jul 5 is outside the school year" in schedule(planned, date="2027-07-05").text


def test_without_a_date_the_next_day_of_lessons_is_shown(planned: Round) -> None:
    assert "Monday, January 11" in schedule(planned).text


@pytest.mark.parametrize("given", ["soon", "2027-02-30", "0001-01-01", "9999-12-31", "%00", "2027-W02"])
def test_nonsense_in_the_address_is_no_error(planned: Round, given: str) -> None:
    assert schedule(planned, date=given, department=given, period=given).status_code == 200


def test_bells_and_two_weeks_stand_beside_it(planned: Round) -> None:
    text = schedule(planned, date=str(B_DAY)).text
    assert "Bells of this day" in text and "lunch" in text
    assert text.count('class="visually-hidden">cycle day </span>') == 9


def test_a_school_without_a_calendar_is_sent_to_import(planned: Round) -> None:
    db.session.execute(delete(SchoolDay))
    db.session.execute(delete(Bell))
    db.session.commit()
    page = schedule(planned)
    assert page.status_code == 200 and "No school calendar yet." in page.text


def test_names_are_words_and_never_markup(planned: Round) -> None:
    in_departments(planned, Chen=["<script>x</script>"])
    page = schedule(planned, date=str(A_DAY))
    assert "<script>x" not in page.text and "&lt;script&gt;" in page.text


@pytest.mark.parametrize("code", ["Chen", "Stone"])
def test_only_coaches_and_administrators_see_it(planned: Round, code: str) -> None:
    assert planned.browser_as(planned.member(code)).open("/schedule").status_code == 404


def test_an_administrator_without_a_school_sees_the_only_one(planned: Round) -> None:
    person = Person(given_name="Ada", family_name="Admin", email="ada@example.edu", is_admin=True)
    db.session.add(person)
    db.session.commit()
    assert Browser(planned.app, person).open("/schedule").status_code == 200


def test_what_the_list_of_people_says_is_unknown_is_what_their_time_says(planned: Round) -> None:
    school = school_named("t")
    odd = db.session.query(Section).filter(Section.code.startswith("Okafor")).first()
    odd.meetings = []
    db.session.add(
        Membership(school_id="t", person=Person(given_name="N", family_name="N"), code="N", roles=["teacher"])
    )
    db.session.commit()
    members = active_members(school)
    found = times(school, members, calendar(school, A_DAY, A_DAY), sections_of(school))
    expected = {each.member.id: each.unknown_because for each in found if each.unknown_because}
    assert unknown_on(school, members, A_DAY) == expected and len(expected) == 4


def test_whoever_pauses_hosts_nobody_until_then_and_their_time_stays_as_it_is(planned: Round) -> None:
    school, member = school_named("t"), planned.member("Chen")
    dates = calendar(school, A_DAY, A_DAY + timedelta(days=7))
    (before,) = times(school, [member], dates, sections_of(school))
    member.profile.paused_until = A_DAY + timedelta(days=3)
    db.session.commit()
    db.session.expire_all()
    (paused,) = times(school, [planned.member("Chen")], dates, sections_of(school))
    assert paused.days == before.days
    closed = {block.on for block in paused.closed}
    assert closed == {A_DAY + timedelta(days=number) for number in range(3)}
    assert paused.is_paused_on(A_DAY) and not paused.is_paused_on(A_DAY + timedelta(days=3))
    assert NOW.date() < A_DAY
