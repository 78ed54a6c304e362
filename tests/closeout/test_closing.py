"""Closing a cycle: what is past is finished, what waits is cancelled, what lies ahead stops it, and all is counted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from builders import NOW, Round

from mentorship.closeout.operations import close_cycle, summary
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.replies.operations import answer_by_link


def close(made: Round, now: datetime) -> dict[str, dict[str, int]]:
    found = close_cycle(made.cycle, by="test", now=now)
    db.session.commit()
    return found


def after_the_last(made: Round) -> datetime:
    return max(visit.ends_at for visit in made.visits() if visit.ends_at) + timedelta(hours=1)


def test_a_cycle_is_refused_while_accepted_visits_lie_ahead_and_stays_as_it_was(published: Round) -> None:
    visits = published.visits()
    for visit in visits[:2]:
        published.answer_both(visit)
    before = published.dump()
    with pytest.raises(Refused, match=rf"2 accepted visits lie ahead, the last on {visits[1].on_date}; close Round"):
        close(published, NOW + timedelta(hours=3))
    db.session.rollback()
    assert published.dump() == before
    first_end = visits[0].ends_at
    assert first_end is not None and visits[1].ends_at > first_end - timedelta(days=1)


def test_closing_holds_the_past_and_counts_by_status_alone(published: Round) -> None:
    visits = published.visits()
    for visit in visits[:3]:
        published.answer_both(visit)
    published.ingest(published.reply(visits[3], visits[3].host, "DECLINED"))
    counts = close(published, after_the_last(published))
    assert counts["visits"] == {"cancelled": 1, "expired": len(visits) - 4, "held": 3}
    assert counts["videos"] == {} and counts["pairings"] == {"ended": 1}
    cycle = published.cycle
    assert cycle.status == "closed" and cycle.summary == counts and cycle.closed_at is not None
    assert {one.stage for one in cycle.participants} == {"closed"}
    written = str(counts)
    assert not any(visit.host.code in written or visit.host.person.name in written for visit in visits)


def test_closing_early_cancels_what_still_waits_in_both_calendars(published: Round) -> None:
    visits, mails = published.visits(), len(published.messages())
    published.ingest(published.reply(visits[0], visits[0].host, "ACCEPTED"))
    counts = close(published, NOW + timedelta(hours=3))
    assert counts["visits"] == {"cancelled": len(visits)}
    cancels = published.messages()[mails:]
    assert {(mail.uid, mail.to_address) for mail in cancels} == {
        (visit.uid, member.person.email) for visit in visits for member in visit.people
    }
    assert {(mail.method, mail.sequence, mail.kind) for mail in cancels} == {("CANCEL", 1, "visit_cancelled")}


def test_a_second_close_is_refused_and_changes_nothing(published: Round) -> None:
    close(published, after_the_last(published))
    before, mails = published.dump(), len(published.messages())
    with pytest.raises(Refused, match="is closed"):
        close(published, after_the_last(published) + timedelta(days=1))
    db.session.rollback()
    assert published.dump() == before and len(published.messages()) == mails


def test_a_cycle_that_was_never_published_has_nothing_to_close(planned: Round) -> None:
    with pytest.raises(Refused, match="was never published"):
        close(planned, NOW)


def test_no_answer_changes_a_closed_cycle(published: Round) -> None:
    visit, pairing = published.visit(), published.pairing()
    raw = published.reply(visit, visit.host, "ACCEPTED")
    held = published.visits()[-1]
    published.answer_both(held)
    no = published.reply(held, held.host, "DECLINED", stamp=NOW + timedelta(hours=2))
    close(published, after_the_last(published))
    before = published.dump()
    assert [published.ingest(mail, now=after_the_last(published)) for mail in (raw, no)] == ["stale", "stale"]
    for thing, member in ((visit, visit.host), (held, held.host), (pairing, pairing.mentor)):
        with pytest.raises(Refused, match="no longer waits"):
            answer_by_link(published.invite(thing, member), "no", comment="", now=after_the_last(published))
        db.session.rollback()
    assert published.dump() == before
    assert summary(published.cycle, after_the_last(published)) == published.cycle.summary


def test_an_active_pair_outlives_its_cycle(published: Round) -> None:
    pairing = published.pairing()
    for member in pairing.people:
        answer_by_link(published.invite(pairing, member), "yes", comment="", now=NOW)
    assert close(published, after_the_last(published))["pairings"] == {"active": 1}


def test_a_recording_that_both_agreed_on_counts_as_held_and_an_unanswered_one_as_cancelled(planned: Round) -> None:
    agreed, unanswered = planned.add_video(), planned.add_video()
    planned.publish()
    for member in agreed.people:
        answer_by_link(planned.invite(agreed, member), "yes", comment="", now=NOW)
    db.session.commit()
    assert agreed.status == "accepted"
    assert close(planned, after_the_last(planned))["videos"] == {"cancelled": 1, "held": 1}
    assert unanswered.status == "cancelled"


def test_closing_with_one_part_published_cancels_the_draft_of_the_other(planned: Round) -> None:
    planned.publish("pairings")
    counts = close(planned, NOW + timedelta(hours=1))
    assert counts["visits"] == {"cancelled": len(planned.visits())}
    assert [message for message in planned.messages() if message.uid] == []
