"""Evidence files: what was photographed or scanned, sealed, beside what it proves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class EvidenceFile(Base):
    """One file and the digest of its bytes; the audit record of its arrival has the digest too."""

    __tablename__ = "evidence_files"
    __table_args__ = placed(
        "book",
        sa.Index("ix_evidence_files_subject", "book", "subject_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: What it proves: manual_entry, complaint, callback, errand, sheet, reversal.
    subject_kind: Mapped[str] = mapped_column(sa.String(24))
    subject_id: Mapped[UUID]
    #: The name it had on the sender's device; it may hold a person's name.
    name_sealed: Mapped[str]
    #: Found out from the bytes, never believed: image/jpeg, image/png, application/pdf.
    media_type: Mapped[str] = mapped_column(sa.String(40))
    size_bytes: Mapped[int]
    #: SHA-256 of the bytes as they came, in hexadecimal digits.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    added_by_id: Mapped[UUID]
    added_at: Mapped[datetime]


class EvidenceContent(Base):
    """The sealed bytes, apart from the rows that lists read."""

    __tablename__ = "evidence_contents"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "id"], ["evidence_files.book", "evidence_files.id"]),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    content_sealed: Mapped[bytes] = mapped_column(sa.LargeBinary())
