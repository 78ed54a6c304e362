"""Open doors: who sees one, who may look in, and that a seat is a seat."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from builders import BY, NOW, Round
from made_groups import add_walk
from mail_snapshots import compare
from sqlalchemy import select

from mentorship import clock
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.home.desk import standing
from mentorship.invites.doors import close_door, doors_for, join_door, leave_door, open_door, own_lessons
from mentorship.invites.rechecking import apply_import
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Apart, EvaluatorLink, Membership
from mentorship.plans.groups import OpenDoor
from tests.school import school_t, write_table

# Rivera teaches period 3 of A days, in which Chen and Okafor plan.
MONDAY, BEFORE = date(2027, 1, 11), NOW + timedelta(days=18)
LESSON = f"{MONDAY}T09:30"


@pytest.fixture
def doors(planned: Round) -> Round:
    """Three days before the first school day; the draft's visits are taken away."""
    for visit in planned.visits():
        visit.status = "cancelled"
    db.session.commit()
    return planned


def opened(made: Round, code: str = "Rivera", lesson: str = LESSON, seats: int = 1) -> OpenDoor:
    door = open_door(made.member(code), lesson, shows="stations", seats=seats, by=BY, now=BEFORE)
    db.session.commit()
    return door


def sees(member: Membership) -> list[OpenDoor]:
    return [each.door for each in doors_for(member, BEFORE)[0]]


def test_ones_own_lessons_of_two_weeks_can_be_opened_once(doors: Round) -> None:
    rivera = doors.member("Rivera")
    keys = [lesson.key for lesson in own_lessons(rivera, BEFORE)]
    assert keys[0] == f"{MONDAY}T08:00" and LESSON in keys
    assert max(keys) < "2027-01-22"
    opened(doors)
    assert LESSON not in [lesson.key for lesson in own_lessons(rivera, BEFORE)]
    with pytest.raises(Refused, match="over, open already"):
        opened(doors)
    with pytest.raises(Refused, match="1 to 5 guests"):
        opened(doors, lesson=f"{MONDAY}T08:00", seats=6)


def test_who_is_free_then_sees_it_and_others_do_not(doors: Round) -> None:
    door = opened(doors)
    assert sees(doors.member("Rivera")) == [door]
    assert sees(doors.member("Chen")) == sees(doors.member("Okafor")) == [door]
    assert doors_for(doors.member("Lund"), BEFORE) == ([], 1), "Lund teaches then"


@pytest.mark.parametrize("table", [Apart, EvaluatorLink])
def test_who_appraises_the_host_or_is_kept_apart_learns_nothing_of_it(doors: Round, table: type) -> None:
    opened(doors)
    chen, rivera = doors.member("Chen"), doors.member("Rivera")
    names = ("membership_id", "other_id") if table is Apart else ("evaluator_id", "membership_id")
    db.session.add(table(**dict(zip(names, (chen.id, rivera.id), strict=True))))
    assert doors_for(chen, BEFORE) == ([], 0)
    assert doors.browser_as(chen).post("/open-doors/1/join", form_on="/account").status_code == 404


def test_a_seat_is_taken_once_and_given_back(doors: Round) -> None:
    door, chen, okafor = opened(doors), doors.member("Chen"), doors.member("Okafor")
    join_door(door, chen, by=BY, now=BEFORE)
    with pytest.raises(Refused, match="have a seat there already"):
        join_door(door, chen, by=BY, now=BEFORE)
    with pytest.raises(Refused, match="Every seat is taken"):
        join_door(door, okafor, by=BY, now=BEFORE)
    leave_door(door, chen, by=BY, now=BEFORE)
    with pytest.raises(Refused, match="no seat there"):
        leave_door(door, chen, by=BY, now=BEFORE)
    join_door(door, okafor, by=BY, now=BEFORE)
    assert [guest.membership.code for guest in door.guests] == ["Okafor"]
    assert not db.session.scalars(select(OutboxMessage)).all(), "nobody is mailed"


def test_nobody_is_in_two_places_at_once(doors: Round) -> None:
    door, chen = opened(doors, seats=3), doors.member("Chen")
    with pytest.raises(Refused, match="your own"):
        join_door(door, doors.member("Rivera"), by=BY, now=BEFORE)
    with pytest.raises(Refused, match="not free then"):
        join_door(door, doors.member("Lund"), by=BY, now=BEFORE)
    other = opened(doors, "Lund")
    join_door(other, chen, by=BY, now=BEFORE)
    with pytest.raises(Refused, match="another colleague’s class"):
        join_door(door, chen, by=BY, now=BEFORE)
    leave_door(other, chen, by=BY, now=BEFORE)
    visit = doors.visit()
    visit.status, visit.visitor_id, visit.on_date = "accepted", chen.id, MONDAY
    visit.starts, visit.ends = time(9, 33), time(10, 13)
    db.session.flush()
    with pytest.raises(Refused, match="another colleague’s class"):
        join_door(door, chen, by=BY, now=BEFORE)
    assert sees(chen) == []
    add_walk(doors.cycle, [doors.member("Okafor")], [doors.member("Lund")], MONDAY)
    assert sees(doors.member("Okafor")) == []


def test_it_never_counts_as_a_visit(doors: Round) -> None:
    door = opened(doors)
    join_door(door, doors.member("Chen"), by=BY, now=BEFORE)
    assert standing(doors.visits()) == []
    assert all(visit.status == "cancelled" for visit in doors.visits())


def test_a_closed_door_tells_its_guests_and_can_open_again(doors: Round) -> None:
    door = opened(doors, seats=2)
    join_door(door, doors.member("Chen"), by=BY, now=BEFORE)
    assert close_door(door, by=BY, now=BEFORE) == 1
    message = db.session.scalars(select(OutboxMessage)).one()
    assert (message.kind, message.to_address) == ("door_closed", "chen@t.example.edu")
    assert sees(doors.member("Chen")) == []
    with pytest.raises(Refused, match="is closed"):
        join_door(door, doors.member("Okafor"), by=BY, now=BEFORE)
    again = opened(doors)
    assert again.id == door.id and again.seats_left == 1


def test_a_door_whose_lesson_is_gone_is_closed(doors: Round, tmp_path: Path) -> None:
    door = opened(doors)
    join_door(door, doors.member("Chen"), by=BY, now=BEFORE)
    db.session.commit()
    rows = [
        {**row, "kind": "holiday"} if row["date"] == str(MONDAY) else row for row in school_t().tables["school_days"]
    ]
    apply_import([write_table(tmp_path / "school_days.csv", rows)], school_id="t", by=BY, now=BEFORE)
    assert door.closed_at == BEFORE
    assert [message.kind for message in doors.messages()] == ["door_closed"]


def test_the_page_opens_a_door_and_shows_the_host_alone_who_comes(doors: Round) -> None:
    with clock.shifted(BEFORE - NOW):
        rivera, chen = doors.browser_as(doors.member("Rivera")), doors.browser_as(doors.member("Chen"))
        okafor = doors.browser_as(doors.member("Okafor"))
        assert "No door is open while you are free." in chen.open("/open-doors").text
        page = rivera.post("/open-doors/new", lesson=LESSON, shows="stations", seats="2")
        assert page.status_code == 303
        shown = chen.open("/open-doors").text
        assert "Sam Rivera" in shown and "stations" in shown and "2 seats are free" in shown
        assert chen.post("/open-doors/1/join", form_on="/open-doors").status_code == 303
        assert "You have a seat" in chen.open("/open-doors").text
        assert "Sam Chen" in rivera.open("/open-doors").text
        assert "Sam Chen" not in okafor.open("/open-doors").text.split("<main", 1)[1]
        assert okafor.post("/open-doors/1/close", form_on="/open-doors").status_code == 404
        again = chen.post("/open-doors/1/join", form_on="/open-doors")
        assert again.status_code == 409 and "You have a seat there already." in again.text
        assert chen.post("/open-doors/1/leave", form_on="/open-doors").status_code == 303
        assert rivera.post("/open-doors/1/close", form_on="/open-doors").status_code == 303


def test_a_form_that_is_wrong_comes_back_with_its_sentences(doors: Round) -> None:
    with clock.shifted(BEFORE - NOW):
        page = doors.browser_as(doors.member("Rivera")).post("/open-doors/new", lesson="x", seats="9")
        assert page.status_code == 422
        assert "Write a whole number from 1 to 5." in page.text


def test_a_coach_without_classes_and_a_stranger_find_no_doors(doors: Round) -> None:
    assert doors.browser_as(doors.member("Bell")).open("/open-doors").status_code == 404
    assert doors.browser_as(doors.member("Stone")).open("/open-doors/new").status_code == 404
    assert doors.browser.open("/open-doors").status_code == 303


def test_the_mail_of_a_closed_door_reads_as_it_should(doors: Round) -> None:
    door = opened(doors)
    join_door(door, doors.member("Chen"), by=BY, now=BEFORE)
    close_door(door, by=BY, now=BEFORE)
    raw = doors.messages()[0].sealed
    assert raw is not None
    compare("door_closed.guest", raw)
