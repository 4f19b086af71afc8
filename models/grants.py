"""Monthly grants: who is entitled by recorded facts, under which authorisation, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed


class GrantRun(Base):
    """A month's entitlements of a book, worked out once; issued when two have signed."""

    __tablename__ = "grant_runs"
    __table_args__ = placed("book")

    book: Mapped[BookKey]
    #: As 2026-03.
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    #: The quarter whose accounts it goes to, as 2026Q1.
    period: Mapped[str] = mapped_column(sa.String(6))
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    computed_at: Mapped[datetime]
    lines: Mapped[int]
    minutes: Mapped[Minutes]
    #: SHA-256 over all lines, in hexadecimal digits: what the two signatures stand under.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    #: The newest proposal; a withdrawn one may be followed by another.
    authorisation_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]


class GrantEntitlement(Base):
    """One elder's grant of a month, with the facts that it follows from."""

    __tablename__ = "grant_entitlements"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    member_id: Mapped[IdKey]
    #: Code of the rule set's kind of grant.
    kind: Mapped[str] = mapped_column(sa.String(24))
    minutes: Mapped[Minutes]
    #: The recorded facts as they stood: age_years, grade, in_hardship, lives_alone, …
    facts: Mapped[dict[str, Any]]


class GrantNotice(Base):
    """That a member was told of the end of a grant, so many days before; once."""

    __tablename__ = "grant_notices"
    __table_args__ = placed("book", append_only=True)

    book: Mapped[BookKey]
    account_id: Mapped[IdKey]
    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
