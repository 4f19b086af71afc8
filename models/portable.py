"""Accounts that are carried along: signed statements out, closing statements in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class StatementKind(StrEnum):
    """A statement proves; only a closing one carries value."""

    STATEMENT = "statement"
    CLOSING = "closing"


class Installation(Base):
    """Another installation of this platform, by the key that signs its statements."""

    __tablename__ = "installations"
    __table_args__ = placed("reference")

    #: SHA-256 of the public key, in hexadecimal digits.
    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    public_key: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str]
    name_en: Mapped[str]
    added_by_id: Mapped[UUID]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class AccountStatement(Base):
    """A signed statement of a member's account, byte for byte as it went out."""

    __tablename__ = "account_statements"
    __table_args__ = placed(
        "book",
        sa.Index("ix_account_statements_member", "book", "member_id"),
        # Whoever holds a file asks by its digest, and does not know the book.
        sa.Index("ix_account_statements_hash", "content_hash"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    member_id: Mapped[UUID]
    kind: Mapped[StatementKind] = mapped_column(str_enum(StatementKind, "statement_kind"))
    #: Fingerprint of the receiving installation; None for a plain statement.
    receiver: Mapped[str | None] = mapped_column(sa.String(64))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[UUID]
    #: The canonical bytes, as text, sealed by the vault: they name a person.
    content_sealed: Mapped[str]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    key_id: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))
    #: Of a closing statement: id of each transfer -> the minutes that it took out.
    transfers: Mapped[dict[str, Any]]


class TakenStatement(Base):
    """The id of a closing statement that has been taken in here: once in the whole country."""

    __tablename__ = "taken_statements"
    __table_args__ = placed("directory", by="statement_id", deletes=True)

    statement_id: Mapped[UUID] = mapped_column(sa.Uuid(), primary_key=True)
    issuer: Mapped[str] = mapped_column(sa.String(64))
    book: Mapped[str] = mapped_column(sa.String(16))
    import_id: Mapped[UUID]
    taken_at: Mapped[datetime]
