"""Courses, their sessions with places, and who was there and how it ended."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class SessionState(StrEnum):
    """Where a course session stands."""

    PLANNED = "planned"
    HELD = "held"  # everybody who came has a result
    CANCELLED = "cancelled"


class EnrolmentState(StrEnum):
    """Where one person's place in a session stands."""

    BOOKED = "booked"
    WAITING = "waiting"  # all places are taken
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"
    PASSED = "passed"
    FAILED = "failed"


class Course(Base):
    """What a course teaches, how long it takes, and which certificate a pass gives."""

    __tablename__ = "courses"
    __table_args__ = placed("book", sa.UniqueConstraint("book", "code"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    code: Mapped[str] = mapped_column(sa.String(24))
    name: Mapped[str]
    name_en: Mapped[str]
    #: Main contents, as the record of training asks for them.
    contents: Mapped[str]
    #: A certificate code of the rule set.
    certificate_code: Mapped[str] = mapped_column(sa.String(40))
    study_minutes: Mapped[int]
    #: Days for which the certificate holds; None: without an end.
    valid_days: Mapped[int | None]
    organiser: Mapped[str]
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    ended_on: Mapped[date | None]


class CourseSession(Base):
    """A course at a place and time, with so many places."""

    __tablename__ = "course_sessions"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "course_id"], ["courses.book", "courses.id"]),
        sa.Index("ix_course_sessions_branch", "book", "branch_id", "starts_at"),
        sa.CheckConstraint("places > 0", name="places_positive"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    course_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str]
    trainer: Mapped[str]
    places: Mapped[int]
    #: Shown in the room; whoever types it was there.
    code_sealed: Mapped[str]
    state: Mapped[SessionState] = mapped_column(str_enum(SessionState, "session_state"))
    made_by_id: Mapped[UUID]
    made_at: Mapped[datetime]
    reason: Mapped[str | None]


class Enrolment(Base):
    """One person in one session: booked, there, assessed, certified."""

    __tablename__ = "enrolments"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "session_id"], ["course_sessions.book", "course_sessions.id"]
        ),
        sa.Index("ix_enrolments_member", "book", "member_id"),
    )

    book: Mapped[BookKey]
    session_id: Mapped[IdKey]
    member_id: Mapped[IdKey]
    state: Mapped[EnrolmentState] = mapped_column(str_enum(EnrolmentState, "enrolment_state"))
    booked_at: Mapped[datetime]
    attended_at: Mapped[datetime | None]
    attended_how: Mapped[str | None] = mapped_column(sa.String(16))  # code, trainer
    attempts: Mapped[int] = mapped_column(default=0)
    score: Mapped[int | None]
    assessed_by_id: Mapped[UUID | None]
    assessed_at: Mapped[datetime | None]
    certificate_id: Mapped[UUID | None]
