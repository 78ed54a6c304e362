"""Who answered what, for the coach: states, words, mail that came back, and mail that somebody has to look at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NOW, Browser, Round, answer_mail
from counting import grow_to, statements
from sqlalchemy import func, select, update

from mentorship import clock
from mentorship.audit.models import AuditEntry
from mentorship.cycles.models import Cycle
from mentorship.extensions import db
from mentorship.invites.changes import cancel_visit
from mentorship.invites.models import Invite
from mentorship.outbox.models import OutboxMessage
from mentorship.people.models import EvaluatorLink, Membership, School
from mentorship.plans.models import Visit
from mentorship.replies.models import InboundMessage
from mentorship.replies.operations import answer_by_link

MOST_STATEMENTS = 12
CANARY = "I would rather come in May"


def coach(made: Round) -> Browser:
    return made.browser_as(made.member("Bell"))


def page(made: Round, state: str = "") -> str:
    response = coach(made).open(f"/cycles/{made.cycle.id}/answers?state={state}")
    assert response.status_code == 200
    return response.text


def say(made: Round, thing: object, member: Membership, word: str, words: str = "") -> None:
    answer_by_link(made.invite(thing, member), word, comment=words, now=clock.now())  # type: ignore[arg-type]
    db.session.commit()


def test_before_publishing_the_page_says_what_comes_next(planned: Round) -> None:
    assert "Nobody has been asked yet." in page(planned)


def test_everybody_is_listed_with_what_they_said_and_wrote(published: Round) -> None:
    visit = published.visit()
    say(published, visit, visit.host, "yes", CANARY)
    found = page(published)
    assert CANARY in found and "Host " + visit.visitor.person.name in found
    assert found.count("<tr>") - 1 == 2 * (len(published.visits()) + 1)


def test_the_filter_leaves_one_group_and_says_how_to_get_back(published: Round) -> None:
    visit = published.visit()
    say(published, visit, visit.host, "yes")
    assert page(published, "yes").count("<tr>") - 1 == 1
    assert "Clear the filter to see" in page(published, "no")


def test_another_time_that_a_calendar_asked_for_is_shown_and_leads_to_moving(published: Round) -> None:
    visit = published.visit()
    asked = visit.starts_at + timedelta(days=1)  # type: ignore[operator]
    lines = [f"DTSTART:{asked:%Y%m%dT%H%M%SZ}", f"DTEND:{asked + timedelta(minutes=40):%Y%m%dT%H%M%SZ}"]
    raw = published.reply(visit, visit.host, "TENTATIVE", method="COUNTER", lines=lines)
    assert published.ingest(raw) == "counter"
    found = page(published, "time_asked")
    assert "Asked for another time" in found and f"/visits/{visit.id}/move" in found and "Asked for " in found


def test_after_a_no_nobody_can_tell_whose_it_was(published: Round) -> None:
    pairing = published.pairing()
    say(published, pairing, pairing.mentee, "yes")
    say(published, pairing, pairing.mentor, "no", CANARY)
    found = page(published, "no")
    assert found.count("<tr>") - 1 == 2 and CANARY not in page(published)


def test_mail_that_came_back_names_the_person(published: Round) -> None:
    lund = published.member("Lund")
    theirs = OutboxMessage.to_address == lund.person.email
    db.session.execute(update(OutboxMessage).where(theirs).values(state="failed"))
    db.session.commit()
    found = page(published, "undelivered")
    assert "Could not be delivered" in found and f"/people/{lund.id}" in found


def test_a_mail_to_look_at_is_shown_without_its_text_and_goes_when_looked_at(published: Round) -> None:
    visit = published.visit()
    raw = answer_mail(
        uid=str(visit.uid),
        attendee=str(visit.host.person.email),
        to="visits@walk.example.org",
        partstat="ACCEPTED",
        headers=[f"X-Words: {CANARY}"],
    )
    assert published.ingest(raw, now=clock.now()) in ("review", "reject")
    found = page(published)
    assert "Looked at" in found and CANARY not in found
    message = published.inbound()[0]
    path = f"/cycles/{published.cycle.id}/answers/{message.id}/looked-at"
    assert coach(published).post(path, form_on=f"/cycles/{published.cycle.id}/answers").status_code == 303
    assert "Nothing waits here." in page(published)
    assert db.session.get_one(InboundMessage, message.id).sealed is None
    [line] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "looked_at"))
    assert (line.by, line.ids) == (str(published.member("Bell").person_id), {"message": message.id})
    again = coach(published)
    assert again.open(path, "POST", csrf_token=again.csrf_token("/account")).status_code == 303
    assert "Somebody has looked at that mail already" in again.open(f"/cycles/{published.cycle.id}/answers").text
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "looked_at")) == 1


def test_a_cancelled_visit_is_not_listed(published: Round) -> None:
    visit, count = published.visit(), page(published).count("<tr>")
    cancel_visit(visit, by="test", now=NOW)
    db.session.commit()
    assert page(published).count("<tr>") == count - 2


def other_school(made: Round, code: str = "Stone") -> Cycle:
    """A second school with a cycle of its own, coached by somebody who only teaches at the first."""
    other = School(id="other", name="Other", time_zone="UTC", cycle_days=["A"])
    dates = {"starts_on": made.cycle.starts_on, "ends_on": made.cycle.ends_on, "opened_at": made.cycle.opened_at}
    cycle = Cycle(school=other, name="Theirs", with_pairings=True, with_walkthroughs=True, status="published", **dates)
    coaching = Membership(school=other, person=made.member(code).person, code="c", roles=["coach"])
    db.session.add_all([other, coaching, cycle])
    db.session.commit()
    return cycle


@pytest.mark.parametrize("who", ["teacher", "coach of another school", "leader", "administrator"])
def test_nobody_else_sees_who_answered_what_and_what_they_wrote(published: Round, who: str) -> None:
    visit, stone = published.visit(), published.member("Stone")
    say(published, visit, visit.host, "yes", CANARY)
    theirs = other_school(published).id if who == "coach of another school" else None
    if who == "leader":
        stone.roles = ["leader"]
    stone.person.is_admin = who == "administrator"
    db.session.commit()
    browser = published.browser_as(stone)
    assert browser.open(f"/cycles/{published.cycle.id}/answers").status_code == 404
    path = f"/cycles/{published.cycle.id}/answers/1/looked-at"
    assert browser.open(path, "POST", csrf_token=browser.csrf_token("/account")).status_code == 404
    for page_of_theirs in ("/", "/home", "/people", "/mail", f"/cycles/{theirs}/answers"):
        assert CANARY not in browser.open(page_of_theirs).text
    assert CANARY not in published.browser.open(published.link_of(visit, visit.visitor)).text


def test_nobody_comes_to_the_answers_without_signing_in(published: Round) -> None:
    assert published.browser.open(f"/cycles/{published.cycle.id}/answers").status_code == 303


def test_a_coach_does_not_read_what_somebody_wrote_whom_they_appraise(published: Round) -> None:
    visit = published.visit()
    say(published, visit, visit.host, "yes", CANARY)
    db.session.add(EvaluatorLink(evaluator_id=published.member("Bell").id, membership_id=visit.host_id))
    theirs = OutboxMessage.to_address == visit.host.person.email
    db.session.execute(update(OutboxMessage).where(theirs).values(state="failed"))
    db.session.commit()
    found = page(published)
    assert CANARY not in found and "Could not be delivered" in found and f"/people/{visit.host_id}" not in found


def test_older_words_do_not_stand_beside_a_newer_answer(published: Round) -> None:
    pairing = published.pairing()
    say(published, pairing, pairing.mentor, "maybe", CANARY)
    assert CANARY in page(published) and "Wants to talk first" in page(published)
    say(published, pairing, pairing.mentor, "yes")
    assert CANARY not in page(published)


def test_one_mail_that_came_back_is_shown_though_others_arrived(published: Round) -> None:
    visit = published.visit()
    about = (OutboxMessage.uid == visit.uid) & (OutboxMessage.to_address == visit.visitor.person.email)
    db.session.execute(update(OutboxMessage).values(state="sent"))
    assert "Could not be delivered</span>" not in page(published)
    db.session.execute(update(OutboxMessage).where(about).values(state="failed"))
    db.session.commit()
    assert page(published, "undelivered").count("<tr>") - 1 == 1
    visit.visitor.person.email = "mended@t.example.edu"
    db.session.commit()
    assert "Nobody is in this group" in page(published, "undelivered")


def kept(made: Round, **columns: str | None) -> None:
    number = len(made.inbound())
    row = InboundMessage(sha256=f"{number:064}", received_at=NOW, outcome="reject", reason=f"Reason {number}.")
    for name, value in columns.items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.commit()


def test_each_school_sees_its_own_mails_and_those_that_are_nobody_s(published: Round) -> None:
    theirs, visit = other_school(published).id, published.visit()
    kept(published)
    kept(published, uid="guessed@nowhere", attendee="stranger@elsewhere.example")
    kept(published, uid=str(visit.uid).upper())
    kept(published, attendee=published.member("Lund").person.email)
    other = published.browser_as(published.member("Stone")).open(f"/cycles/{theirs}/answers").text
    ours = page(published)
    assert [f"Reason {number}." in ours for number in range(4)] == [True] * 4
    assert [f"Reason {number}." in other for number in range(4)] == [True, True, False, False]


def test_an_answer_to_an_identity_that_a_visit_had_before_is_still_the_school_s(published: Round) -> None:
    theirs, visit = other_school(published).id, published.visit()
    kept(published, uid=visit.uid)
    visit.uid = "new@walk.example.org"
    db.session.commit()
    assert "Reason 0." in page(published)
    assert "Reason 0." not in published.browser_as(published.member("Stone")).open(f"/cycles/{theirs}/answers").text


def test_looking_changes_nothing(published: Round) -> None:
    kept(published)
    before = published.dump()
    assert page(published) and page(published, "undelivered") and page(published, "nonsense")
    assert published.dump() == before and published.inbound()[0].reviewed_at is None


def test_the_page_asks_no_more_of_many_people_than_of_a_few(published: Round) -> None:
    browser, path = coach(published), f"/cycles/{published.cycle.id}/answers"
    with statements() as few:
        browser.open(path)
    grow_to(240)
    model, members = published.visit(), db.session.scalars(select(Membership).where(Membership.code.like("P%"))).all()
    for place, (visitor, host) in enumerate(zip(members, [*members[1:], members[0]], strict=True)):
        visit = Visit(plan_id=model.plan_id, visitor=visitor, host=host, mode="learn", status="invited", medium="video")
        db.session.add(visit)
        for member in visit.people:
            digests = {name: f"{name}{place}{member.id}" for name in ("reply_digest", "link_digest")}
            address = str(member.person.email)
            db.session.add(
                Invite(visit=visit, membership=member, address=address, event="e", created_at=NOW, **digests)
            )
    db.session.commit()
    with statements() as many:
        found = browser.open(path).text
    assert found.count("<tr>") > 480 and len(many) <= len(few) <= MOST_STATEMENTS
