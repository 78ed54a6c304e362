"""What was imported when, and files that wait for somebody to say yes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.clock import UtcDateTime
from mentorship.extensions import Base, one_of
from mentorship.keys import SealedBytes, SealedText
from mentorship.people.models import Person

UPLOAD_STATES = ("waiting", "imported", "dropped", "expired")


class ImportRun(Base):
    """One applied import, in counts; `by` is a person's id or the name of a command."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), index=True)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80), default="")
    file_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    records: Mapped[dict[str, Any]] = mapped_column(JSON)


class ImportUpload(Base):
    """Files given on the page, with what they would change; nothing has come in while the state is `waiting`.

    The school is None where an administrator brings one that is not there yet. Files, corrections and preview name
    people, so they rest sealed and are erased as soon as they are imported, dropped or a week old. Each preview counts
    the version up: whoever confirms says which of them they saw.
    """

    __tablename__ = "import_upload"
    __table_args__ = (one_of("state", UPLOAD_STATES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_names: Mapped[list[str]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    files: Mapped[bytes | None] = mapped_column(SealedBytes, deferred=True)
    corrections: Mapped[str | None] = mapped_column(SealedText)
    preview: Mapped[str | None] = mapped_column(SealedText)
    version: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    run: Mapped[ImportRun | None] = relationship(lazy="joined")
