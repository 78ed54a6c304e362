"""A walk from its plan to its end: who can be chosen, what is sent, and that whoever leaves is not asked why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from builders import BY, NOW, Round, close_database, instance_of, open_round
from icalendar import Calendar
from sqlalchemy import select

from mentorship import clock
from mentorship.closeout.operations import close_cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.rechecking import apply_import, set_active
from mentorship.invites.walking import cancel_walk, leave_walk, send_walk
from mentorship.outbox.letters import calendar_content
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import Apart, EvaluatorLink
from mentorship.plans.elsewhere import elsewhere
from mentorship.plans.groups import Walk, WalkPlace
from mentorship.plans.walking import Wish, plan_walk, walk_day
from mentorship.plans.walks import DoesNotFit
from tests.school import SchoolFiles, school_t, write_table

WALK_DAY = date(2027, 1, 20)
BEFORE = datetime(2027, 1, 12, 15, tzinfo=UTC)
MORNING = datetime(2027, 1, 20, 14, tzinfo=UTC)
HOSTS = ("Lund", "Rivera", "Xu", "Yilmaz")


def walking_files() -> SchoolFiles:
    """School T with Xu and Yilmaz, who teach all day: four hosts in period 3 of an A day."""
    files = school_t()
    like = next(row for row in files.tables["staff"] if row["person_id"] == "Chen")
    lesson = files.tables["master_schedule"][0]
    wishes = files.tables["interests"][0]
    for name in ("Xu", "Yilmaz"):
        more = {"person_id": name, "family_name": name, "email": f"{name.lower()}@t.example.edu"}
        files.tables["staff"] = [*files.tables["staff"], {**like, **more}]
        sections = [
            {**lesson, "section_id": f"{name}-{period}", "course": f"Course of {name}", "teacher_ids": name}
            | {"room": f"R{name[0]}", "expression": f"{period}({'AB'[int(period) % 2 == 0]})"}
            for period in "1345678"
        ]
        files.tables["master_schedule"] = [*files.tables["master_schedule"], *sections]
        files.tables["interests"] = [*files.tables["interests"], {**wishes, "person_id": name}]
    return files


@pytest.fixture(scope="module")
def walking_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instance_of(walking_files(), tmp_path_factory.mktemp("walking"))


@pytest.fixture
def walking(walking_instance: Path, tmp_path: Path) -> Iterator[Round]:
    """The school on the Tuesday eight days before the walk, without the visits of its draft."""
    made = open_round(Path(shutil.copytree(walking_instance, tmp_path / "walking")))
    with made.app.app_context(), clock.shifted(BEFORE - NOW):
        for visit in made.visits():
            visit.status = "cancelled"
        db.session.commit()
        yield made
        close_database()
    clock.set_offset(0)


def wish(made: Round, **more: object) -> Wish:
    given = {
        "on": WALK_DAY,
        "period": "3",
        "kind": "walk",
        "minutes": 10,
        "lead": made.member("Bell").id,
        "walkers": [made.member(code).id for code in ("Bell", "Chen", "Okafor")],
        "hosts": [made.member(code).id for code in HOSTS],
    }
    return Wish(**{**given, **more})


def planned_walk(made: Round, **more: object) -> Walk:
    walk = plan_walk(made.cycle, wish(made, **more), seed=7, by=BY, now=BEFORE)
    db.session.commit()
    return walk


def sent_walk(made: Round) -> Walk:
    walk = planned_walk(made)
    send_walk(walk, by=BY, now=BEFORE)
    db.session.commit()
    return walk


def place_of(walk: Walk, code: str) -> WalkPlace:
    return next(place for place in walk.places if place.membership.code == code)


def told(walk: Walk) -> list[tuple[str, str]]:
    return [(f"{stop.starts:%H:%M}", f"{stop.ends:%H:%M}") for stop in walk.stops]


def mails(kind: str) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def event_of(message: OutboxMessage) -> tuple[str, Calendar]:
    assert message.sealed is not None
    content = calendar_content(message.sealed)
    assert content is not None
    whole = Calendar.from_ical(content)
    return str(whole["METHOD"]), whole.walk("VEVENT")[0]


def test_the_day_offers_who_is_free_and_whose_class_may_be_entered(walking: Round) -> None:
    day = walk_day(walking.cycle, WALK_DAY, "3")
    assert [member.code for member in day.walkers] == ["Bell", "Chen", "Okafor"]
    assert [room.host.code for room in day.rooms] == list(HOSTS)
    assert day.refused == 0


def test_story_10_is_planned_and_nobody_is_told(walking: Round) -> None:
    walk = planned_walk(walking)
    assert told(walk) == [("09:33", "09:43"), ("09:48", "09:58"), ("10:03", "10:13"), ("10:18", "10:28")]
    assert str(walk.talk) == "10:33-10:52"
    assert sorted(stop.membership.code for stop in walk.stops) == list(HOSTS)
    by_room = sorted(walk.stops, key=lambda stop: stop.room)
    assert [stop.position for stop in by_room] != [1, 2, 3, 4]
    assert walk.seed == 7 and not mails("walk_invitation")


def test_who_does_not_want_visits_or_was_visited_enough_is_not_offered(walking: Round) -> None:
    for one in walking.cycle.participants:
        if one.membership.code == "Xu":
            one.profile = {**one.profile, "open_to_visits": False}
        if one.membership.code == "Yilmaz":
            one.profile = {**one.profile, "hosts_a_week": 1}
    planned_walk(
        walking, hosts=[walking.member("Yilmaz").id], walkers=[walking.member("Bell").id, walking.member("Chen").id]
    )
    day = walk_day(walking.cycle, WALK_DAY, "3")
    assert [room.host.code for room in day.rooms] == ["Lund", "Rivera"]
    assert day.refused == 2
    assert "Chen" not in [member.code for member in day.walkers], "one walk a day takes a planning period"


def test_what_does_not_fit_is_refused_with_its_reason(walking: Round) -> None:
    with pytest.raises(DoesNotFit, match=r"Room 4 does not fit .* \(10:33-10:48, hall 10:53, the time ends at 10:52\)"):
        planned_walk(walking, minutes=15)
    with pytest.raises(Refused, match="Choose who leads"):
        planned_walk(walking, lead=0)
    with pytest.raises(Refused, match="at least one class"):
        planned_walk(walking, hosts=[])
    with pytest.raises(Refused, match="2 to 4 people"):
        planned_walk(walking, walkers=[walking.member("Bell").id])
    with pytest.raises(Refused, match="Sam Rivera can’t take part"):
        planned_walk(walking, walkers=[walking.member(code).id for code in ("Bell", "Rivera")], hosts=[])
    with pytest.raises(Refused, match="from tomorrow on"):
        planned_walk(walking, on=date(2027, 1, 12))
    with pytest.raises(Refused, match="no lessons on that date"):
        planned_walk(walking, on=date(2027, 1, 18))
    with pytest.raises(Refused, match="does not ring"):
        planned_walk(walking, period="4")


@pytest.mark.parametrize("table", [Apart, EvaluatorLink])
def test_two_who_are_kept_apart_do_not_meet_on_a_walk(walking: Round, table: type) -> None:
    chen, rivera = walking.member("Chen").id, walking.member("Rivera").id
    names = (
        {"membership_id": rivera, "other_id": chen}
        if table is Apart
        else {"evaluator_id": chen, "membership_id": rivera}
    )
    db.session.add(table(**names))
    with pytest.raises(Refused, match="Sam Chen and Sam Rivera are not put together"):
        planned_walk(walking)


def test_everybody_gets_one_event_of_their_own(walking: Round) -> None:
    walk = sent_walk(walking)
    found = {message.to_address: event_of(message) for message in mails("walk_invitation")}
    assert len(found) == 7
    assert {method for method, _ in found.values()} == {"REQUEST"}
    spans = {address.split("@")[0]: (event.start, event.end) for address, (_, event) in found.items()}
    for place in walk.places:
        assert spans[place.membership.code.lower()] == (place.starts_at, place.ends_at)
    host = found[f"{walk.stops[0].membership.code.lower()}@t.example.edu"][1]
    assert "Chen" not in str(host) and host["SUMMARY"] == "Learning walk in your class"
    with pytest.raises(Refused, match="invited to this walk already"):
        send_walk(walk, by=BY, now=BEFORE)


def test_story_10_a_host_leaves_and_the_rest_flows_again(walking: Round) -> None:
    walk = sent_walk(walking)
    gone = walk.stops[1]
    unchanged, moved = walk.stops[0], walk.stops[2:]
    leave_walk(gone, by=BY, now=MORNING)
    db.session.commit()
    assert told(walk) == [("09:33", "09:43"), ("09:48", "09:58"), ("10:03", "10:13")]
    assert str(walk.talk) == "10:18-10:52"
    assert [event_of(message)[0] for message in mails("walk_cancelled")] == ["CANCEL"]
    assert mails("walk_cancelled")[0].uid == gone.uid
    again = {message.uid for message in mails("walk_changed")}
    assert again == {place.uid for place in (*walk.walkers, *moved)} and unchanged.uid not in again
    assert all(event_of(message)[1]["SEQUENCE"] == 1 for message in mails("walk_changed"))
    with pytest.raises(Refused, match="goes without you already"):
        leave_walk(gone, by=BY, now=MORNING)


def test_on_its_way_a_walk_keeps_its_times(walking: Round) -> None:
    walk = sent_walk(walking)
    before = told(walk)
    leave_walk(walk.stops[3], by=BY, now=walk.starts_at + timedelta(minutes=5))
    assert told(walk) == before[:3]


def test_without_a_lead_another_leads_and_without_anybody_it_is_off(walking: Round) -> None:
    walk = sent_walk(walking)
    for place in list(walk.walkers):
        leave_walk(place, by=BY, now=MORNING)
        assert not walk.walkers or walk.walkers[0].role == "lead"
    assert walk.status == "cancelled"
    assert len(mails("walk_cancelled")) == 7


def test_an_answer_by_calendar_counts_and_a_no_leaves(walking: Round) -> None:
    walk = sent_walk(walking)
    host, walker = walk.stops[0], walk.walkers[1]
    assert walking.ingest(reply(walking, walker, "ACCEPTED"), now=BEFORE + timedelta(hours=1)) == "apply"
    assert place_of(walk, walker.membership.code).said == "yes"
    assert walking.ingest(reply(walking, host, "DECLINED"), now=BEFORE + timedelta(hours=1)) == "apply"
    db.session.refresh(host)
    assert host.left_at is not None and len(walk.stops) == 3
    assert not mails("walk_cancelled"), "their calendar knows"
    changed = next(message for message in mails("walk_changed") if message.uid == walker.uid)
    assert event_of(changed)[1]["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert walking.ingest(reply(walking, host, "ACCEPTED", stamp=BEFORE + timedelta(hours=2))) == "stale"


def reply(made: Round, place: WalkPlace, partstat: str, **more: object) -> bytes:
    from builders import REPLY_TO, answer_mail

    message = next(each for each in mails("walk_invitation") if each.uid == place.uid)
    found = REPLY_TO.search(message.sealed or b"")
    assert found is not None and place.uid is not None
    given = {
        "uid": place.uid,
        "attendee": message.to_address,
        "partstat": partstat,
        "stamp": BEFORE + timedelta(minutes=5),
    }
    return answer_mail(to=f"visits+{found[1].decode()}@walk.example.org", **{**given, **more})


def test_the_answer_page_shows_ones_own_side_and_takes_a_no(walking: Round) -> None:
    walk = sent_walk(walking)
    links = {}
    from builders import ANSWER_LINK

    for message in mails("walk_invitation"):
        part = str(event_of(message)[1]["URL"])
        found = ANSWER_LINK.search(part)
        assert found is not None
        links[message.uid] = f"/answer/{found[1]}"
    host, walker = walk.stops[2], walk.walkers[1]
    page = walking.browser.open(links[host.uid]).text
    assert "May a few colleagues look into your class?" in page
    assert not any(stop.membership.person.name in page for stop in walk.stops if stop is not host)
    assert "Stop 4" in walking.browser.open(links[walker.uid]).text
    assert walking.browser.post(links[host.uid], answer="no").status_code == 303
    db.session.refresh(host)
    assert host.left_at is not None
    assert "no longer waits" in walking.browser.open(links[host.uid]).text


def test_a_walk_counts_as_a_visit_of_the_week_and_of_the_month(walking: Round) -> None:
    walk = sent_walk(walking)
    found = elsewhere(walking.cycle)
    chen, rivera = walking.member("Chen").id, walking.member("Rivera").id
    assert found.used_by(chen) == {"2027-01": 1}
    day_after, week_after = WALK_DAY + timedelta(days=1), WALK_DAY + timedelta(days=7)
    assert not found.may_host(rivera, WALK_DAY, 2) and not found.may_host(rivera, day_after, 1)
    assert found.may_host(rivera, day_after, 2) and found.may_host(rivera, week_after, 1)
    leave_walk(place_of(walk, "Rivera"), by=BY, now=MORNING)
    assert elsewhere(walking.cycle).may_host(rivera, WALK_DAY + timedelta(days=1))


def test_story_10_early_release_makes_it_need_a_new_time(walking: Round, tmp_path: Path) -> None:
    walk = sent_walk(walking)
    rows = [
        {**row, "bell_schedule": "Early"} if row["date"] == str(WALK_DAY) else row
        for row in walking_files().tables["school_days"]
    ]
    (tmp_path / "days").mkdir()
    report = apply_import([write_table(tmp_path / "days" / "school_days.csv", rows)], school_id="t", by=BY, now=BEFORE)
    db.session.commit()
    assert report.error is None, report.error
    assert walk.status == "needs_new_time"
    assert len(mails("walk_cancelled")) == 7
    assert elsewhere(walking.cycle).used_by(walking.member("Chen").id) == {}


def test_a_host_who_leaves_the_school_is_off_the_way(walking: Round) -> None:
    walk = sent_walk(walking)
    set_active(walking.member("Xu"), False, by=BY, now=BEFORE)
    assert "Xu" not in [stop.membership.code for stop in walk.stops] and len(walk.stops) == 3
    assert walk.status == "invited"


def test_sending_looks_at_the_school_again(walking: Round) -> None:
    walk = planned_walk(walking)
    db.session.get_one(type(walk), walk.id)
    for one in walking.cycle.participants:
        if one.membership.code == "Xu":
            one.profile = {**one.profile, "open_to_visits": False}
    db.session.commit()
    with pytest.raises(Refused, match="Sam Xu can’t take part then"):
        send_walk(walk, by=BY, now=BEFORE)


def test_a_walk_that_is_called_off_is_out_of_every_calendar(walking: Round) -> None:
    walk = sent_walk(walking)
    assert cancel_walk(walk, by=BY, now=BEFORE) == 7
    db.session.commit()
    assert all(event_of(message)[0] == "CANCEL" for message in mails("walk_cancelled"))
    assert not db.session.scalars(select(Invite).where(Invite.place_id.is_not(None), Invite.ended_at.is_(None))).all()
    with pytest.raises(Refused, match="called off already"):
        cancel_walk(walk, by=BY, now=BEFORE)


def test_a_cycle_does_not_close_while_a_walk_lies_ahead(walking: Round) -> None:
    sent_walk(walking)
    walking.publish("pairings", now=NOW)
    with pytest.raises(Refused, match="A walk lies ahead, on 2027-01-20"):
        close_cycle(walking.cycle, by=BY, now=BEFORE)
