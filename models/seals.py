"""Seals: blocks over everything posted, the daily list of all heads, keys and witnesses.

Written by the sealer after the fact (``services.ledger.seals.sealer``), never by a posting, which
only queues what it wrote in ``unsealed``. Hashes, keys and signatures are hexadecimal digits.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum

#: In ``note_id``: the transfer itself, not one of its notes.
NO_NOTE = UUID(int=0)


class KeyRole(StrEnum):
    """Who signs with a key: the operator's sealer, or a witness outside the operator."""

    OPERATOR = "operator"
    WITNESS = "witness"


class KeyEventKind(StrEnum):
    """What happened to a key."""

    INTRODUCED = "introduced"
    RETIRED = "retired"


class Unsealed(Base):
    """Queue of the sealer: written with a transfer or a note, deleted when it is sealed."""

    __tablename__ = "unsealed"
    __table_args__ = placed("book", changes=(), deletes=True)

    book: Mapped[BookKey]
    transfer_id: Mapped[IdKey]
    #: A note on the transfer, or NO_NOTE for the transfer itself.
    note_id: Mapped[IdKey]


class Block(Base):
    """The state of a book's tree of leaves after one run of the sealer."""

    __tablename__ = "blocks"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    height: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    #: Hash of the header of the block before; zeros for the first.
    prev_hash: Mapped[str] = mapped_column(sa.String(64))
    #: Leaves of the book so far, this block's included.
    size: Mapped[int] = mapped_column(sa.BigInteger())
    #: RFC 6962 root over all of them.
    root: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))


class BlockLeaf(Base):
    """The place of a transfer or a note among its book's leaves, from zero without a gap."""

    __tablename__ = "block_leaves"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "transfer_id", "note_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    position: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    transfer_id: Mapped[UUID]
    note_id: Mapped[UUID]
    height: Mapped[int] = mapped_column(sa.BigInteger())
    leaf_hash: Mapped[str] = mapped_column(sa.String(64))


class TreeNode(Base):
    """The root of a full subtree of 256, 65,536, … leaves: a proof reads few rows at any size."""

    __tablename__ = "tree_nodes"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    #: 8 for 256 leaves, 16 for 65,536, and so on.
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    node_hash: Mapped[str] = mapped_column(sa.String(64))


class SealKey(Base):
    """One event in the history of the keys; each names the hash of the one before."""

    __tablename__ = "seal_keys"
    __table_args__ = placed("reference", append_only=True)

    #: Counts from zero without a gap.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[KeyEventKind] = mapped_column(str_enum(KeyEventKind, "key_event"))
    role: Mapped[KeyRole] = mapped_column(str_enum(KeyRole, "key_role"))
    #: SHA-256 of the public key's 32 bytes.
    key_id: Mapped[str] = mapped_column(sa.String(64))
    public_key: Mapped[str] = mapped_column(sa.String(64))
    #: Who holds it, for people: the operator's name or the witness's.
    holder: Mapped[str] = mapped_column(sa.String(120))
    at: Mapped[datetime]
    prev_hash: Mapped[str] = mapped_column(sa.String(64))
    #: The operator's key that was in force signs the event; the very first signs itself.
    signed_by: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))


class HeadList(Base):
    """All books' heads of one day, signed for publication; it names the list before."""

    __tablename__ = "head_lists"
    __table_args__ = placed("reference", append_only=True)

    day: Mapped[date] = mapped_column(primary_key=True)
    #: The published text, byte for byte (JSON; see docs/seals.md).
    content: Mapped[str]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))


class HeadSignature(Base):
    """A witness outside the operator countersigned a daily list."""

    __tablename__ = "head_signatures"
    __table_args__ = placed(
        "reference", sa.ForeignKeyConstraint(["day"], ["head_lists.day"]), append_only=True
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    signature: Mapped[str] = mapped_column(sa.String(128))
    at: Mapped[datetime]
