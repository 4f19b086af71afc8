"""Work sheets: 预警单 warning, 督办单 supervision, 进度单 progress."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class SheetKind(StrEnum):
    """What is asked of the owner."""

    WARNING = "warning"
    SUPERVISION = "supervision"
    PROGRESS = "progress"


class SheetState(StrEnum):
    """Where a sheet stands."""

    OPEN = "open"
    CLOSED = "closed"
    APPEALED = "appealed"  # whoever it went against asks the level above, once


class WorkSheet(Base):
    """Something to be done by somebody until a day, and how it ended."""

    __tablename__ = "work_sheets"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_work_sheets_state", "book", "state", "due_on"),
        sa.Index("ix_work_sheets_owner", "owner_id", "state"),
        sa.Index("ix_work_sheets_branch", "book", "branch_id", "state"),
        sa.Index("ix_work_sheets_subject", "book", "subject_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    kind: Mapped[SheetKind] = mapped_column(str_enum(SheetKind, "sheet_kind"))
    #: What it is about, by code: flag, callback_failed, branch_suspended, complaint, late_record, …
    about: Mapped[str] = mapped_column(sa.String(32))
    subject_kind: Mapped[str] = mapped_column(sa.String(24))
    subject_id: Mapped[UUID]
    region_code: Mapped[str] = mapped_column(sa.String(12))
    #: The branch whose staff may answer it; None: the region's administrators only.
    branch_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]
    opened_by_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    #: Who has taken it; None: it lies in the inbox of the branch, or of the region.
    owner_id: Mapped[UUID | None]
    due_on: Mapped[date]
    calendar_version: Mapped[str] = mapped_column(sa.String(64))
    #: 0 the branch, 1 the region, 2 the level above it: raised by the job when it is overdue.
    level: Mapped[int] = mapped_column(default=0)
    state: Mapped[SheetState] = mapped_column(str_enum(SheetState, "sheet_state"))
    #: A supervision sheet made of a warning names it.
    parent_id: Mapped[UUID | None]
    #: done, unfounded, passed_on, and the decision on an appeal.
    outcome: Mapped[str | None] = mapped_column(sa.String(24))
    close_reason_sealed: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None]
    appealed_at: Mapped[datetime | None]
    appealed_by_id: Mapped[UUID | None]
    appeal_decided_at: Mapped[datetime | None]


class SheetEvent(Base):
    """One step of a sheet, with its words sealed."""

    __tablename__ = "sheet_events"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "sheet_id"], ["work_sheets.book", "work_sheets.id"]),
        sa.Index("ix_sheet_events_sheet", "book", "sheet_id", "at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    sheet_id: Mapped[UUID]
    at: Mapped[datetime]
    by_id: Mapped[UUID]
    #: opened, taken, handed_on, note, escalated, closed, appealed, appeal_decided.
    what: Mapped[str] = mapped_column(sa.String(16))
    text_sealed: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
