"""What the outbox has the runner do."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from mentorship.config import Settings
from mentorship.jobs.operations import Claim
from mentorship.jobs.runner import Handler, Timed
from mentorship.outbox.operations import SEND, erase_delivered, send_message
from mentorship.outbox.sender import Sender

# A hand-over ends well before its lease does, or two workers would send the same mail.
SHARE_OF_LEASE = 0.75


def _send(claim: Claim, now: datetime) -> None:
    settings: Settings = current_app.extensions["mentorship-settings"]
    patience = settings.lease_seconds * SHARE_OF_LEASE
    sender = Sender(settings.smtp, settings.mail_from, settings.smtp_timeout, patience)
    send_message(claim, now, sender=sender, waits=settings.mail_retry_seconds)


HANDLERS: dict[str, Handler] = {SEND: _send}
TIMED: tuple[Timed, ...] = (erase_delivered,)
