"""The list of people and the page of one: for coaches and administrators, and nobody else."""

from __future__ import annotations

import pytest
from builders import Browser, Round
from counting import grow_to, statements

from mentorship.extensions import db
from mentorship.people.models import EvaluatorLink, Membership, Person, School
from mentorship.people.queries import role_version

MOST_STATEMENTS = 12


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def page_of(made: Round, code: str) -> str:
    return f"/people/{made.member(code).id}"


def set_by_hand(made: Round, code: str, browser: Browser | None = None, **changes: object):
    member = made.member(code)
    fields = {"roles": member.roles, "mentor_places": "0", "version": str(role_version(member)), **changes}
    given = {name: value for name, value in fields.items() if value is not None}
    return (browser or coach(made)).post(page_of(made, code), **given)


def other_school(made: Round, role: str = "coach") -> Membership:
    """Somebody of another school with the same role there."""
    db.session.add(School(id="u", name="School U", time_zone="UTC", cycle_days=["A"]))
    person = Person(given_name="Uma", family_name="Other", email="uma@u.example.edu")
    member = Membership(school_id="u", person=person, code="Uma", roles=[role])
    db.session.add(member)
    db.session.commit()
    return member


def test_the_coach_sees_everybody_of_the_school(planned: Round) -> None:
    other_school(planned)
    page = coach(planned).open("/people")
    assert page.status_code == 200
    assert all(f"Sam {name}" in page.text for name in ("Chen", "Rivera", "Okafor", "Lund", "Bell", "Stone"))
    assert "Uma" not in page.text and "6 people at School T" in page.text


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ("name=CHEN", ["Chen"], ["Lund", "Bell"]),
        ("role=coach", ["Bell"], ["Chen"]),
        ("new=on", ["Lund"], ["Chen"]),
        ("left=on", [], ["Chen", "Bell"]),
    ],
)
def test_filters(planned: Round, asked: str, there: list[str], not_there: list[str]) -> None:
    text = coach(planned).open(f"/people?{asked}").text
    assert all(f">Sam {name}</a>" in text for name in there)
    assert not any(f">Sam {name}</a>" in text for name in not_there)


def test_search_is_not_about_accents(planned: Round) -> None:
    planned.member("Chen").person.given_name = "Tomás"
    db.session.commit()
    assert "Tomás Chen" in coach(planned).open("/people?name=tomas").text


def test_a_filter_that_nobody_matches_offers_the_way_back(planned: Round) -> None:
    page = coach(planned).open("/people?name=nobody")
    assert "Nobody matches. Clear the filters to see 6 people." in page.text


def test_names_are_words_and_never_markup(planned: Round) -> None:
    planned.member("Chen").person.family_name = '<img src=x onerror="alert(1)">'
    db.session.commit()
    for path in ("/people", page_of(planned, "Chen")):
        page = coach(planned).open(path)
        assert "<img" not in page.text and "&lt;img" in page.text


def test_whether_somebody_answered_is_said_and_nothing_more(planned: Round) -> None:
    member = planned.member("Chen")
    db.session.delete(member.profile)
    db.session.commit()
    text = coach(planned).open("/people?name=chen").text
    assert "bi-dash" in text and "no</td>" in text


@pytest.mark.parametrize("code", ["Chen", "Stone"])
def test_teachers_and_leaders_find_nothing(planned: Round, code: str) -> None:
    browser = planned.browser_as(planned.member(code))
    assert browser.open("/people").status_code == 404
    assert browser.open(page_of(planned, "Chen")).status_code == 404


def test_a_coach_of_another_school_finds_nothing(planned: Round) -> None:
    browser = planned.browser_as(other_school(planned))
    assert browser.open(page_of(planned, "Chen")).status_code == 404
    assert "Chen" not in browser.open("/people").text
    assert "Nobody is here" not in browser.open("/people").text


def test_a_coach_here_who_teaches_there_sees_the_school_of_the_page_alone(planned: Round) -> None:
    """The role is held in a school: at the other one the same person is a teacher among others."""
    person = planned.member("Bell").person
    other_school(planned)
    db.session.add(Membership(school_id="u", person=person, code="Bell", roles=["teacher"]))
    db.session.commit()
    browser = planned.browser_as(planned.member("Lund"))
    browser = Browser(planned.app, person)
    browser.post("/account/school", form_on="/account", school="u")
    assert browser.open("/people").status_code == 404


def test_an_administrator_sees_people_and_asks_nobody(planned: Round) -> None:
    person = Person(given_name="Ada", family_name="Admin", email="ada@example.edu", is_admin=True)
    db.session.add(person)
    db.session.commit()
    browser = Browser(planned.app, person)
    page = browser.open("/people")
    assert page.status_code == 200 and "Ask for wishes" not in page.text
    assert browser.open(page_of(planned, "Chen")).status_code == 200


def test_who_evaluates_somebody_sees_what_a_leader_sees(planned: Round) -> None:
    chen, bell = planned.member("Chen"), planned.member("Bell")
    db.session.add(EvaluatorLink(evaluator_id=bell.id, membership_id=chen.id))
    db.session.commit()
    browser = coach(planned)
    assert browser.open(page_of(planned, "Chen")).status_code == 404
    assert browser.open(page_of(planned, "Lund")).status_code == 200
    text = browser.open("/people?name=chen").text
    assert "not shown to you" in text and page_of(planned, "Chen") + '"' not in text


def test_the_page_of_a_person_says_when_they_plan_and_teach(planned: Round) -> None:
    text = coach(planned).open(f"{page_of(planned, 'Chen')}?week=2027-01-11").text
    assert "Plans 9:30 to 10:55</b>, period 3" in text and "no class then" in text
    assert "Teaches 8:00 to 9:25, period 1: Course of Chen" in text
    assert "questioning" in text and "2 in a cycle, at most 1 in a week" in text


def test_a_week_outside_the_year_and_nonsense_in_the_address(planned: Round) -> None:
    browser = coach(planned)
    assert "Outside the school year" in browser.open(f"{page_of(planned, 'Chen')}?week=2030-01-07").text
    for week in ("soon", "2027-13-01", "0001-01-01", "9999-12-31"):
        assert browser.open(f"{page_of(planned, 'Chen')}?week={week}").status_code == 200


def test_unknown_time_comes_with_its_reason(planned: Round) -> None:
    page = coach(planned).open(page_of(planned, "Bell"))
    assert "We can’t tell when Sam plans." in page.text and "no section names this person" in page.text


def test_a_coach_sets_roles_and_offers_by_hand(planned: Round) -> None:
    assert set_by_hand(planned, "Chen", roles=["teacher", "coach"], mentor_places="2", trained="y").status_code == 303
    member = planned.member("Chen")
    assert (member.roles, member.roles_by_hand) == (["teacher", "coach"], ["coach"])
    assert (member.mentor_places, member.trained, member.is_new_teacher) == (2, True, False)
    set_by_hand(planned, "Chen", roles=["teacher"])
    assert (planned.member("Chen").roles, planned.member("Chen").roles_by_hand) == (["teacher"], [])


@pytest.mark.parametrize("role", ["admin", "leader", "king"])
def test_no_other_role_is_given_by_hand(planned: Round, role: str) -> None:
    before = planned.dump()
    assert set_by_hand(planned, "Chen", roles=["teacher", role]).status_code == 422
    assert planned.dump() == before


def test_a_leader_stays_one_when_a_role_is_added(planned: Round) -> None:
    set_by_hand(planned, "Stone", roles=["teacher"])
    assert planned.member("Stone").roles == ["teacher", "leader"]


def test_nobody_takes_their_own_coaching_away(planned: Round) -> None:
    page = set_by_hand(planned, "Bell", roles=["teacher"])
    assert page.status_code == 409 and "your own role as a coach" in page.text
    assert planned.member("Bell").roles == ["coach"]


def test_of_two_coaches_the_second_is_told(planned: Round) -> None:
    seen = str(role_version(planned.member("Chen")))
    set_by_hand(planned, "Chen", mentor_places="1")
    page = set_by_hand(planned, "Chen", mentor_places="4", version=seen)
    assert page.status_code == 409 and "Sam Bell changed this" in page.text
    assert planned.member("Chen").mentor_places == 1


def test_somebody_who_leaves_is_taken_out_and_their_visits_with_them(published: Round) -> None:
    visit = published.visit()
    code, member_id = visit.host.code, visit.host.id
    browser = coach(published)
    browser.post(f"/people/{member_id}/active", form_on=page_of(published, code), active="no")
    text = browser.open(page_of(published, code)).text
    assert "is marked as away" in text and "a new time." in text
    db.session.expire_all()
    assert published.member(code).active is False
    assert {each.status for each in published.visits() if member_id in (each.host_id, each.visitor_id)} == {
        "needs_new_time"
    }
    browser.post(f"/people/{member_id}/active", form_on=page_of(published, code), active="yes")
    db.session.expire_all()
    assert published.member(code).active is True


def test_nobody_marks_themselves_as_away(planned: Round) -> None:
    browser = coach(planned)
    member_id = planned.member("Bell").id
    assert "Mark as away" not in browser.open(page_of(planned, "Bell")).text
    browser.post(f"/people/{member_id}/active", form_on="/people", active="no")
    db.session.expire_all()
    assert planned.member("Bell").active is True


def test_another_school_cannot_be_changed(planned: Round) -> None:
    stranger = planned.browser_as(other_school(planned))
    member_id = planned.member("Chen").id
    assert stranger.post(f"/people/{member_id}/active", form_on="/people", active="no").status_code == 404
    assert stranger.post(f"/people/{member_id}", form_on="/people", mentor_places="9").status_code == 404


@pytest.mark.parametrize("teachers", [16, 236])
def test_pages_take_as_many_statements_for_20_as_for_240(planned: Round, teachers: int) -> None:
    grow_to(teachers)
    browser = coach(planned)
    for path in ("/people", page_of(planned, "Chen"), "/schedule", "/schedule?date=2027-01-12&period=2"):
        with statements() as asked:
            assert browser.open(path).status_code == 200
        print(path, len(asked))
        assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


def test_wishes_take_few_statements(planned: Round) -> None:
    browser = planned.browser_as(planned.member("Chen"))
    with statements() as asked:
        browser.open("/wishes")
    assert len(asked) <= MOST_STATEMENTS
