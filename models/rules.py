"""Published rules: immutable versions of the rule set and of each year's calendar."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, placed


class RuleSetRecord(Base):
    """A version of the rules: its canonical JSON, its hash, the day from which it holds."""

    __tablename__ = "rule_sets"
    __table_args__ = placed("reference", append_only=True)

    version: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[str]
    effective_from: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[UUID | None]


class CalendarRecord(Base):
    """A year's working days as published; a later version of the year replaces an earlier one."""

    __tablename__ = "calendars"
    __table_args__ = placed("reference", append_only=True)

    version: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    year: Mapped[int]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[str]
    published_at: Mapped[datetime]
