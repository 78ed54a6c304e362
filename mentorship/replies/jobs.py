"""What came in and has not been read yet."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from mentorship.config import Settings
from mentorship.jobs.runner import Timed
from mentorship.replies.operations import apply_one_waiting


def read_one_message(now: datetime) -> bool:
    settings: Settings = current_app.extensions["mentorship-settings"]
    return apply_one_waiting(now, mail_from=settings.mail_from)


TIMED: tuple[Timed, ...] = (read_one_message,)
