"""What time does: accepted visits are held at their end, others expire at their start; only the clock says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import Round

from mentorship import clock
from mentorship.extensions import db
from mentorship.invites import jobs
from mentorship.invites.operations import finish_one_past_visit
from mentorship.jobs.runner import run_timed
from mentorship.plans.models import Visit

MINUTE = timedelta(minutes=1)


def finish_all(made: Round, visit: Visit, past: timedelta, *, since: str = "ends_at") -> int:
    """Do what is due at so much after a visit's end or start; how many visits were finished."""
    at = getattr(visit, since) + past
    done = 0
    while finish_one_past_visit(at):
        db.session.commit()
        done += 1
    db.session.rollback()
    return done


def test_an_accepted_visit_is_held_at_its_end_and_not_before(published: Round) -> None:
    visit = published.visit()
    published.answer_both(visit)
    mails = len(published.messages())
    finish_all(published, visit, -MINUTE)
    assert visit.status == "accepted"
    finish_all(published, visit, timedelta())
    assert visit.status == "held"
    assert [mail for mail in published.messages()[mails:] if mail.uid == visit.uid] == []


@pytest.mark.parametrize("answers", [(), ("ACCEPTED",), ("ACCEPTED", "TENTATIVE")], ids=str)
def test_a_visit_without_two_yeses_expires_at_its_start_and_leaves_both_calendars(
    published: Round, answers: tuple[str, ...]
) -> None:
    visit = published.visit()
    for member, partstat in zip(visit.people, answers, strict=False):
        published.ingest(published.reply(visit, member, partstat))
    assert finish_all(published, visit, -MINUTE, since="starts_at") == 0
    mails = len(published.messages())
    finish_all(published, visit, timedelta(), since="starts_at")
    assert visit.status == "expired"
    about = [mail for mail in published.messages()[mails:] if mail.uid == visit.uid]
    assert {(mail.to_address, mail.method, mail.sequence) for mail in about} == {
        (member.person.email, "CANCEL", 1) for member in visit.people
    }
    assert finish_all(published, visit, MINUTE, since="starts_at") == 0


def test_an_answer_after_the_start_no_longer_counts(published: Round) -> None:
    visit = published.visit()
    late = published.reply(visit, visit.host, "ACCEPTED")
    finish_all(published, visit, timedelta(), since="starts_at")
    assert visit.starts_at is not None
    assert published.ingest(late, now=visit.starts_at + MINUTE) == "stale"
    assert (visit.status, visit.host_answer) == ("expired", "none")


def test_another_time_asked_and_never_settled_expires_too(published: Round) -> None:
    visit = published.visit()
    published.ingest(published.reply(visit, visit.host, "TENTATIVE", method="COUNTER"))
    assert visit.status == "time_asked"
    finish_all(published, visit, timedelta(), since="starts_at")
    assert visit.status == "expired"


def test_a_declined_visit_and_a_video_are_left_alone(planned: Round) -> None:
    video = planned.add_video()
    planned.publish()
    visit = planned.visit()
    planned.ingest(planned.reply(visit, visit.host, "DECLINED"))
    finish_all(planned, planned.visits()[-2], timedelta(days=400))
    assert (visit.status, video.status) == ("needs_new_time", "invited")


def test_the_worker_s_round_finishes_all_that_is_due_by_the_one_clock(published: Round) -> None:
    visits = published.visits()
    published.answer_both(visits[0])
    published.answer_both(visits[1])
    last = max(visit.ends_at for visit in visits if visit.ends_at)
    with clock.shifted(last - clock.now() + MINUTE):
        assert run_timed(jobs.TIMED) == len(visits)
        assert run_timed(jobs.TIMED) == 0
    db.session.expire_all()
    assert [visit.status for visit in published.visits()] == ["held", "held"] + ["expired"] * (len(visits) - 2)
