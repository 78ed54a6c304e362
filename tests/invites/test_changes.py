"""What a person does to one visit: the mails and calendars it causes, and the sentences that refuse it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from builders import NOW, Round

from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.invites.changes import cancel_visit, mark_took_place, move_published_visit
from mentorship.invites.emails import when_words
from mentorship.invites.operations import finish_visit
from mentorship.outbox.letters import calendar_content
from mentorship.outbox.models import OutboxMessage
from mentorship.plans.findings import BreaksRules
from mentorship.plans.models import Visit
from mentorship.plans.moving import Move, open_moves

LATER = NOW + timedelta(hours=3)
MINUTE = timedelta(minutes=1)


def a_move(visit: Visit, *, same_host: bool = True) -> Move:
    """A time that breaks no rule."""
    found = open_moves(visit, LATER).possible()
    return next(move for move in found if (move.host.id == visit.host_id) == same_host)


def move(visit: Visit, to: Move, **more: str) -> None:
    move_published_visit(visit, to.lesson, by="1", now=LATER, **more)
    db.session.commit()


def calendars(messages: list[OutboxMessage]) -> set[tuple[str, str | None, int | None, str | None]]:
    return {(message.to_address, message.method, message.sequence, message.uid) for message in messages}


def line_of(raw: bytes | None, name: str) -> str:
    content = calendar_content(raw or b"")
    assert content is not None
    found = re.search(rf"^{name}[;:][^\r\n]*", content.decode().replace("\r\n ", ""), re.MULTILINE)
    assert found is not None
    return found[0]


def test_a_move_updates_the_same_entry_of_both_calendars_and_asks_both_again(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    assert visit.status == "accepted"
    uid, before, to, mails = visit.uid, when_words(visit), a_move(visit), len(published.messages())
    organizer = line_of(published.mail_to(visit, visit.host), "ORGANIZER")
    move(visit, to)
    assert (visit.status, visit.visitor_answer, visit.host_answer) == ("invited", "none", "none")
    assert (visit.on_date, visit.period, visit.starts) == (to.on_date, to.period, to.starts)
    new = published.messages()[mails:]
    assert {message.kind for message in new} == {"visit_moved"}
    assert calendars(new) == {(member.person.email, "REQUEST", 1, uid) for member in visit.people}
    told = published.mail_to(visit, visit.host, "visit_moved")
    assert line_of(told, "ORGANIZER") == organizer
    assert line_of(told, "DTSTART") == f"DTSTART:{visit.starts_at:%Y%m%dT%H%M%SZ}"
    assert line_of(told, "SEQUENCE") == "SEQUENCE:1"
    assert before.encode() in told and when_words(visit).encode() in told


def test_answers_to_the_old_time_are_stale_and_answers_to_the_new_one_count(published: Round) -> None:
    visit = published.visit()
    old = published.reply(visit, visit.host, "ACCEPTED", stamp=LATER + MINUTE)
    move(visit, a_move(visit))
    assert published.ingest(old, now=LATER + MINUTE) == "stale"
    assert visit.host_answer == "none"
    for member in visit.people:
        reply = published.reply(visit, member, "ACCEPTED", sequence=1, stamp=LATER + MINUTE)
        assert published.ingest(reply, now=LATER + MINUTE) == "apply"
    assert visit.status == "accepted"


def test_a_visit_without_a_time_gets_a_new_invitation_that_says_what_it_takes_the_place_of(published: Round) -> None:
    visit = published.visit()
    published.ingest(published.reply(visit, visit.visitor, "DECLINED"))
    assert visit.status == "needs_new_time"
    uid, before, mails = visit.uid, when_words(visit), len(published.messages())
    move(visit, a_move(visit))
    assert visit.uid != uid and (visit.sequence, visit.status) == (0, "invited")
    assert (visit.visitor_answer, visit.host_answer) == ("none", "none")
    new = published.messages()[mails:]
    assert calendars(new) == {(member.person.email, "REQUEST", 0, visit.uid) for member in visit.people}
    assert all(f"In place of: {before}".encode() in (message.sealed or b"") for message in new)


def test_another_host_takes_the_old_entry_back_before_asking_anew(published: Round) -> None:
    visit = published.visit()
    uid, old_people, mails = visit.uid, visit.people, len(published.messages())
    to = a_move(visit, same_host=False)
    move(visit, to)
    assert visit.host_id == to.host.id != old_people[1].id
    new = published.messages()[mails:]
    assert calendars(new) == {(member.person.email, "CANCEL", 1, uid) for member in old_people} | {
        (member.person.email, "REQUEST", 0, visit.uid) for member in visit.people
    }
    cancelled = next(message for message in new if message.to_address == old_people[1].person.email)
    assert old_people[1].person.given_name.encode() in (cancelled.sealed or b"")


def test_a_move_that_breaks_a_rule_is_refused_with_the_rule_s_sentence_and_changes_nothing(published: Round) -> None:
    first = published.visit()
    second = next(
        visit for visit in published.visits() if visit.visitor_id == first.visitor_id and visit.id != first.id
    )
    lessons = open_moves(second, LATER)
    clash = lessons.lesson_at(first.host, first.on_date, first.period) if first.on_date else None
    assert clash is not None
    before, mails = published.dump(), len(published.messages())
    with pytest.raises(BreaksRules) as refused:
        move_published_visit(second, clash, by="1", now=LATER)
    db.session.rollback()
    assert refused.value.broken and second.visitor.person.name in str(refused.value)
    assert published.dump() == before and len(published.messages()) == mails


def test_of_two_visits_that_want_the_same_lesson_the_second_is_told_why_not(published: Round) -> None:
    first = published.visit()
    wanted = {each.lesson for each in open_moves(first, LATER).possible()}
    second, lesson = next(
        (visit, each.lesson)
        for visit in published.visits()
        if visit.visitor_id != first.visitor_id
        for each in open_moves(visit, LATER).possible()
        if each.lesson in wanted
    )
    move_published_visit(first, lesson, by="1", now=LATER)
    db.session.commit()
    with pytest.raises(BreaksRules):
        move_published_visit(second, lesson, by="1", now=LATER)


def test_a_visit_that_was_not_answered_in_time_can_be_given_another(published: Round) -> None:
    visit = published.visit()
    assert visit.starts_at is not None
    finish_visit(visit, visit.starts_at)
    assert visit.status == "expired"
    uid, to = visit.uid, open_moves(visit, visit.starts_at).possible()[0]
    move_published_visit(visit, to.lesson, by="1", now=visit.starts_at)
    assert visit.status == "invited" and visit.uid != uid


def test_a_lesson_that_nobody_can_visit_is_refused_in_a_sentence(published: Round) -> None:
    with pytest.raises(BreaksRules, match="no longer in the timetable"):
        move_published_visit(published.visit(), "nothing", by="1", now=LATER)


def test_what_cannot_be_moved_says_why(planned: Round) -> None:
    draft = planned.visit()
    with pytest.raises(Refused, match="move it in the draft"):
        move_published_visit(draft, draft.lesson, by="1", now=NOW)
    db.session.rollback()
    video = planned.add_video()
    planned.publish()
    with pytest.raises(Refused, match="no time that could be moved"):
        move_published_visit(video, "any", by="1", now=NOW)


def test_what_stands_there_already_has_begun_or_is_over_says_so(published: Round) -> None:
    visit = published.visit()
    with pytest.raises(Refused, match="at that time already"):
        move_published_visit(visit, visit.lesson, by="1", now=NOW)
    db.session.rollback()
    assert visit.starts_at is not None
    with pytest.raises(Refused, match="has begun already"):
        move_published_visit(visit, visit.lesson, by="1", now=visit.starts_at)
    cancel_visit(visit, by="1", now=NOW)
    with pytest.raises(Refused, match="is over or cancelled"):
        move_published_visit(visit, visit.lesson, by="1", now=NOW)


def test_a_page_that_somebody_overtook_is_refused_with_their_name(published: Round) -> None:
    visit, coach = published.visit(), published.member("Bell")
    seen = str(visit.version)
    move_published_visit(visit, a_move(visit).lesson, by=str(coach.person_id), now=LATER, seen=seen)
    db.session.commit()
    with pytest.raises(Refused, match=f"{coach.person.name} changed this .* Here is the new version"):
        cancel_visit(visit, by="1", now=LATER + MINUTE, seen=seen)


def test_cancelling_takes_the_visit_out_of_both_calendars_for_good(published: Round) -> None:
    visit, mails = published.visit(), len(published.messages())
    assert cancel_visit(visit, by="1", now=LATER) == 2
    db.session.commit()
    assert visit.status == "cancelled"
    new = published.messages()[mails:]
    assert calendars(new) == {(member.person.email, "CANCEL", 1, visit.uid) for member in visit.people}
    assert published.ingest(published.reply(visit, visit.host, "ACCEPTED"), now=LATER + MINUTE) == "stale"
    with pytest.raises(Refused, match="over or cancelled already"):
        cancel_visit(visit, by="1", now=LATER)


def test_giving_up_a_visit_that_lost_its_time_mails_nobody(published: Round) -> None:
    visit = published.visit()
    published.ingest(published.reply(visit, visit.host, "DECLINED"))
    mails = len(published.messages())
    assert cancel_visit(visit, by="1", now=LATER) == 0
    assert visit.status == "cancelled" and len(published.messages()) == mails


def test_a_draft_and_a_visit_that_has_begun_are_not_cancelled(planned: Round) -> None:
    with pytest.raises(Refused, match="Nobody has been asked"):
        cancel_visit(planned.visit(), by="1", now=NOW)
    planned.publish()
    visit = planned.visit()
    assert visit.starts_at is not None
    with pytest.raises(Refused, match="say whether it took place"):
        cancel_visit(visit, by="1", now=visit.starts_at)


def test_whether_it_took_place_is_said_after_its_end_and_may_be_set_right(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    assert visit.ends_at is not None
    with pytest.raises(Refused, match="has not ended yet"):
        mark_took_place(visit, True, by="1", now=visit.ends_at - MINUTE)
    mark_took_place(visit, False, by="1", now=visit.ends_at)
    assert visit.status == "not_held"
    mark_took_place(visit, True, by="1", now=visit.ends_at + MINUTE)
    assert visit.status == "held"


def test_a_visit_that_nobody_agreed_to_cannot_be_marked(published: Round) -> None:
    visit = published.visit()
    assert visit.ends_at is not None
    with pytest.raises(Refused, match="both people agreed"):
        mark_took_place(visit, True, by="1", now=visit.ends_at)


def test_a_closed_cycle_changes_nothing_any_more(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    published.cycle.status = "closed"
    db.session.commit()
    assert visit.ends_at is not None
    with pytest.raises(Refused, match="is closed"):
        mark_took_place(visit, False, by="1", now=visit.ends_at)
    with pytest.raises(Refused, match="is closed"):
        cancel_visit(visit, by="1", now=LATER)
    with pytest.raises(Refused, match="is closed"):
        move_published_visit(visit, visit.lesson, by="1", now=LATER)
