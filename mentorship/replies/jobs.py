"""What came in and has not been read yet."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import select

from mentorship.config import Settings
from mentorship.extensions import db
from mentorship.jobs.runner import Timed
from mentorship.replies.models import InboundMessage
from mentorship.replies.operations import apply_or_quarantine
from mentorship.replies.reading import read_message_in_child


def read_one_message(now: datetime) -> bool:
    """Read one stored message that nobody has read yet; says whether there was one.

    It commits before the child reads, as the runner does: no transaction may be open while somebody else's mail is
    being taken apart.
    """
    settings: Settings = current_app.extensions["mentorship-settings"]
    waiting = select(InboundMessage).where(InboundMessage.outcome.is_(None)).order_by(InboundMessage.id).limit(1)
    message = db.session.scalars(waiting).first()
    if message is None:
        return False
    message_id, raw = message.id, message.sealed or b""
    db.session.commit()
    read = read_message_in_child(raw)
    message = db.session.get(InboundMessage, message_id, with_for_update=True, populate_existing=True)
    if message is not None and message.outcome is None:
        apply_or_quarantine(message, read, mail_from=settings.mail_from, now=now)
    return True


TIMED: tuple[Timed, ...] = (read_one_message,)
