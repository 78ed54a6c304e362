"""One's own wishes: what the page shows and keeps, to whom, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NOW, Round

from mentorship.extensions import db
from mentorship.people.models import FocusArea, Membership
from mentorship.people.queries import wishes_version

WISHES = {
    "visits_wanted": "2",
    "visits_a_week": "1",
    "hosts_at_most": "3",
    "hosts_a_week": "1",
    "mentor_places": "0",
    "open_to_visits": "y",
}


def save(made: Round, code: str, **changes: object):
    member = made.member(code)
    fields = {**WISHES, "version": str(wishes_version(member)), **changes}
    return made.browser_as(member).post(
        "/wishes", **{name: value for name, value in fields.items() if value is not None}
    )


def test_a_teacher_sees_what_stands(planned: Round) -> None:
    page = planned.browser_as(planned.member("Chen")).open("/wishes")
    assert page.status_code == 200
    assert "questioning" in page.text and "The coaches of your school see your answers" in page.text
    assert "cycles that are opened from now on" in page.text


def test_wishes_are_kept(planned: Round) -> None:
    until = (NOW + timedelta(days=60)).date()
    kept = save(
        planned,
        "Chen",
        wants_to_learn="questioning",
        hosts_at_most="5",
        video_host="y",
        paused_until=str(until),
        mentor_places="2",
    )
    assert kept.status_code == 303
    member = planned.member("Chen")
    assert member.profile is not None
    assert member.profile.wants_to_learn == ["questioning"] and member.profile.shows == []
    assert (member.profile.hosts_at_most, member.profile.video_host) == (5, True)
    assert member.profile.paused_until == until and member.mentor_places == 2
    assert f'value="{until}"' in planned.browser_as(member).open("/wishes").text


def test_a_box_without_a_tick_is_a_no(planned: Round) -> None:
    save(planned, "Chen", open_to_visits=None)
    assert planned.member("Chen").profile.open_to_visits is False


def test_whoever_never_answered_has_wishes_from_then_on(planned: Round) -> None:
    member = planned.member("Chen")
    db.session.delete(member.profile)
    db.session.commit()
    db.session.expire_all()
    assert save(planned, "Chen", visits_wanted="0").status_code == 303
    profile = planned.member("Chen").profile
    assert (profile.visits_required, profile.visits_wanted) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"visits_wanted": "many"}, 422, "Write a whole number from 0 to 100."),
        ({"visits_wanted": "-1"}, 422, "Write a whole number from 0 to 100."),
        ({"visits_wanted": ""}, 422, "Write a whole number from 0 to 100."),
        ({"mentor_places": "51"}, 422, "Write a whole number from 0 to 50."),
        ({"shows": "<b>anything</b>"}, 422, "not a valid choice"),
        ({"paused_until": "soon"}, 422, "Not a valid date"),
        ({"visits_wanted": "0"}, 409, "Your school asks for 1 visit in a cycle"),
        ({"paused_until": str(NOW.date())}, 409, "A pause ends on a later day than today."),
        ({"paused_until": str((NOW + timedelta(days=900)).date())}, 409, "A pause lasts a year at most."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    planned: Round, changes: dict[str, str], code: int, sentence: str
) -> None:
    before = planned.dump()
    page = save(planned, "Chen", **changes)
    assert page.status_code == code
    assert sentence in page.text and 'role="alert"' in page.text
    assert planned.dump() == before


def test_two_windows_do_not_overwrite_each_other(planned: Round) -> None:
    seen = str(wishes_version(planned.member("Chen")))
    assert save(planned, "Chen", hosts_at_most="7").status_code == 303
    page = save(planned, "Chen", hosts_at_most="9", version=seen)
    assert page.status_code == 409
    assert "Sam Chen changed this" in page.text and "Here is the new version." in page.text
    assert planned.member("Chen").profile.hosts_at_most == 7
    assert 'name="hosts_at_most"' in page.text and 'value="9"' not in page.text


def test_a_focus_area_with_hostile_words_is_shown_as_words(planned: Round) -> None:
    db.session.add(FocusArea(school_id="t", name='<script>alert("x")</script>'))
    db.session.commit()
    page = planned.browser_as(planned.member("Chen")).open("/wishes")
    assert "<script>alert" not in page.text and "&lt;script&gt;" in page.text


def test_a_school_without_focus_areas_says_so(planned: Round) -> None:
    for area in db.session.query(FocusArea):
        db.session.delete(area)
    member = planned.member("Chen")
    member.profile.wants_to_learn = member.profile.shows = []
    db.session.commit()
    assert "no focus areas yet" in planned.browser_as(member).open("/wishes").text


@pytest.mark.parametrize("code", ["Bell", "Stone"])
def test_only_teachers_have_wishes(planned: Round, code: str) -> None:
    browser = planned.browser_as(planned.member(code))
    assert browser.open("/wishes").status_code == 404


def test_who_is_not_signed_in_is_sent_to_sign_in(planned: Round) -> None:
    assert "sign-in" in planned.browser.open("/wishes").location


def test_a_member_who_left_keeps_no_page(planned: Round) -> None:
    member: Membership = planned.member("Chen")
    member.active = False
    db.session.commit()
    assert planned.browser_as(member).open("/wishes").status_code == 404
