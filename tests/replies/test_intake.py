"""Mail in over real SMTP: stored before it is acknowledged, never refused for what it holds, once by every door."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from builders import Round
from sqlalchemy.exc import OperationalError

from mentorship import clock
from mentorship.extensions import db
from mentorship.jobs.runner import run_timed
from mentorship.replies import intake
from mentorship.replies.jobs import TIMED
from mentorship.replies.reading_child import LARGEST_MESSAGE

SENDER = "pat@t.example.edu"
HOSTILE = {
    "parentheses": b"From: " + b"(" * 5000 + b"\r\nTo: x\r\n\r\n.\r\n",
    "a header of 60 KB": b"Subject: " + b"x" * 60_000 + b"\r\n\r\nhello\r\n",
    "one line of a megabyte": b"Subject: x\r\n\r\n" + b"x" * 1_000_000 + b"\r\n",
    "no header at all": b"\x00\xff\xfe" * 1000 + b"\r\n",
    "empty": b"\r\n",
    "many parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 20_000,
    "eight bits": "Subject: Grüße 🦉\r\n\r\nÄ\r\n".encode(),
}


@contextmanager
def listening(made: Round) -> Iterator[int]:
    db.session.commit()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = intake.listen(made.app, "127.0.0.1", port)
    try:
        yield port
    finally:
        controller.stop()


def send(port: int, raw: bytes, *recipients: str) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
        connection.ehlo()
        connection.mail(SENDER)
        for recipient in recipients:
            assert connection.rcpt(recipient)[0] == 250
        return connection.data(raw)


def read_all(made: Round) -> list[str | None]:
    run_timed(TIMED)
    db.session.expire_all()
    outcomes = [message.outcome for message in made.inbound()]
    db.session.commit()
    return outcomes


def test_an_answer_by_smtp_is_stored_acknowledged_and_applied(published: Round) -> None:
    visit = published.visit()
    raw, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    with listening(published) as port:
        assert send(port, raw, token)[0] == 250
        stored = published.inbound()
        assert [(message.outcome, message.recipient) for message in stored] == [(None, token)]
        assert stored[0].sealed == raw
        assert published.visit().host_answer == "none"
        assert read_all(published) == ["apply"]
    assert published.visit().host_answer == "yes"
    assert published.inbound()[0].sealed is None


def test_the_recipient_of_the_envelope_counts_whatever_the_headers_say(published: Round) -> None:
    visit = published.visit()
    token = published.reply_address(visit, visit.host)
    raw = published.reply(visit, visit.host, "ACCEPTED", to="undisclosed@elsewhere.example")
    with listening(published) as port:
        assert send(port, raw, "somebody@elsewhere.example", token.upper())[0] == 250
    assert read_all(published) == ["apply"]


def test_the_same_message_by_smtp_and_by_file_is_applied_once(published: Round) -> None:
    visit = published.visit()
    raw, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    with listening(published) as port:
        assert [send(port, raw, token)[0] for _ in range(3)] == [250] * 3
    assert published.ingest(raw) == "duplicate"
    assert read_all(published) == ["apply"]
    assert published.ingest(raw) == "duplicate"
    assert read_all(published) == ["apply"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_mail_is_taken_put_aside_and_the_next_good_one_is_handled(published: Round, kind: str) -> None:
    visit = published.visit()
    good, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    before = published.dump()
    with listening(published) as port:
        assert send(port, HOSTILE[kind], token)[0] == 250
        outcomes = read_all(published)
        assert len(outcomes) == 1 and outcomes[0] in {"quarantine", "review"}
        assert published.dump() == before
        assert send(port, good, token)[0] == 250
        assert read_all(published)[1] == "apply"


def test_over_25_megabytes_are_refused_for_their_size_and_the_next_mail_is_taken(published: Round) -> None:
    visit = published.visit()
    good, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    line = b"x" * 76 + b"\r\n"
    large = b"Subject: large\r\n\r\n" + line * (LARGEST_MESSAGE // len(line) + 1)
    with listening(published) as port:
        assert send(port, large, token)[0] == 552
        assert send(port, good, token)[0] == 250
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
            connection.ehlo()
            assert connection.mail(SENDER, [f"SIZE={LARGEST_MESSAGE + 1}"])[0] == 552
    assert len(published.inbound()) == 1


def test_trouble_with_the_database_is_a_four_hundred_and_the_mail_may_come_again(
    published: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception("the disk is full"))

    visit = published.visit()
    raw, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    with listening(published) as port:
        with monkeypatch.context() as patched:
            patched.setattr(intake, "store_message", full)
            assert send(port, raw, token)[0] == 451
        assert published.inbound() == []
        db.session.commit()
        assert send(port, raw, token)[0] == 250


def test_what_was_acknowledged_is_read_after_a_restart(published: Round) -> None:
    visit = published.visit()
    raw, token = published.reply(visit, visit.host, "ACCEPTED"), published.reply_address(visit, visit.host)
    with listening(published) as port:
        send(port, raw, token)
    db.session.remove()
    db.engine.dispose()
    with clock.shifted(timedelta(hours=1)):
        assert read_all(published) == ["apply"]
    assert published.visit().host_answer == "yes"
