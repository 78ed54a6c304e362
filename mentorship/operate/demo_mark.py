"""A demo's database and a school's database never take each other's place."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from mentorship.errors import Refused
from mentorship.extensions import db, reading
from mentorship.operate.models import DemoMark


def mark_demo(now: datetime) -> None:
    db.session.add(DemoMark(id=1, marked_at=now))


def refuse_demo(app: Flask) -> None:
    """Raises `Refused` where the database is a demo's: invented people are never mailed to by a real server."""
    with app.app_context(), reading():
        if db.session.scalar(select(DemoMark.id)) is not None:
            raise Refused(
                "This is the database of a demo; only “mentorship demo” opens it. Choose another MENTORSHIP_INSTANCE."
            )
