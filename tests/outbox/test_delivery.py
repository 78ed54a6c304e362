"""Handing mail over to real servers: taken, put off, refused, silent; and no transaction open while it waits."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from time import perf_counter

import pytest
from builders import NOW, Round, with_mail_server

from mentorship import clock
from mentorship.extensions import db
from mentorship.jobs.models import Job
from mentorship.jobs.runner import run_one
from mentorship.outbox.jobs import HANDLERS
from mentorship.outbox.letters import Letter
from mentorship.outbox.models import OutboxMessage
from mentorship.outbox.operations import (
    KEPT_AFTER_DELIVERY,
    SEND,
    erase_delivered,
    outbox_is_paused,
    pause_outbox,
    post_letter,
    post_letters,
    resume_outbox,
)
from mentorship.outbox.queries import messages
from tests.outbox.servers import ScriptedServer, free_port, silent_server

SECONDS_A_WAIT = (60, 300, 900)
GREETING, AGREED = b"220 ready\r\n", b"250 yes\r\n"


def letter(name: str = "one", address: str = "pat@t.example.edu") -> Letter:
    return Letter(
        kind="note",
        person_id=None,
        to_name="Pat",
        to_address=address,
        from_name="School T visits",
        reply_to="visits@walk.example.org",
        subject="A note",
        text="Hello.\n.\nA lone dot stands above.",
        html="<p>Hello.</p>",
        message_id=f"{name}@walk.example.org",
    )


@pytest.fixture
def one_mail(planned: Round) -> Round:
    """An instance in whose outbox one mail waits."""
    post_letter(letter(), NOW)
    db.session.commit()
    return planned


def only(made: Round) -> OutboxMessage:
    db.session.expire_all()
    [message] = made.messages()
    return message


def job_of(message: OutboxMessage) -> Job:
    return db.session.get_one(Job, message.job_id)


def run_due(made: Round) -> bool:
    """What a worker does in one turn."""
    db.session.commit()
    return run_one(HANDLERS, lease_seconds=made.settings.lease_seconds)


def test_a_mail_that_is_taken_is_sent_once_with_the_answer_on_file(one_mail: Round) -> None:
    with ScriptedServer(["250 queued as 42"]) as server:
        made = with_mail_server(one_mail, server.port)
        stored = only(made).sealed
        assert made.deliver() == {"sent": 1, "waiting": 0, "failed": 0}
        assert made.deliver() == {"sent": 0, "waiting": 0, "failed": 0}
    assert server.arrived == [stored]
    assert (only(made).state, only(made).last_answer) == ("sent", "250 queued as 42")
    assert only(made).sent_at is not None


def test_four_hundreds_wait_by_the_schedule_and_the_last_wait_repeats(one_mail: Round) -> None:
    with ScriptedServer(["451 later"] * 4 + ["250 taken"]) as server:
        made = with_mail_server(one_mail, server.port)
        waited = []
        for _ in range(4):
            clock.set_offset(0)
            begun = clock.now()
            assert made.deliver()["waiting"] == 1
            due = job_of(only(made)).run_at
            waited.append((due - begun).total_seconds())
            assert only(made).last_answer == "451 later"
        assert made.deliver()["sent"] == 1
    expected = [60, 300, 900, 900]
    assert all(wait - 2 <= found <= wait + 5 for wait, found in zip(expected, waited, strict=True)), waited
    assert server.arrived == [server.arrived[0]] * 5
    assert job_of(only(made)).attempts == 5


def test_a_worker_does_not_try_before_its_time(one_mail: Round) -> None:
    with ScriptedServer(["451 later", "250 taken"]) as server:
        made = with_mail_server(one_mail, server.port)
        assert run_due(made)
        assert not run_due(made)
        with clock.shifted(timedelta(seconds=SECONDS_A_WAIT[0] + 5)):
            assert run_due(made)
    assert len(server.arrived) == 2 and only(made).state == "sent"


def test_one_refused_recipient_fails_at_once_and_the_others_have_theirs(published: Round) -> None:
    refused = published.visit().host.person.email
    others = {message.to_address for message in published.messages()} - {refused}
    with ScriptedServer(refused={refused: "550 no such person"}) as server:
        made = with_mail_server(published, server.port)
        counts = made.deliver()
        assert made.deliver() == {"sent": 0, "waiting": 0, "failed": 0}
    by_state = {state: {row["to"] for row in messages() if row["state"] == state} for state in ("sent", "failed")}
    assert by_state == {"sent": others, "failed": {refused}}
    assert counts["waiting"] == 0 and counts["failed"] > 0
    for row in messages():
        if row["state"] == "failed":
            assert (row["attempts"], row["last_answer"], row["next_at"]) == (1, "550 no such person", None)


@pytest.mark.parametrize("answer", ["550 spam", "554 refused", "552 too large"])
def test_a_five_hundred_to_the_message_is_final(one_mail: Round, answer: str) -> None:
    with ScriptedServer([answer]) as server:
        made = with_mail_server(one_mail, server.port)
        assert made.deliver() == {"sent": 0, "waiting": 0, "failed": 1}
        assert made.deliver()["failed"] == 0
    assert len(server.arrived) == 1 and only(made).last_answer == answer


def test_a_server_that_is_not_there_delays_and_drops_nothing(one_mail: Round) -> None:
    made = with_mail_server(one_mail, free_port())
    assert made.deliver() == {"sent": 0, "waiting": 1, "failed": 0}
    assert "could not be reached" in str(only(made).last_answer)
    with ScriptedServer() as server:
        assert with_mail_server(made, server.port).deliver()["sent"] == 1


@pytest.mark.parametrize("says", [(), (GREETING,), (GREETING, AGREED, AGREED, AGREED)], ids=["mute", "greets", "data"])
def test_a_server_that_hangs_is_left_after_the_time_for_one_answer(one_mail: Round, says: tuple[bytes, ...]) -> None:
    with silent_server(says=says) as port:
        made = with_mail_server(one_mail, port, smtp_timeout=0.3)
        begun = perf_counter()
        assert made.deliver() == {"sent": 0, "waiting": 1, "failed": 0}
        assert perf_counter() - begun < 5
    assert only(made).state == "waiting"


def test_a_slow_server_never_makes_the_hand_over_outlast_its_lease(one_mail: Round) -> None:
    with silent_server(says=(GREETING, AGREED)) as port:
        made = with_mail_server(one_mail, port, smtp_timeout=30.0, lease_seconds=1)
        begun = perf_counter()
        assert made.deliver()["waiting"] == 1
        assert perf_counter() - begun < 5
    assert only(made).last_answer is not None


def test_a_fumbled_goodbye_neither_delays_nor_repeats_a_mail_that_was_taken(one_mail: Round) -> None:
    says = (GREETING, AGREED, AGREED, AGREED, b"354 go on\r\n", b"250 taken\r\n")
    with silent_server(says=says) as port:
        made = with_mail_server(one_mail, port, smtp_timeout=30.0)
        begun = perf_counter()
        assert made.deliver() == {"sent": 1, "waiting": 0, "failed": 0}
        assert perf_counter() - begun < 10


def test_another_connection_writes_while_the_mail_server_is_waited_for(one_mail: Round) -> None:
    file = one_mail.settings.instance / "mentorship.sqlite3"
    wrote: list[str] = []

    def write(_content: bytes) -> None:
        with sqlite3.connect(file, timeout=0.2) as connection:
            connection.execute("UPDATE school SET name = 'Written meanwhile'")
        connection.close()
        wrote.append("yes")

    with ScriptedServer(on_message=write) as server:
        assert with_mail_server(one_mail, server.port).deliver()["sent"] == 1
    assert wrote == ["yes"]


def test_a_paused_outbox_sends_nothing_counts_no_try_and_goes_on_where_it_was(one_mail: Round) -> None:
    with ScriptedServer() as server:
        made = with_mail_server(one_mail, server.port)
        pause_outbox(NOW)
        pause_outbox(NOW)
        db.session.commit()
        for _ in range(3):
            assert made.deliver() == {"sent": 0, "waiting": 1, "failed": 0}
        assert server.arrived == [] and job_of(only(made)).attempts == 0
        assert outbox_is_paused()
        resume_outbox()
        db.session.commit()
        assert made.deliver()["sent"] == 1
    assert len(server.arrived) == 1


def test_bytes_are_erased_thirty_days_after_delivery_and_not_before(one_mail: Round) -> None:
    post_letter(letter("two"), NOW)
    only_sent = one_mail.messages()[0]
    only_sent.state, only_sent.sent_at = "sent", NOW
    db.session.commit()
    assert not erase_delivered(NOW + KEPT_AFTER_DELIVERY)
    assert erase_delivered(NOW + KEPT_AFTER_DELIVERY + timedelta(seconds=1))
    db.session.commit()
    db.session.expire_all()
    assert [message.sealed is None for message in one_mail.messages()] == [True, False]
    assert not erase_delivered(NOW + KEPT_AFTER_DELIVERY + timedelta(days=1))


def test_one_revision_of_one_person_never_has_two_contents(published: Round) -> None:
    from dataclasses import replace

    from mentorship.invites.emails import visit_invitation

    visit = published.visit()
    invite = published.invite(visit, visit.host)
    visit.room = "Elsewhere"
    second = replace(visit_invitation(visit, invite, visit.plan.cycle.school), message_id="second@walk.example.org")
    with pytest.raises(RuntimeError, match="two calendar parts"):
        post_letter(second, NOW)
    visit.uid = "new@walk.example.org"
    first = visit_invitation(visit, invite, visit.plan.cycle.school)
    visit.room = "Nowhere"
    other = replace(visit_invitation(visit, invite, visit.plan.cycle.school), message_id="third@walk.example.org")
    with pytest.raises(RuntimeError, match="two calendar parts"):
        post_letters([first, other], NOW)


def test_letters_posted_together_are_each_sent_by_their_own_job(one_mail: Round) -> None:
    posted = post_letters([letter(word) for word in ("two", "three", "four")], NOW)
    db.session.commit()
    for message in posted:
        job = job_of(message)
        assert (job.ids, job.kind, job.run_at) == ({"message": message.id}, SEND, NOW)
    assert [message.message_id.partition("@")[0] for message in posted] == ["two", "three", "four"]
    assert post_letters([], NOW) == []


def test_the_list_shows_states_and_never_a_body(published: Round) -> None:
    rows = messages()
    assert len(rows) == len(published.messages())
    for row in rows:
        assert row["state"] == "waiting" and row["attempts"] == 0 and row["next_at"]
        assert row["message_id"].startswith("<") and row["message_id"].endswith("@walk.example.org>")
        assert (row["method"], row["sequence"]) == (("REQUEST", 0) if row["uid"] else (None, None))
        assert set(row) == {
            *("id", "to", "subject", "message_id", "uid", "sequence", "method"),
            *("state", "attempts", "last_answer", "next_at"),
        }
