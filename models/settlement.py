"""Settlement windows: what the books owe each other at a watermark, and what came of it.

The windows, the pairs and the payments of the whole country stand in the book of the nation, a
region's own statement in the region's book. What is written at the close never changes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class WindowState(StrEnum):
    """Where a window stands."""

    OPEN = "open"
    CLOSING = "closing"  # its pairs are being cut, one after the other
    CLOSED = "closed"  # every figure is fixed; regions acknowledge
    SETTLED = "settled"  # everybody has acknowledged, no dispute is open


class DisputeOutcome(StrEnum):
    """How a dispute of a position ended."""

    WITHDRAWN = "withdrawn"
    STANDS = "stands"  # both sides have looked: the figure is right
    CORRECTED = "corrected"  # reversals in a later window put it right


class SettlementWindow(Base):
    """A day of clearing. The next one is open before this one is cut: late acts fall into it."""

    __tablename__ = "settlement_windows"
    __table_args__ = placed(
        "book",
        sa.Index("ix_settlement_windows_state", "book", "state"),
        changes=("state", "closed_at", "settled_at", "content_hash"),
    )

    book: Mapped[BookKey]
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime]
    #: From when on it is to be cut.
    watermark: Mapped[datetime]
    state: Mapped[WindowState] = mapped_column(str_enum(WindowState, "window_state"))
    closed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    #: SHA-256 over all pairs and payments, in hexadecimal digits; set at the close.
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))


class WindowPair(Base):
    """What the first book of a pair came to owe the other within a window (negative: is owed).

    The cut names the last entry of every balance row of both clearing accounts, so that anybody
    can add the window up again.
    """

    __tablename__ = "window_pairs"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "window_number"], ["settlement_windows.book", "settlement_windows.number"]
        ),
        append_only=True,
    )

    book: Mapped[BookKey]
    window_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    one_book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    other_book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    owes_minutes: Mapped[Minutes]
    #: What either side paid the other, gross.
    one_paid_minutes: Mapped[Minutes]
    other_paid_minutes: Mapped[Minutes]
    #: Slot -> version of the last entry that counts.
    one_cut: Mapped[dict[str, Any]]
    other_cut: Mapped[dict[str, Any]]
    cut_at: Mapped[datetime]


class NetPayment(Base):
    """One of the fewest payments that even out a window: minutes, never money."""

    __tablename__ = "net_payments"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(
            ["book", "window_number"], ["settlement_windows.book", "settlement_windows.number"]
        ),
        sa.CheckConstraint("owed_minutes > 0", name="owed_positive"),
        append_only=True,
    )

    book: Mapped[BookKey]
    window_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    to_book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    owed_minutes: Mapped[Minutes]


class WindowStatement(Base):
    """A region's own statement of a window, which its civil-affairs body acknowledges."""

    __tablename__ = "window_statements"
    __table_args__ = placed("book", changes=("acknowledged_by_id", "acknowledged_at"))

    book: Mapped[BookKey]
    window_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: What the region owes all others together (negative: is owed).
    net_minutes: Mapped[Minutes]
    #: SHA-256 over the statement's lines, in hexadecimal digits.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]
    acknowledged_by_id: Mapped[UUID | None]
    acknowledged_at: Mapped[datetime | None]


class PositionDispute(Base):
    """One side says that a pair's figure is wrong: the window is not settled until it ends."""

    __tablename__ = "position_disputes"
    __table_args__ = placed(
        "book",
        sa.Index("ix_position_disputes_window", "book", "window_number"),
        changes=("outcome", "resolved_by_id", "resolved_at", "resolution_sealed"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    window_number: Mapped[int]
    one_book: Mapped[str] = mapped_column(sa.String(16))
    other_book: Mapped[str] = mapped_column(sa.String(16))
    #: Which of the two sides disputes.
    by_book: Mapped[str] = mapped_column(sa.String(16))
    opened_by_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    reason_sealed: Mapped[str]
    outcome: Mapped[DisputeOutcome | None] = mapped_column(
        str_enum(DisputeOutcome, "dispute_outcome")
    )
    resolved_by_id: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    resolution_sealed: Mapped[str | None]
