"""The ledger's tables. Names are fixed: exports, checks and outsiders rely on them.

Every key leads with ``book``. Nothing here is ever updated or deleted, except ``balances``, the
day an account closes (and a ceiling that somebody who moves home brings more than), and an
``act_keys`` row by the very act that claims it; the database itself refuses it (see the
migrations' triggers and the application role's rights).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class AccountKind(StrEnum):
    """A member's coins by origin, and the region's own accounts."""

    EARNED = "earned"
    RECEIVED = "received"
    GRANTED = "granted"
    POOL = "pool"
    ISSUE = "issue"
    CLEARING = "clearing"
    OUTSIDE = "outside"
    ESTATE = "estate"
    DISPUTE = "dispute"


class Outcome(StrEnum):
    """How a hold ended: once, and for all of its legs."""

    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"


def _in_book(table: str, *columns: str, **options: Any) -> sa.ForeignKeyConstraint:
    """A foreign key that stays inside its book, as a distributed database asks."""
    return sa.ForeignKeyConstraint(
        ["book", *columns],
        [f"{table}.book", *(f"{table}.{c}" for c in options.pop("to", ("id",)))],
        **options,
    )


class Account(Base):
    """An account of a book. Floors and ceilings are standard minutes; null means none."""

    __tablename__ = "accounts"
    __table_args__ = placed(
        "book",
        sa.Index("ix_accounts_owner", "book", "owner_id"),
        changes=("slots", "ceiling_minutes", "closed_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    kind: Mapped[AccountKind] = mapped_column(str_enum(AccountKind, "account_kind"))
    owner_id: Mapped[UUID | None]
    #: Grant period of a granted account, counter-book of a clearing account; else empty.
    period: Mapped[str] = mapped_column(sa.String(16), default="")
    floor_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    ceiling_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: Balance rows that writers spread over; see ``services.ledger.slots``.
    slots: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Balance(Base):
    """The only ledger table that changes; derivable from entries and holds at any time.

    The floors of an account's slots sum to the account's floor; null means that it has none.
    """

    __tablename__ = "balances"
    __table_args__ = placed(
        "book",
        _in_book("accounts", "account_id"),
        sa.CheckConstraint(
            "floor_minutes IS NULL OR posted_minutes - held_minutes >= floor_minutes",
            name="floor_kept",
        ),
        sa.CheckConstraint("held_minutes >= 0", name="held_not_negative"),
        changes=(
            "posted_minutes",
            "held_minutes",
            "floor_minutes",
            "version",
            "posted_at",
            "expires_at",
        ),
    )

    book: Mapped[BookKey]
    account_id: Mapped[IdKey]
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    posted_minutes: Mapped[Minutes]
    held_minutes: Mapped[Minutes]
    floor_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: Count of entries on this row: the next entry carries version + 1.
    version: Mapped[int] = mapped_column(sa.BigInteger())
    #: When the last entry was posted: the next one is never posted before it.
    posted_at: Mapped[datetime | None]
    #: No open hold on this row expires before this moment; null when none ever does.
    expires_at: Mapped[datetime | None]


class ActKey(Base):
    """Inserted first by every act, so that a double click is one act."""

    __tablename__ = "act_keys"
    __table_args__ = placed("book", changes=("result",))

    book: Mapped[BookKey]
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    act: Mapped[str] = mapped_column(sa.String(48))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    #: What the first call answered (ids only), given again to whoever repeats it.
    result: Mapped[dict[str, Any]]
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


class Refusal(Base):
    """A key that was refused stays refused: whoever asks again is told the same."""

    __tablename__ = "refusals"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    idem_key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    act: Mapped[str] = mapped_column(sa.String(48))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    code: Mapped[str] = mapped_column(sa.String(48))
    #: What the sentence is filled with: ids, limits and shortfalls, nothing personal.
    params: Mapped[dict[str, Any]]
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


#: Few transfers are one half of an act across books.
_LINKED = sa.text("link_id IS NOT NULL")


class Transfer(Base):
    """One balanced movement of minutes; corrected only by a further transfer."""

    __tablename__ = "transfers"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "idem_key"),
        sa.UniqueConstraint("book", "reverses_id"),
        _in_book("valuations", "valuation_id"),
        sa.Index("ix_transfers_posted_at", "book", "posted_at"),
        sa.Index("ix_transfers_kind", "book", "kind", "posted_at"),
        sa.Index(
            "ix_transfers_link", "book", "link_id", sqlite_where=_LINKED, postgresql_where=_LINKED
        ),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    kind: Mapped[str] = mapped_column(sa.String(24))
    idem_key: Mapped[str] = mapped_column(sa.String(120))
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    effective_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    actor_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    #: A code, never free text: what is sealed holds nothing personal.
    reason: Mapped[str] = mapped_column(sa.String(40), default="")
    link_id: Mapped[UUID | None]
    reverses_id: Mapped[UUID | None]
    valuation_id: Mapped[UUID | None]


class Entry(Base):
    """One leg of a transfer; the account's running balance stands beside it."""

    __tablename__ = "entries"
    __table_args__ = placed(
        "book",
        # PostgreSQL proves this, and more, once a statement (see migrations.guards).
        _in_book(
            "transfers",
            "transfer_id",
            deferrable=True,
            initially="DEFERRED",
            info={"only": "sqlite"},
        ).ddl_if(dialect="sqlite"),
        sa.UniqueConstraint("book", "account_id", "slot", "version"),
        sa.CheckConstraint("amount_minutes <> 0", name="amount_not_zero"),
        append_only=True,
    )

    book: Mapped[BookKey]
    transfer_id: Mapped[IdKey]
    leg: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[UUID]
    slot: Mapped[int]
    amount_minutes: Mapped[Minutes]
    version: Mapped[int] = mapped_column(sa.BigInteger())
    balance_after_minutes: Mapped[Minutes]


class Hold(Base):
    """Minutes set aside; they leave the available balance at once and the account later."""

    __tablename__ = "holds"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "idem_key"),
        sa.Index("ix_holds_expires_at", "book", "expires_at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    purpose: Mapped[str] = mapped_column(sa.String(24))
    #: What the hold is for: a request or a visit.
    subject_id: Mapped[UUID] = mapped_column(index=True)
    idem_key: Mapped[str] = mapped_column(sa.String(120))
    #: Empty on holds that are older than this column.
    request_hash: Mapped[str] = mapped_column(sa.String(64), server_default="")
    actor_id: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class HoldLeg(Base):
    """What a hold takes from one account, in spending order."""

    __tablename__ = "hold_legs"
    __table_args__ = placed(
        "book",
        _in_book("holds", "hold_id"),
        _in_book("accounts", "account_id"),
        sa.CheckConstraint("amount_minutes > 0", name="amount_positive"),
        sa.Index("ix_hold_legs_account", "book", "account_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    hold_id: Mapped[IdKey]
    leg: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[UUID]
    slot: Mapped[int]
    amount_minutes: Mapped[Minutes]


class HoldOutcome(Base):
    """The end of a hold: the key lets it happen once."""

    __tablename__ = "hold_outcomes"
    __table_args__ = placed("book", _in_book("holds", "hold_id"), append_only=True)

    book: Mapped[BookKey]
    hold_id: Mapped[IdKey]
    outcome: Mapped[Outcome] = mapped_column(str_enum(Outcome, "hold_outcome"))
    captured_minutes: Mapped[Minutes]
    transfer_id: Mapped[UUID | None]
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


class ValuationRecord(Base):
    """Why a service is worth what it is: immutable, recomputable from its own content."""

    __tablename__ = "valuations"
    __table_args__ = placed(
        "book",
        sa.Index("ix_valuations_visit", "book", "visit_id"),
        sa.Index("ix_valuations_created_at", "book", "created_at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    visit_id: Mapped[UUID]
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    rule_set_hash: Mapped[str] = mapped_column(sa.String(64))
    calendar_version: Mapped[str] = mapped_column(sa.String(64))
    #: Inputs, bands, factors and results, as services.rules.valuation writes them.
    content: Mapped[dict[str, Any]]
    credited_minutes: Mapped[Minutes]
    earn_minutes: Mapped[Minutes]
    elder_minutes: Mapped[Minutes]
    pool_minutes: Mapped[Minutes]
    created_at: Mapped[datetime]


class TransferNote(Base):
    """A word that follows a transfer; the transfer itself never changes.

    The note commits to its text by a salted hash, so that the text can be erased and the seal
    over the note stays true.
    """

    __tablename__ = "transfer_notes"
    __table_args__ = placed(
        "book",
        _in_book("transfers", "transfer_id"),
        sa.Index("ix_transfer_notes_transfer", "book", "transfer_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    transfer_id: Mapped[UUID]
    #: SHA-256 over the salt's and the text's bytes, in hexadecimal digits.
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


class NoteText(Base):
    """The words of a note, sealed by the vault; the one row of the ledger that can be erased."""

    __tablename__ = "note_texts"
    __table_args__ = placed("book", _in_book("transfer_notes", "note_id"), changes=(), deletes=True)

    book: Mapped[BookKey]
    note_id: Mapped[IdKey]
    salt: Mapped[str] = mapped_column(sa.String(64))
    text_sealed: Mapped[str]


class Closing(Base):
    """A month of a book, closed at its last moment; recomputed by every whole check."""

    __tablename__ = "closings"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    #: The month, as 2026-03.
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    #: The first moment of the next month: everything posted before it is in the closing.
    watermark: Mapped[datetime]
    closed_at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(sa.BigInteger())
    #: SHA-256 over the closing's lines and kinds, in hexadecimal digits.
    content_hash: Mapped[str] = mapped_column(sa.String(64))


class ClosingLine(Base):
    """What stood on a balance row at the end of a month in which it had changed."""

    __tablename__ = "closing_lines"
    __table_args__ = placed("book", _in_book("closings", "month", to=("month",)), append_only=True)

    book: Mapped[BookKey]
    account_id: Mapped[IdKey]
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    posted_minutes: Mapped[Minutes]
    #: Version of the last entry of the month.
    version: Mapped[int] = mapped_column(sa.BigInteger())


class ClosingKind(Base):
    """A closed month by kind of account: the book's trial balance at its watermark."""

    __tablename__ = "closing_kinds"
    __table_args__ = placed("book", _in_book("closings", "month", to=("month",)), append_only=True)

    book: Mapped[BookKey]
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    kind: Mapped[AccountKind] = mapped_column(
        str_enum(AccountKind, "closing_kind"), primary_key=True
    )
    accounts: Mapped[int] = mapped_column(sa.BigInteger())
    #: Everything that ever came in and went out until the watermark.
    in_minutes: Mapped[Minutes]
    out_minutes: Mapped[Minutes]
