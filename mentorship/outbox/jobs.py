"""What the outbox has the runner do."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from mentorship.config import Settings
from mentorship.jobs.operations import Claim
from mentorship.jobs.runner import Handler, Timed
from mentorship.outbox.operations import SEND, erase_delivered, send_message
from mentorship.outbox.sender import Sender


def _send(claim: Claim, now: datetime) -> None:
    settings: Settings = current_app.extensions["mentorship-settings"]
    sender = Sender(settings.smtp, settings.mail_from, settings.smtp_timeout)
    send_message(claim, now, sender=sender, waits=settings.mail_retry_seconds)


HANDLERS: dict[str, Handler] = {SEND: _send}
TIMED: tuple[Timed, ...] = (erase_delivered,)
