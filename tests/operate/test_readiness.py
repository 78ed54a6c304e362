"""What stands in the way of working, one sentence each."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mentorship import clock
from mentorship.extensions import db
from mentorship.jobs.operations import add_job
from mentorship.operate.readiness import troubles
from mentorship.outbox.models import OutboxMessage
from mentorship.outbox.operations import pause_outbox
from mentorship.replies.models import InboundMessage

Usage = namedtuple("Usage", "total used free")


def _ready(app: Flask) -> tuple[int, list[str]]:
    answer = app.test_client().get("/readyz")
    body: Any = answer.get_json()
    assert body["ready"] is (not body["troubles"])
    return answer.status_code, body["troubles"]


def _wait_for_mail(minutes: int) -> None:
    written = clock.now() - timedelta(minutes=minutes)
    job = add_job("send_mail", {}, run_at=written)
    db.session.flush()
    mail = {"kind": "test", "to_address": "a@t.example.edu", "subject": "x", "message_id": "1@t", "sealed": b"x"}
    db.session.add(OutboxMessage(**mail, job_id=job.id, created_at=written))
    db.session.commit()


def test_a_new_instance_is_ready(app: Flask) -> None:
    assert _ready(app) == (200, [])
    assert app.test_client().get("/healthz").get_json() == {"alive": True}


@pytest.mark.parametrize(("minutes", "is_late"), [(14, False), (16, True)])
def test_mail_that_waits_too_long_is_told_unless_it_is_paused(app: Flask, minutes: int, is_late: bool) -> None:
    with app.app_context():
        _wait_for_mail(minutes)
    late = "Mail has been waiting for over 15 minutes; see “mentorship outbox list”."
    assert _ready(app) == ((503, [late]) if is_late else (200, []))
    with app.app_context():
        pause_outbox(clock.now())
        db.session.commit()
    assert _ready(app) == (200, [])


def test_mail_that_nobody_reads_is_told(app: Flask) -> None:
    with app.app_context():
        came = clock.now() - timedelta(minutes=16)
        db.session.add(InboundMessage(sha256="0" * 64, received_at=came, sealed=b"x"))
        db.session.commit()
    assert _ready(app) == (
        503,
        ["Mail that came in has been waiting for over 15 minutes; is “mentorship worker” running?"],
    )


def test_a_nearly_full_disk_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12, 10**6))
    assert _ready(app) == (503, ["The disk is nearly full; make room in the instance folder."])


def test_a_folder_that_is_gone_is_told(app: Flask) -> None:
    settings = app.extensions["mentorship-settings"]
    app.extensions["mentorship-settings"] = replace(settings, instance=settings.instance / "gone")
    assert _ready(app) == (503, ["The instance folder cannot be read."])


def test_a_database_that_cannot_be_read_is_told(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("DROP TABLE outbox_message"))
        db.session.commit()
        assert troubles() == ["The database cannot be read."]
