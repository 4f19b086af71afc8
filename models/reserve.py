"""A region's fund and how far it backs the coins that its members have earned."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed


class FundRecord(Base):
    """What a region's fund holds on a day, in fen, by a paper; signed by two administrators.

    With the first signed record a region has joined: before it no corridor of its is open.
    """

    __tablename__ = "fund_records"
    __table_args__ = placed(
        "book",
        sa.CheckConstraint("fund_fen >= 0", name="fund_not_negative"),
        sa.Index("ix_fund_records_on_day", "book", "on_day"),
        changes=("signed_by_id", "signed_at", "withdrawn_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    on_day: Mapped[date]
    fund_fen: Mapped[int] = mapped_column(sa.BigInteger())
    document: Mapped[str] = mapped_column(sa.String(60))
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class ReserveReading(Base):
    """The reserve ratio as it was computed at a moment, and which premiums it stops from then."""

    __tablename__ = "reserve_readings"
    __table_args__ = placed(
        "book", sa.Index("ix_reserve_readings_at", "book", "at"), append_only=True
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    at: Mapped[datetime]
    fund_record_id: Mapped[UUID]
    fund_fen: Mapped[int] = mapped_column(sa.BigInteger())
    #: Coins that members have earned and not yet spent.
    outstanding_minutes: Mapped[Minutes]
    #: Rounded down; None: nothing is outstanding.
    backed_percent: Mapped[int | None]
    #: none, pt, ptr: see services.rules.reserve.
    premium_stop: Mapped[str] = mapped_column(sa.String(8))
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
