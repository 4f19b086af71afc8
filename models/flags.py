"""Flags: what rules found odd, with the facts behind it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class FlagState(StrEnum):
    """What came of a flag."""

    OPEN = "open"
    CLEARED = "cleared"  # looked into, and harmless
    UPHELD = "upheld"


class Flag(Base):
    """One finding by one rule. The same facts make it once, however often the rules run."""

    __tablename__ = "flags"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "fingerprint"),
        sa.Index("ix_flags_state", "book", "state", "found_at"),
        sa.Index("ix_flags_subject", "book", "subject_id"),
        sa.Index("ix_flags_code", "book", "code", "found_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: overlap, travel, same_device, equal_durations, one_administrator, …
    code: Mapped[str] = mapped_column(sa.String(32))
    #: Digest of the code and of the ids that it is about.
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    #: visit, member, pair, branch, administrator, transfers.
    subject_kind: Mapped[str] = mapped_column(sa.String(24))
    subject_id: Mapped[UUID]
    branch_id: Mapped[UUID | None]
    #: Ids, figures and the thresholds they were held to; no names.
    facts: Mapped[dict[str, Any]]
    #: Which published thresholds it was found with.
    table_version: Mapped[str] = mapped_column(sa.String(32))
    #: When what it is about happened, and when it was found.
    happened_at: Mapped[datetime]
    found_at: Mapped[datetime]
    state: Mapped[FlagState] = mapped_column(str_enum(FlagState, "flag_state"))
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_reason_sealed: Mapped[str | None]
    sheet_id: Mapped[UUID | None]


class FlagVisit(Base):
    """A visit that a flag is about: every one of them is called back."""

    __tablename__ = "flag_visits"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "flag_id"], ["flags.book", "flags.id"]),
        sa.Index("ix_flag_visits_visit", "book", "visit_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    flag_id: Mapped[IdKey]
    visit_id: Mapped[IdKey]


class FlagScan(Base):
    """How far a rule has looked in a book: the next run begins there."""

    __tablename__ = "flag_scans"
    __table_args__ = placed("book")

    book: Mapped[BookKey]
    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    scanned_to: Mapped[datetime]
