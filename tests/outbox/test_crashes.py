"""What may go wrong between the mail server and our own mark: lost leases, killed workers, two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import NOW, Round, close_database, open_round, with_mail_server

from mentorship import clock
from mentorship.extensions import db
from mentorship.jobs.operations import claim_job
from mentorship.jobs.runner import run_one
from mentorship.outbox.jobs import HANDLERS
from mentorship.outbox.operations import SEND, send_message
from mentorship.outbox.sender import Sender
from tests.outbox.servers import ScriptedServer

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_worker_whose_lease_ran_out_marks_nothing_and_the_next_one_sends_the_same_bytes(published: Round) -> None:
    with ScriptedServer() as server:
        made = with_mail_server(published, server.port)
        sender = Sender(made.settings.smtp, made.settings.mail_from, 5.0, 5.0)
        first = made.messages()[0]
        claim = claim_job(lease_seconds=10, kinds=[SEND], only=first.job_id)
        db.session.commit()
        assert claim is not None
        with clock.shifted(timedelta(seconds=60)):
            send_message(claim, clock.now(), sender=sender, waits=(60,))
            db.session.commit()
            assert made.messages()[0].state == "waiting"
            again = claim_job(lease_seconds=10, kinds=[SEND], only=first.job_id)
            db.session.commit()
            assert again is not None and again.attempt == claim.attempt + 1
            # The first worker comes back late, while the second holds the mail.
            send_message(claim, clock.now(), sender=sender, waits=(60,))
            db.session.commit()
            assert made.messages()[0].state == "waiting"
            send_message(again, clock.now(), sender=sender, waits=(60,))
            db.session.commit()
    assert made.messages()[0].state == "sent"
    assert len(set(server.arrived)) == 1


def test_a_worker_killed_between_data_and_its_mark_leaves_at_most_one_identical_copy(published: Round) -> None:
    folder, waiting = published.settings.instance, len(published.messages())
    close_database()
    killed: list[int] = []
    worker: list[subprocess.Popen[bytes]] = []

    def kill(_content: bytes) -> None:
        if not killed:
            killed.append(worker[0].pid)
            os.kill(worker[0].pid, signal.SIGKILL)

    def deliver(port: int, at: datetime) -> subprocess.Popen[bytes]:
        offset = (at - datetime.now(UTC)).total_seconds()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTORSHIP_")}
        environment |= {
            "MENTORSHIP_INSTANCE": str(folder),
            "MENTORSHIP_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "MENTORSHIP_CLOCK_OFFSET": str(offset),
        }
        command = [sys.executable, "-m", "mentorship", "outbox", "deliver", "--json"]
        return subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    with ScriptedServer(on_message=kill) as server:
        worker.append(deliver(server.port, NOW))
        worker[0].communicate(timeout=60)
        assert worker[0].returncode == -signal.SIGKILL and len(server.arrived) == 1
        second = deliver(server.port, NOW + timedelta(hours=1))
        out, trouble = second.communicate(timeout=60)
        assert second.returncode == 0, trouble
    copies = [content for content in server.arrived if content == server.arrived[0]]
    assert len(copies) == 2
    assert len(server.arrived) == waiting + 1 and len(set(server.arrived)) == waiting
    assert b'"waiting": 0' in out


def test_two_workers_at_once_send_each_mail_once(published: Round) -> None:
    folder, waiting = published.settings.instance, len(published.messages())
    close_database()
    troubles: list[BaseException] = []

    def work(port: int) -> None:
        try:
            made = with_mail_server(open_round(folder), port)
            with made.app.app_context():
                while run_one(HANDLERS, lease_seconds=made.settings.lease_seconds):
                    pass
                close_database()
        except BaseException as trouble:
            troubles.append(trouble)

    with ScriptedServer() as server:
        workers = [threading.Thread(target=work, args=(server.port,)) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(timeout=60)
    assert troubles == []
    assert len(server.arrived) == len(set(server.arrived)) == waiting
