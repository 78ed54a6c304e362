"""The pages of a walk: the coach plans and sends it, each other person sees their own side, nobody else anything."""

from __future__ import annotations

from builders import BY, Browser, Round
from mail_snapshots import compare

from mentorship.extensions import db
from mentorship.invites.walking import cancel_walk, leave_walk
from mentorship.people.models import Membership, Person, School
from mentorship.plans.groups import Walk
from tests.invites.test_walks import (
    HOSTS,
    MORNING,
    WALK_DAY,
    mails,
    planned_walk,
    sent_walk,
    walking,
    walking_instance,
)

__all__ = ["walking", "walking_instance"]
NEW = f"?on={WALK_DAY}&period=3"


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def new_path(made: Round) -> str:
    return f"/cycles/{made.cycle.id}/walks/new"


def fields(made: Round) -> dict[str, object]:
    ids = {code: str(made.member(code).id) for code in ("Bell", "Chen", "Okafor", *HOSTS)}
    return {
        "on": str(WALK_DAY),
        "period": "3",
        "kind": "walk",
        "minutes": "",
        "walkers": [ids[code] for code in ("Bell", "Chen", "Okafor")],
        "lead": ids["Bell"],
        "hosts": [ids[code] for code in HOSTS],
        "questions": "Who asks, and who answers?",
    }


def test_a_coach_plans_a_walk_and_sends_it(walking: Round) -> None:
    browser = coach(walking)
    page = browser.open(new_path(walking) + NEW).text
    assert all(f"Sam {code}" in page for code in ("Bell", "Chen", "Okafor", *HOSTS))
    assert "With 10 minutes 4 classes fit." in page
    made = browser.post(new_path(walking), **fields(walking))
    assert made.status_code == 303 and made.location == "/walks/1"
    page = browser.open("/walks/1").text
    assert "Planned, nobody is told" in page and "Invite 7 people" in page and "10:33" in page
    sheets = browser.open("/walks/1/sheets").text
    papers = sheets.split('<h2 id="stop-1"', 1)[1]
    assert "Stop 4" in papers and not any(f"Sam {code}" in papers for code in HOSTS)
    assert "Who asks, and who answers?" in papers
    sent = browser.post("/walks/1/send", form_on="/walks/1", version=version(walking))
    assert sent.status_code == 303
    assert len(mails("walk_invitation")) == 7
    assert "Everybody is invited" in browser.open(f"/cycles/{walking.cycle.id}/walks").text


def version(made: Round) -> str:
    found = str(db.session.get_one(Walk, 1).version)
    db.session.commit()
    return found


def test_the_first_date_and_period_are_offered_where_none_is_named(walking: Round) -> None:
    assert "January 13" in coach(walking).open(new_path(walking)).text
    assert "There are no lessons on that date." in coach(walking).open(f"{new_path(walking)}?on=2027-01-18").text
    assert "choose a date in it" in coach(walking).open(f"{new_path(walking)}?on=2027-06-01").text


def test_what_is_refused_is_said_and_the_choice_stays(walking: Round) -> None:
    page = coach(walking).post(new_path(walking), **{**fields(walking), "minutes": "15"})
    assert page.status_code == 409
    assert "Room 4 does not fit with a talk of 15 minutes" in page.text
    assert page.text.count("checked") >= 8
    page = coach(walking).post(new_path(walking), **{**fields(walking), "questions": "x" * 401})
    assert page.status_code == 422 and "Keep it under 400 characters." in page.text


def test_nobody_but_a_coach_sees_a_walk_that_is_only_planned(walking: Round) -> None:
    walk = planned_walk(walking)
    for code in ("Chen", "Rivera", "Stone"):
        assert walking.browser_as(walking.member(code)).open(f"/walks/{walk.id}").status_code == 404
    assert "No walk is planned" not in coach(walking).open(f"/cycles/{walking.cycle.id}/walks").text


def test_each_sees_their_own_side(walking: Round) -> None:
    walk = sent_walk(walking)
    chen, rivera = walking.browser_as(walking.member("Chen")), walking.browser_as(walking.member("Rivera"))
    assert "Stop 4" in chen.open(f"/walks/{walk.id}").text
    assert chen.open(f"/walks/{walk.id}/sheets").status_code == 200
    page = rivera.open(f"/walks/{walk.id}").text
    assert "Sam Chen" in page and "Sam Lund" not in page and "Stop" not in page
    assert rivera.open(f"/walks/{walk.id}/sheets").status_code == 404
    assert rivera.post(f"/walks/{walk.id}/send", form_on="/account").status_code == 404
    assert rivera.post(f"/walks/{walk.id}/leave", form_on=f"/walks/{walk.id}").status_code == 303
    assert rivera.open(f"/walks/{walk.id}").status_code == 404
    db.session.refresh(walk)
    assert len(walk.stops) == 3


def test_my_week_says_what_is_ahead(walking: Round) -> None:
    walk = sent_walk(walking)
    host = walking.browser_as(walking.member("Rivera")).open("/home").text
    assert "Learning walk in your class" in host and f"/walks/{walk.id}" in host
    assert "See the way" in walking.browser_as(walking.member("Chen")).open("/home").text
    leave_walk(next(stop for stop in walk.stops if stop.membership.code == "Rivera"), by=BY, now=MORNING)
    assert "Learning walk" not in walking.browser_as(walking.member("Rivera")).open("/home").text


def test_a_coach_of_another_school_finds_nothing(walking: Round) -> None:
    walk = sent_walk(walking)
    other = School(id="o", name="School O", time_zone="UTC", cycle_days=["A"])
    person = Person(given_name="Sam", family_name="Oskar", email="oskar@o.example.edu")
    db.session.add(Membership(school=other, person=person, code="Oskar", from_file=False, roles=["coach"]))
    db.session.commit()
    stranger = Browser(walking.app, person)
    for path in (f"/walks/{walk.id}", f"/walks/{walk.id}/sheets", f"/cycles/{walking.cycle.id}/walks"):
        assert stranger.open(path).status_code == 404
    assert stranger.post(f"/walks/{walk.id}/cancel", form_on="/account").status_code == 404


def test_a_stale_page_changes_nothing(walking: Round) -> None:
    walk = planned_walk(walking)
    browser = coach(walking)
    first = version(walking)
    assert browser.post("/walks/1/send", form_on="/walks/1", version=first).status_code == 303
    page = browser.post("/walks/1/cancel", form_on="/walks/1", version=first)
    assert page.status_code == 409 and "Here is the new version." in page.text
    db.session.refresh(walk)
    assert walk.status == "invited"
    assert browser.post("/walks/1/cancel", form_on="/walks/1", version=version(walking)).status_code == 303
    assert "No walk is planned." in browser.open(f"/cycles/{walking.cycle.id}/walks").text


def test_mails_of_a_walk_read_as_they_should(walking: Round) -> None:
    walk = sent_walk(walking)
    host, walker = walk.stops[2], walk.walkers[1]
    leave_walk(walk.stops[0], by=BY, now=MORNING)
    cancel_walk(walk, by=BY, now=MORNING)
    db.session.commit()
    for kind in ("walk_invitation", "walk_changed", "walk_cancelled"):
        by_uid = {message.uid: message for message in mails(kind)}
        for audience, place in (("host", host), ("walker", walker)):
            raw = by_uid[place.uid].sealed
            assert raw is not None
            compare(f"{kind}.{audience}", raw)
