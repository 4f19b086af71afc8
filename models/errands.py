"""Money that an elder hands over for an errand: out, receipt, change, agreed by both sides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class ErrandMoney(Base):
    """The elder's own money on its way to a shop and back. It never touches the ledger.

    One sum a visit at a time. All amounts are in fen: ``handed = spent + change`` once it closes.
    """

    __tablename__ = "errand_money"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "visit_id"], ["visits.book", "visits.id"]),
        sa.CheckConstraint("handed_fen > 0", name="handed_positive"),
        sa.CheckConstraint(
            "spent_fen IS NULL OR (spent_fen >= 0 AND change_fen = handed_fen - spent_fen)",
            name="adds_up",
        ),
        sa.Index("ix_errand_money_visit", "book", "visit_id"),
        sa.Index("ix_errand_money_open", "book", "branch_id", "closed_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    visit_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    handed_fen: Mapped[int]
    #: The provider writes down what was handed over; the elder's side agrees.
    handed_at: Mapped[datetime]
    handed_agreed_at: Mapped[datetime | None]
    handed_agreed_by_id: Mapped[UUID | None]
    handed_agreed_how: Mapped[str | None] = mapped_column(sa.String(12))
    spent_fen: Mapped[int | None]
    change_fen: Mapped[int | None]
    returned_at: Mapped[datetime | None]
    #: Why there is no receipt, by code; None: there is one.
    no_receipt_why: Mapped[str | None] = mapped_column(sa.String(16))
    #: The elder's side agrees that receipt and change are right: it is closed.
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None]
    #: own, family, voice (a call noted by staff).
    closed_how: Mapped[str | None] = mapped_column(sa.String(12))
    disputed_at: Mapped[datetime | None]
    complaint_id: Mapped[UUID | None]
