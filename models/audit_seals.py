"""Seals over the audit records, as ``models.seals`` has them over what is posted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class UnsealedRecord(Base):
    """Queue of the sealer: written with an audit record, deleted when it is sealed."""

    __tablename__ = "unsealed_records"
    __table_args__ = placed("book", changes=(), deletes=True)

    book: Mapped[BookKey]
    record_id: Mapped[IdKey]


class AuditBlock(Base):
    """The state of a book's tree of audit records after one run of the sealer."""

    __tablename__ = "audit_blocks"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    height: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    prev_hash: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger())
    root: Mapped[str] = mapped_column(sa.String(64))
    sealed_at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(128))


class AuditNode(Base):
    """The root of a full subtree of 256, 65,536, … records, as ``models.seals.TreeNode`` is."""

    __tablename__ = "audit_nodes"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    node_hash: Mapped[str] = mapped_column(sa.String(64))


class AuditLeaf(Base):
    """The place of a record among its book's leaves, from zero without a gap."""

    __tablename__ = "audit_leaves"
    __table_args__ = placed("book", sa.UniqueConstraint("book", "record_id"), append_only=True)

    book: Mapped[BookKey]
    position: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    record_id: Mapped[UUID]
    height: Mapped[int] = mapped_column(sa.BigInteger())
    leaf_hash: Mapped[str] = mapped_column(sa.String(64))
