"""What stands in the way of working, one sentence each."""

from __future__ import annotations

import shutil
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from mentorship import clock
from mentorship.config import Settings
from mentorship.extensions import db
from mentorship.outbox.models import OutboxMessage
from mentorship.outbox.operations import outbox_is_paused
from mentorship.replies.models import InboundMessage

LEAST_FREE_BYTES = 100 * 1024 * 1024
LONGEST_WAIT = timedelta(minutes=15)


def troubles() -> list[str]:
    """Database, disk, oldest unsent mail, oldest unread mail; empty where all is well."""
    settings: Settings = current_app.extensions["mentorship-settings"]
    found: list[str] = []
    try:
        if shutil.disk_usage(settings.instance).free < LEAST_FREE_BYTES:
            found.append("The disk is nearly full; make room in the instance folder.")
    except OSError:
        found.append("The instance folder cannot be read.")
    try:
        found += _lags()
    except SQLAlchemyError:
        found.append("The database cannot be read.")
    return found


def _lags() -> list[str]:
    long_ago = clock.now() - LONGEST_WAIT
    found: list[str] = []
    unsent = db.session.scalar(select(func.min(OutboxMessage.created_at)).where(OutboxMessage.state == "waiting"))
    if unsent is not None and unsent < long_ago and not outbox_is_paused():
        found.append("Mail has been waiting for over 15 minutes; see “mentorship outbox list”.")
    unread = db.session.scalar(select(func.min(InboundMessage.received_at)).where(InboundMessage.outcome.is_(None)))
    if unread is not None and unread < long_ago:
        found.append("Mail that came in has been waiting for over 15 minutes; is “mentorship worker” running?")
    return found
