"""Corridors between books: who recognises whom, up to what debt, and what is claimed of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class CorridorMode(StrEnum):
    """What the members of the first side may do at the other side."""

    NONE = "none"
    BOTH = "both"
    STORE = "store"  # serve there and be credited at home; the other side's elders draw here
    DRAW = "draw"  # be served there and be debited at home


class Phase(StrEnum):
    """How far an agreement reaches, in the order in which the country opens."""

    DISTRICT = "district"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


class ClaimState(StrEnum):
    """What became of a claim on the caps."""

    OPEN = "open"
    USED = "used"
    FREED = "freed"


class Corridor(Base):
    """An agreement between two regions, signed by an administrator of each side.

    Its codes may be of any tier: it holds for every pair of books of which one lies in the first
    and the other in the second region; of several the one between the smallest regions governs.
    """

    __tablename__ = "corridors"
    __table_args__ = placed(
        "reference",
        sa.CheckConstraint("pair_cap_minutes >= 0", name="cap_not_negative"),
        sa.Index("ix_corridors_codes", "one_code", "other_code"),
    )

    id: Mapped[IdKey]
    one_code: Mapped[str] = mapped_column(sa.String(12))
    other_code: Mapped[str] = mapped_column(sa.String(12))
    phase: Mapped[Phase] = mapped_column(str_enum(Phase, "phase"))
    #: As the first side sees it.
    mode: Mapped[CorridorMode] = mapped_column(str_enum(CorridorMode, "corridor_mode"))
    #: The most that one book may owe one other book under this agreement.
    pair_cap_minutes: Mapped[Minutes]
    valid_from: Mapped[date]
    #: The first day on which it holds no longer.
    valid_to: Mapped[date | None]
    #: Number of the paper that the two bodies have signed.
    document: Mapped[str] = mapped_column(sa.String(60))
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    #: Why one side ended it, as a code.
    end_reason: Mapped[str | None] = mapped_column(sa.String(24))


class NetDebitCap(Base):
    """The most that a book may owe all others together, from a day on."""

    __tablename__ = "net_debit_caps"
    __table_args__ = placed(
        "book",
        sa.CheckConstraint("cap_minutes >= 0", name="cap_not_negative"),
        sa.Index("ix_net_debit_caps_from", "book", "valid_from"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    cap_minutes: Mapped[Minutes]
    valid_from: Mapped[date]
    document: Mapped[str] = mapped_column(sa.String(60))
    set_by_id: Mapped[UUID]
    set_at: Mapped[datetime]


class Exposure(Base):
    """What a book owes another (or all: empty) and has not settled, and what is claimed beside it.

    ``debit_minutes`` is negative where others owe the book. One row, one lock: acts that happen
    at once share what the cap leaves.
    """

    __tablename__ = "exposures"
    __table_args__ = placed(
        "book",
        sa.CheckConstraint("claimed_minutes >= 0", name="claimed_not_negative"),
        changes=("claimed_minutes", "debit_minutes", "warned_percent"),
    )

    book: Mapped[BookKey]
    counter_book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    claimed_minutes: Mapped[Minutes]
    debit_minutes: Mapped[Minutes]
    #: The highest threshold that the administrators have been warned of; 0: none.
    warned_percent: Mapped[int] = mapped_column(default=0, server_default="0")


class CrossClaim(Base):
    """The most that an act may bring its payer's book to owe, kept until it is posted or ends."""

    __tablename__ = "cross_claims"
    __table_args__ = placed(
        "book",
        sa.CheckConstraint("claimed_minutes > 0", name="claimed_positive"),
        sa.Index("ix_cross_claims_subject", "book", "subject_id"),
        sa.Index("ix_cross_claims_state", "book", "state", "counter_book"),
        changes=("state", "used_minutes", "ended_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    counter_book: Mapped[str] = mapped_column(sa.String(16))
    #: visit, gift, payment: what is claimed for; its id is the subject.
    purpose: Mapped[str] = mapped_column(sa.String(16))
    subject_id: Mapped[UUID]
    corridor_id: Mapped[UUID]
    claimed_minutes: Mapped[Minutes]
    state: Mapped[ClaimState] = mapped_column(str_enum(ClaimState, "claim_state"))
    used_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0, server_default="0")
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class HostedRequest(Base):
    """A pointer in the book where a service takes place to a request of another book."""

    __tablename__ = "hosted_requests"
    __table_args__ = placed(
        "book", sa.Index("ix_hosted_requests_ends_at", "book", "ends_at"), changes=("ends_at",)
    )

    book: Mapped[BookKey]
    request_id: Mapped[IdKey]
    request_book: Mapped[str] = mapped_column(sa.String(16))
    ends_at: Mapped[datetime]
