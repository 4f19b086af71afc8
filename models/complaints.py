"""Complaints and disputes after the credit: both sides heard, decided, appealed once."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    OPEN = "open"
    DECIDED = "decided"
    APPEALED = "appealed"
    FINAL = "final"  # the appeal is decided, or its time is over
    WITHDRAWN = "withdrawn"


class Complaint(Base):
    """What somebody says went wrong: about a visit, a person, a branch or a record."""

    __tablename__ = "complaints"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_complaints_state", "book", "state", "due_on"),
        sa.Index("ix_complaints_branch", "book", "branch_id", "state"),
        sa.Index("ix_complaints_visit", "book", "visit_id"),
        sa.Index("ix_complaints_by", "book", "by_id"),
        sa.Index("ix_complaints_against", "book", "against_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    #: charged, false_hours, visit_disputed, record_wrong, conduct, privacy, money, staff, other.
    kind: Mapped[str] = mapped_column(sa.String(24))
    #: Who complains; None: somebody without an account, by telephone.
    by_id: Mapped[UUID | None]
    #: self, family, phone, counter.
    how: Mapped[str] = mapped_column(sa.String(12))
    #: Staff who took it down.
    taken_by_id: Mapped[UUID | None]
    #: A name and number where there is no account.
    contact_sealed: Mapped[str | None]
    #: Whom it is against: a member (a provider, an elder, a member of staff), or nobody by name.
    against_id: Mapped[UUID | None]
    branch_id: Mapped[UUID]
    region_code: Mapped[str] = mapped_column(sa.String(12))
    visit_id: Mapped[UUID | None]
    #: What the provider was credited for the visit is set aside until it is decided.
    hold_id: Mapped[UUID | None]
    hold_book: Mapped[str | None] = mapped_column(sa.String(16))
    held_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    state: Mapped[ComplaintState] = mapped_column(str_enum(ComplaintState, "complaint_state"))
    opened_at: Mapped[datetime]
    #: Until this day the other side is waited for: nothing is decided before it has spoken.
    answer_until: Mapped[date]
    due_on: Mapped[date]
    #: upheld, partly, dismissed.
    decision: Mapped[str | None] = mapped_column(sa.String(16))
    decision_reason_sealed: Mapped[str | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    #: The last day on which either side may appeal.
    appeal_until: Mapped[date | None]
    appealed_by_id: Mapped[UUID | None]
    appealed_at: Mapped[datetime | None]
    appeal_decision: Mapped[str | None] = mapped_column(sa.String(16))
    appeal_reason_sealed: Mapped[str | None]
    appeal_decided_by_id: Mapped[UUID | None]
    appeal_decided_at: Mapped[datetime | None]
    sheet_id: Mapped[UUID | None]
    reversal_id: Mapped[UUID | None]


class ComplaintWord(Base):
    """What one side said, and when: nothing is decided before both were asked."""

    __tablename__ = "complaint_words"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "complaint_id"], ["complaints.book", "complaints.id"]),
        sa.Index("ix_complaint_words_complaint", "book", "complaint_id", "at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    complaint_id: Mapped[UUID]
    #: complainant, other, appeal; ``unreached`` where the other side did not answer in time.
    side: Mapped[str] = mapped_column(sa.String(16))
    said_by_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    text_sealed: Mapped[str]
    at: Mapped[datetime]
