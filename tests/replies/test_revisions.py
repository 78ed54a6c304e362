"""Which answer is the newest (invitations.md 2.7): old, repeated, future and crossing answers end in the same state."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from builders import NOW, Round

from mentorship.extensions import db

FIRST, SECOND, THIRD = (NOW + timedelta(minutes=minutes) for minutes in (10, 20, 30))
READ_AT = NOW + timedelta(hours=2)


def answers_of(made: Round) -> tuple[str, str, str]:
    visit = made.visit()
    found = (visit.visitor_answer, visit.host_answer, visit.status)
    db.session.commit()
    return found


def host_says(made: Round, partstat: str, stamp: datetime, **changes: object) -> str:
    visit = made.visit()
    return made.ingest(made.reply(visit, visit.host, partstat, stamp=stamp, **changes))


def test_an_older_answer_that_arrives_late_is_stale(published: Round) -> None:
    assert host_says(published, "TENTATIVE", SECOND) == "apply"
    assert host_says(published, "ACCEPTED", FIRST) == "stale"
    assert published.visit().host_answer == "maybe"


def test_the_same_mail_twice_is_a_duplicate_and_so_is_the_same_answer_in_another_mail(published: Round) -> None:
    assert host_says(published, "ACCEPTED", FIRST) == "apply"
    before = published.dump()
    assert host_says(published, "ACCEPTED", FIRST) == "duplicate"
    assert host_says(published, "ACCEPTED", FIRST, headers=["Received: by another way"]) == "duplicate"
    assert published.dump() == before


def test_a_later_answer_replaces_the_one_before(published: Round) -> None:
    assert [host_says(published, word, at) for word, at in (("ACCEPTED", FIRST), ("TENTATIVE", SECOND))] == [
        "apply"
    ] * 2
    assert published.visit().host_answer == "maybe"


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_crossing_answers_of_one_person_end_alike_in_any_order_and_repetition(
    published: Round, order: tuple[int, ...]
) -> None:
    said = [("ACCEPTED", FIRST), ("TENTATIVE", SECOND), ("ACCEPTED", THIRD)]
    for place in (*order, *reversed(order)):
        assert host_says(published, *said[place], headers=[f"Received: {place}"]) in {"apply", "stale", "duplicate"}
    assert answers_of(published) == ("none", "yes", "invited")


def test_answers_of_both_people_commute(published: Round) -> None:
    visit = published.visit()
    mails = [published.reply(visit, member, "ACCEPTED", stamp=at) for member in visit.people for at in (FIRST, SECOND)]
    for raw in (mails[3], mails[0], mails[2], mails[1]):
        published.ingest(raw)
    assert answers_of(published) == ("yes", "yes", "accepted")


def test_a_clock_far_ahead_counts_as_now_and_cannot_silence_the_person_for_ever(published: Round) -> None:
    assert host_says(published, "ACCEPTED", NOW + timedelta(days=4000)) == "apply"
    later = NOW + timedelta(hours=3)
    visit = published.visit()
    raw = published.reply(visit, visit.host, "TENTATIVE", stamp=later)
    assert published.ingest(raw, now=later) == "apply"
    assert published.visit().host_answer == "maybe"


def test_the_repetition_of_an_answer_from_a_clock_far_ahead_is_no_new_answer(published: Round) -> None:
    far, later = NOW + timedelta(days=4000), NOW + timedelta(hours=3)
    assert host_says(published, "ACCEPTED", far) == "apply"
    visit = published.visit()
    assert published.ingest(published.reply(visit, visit.host, "TENTATIVE", stamp=later), now=later) == "apply"
    again = published.reply(visit, visit.host, "ACCEPTED", stamp=far, headers=["Received: by IMAP"])
    assert published.ingest(again, now=later + timedelta(days=1)) == "duplicate"
    assert published.visit().host_answer == "maybe"


def test_a_missing_sequence_is_zero(published: Round) -> None:
    assert host_says(published, "ACCEPTED", FIRST, sequence=None) == "apply"


def test_after_a_cancel_every_answer_is_stale_whatever_revision_it_names(published: Round) -> None:
    visit = published.visit()
    visitors = published.reply(visit, visit.visitor, "ACCEPTED", stamp=SECOND)
    newer = published.reply(visit, visit.visitor, "ACCEPTED", stamp=SECOND, sequence=1)
    assert host_says(published, "DECLINED", FIRST) == "apply"
    changed_mind = published.reply(visit, visit.host, "ACCEPTED", stamp=THIRD)
    before = published.dump()
    assert [published.ingest(raw) for raw in (visitors, newer, changed_mind)] == ["stale"] * 3
    assert published.dump() == before
    assert visit.status == "needs_new_time"


def test_an_answer_after_the_visit_was_held_is_stale_and_stops_nobody(published: Round) -> None:
    from mentorship.invites.operations import finish_visit

    visit = published.visit()
    published.answer_both(visit)
    assert visit.ends_at is not None and finish_visit(visit, visit.ends_at)
    db.session.commit()
    before = published.dump()
    raw = published.reply(visit, visit.host, "DECLINED", stamp=THIRD + timedelta(hours=1))
    assert published.ingest(raw) == "stale"
    assert published.dump() == before and published.visit().status == "held"


def test_a_click_is_newer_than_the_calendar_of_a_phone_whose_clock_runs_ahead(published: Round) -> None:
    from mentorship.replies.operations import answer_by_link

    visit = published.visit()
    assert host_says(published, "TENTATIVE", READ_AT + timedelta(hours=10)) == "apply"
    answer_by_link(published.invite(visit, visit.host), "yes", comment="", now=READ_AT)
    db.session.commit()
    assert host_says(published, "TENTATIVE", READ_AT + timedelta(hours=10), headers=["Received: again"]) != "apply"
    assert published.visit().host_answer == "yes"


def test_three_clicks_within_a_second_end_with_the_last(published: Round) -> None:
    from mentorship.replies.operations import answer_by_link

    pairing = published.pairing()
    for word in ("yes", "maybe", "yes"):
        answer_by_link(published.invite(pairing, pairing.mentor), word, comment="", now=READ_AT)
    db.session.commit()
    assert published.pairing().mentor_answer == "yes"
