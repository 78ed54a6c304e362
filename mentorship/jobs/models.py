"""One piece of waiting work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base


class Job(Base):
    """Written in the transaction of the change that causes it; carries ids only, never text.

    `waiting → running → done | failed`; a running job whose lease ran out may be claimed again. Every completion is
    fenced by (id, attempts): whoever lost the lease cannot mark. A long job says in `progress` how far it is (numbers
    and words of ours, never text of a person), and reads in `wish` what a person asks of it meanwhile.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    ids: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(400))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    wish: Mapped[str] = mapped_column(String(10), default="")
