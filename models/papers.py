"""Papers that the system has issued, each with a public check code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, placed


class Paper(Base):
    """A designation, deed, certificate, notice or protocol, as it was issued.

    What it says is sealed; whoever has the code learns its kind, its day, whether it still holds,
    and can compare the digest. The same code always shows the same words.
    """

    __tablename__ = "papers"
    __table_args__ = placed(
        "directory",
        sa.Index("ix_papers_subject", "book", "subject_id"),
        sa.Index("ix_papers_member", "member_id"),
        by="code",
        changes=("withdrawn_at", "withdrawn_reason"),
    )

    #: Twelve letters and digits with a check character, without look-alikes.
    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    book: Mapped[str] = mapped_column(sa.String(16))
    #: designation, gift_deed, donation_certificate, estate_notice, division_protocol.
    kind: Mapped[str] = mapped_column(sa.String(24))
    #: What it is about: the gift, the donation, the estate, the designation.
    subject_id: Mapped[UUID]
    #: Whose paper it is.
    member_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    content_sealed: Mapped[str]
    #: SHA-256 over the content's canonical JSON, in hexadecimal digits.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[UUID]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(24))
