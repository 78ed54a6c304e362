"""Mail in, by SMTP (RFC 5321): 250 once a message is stored, whatever it holds; 4xx only where it could not be."""

from __future__ import annotations

import logging
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from mentorship import clock
from mentorship.config import Settings
from mentorship.extensions import db
from mentorship.replies.decisions import is_ours
from mentorship.replies.operations import store_message
from mentorship.replies.reading_child import LARGEST_MESSAGE

logger = logging.getLogger(__name__)


class _Server(SMTP):
    """Lines of any length are taken in: whether a mail is well made is for its reader to say, not for the door."""

    line_length_limit = LARGEST_MESSAGE + 1024


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


class _Intake:
    def __init__(self, app: Flask) -> None:
        self.app = app
        settings: Settings = app.extensions["mentorship-settings"]
        self.mail_from = settings.mail_from

    def _recipient(self, recipients: list[str]) -> str:
        """The one that is ours: a mail that also goes to somebody else is an answer all the same."""
        lowered = [recipient.lower() for recipient in recipients]
        return next((each for each in lowered if is_ours(each, self.mail_from)), lowered[0] if lowered else "")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        raw = envelope.content
        if not isinstance(raw, bytes):
            return "451 the message could not be read, try again"
        try:
            with self.app.app_context():
                store_message(raw, recipient=self._recipient(envelope.rcpt_tos), now=clock.now())
                db.session.commit()
        except Exception as error:
            # Whatever the trouble is, it is ours: the other side keeps its mail and comes again.
            logger.error("a message could not be stored: %s", type(error).__name__)
            return "451 the message could not be stored, try again"
        return "250 stored"


def listen(app: Flask, host: str, port: int) -> Controller:
    """Start listening in a thread of its own; the caller stops it."""
    options: dict[str, Any] = {"data_size_limit": LARGEST_MESSAGE, "decode_data": False, "enable_SMTPUTF8": True}
    controller = _Controller(_Intake(app), hostname=host, port=port, **options)
    controller.start()
    return controller
