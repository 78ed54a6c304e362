"""What marks a database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base


class DemoMark(Base):
    """One row in the database of a demo school, none anywhere else."""

    __tablename__ = "demo_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
