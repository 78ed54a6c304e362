"""What was imported when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base


class ImportRun(Base):
    """One applied import, in counts."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    records: Mapped[dict[str, Any]] = mapped_column(JSON)
