"""Batches: many postings from one list, done in chunks, resumable, with a fate for every line."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class BatchKind(StrEnum):
    """What the lines of a batch do."""

    GRANT = "grant"
    IMPORT = "import"
    SESSION = "session"
    CLOSING = "closing"


class BatchState(StrEnum):
    """A batch is proposed by one administrator, signed by another, and then worked off."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class LineState(StrEnum):
    """The fate of a line."""

    WAITING = "waiting"
    POSTED = "posted"
    REFUSED = "refused"


class Batch(Base):
    """A list of postings of one book, and how far it has come."""

    __tablename__ = "batches"
    __table_args__ = placed("book", sa.CheckConstraint("lines > 0", name="lines_positive"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    kind: Mapped[BatchKind] = mapped_column(str_enum(BatchKind, "batch_kind"))
    state: Mapped[BatchState] = mapped_column(str_enum(BatchState, "batch_state"))
    #: What holds for all of its lines: the grant period, the session, the reason.
    terms: Mapped[dict[str, Any]]
    #: SHA-256 of the list as it came, in hexadecimal digits.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    lines: Mapped[int]
    posted: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class BatchLine(Base):
    """One line of a batch. A refused line says why, in the words of its refusal."""

    __tablename__ = "batch_lines"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "batch_id"], ["batches.book", "batches.id"]),
        sa.Index("ix_batch_lines_state", "book", "batch_id", "state", "line"),
    )

    book: Mapped[BookKey]
    batch_id: Mapped[IdKey]
    #: The line's number in the list, from 1.
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: The volunteer number as it stands in the list.
    number: Mapped[str] = mapped_column(sa.String(24))
    minutes: Mapped[int] = mapped_column(sa.BigInteger())
    effective_at: Mapped[datetime | None]
    state: Mapped[LineState] = mapped_column(str_enum(LineState, "line_state"))
    code: Mapped[str] = mapped_column(sa.String(48), default="")
    params: Mapped[dict[str, Any]]
    transfer_id: Mapped[UUID | None]
