"""What each full check of a book found: the last one is shown to the book's auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed


class Verification(Base):
    """One check of one book that came to its end, by ``ledger verify`` or by the nightly job.

    What belongs to no book, the rules and the lists of seals, stands under the country's.
    """

    __tablename__ = "verifications"
    __table_args__ = placed(
        "book",
        sa.Index("ix_verifications_finished", "book", "finished_at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: The state that was checked is the one of this moment.
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    #: How many things were looked at, and how many of them were wrong.
    checked: Mapped[int] = mapped_column(sa.BigInteger())
    breaches: Mapped[int] = mapped_column(sa.BigInteger())
    #: Code of a breach -> how often; places and words are printed, not kept.
    codes: Mapped[dict[str, Any]]
    #: ``job`` or ``command``, and the program's newest migration.
    made_by: Mapped[str] = mapped_column(sa.String(12))
    revision: Mapped[str] = mapped_column(sa.String(8))
