"""The timetable of a school: date → (cycle day, bell schedule) → periods with times; section → (period, cycle day)."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorship.extensions import Base

DAY_KINDS = ("instructional", "staff_only", "holiday", "weather", "emergency", "makeup", "weekend", "other")
LESSON_DAYS = ("instructional", "makeup")
PERIOD_KINDS = ("class", "lunch", "homeroom", "advisory", "flex", "other")


class Term(Base):
    """A stretch of the year, both dates inclusive."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Bell(Base):
    """One line of a bell schedule: a period's wall-clock times, on one cycle day or on every one."""

    __tablename__ = "bell"
    __table_args__ = (UniqueConstraint("school_id", "bell_schedule", "cycle_day", "period", "wave", "starts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    bell_schedule: Mapped[str] = mapped_column(String(120))
    cycle_day: Mapped[str] = mapped_column(String(40), default="")
    period: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), default="class")
    starts: Mapped[time]
    ends: Mapped[time]
    wave: Mapped[str] = mapped_column(String(40), default="")


class SchoolDay(Base):
    """One date at one school, as the file filed it (`pinned_cycle_day`) and as it stands (`cycle_day_by_rotation`)."""

    __tablename__ = "school_day"
    __table_args__ = (UniqueConstraint("school_id", "on_date"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    on_date: Mapped[date]
    kind: Mapped[str] = mapped_column(String(20))
    bell_schedule: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(400), default="")
    pinned_cycle_day: Mapped[str] = mapped_column(String(40), default="")
    waits: Mapped[bool] = mapped_column(default=False)
    cycle_day_by_rotation: Mapped[dict[str, str | None]] = mapped_column(JSON, default=dict)


class Section(Base):
    """One class group of a course. Without meetings its teachers' time is unknown, never free."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("school_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    code: Mapped[str] = mapped_column(String(255))
    course: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(120), default="")
    grades: Mapped[list[str]] = mapped_column(JSON, default=list)
    room: Mapped[str] = mapped_column(String(60), default="")
    building: Mapped[str] = mapped_column(String(60), default="")
    expression: Mapped[str] = mapped_column(String(400), default="")
    unreadable_because: Mapped[str] = mapped_column(String(400), default="")
    term: Mapped[str] = mapped_column(String(120), default="")
    wave: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)

    meetings: Mapped[list[SectionMeeting]] = relationship(
        back_populates="section", cascade="all, delete-orphan", order_by="SectionMeeting.id"
    )
    teachers: Mapped[list[SectionTeacher]] = relationship(
        back_populates="section", cascade="all, delete-orphan", order_by="SectionTeacher.position"
    )


class SectionMeeting(Base):
    """A section meets in this period on this cycle day of its rotation."""

    __tablename__ = "section_meeting"
    __table_args__ = (UniqueConstraint("section_id", "period", "cycle_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    period: Mapped[str] = mapped_column(String(40))
    cycle_day: Mapped[str] = mapped_column(String(40))
    rotation: Mapped[str] = mapped_column(String(120), default="")

    section: Mapped[Section] = relationship(back_populates="meetings")


class SectionTeacher(Base):
    """Who teaches a section; the first is primary, the rest co-teach. All of them are busy."""

    __tablename__ = "section_teacher"
    __table_args__ = (UniqueConstraint("section_id", "membership_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"), index=True)
    position: Mapped[int]

    section: Mapped[Section] = relationship(back_populates="teachers")


class Travel(Base):
    """Minutes on foot between two buildings, the same both ways."""

    __tablename__ = "travel"
    __table_args__ = (UniqueConstraint("school_id", "from_building", "to_building"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    from_building: Mapped[str] = mapped_column(String(60))
    to_building: Mapped[str] = mapped_column(String(60))
    minutes: Mapped[int]
