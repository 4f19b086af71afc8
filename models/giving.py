"""Coins that change hands without a service: gifts, donations, and the funds they go to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class GiftState(StrEnum):
    """Where a gift stands; only ``final`` has moved anything."""

    WAITING = "waiting"  # the giver has not confirmed it by a second factor yet
    HELD = "held"  # set aside, and may be taken back
    FINAL = "final"
    TAKEN_BACK = "taken_back"  # by the giver, within the window
    REFUSED = "refused"  # by the receiver, within the window or after it
    RETURNED = "returned"  # a death, or nothing fitted under the receiver's storage cap
    LAPSED = "lapsed"  # never confirmed


class GiftOrigin(StrEnum):
    """Which of the giver's coins a gift is made of."""

    EARNED = "earned"
    INHERITED = "inherited"  # directed onwards by an heir under the spending age


class Gift(Base):
    """Coins from one member to another; it stands in the giver's book."""

    __tablename__ = "gifts"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.CheckConstraint("amount_minutes > 0", name="amount_positive"),
        sa.Index("ix_gifts_giver", "book", "giver_id", "year"),
        sa.Index("ix_gifts_receiver", "book", "receiver_id"),
        sa.Index("ix_gifts_state", "book", "state", "revocable_until"),
        sa.Index("ix_gifts_transfer", "book", "transfer_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    giver_id: Mapped[UUID]
    receiver_id: Mapped[UUID]
    #: The book of a receiver who lives elsewhere; None: the same book.
    receiver_book: Mapped[str | None] = mapped_column(sa.String(16))
    #: What the receiver is to the giver (spouse, parent, …), or ``friend``.
    relation: Mapped[str] = mapped_column(sa.String(24))
    origin: Mapped[GiftOrigin] = mapped_column(str_enum(GiftOrigin, "gift_origin"))
    amount_minutes: Mapped[Minutes]
    #: The year in China against whose limit it counts.
    year: Mapped[int]
    #: own: the giver's login and a one-time code; counter: both are named before a clerk.
    how: Mapped[str] = mapped_column(sa.String(8))
    witness_id: Mapped[UUID | None]
    #: Answers to the guard questions by their names; empty for a giver below the age.
    guard_answers: Mapped[dict[str, Any]]
    state: Mapped[GiftState] = mapped_column(str_enum(GiftState, "gift_state"))
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    revocable_until: Mapped[datetime | None]
    final_at: Mapped[datetime | None]
    refusable_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Why it came back, as a code.
    reason: Mapped[str | None] = mapped_column(sa.String(24))
    hold_id: Mapped[UUID | None]
    transfer_id: Mapped[UUID | None]
    #: What the receiver got in the end: less than the amount where it did not all fit.
    given_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0)


class FundKind(StrEnum):
    """Whom a fund serves."""

    GROUP = "group"  # elders of the region who fit its criteria
    BODY = "body"  # elders looked after by a public-benefit body


class BenefitFund(Base):
    """Donated coins with a purpose; they stand on a pool account that the fund owns.

    The fund's account is of kind ``pool`` with the fund as its owner.
    """

    __tablename__ = "benefit_funds"
    __table_args__ = placed("book")

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    kind: Mapped[FundKind] = mapped_column(str_enum(FundKind, "fund_kind"))
    name: Mapped[str]
    name_en: Mapped[str]
    #: What an elder must be (age_from, grade_from, in_hardship, lives_alone, special_family),
    #: and for a body the ids of its branches.
    criteria: Mapped[dict[str, Any]]
    #: Registration number of a public-benefit body.
    registration: Mapped[str | None]
    opened_by_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Donation(Base):
    """Coins given to everybody's good: final, with a certificate."""

    __tablename__ = "donations"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.CheckConstraint("amount_minutes > 0", name="amount_positive"),
        sa.Index("ix_donations_donor", "book", "donor_id"),
        sa.Index("ix_donations_fund", "book", "fund_id", "at"),
        sa.Index("ix_donations_transfer", "book", "transfer_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    donor_id: Mapped[UUID]
    #: None: the region's public-welfare pool.
    fund_id: Mapped[UUID | None]
    #: The book of a pool or fund elsewhere; None: the donor's own book.
    to_book: Mapped[str | None] = mapped_column(sa.String(16))
    #: The fund's criteria as the donor agreed to them.
    criteria: Mapped[dict[str, Any]]
    amount_minutes: Mapped[Minutes]
    #: own, counter, or overflow (above the storage cap, by the standing instruction).
    how: Mapped[str] = mapped_column(sa.String(8))
    witness_id: Mapped[UUID | None]
    at: Mapped[datetime]
    transfer_id: Mapped[UUID]
