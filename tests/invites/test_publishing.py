"""Publishing: parts apart, all or nothing, once, never over a changed roster; of twenty at once one succeeds."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import CYCLE, NOW, Round, close_database, open_round, plan_cycle
from school import FIRST, LAST
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from mentorship.audit.operations import first_broken_line
from mentorship.cycles.models import Cycle
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.models import Invite
from mentorship.invites.operations import publish_plan
from mentorship.jobs.models import Job
from mentorship.outbox import operations as outbox
from mentorship.outbox.letters import final_bytes
from mentorship.outbox.models import OutboxMessage
from mentorship.plans.models import Pairing, Visit
from mentorship.plans.queries import plans_of
from mentorship.timetable.models import SchoolDay

RACERS = 20


def statuses(made: Round) -> dict[str, set[str]]:
    db.session.expire_all()
    return {
        "pairings": {pairing.status for pairing in db.session.scalars(select(Pairing))},
        "visits": {visit.status for visit in made.visits()},
    }


def assert_nothing_went_out(made: Round) -> None:
    db.session.rollback()
    assert statuses(made) == {"pairings": {"proposed"}, "visits": {"proposed"}}
    assert made.messages() == [] and not db.session.scalars(select(Invite)).all()
    assert not db.session.scalars(select(Job)).all()


def test_publishing_both_parts_asks_each_person_once_a_thing(planned: Round) -> None:
    visits = len(planned.visits())
    counts = planned.publish()
    assert counts == {"pairings": 1, "contacts": 0, "visits": visits, "videos": 0, "mails": 2 * (visits + 1)}
    assert statuses(planned) == {"pairings": {"invited"}, "visits": {"invited"}}
    messages, invites = planned.messages(), db.session.scalars(select(Invite)).all()
    assert len(messages) == len(invites) == len(db.session.scalars(select(Job)).all()) == counts["mails"]
    assert all(message.sealed for message in messages)
    assert planned.cycle.status == "published" and first_broken_line() is None


def test_the_parts_are_published_apart_in_either_order(planned: Round) -> None:
    first = planned.publish("visits")
    assert first["pairings"] == 0 and statuses(planned) == {"pairings": {"proposed"}, "visits": {"invited"}}
    second = planned.publish("pairings")
    assert (second["pairings"], second["visits"], second["mails"]) == (1, 0, 2)
    assert statuses(planned) == {"pairings": {"invited"}, "visits": {"invited"}}


def test_publishing_all_sends_what_is_still_open(planned: Round) -> None:
    planned.publish("pairings")
    assert planned.publish()["pairings"] == 0
    assert statuses(planned)["visits"] == {"invited"}


@pytest.mark.parametrize("parts", [(), ("pairings",), ("visits",), ("visits", "pairings")], ids=str)
def test_publishing_twice_is_refused_and_changes_nothing(published: Round, parts: tuple[str, ...]) -> None:
    before, mails = published.dump(), len(published.messages())
    with pytest.raises(Refused, match="published already, and nothing was sent again"):
        published.publish(*parts)
    db.session.rollback()
    assert published.dump() == before and len(published.messages()) == mails


def test_one_part_that_is_out_stops_the_other_from_going_with_it(planned: Round) -> None:
    planned.publish("pairings")
    with pytest.raises(Refused, match="published already"):
        planned.publish("visits", "pairings")
    db.session.rollback()
    assert statuses(planned) == {"pairings": {"invited"}, "visits": {"proposed"}}


def test_a_cycle_without_a_draft_is_refused_in_a_sentence(planned: Round) -> None:
    for model in (Visit, Pairing):
        for row in db.session.scalars(select(model)):
            db.session.delete(row)
    for plan in plans_of(planned.cycle).values():
        db.session.delete(plan)
    db.session.commit()
    with pytest.raises(Refused, match="has no draft yet"):
        planned.publish()


def test_a_closed_cycle_is_refused(planned: Round) -> None:
    planned.cycle.status = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="is closed"):
        planned.publish()
    assert_nothing_went_out(planned)


def test_a_roster_that_changed_under_the_plan_is_noticed(planned: Round) -> None:
    planned.visit().host.active = False
    db.session.commit()
    with pytest.raises(Refused, match="no longer fits the school as it is now"):
        planned.publish("visits")
    assert_nothing_went_out(planned)


def test_a_calendar_that_changed_under_the_plan_is_noticed(planned: Round) -> None:
    on = planned.visit().on_date
    db.session.scalars(select(SchoolDay).where(SchoolDay.on_date == on)).one().kind = "holiday"
    db.session.commit()
    with pytest.raises(Refused, match="make the plan again"):
        planned.publish("visits")
    assert_nothing_went_out(planned)


def test_a_draft_that_lay_too_long_gives_no_notice_any_more(planned: Round) -> None:
    starts_at = planned.visit().starts_at
    assert starts_at is not None
    with pytest.raises(Refused, match="make the plan again"):
        planned.publish("visits", now=starts_at - timedelta(hours=1))
    assert_nothing_went_out(planned)


def test_a_second_cycle_cannot_book_a_person_twice_on_a_date(published: Round) -> None:
    visit = published.visit()
    cycle = plan_cycle("Second", FIRST, LAST)
    clash = db.session.scalars(select(Visit).join(Visit.plan).where(Visit.status == "proposed")).first()
    assert clash is not None and cycle.id != published.cycle.id
    clash.visitor_id, clash.on_date = visit.visitor_id, visit.on_date
    db.session.commit()
    before, mails = published.dump(), len(published.messages())
    with pytest.raises(Refused, match="another visit or pairing that stands for the same time"):
        publish_plan(cycle, ["visits"], by="test", now=NOW)
    db.session.rollback()
    assert published.dump() == before and len(published.messages()) == mails


def test_a_fault_on_the_way_leaves_everything_as_it_was(planned: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []

    def failing(*given: Any) -> bytes:
        if len(written) > 5:
            raise RuntimeError("a fault of ours")
        written.append(final_bytes(*given))
        return written[-1]

    before = planned.dump()
    monkeypatch.setattr(outbox, "final_bytes", failing)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        planned.publish()
    assert len(written) == 6
    db.session.rollback()
    assert planned.dump() == before
    assert_nothing_went_out(planned)


def test_of_twenty_who_publish_at_once_one_does_and_the_rest_are_told(instance: Path) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(RACERS)

    def race() -> None:
        made = open_round(instance)
        with made.app.app_context():
            barrier.wait(timeout=60)
            try:
                made.publish()
                outcomes.append("published")
            except Refused as refused:
                outcomes.append(str(refused))
            except StaleDataError:
                outcomes.append("stale")
            except Exception as trouble:
                outcomes.append(f"trouble: {trouble!r}")
            close_database()

    racers = [threading.Thread(target=race) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)
    assert len(outcomes) == RACERS and outcomes.count("published") == 1
    assert {outcome for outcome in outcomes if outcome != "published"} == {
        f"The plan of {CYCLE} is published already, and nothing was sent again."
    }
    made = open_round(instance)
    with made.app.app_context():
        visits = len(made.visits())
        assert len(made.messages()) == 2 * (visits + 1)
        assert len(set(db.session.scalars(select(OutboxMessage.message_id)))) == len(made.messages())
        assert db.session.scalars(select(Cycle)).one().status == "published"
        close_database()
