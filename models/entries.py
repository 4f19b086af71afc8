"""Hours that two people enter by hand, and postings that two people take back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class EntryState(StrEnum):
    """Where a manual entry stands."""

    PROPOSED = "proposed"  # waits for the second person
    SIGNED = "signed"  # credited, and marked for ever
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # nobody at any level answered in time


class EntryLevel(StrEnum):
    """Whose second signature an entry waits for now."""

    BRANCH = "branch"
    STREET = "street"
    COUNTY = "county"


class ManualEntry(Base):
    """A service that was not recorded by its own evidence: two people, and papers.

    ``kind``: ``entry``, or ``correction`` of a visit whose posting is taken back with it.
    """

    __tablename__ = "manual_entries"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_manual_entries_state", "book", "state", "due_at"),
        sa.Index("ix_manual_entries_branch", "book", "branch_id", "state"),
        sa.Index("ix_manual_entries_visit", "book", "visit_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    kind: Mapped[str] = mapped_column(sa.String(12))
    region_code: Mapped[str] = mapped_column(sa.String(12))
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    service_code: Mapped[str] = mapped_column(sa.String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    remote: Mapped[bool] = mapped_column(default=False)
    #: Why it was not recorded on the spot: no_slip, no_device, outage, wrong_time, wrong_person, …
    why: Mapped[str] = mapped_column(sa.String(24))
    reason_sealed: Mapped[str]
    corrects_visit_id: Mapped[UUID | None]
    state: Mapped[EntryState] = mapped_column(str_enum(EntryState, "entry_state"))
    level: Mapped[EntryLevel] = mapped_column(str_enum(EntryLevel, "entry_level"))
    #: When it goes to the level above, or lapses.
    due_at: Mapped[datetime]
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    visit_id: Mapped[UUID | None]
    transfer_id: Mapped[UUID | None]


class ReversalState(StrEnum):
    """Where a proposal to take a posting back stands."""

    PROPOSED = "proposed"
    SIGNED = "signed"  # one administrator has signed
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_IS_OPEN = sa.text("state IN ('proposed', 'signed')")


class Reversal(Base):
    """Somebody, often an auditor, asks that a posting be taken back; two administrators do it."""

    __tablename__ = "reversals"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index(
            "ix_reversals_open",
            "book",
            "transfer_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        sa.Index("ix_reversals_state", "book", "state", "proposed_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    transfer_id: Mapped[UUID]
    #: wrong_person, wrong_time, false_record, decided_dispute.
    reason: Mapped[str] = mapped_column(sa.String(24))
    note_sealed: Mapped[str | None]
    #: What led to it.
    flag_id: Mapped[UUID | None]
    sheet_id: Mapped[UUID | None]
    complaint_id: Mapped[UUID | None]
    state: Mapped[ReversalState] = mapped_column(str_enum(ReversalState, "reversal_state"))
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    first_signed_by_id: Mapped[UUID | None]
    first_signed_at: Mapped[datetime | None]
    second_signed_by_id: Mapped[UUID | None]
    second_signed_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    reversing_id: Mapped[UUID | None]
