"""Mail in, by SMTP (RFC 5321): 250 once a message is stored, whatever it holds; 4xx only where it could not be."""

from __future__ import annotations

import logging
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from mentorship import clock
from mentorship.extensions import db
from mentorship.replies.operations import store_message

logger = logging.getLogger(__name__)
LARGEST_MESSAGE = 25 * 1024 * 1024


class _Intake:
    def __init__(self, app: Flask) -> None:
        self.app = app

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        raw = envelope.content
        if not isinstance(raw, bytes):
            return "451 the message could not be read, try again"
        try:
            with self.app.app_context():
                for recipient in envelope.rcpt_tos or [""]:
                    store_message(raw, recipient=recipient.lower(), now=clock.now())
                db.session.commit()
        except SQLAlchemyError as error:
            logger.error("a message could not be stored: %s", type(error).__name__)
            return "451 the message could not be stored, try again"
        return "250 stored"


def listen(app: Flask, host: str, port: int) -> Controller:
    """Start listening in a thread of its own; the caller stops it."""
    options: dict[str, Any] = {"data_size_limit": LARGEST_MESSAGE, "decode_data": False, "enable_SMTPUTF8": True}
    controller = Controller(_Intake(app), hostname=host, port=port, **options)
    controller.start()
    return controller
