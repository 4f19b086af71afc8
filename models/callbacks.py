"""Call-backs: a list closed first, a draw that nobody steers, calls, and what follows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class CallbackDraw(Base):
    """A book's list of one period's credited visits, closed before its seed exists.

    The seed is SHA-256 over the witnesses' signatures under the first daily list that is signed
    after the closing; until then the draw waits, visibly.
    """

    __tablename__ = "callback_draws"
    __table_args__ = placed("book", sa.UniqueConstraint("book", "period"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: What it covers, say 2026-W14.
    period: Mapped[str] = mapped_column(sa.String(16))
    first_day: Mapped[date]
    last_day: Mapped[date]
    closed_at: Mapped[datetime]
    size: Mapped[int]
    #: SHA-256 over the listed visits in order.
    list_hash: Mapped[str] = mapped_column(sa.String(64))
    table_version: Mapped[str] = mapped_column(sa.String(32))
    #: The daily list whose witnesses made the seed.
    seed_day: Mapped[date | None]
    #: [[key id, signature], …] as they went into the seed.
    seed_signatures: Mapped[list[Any] | None] = mapped_column(sa.JSON())
    seed: Mapped[str | None] = mapped_column(sa.String(64))
    drawn_at: Mapped[datetime | None]
    drawn: Mapped[int | None]


class CallbackListed(Base):
    """A visit's place on a closed list."""

    __tablename__ = "callback_listed"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "draw_id"], ["callback_draws.book", "callback_draws.id"]),
        sa.UniqueConstraint("book", "visit_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    draw_id: Mapped[IdKey]
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    visit_id: Mapped[UUID]


class CallbackResult(StrEnum):
    """What the elder's side said."""

    CONFIRMED = "confirmed"
    FAILED = "failed"  # it was not so
    UNREACHED = "unreached"  # nobody could be reached in so many tries


class Callback(Base):
    """One visit to be asked about: drawn, or flagged."""

    __tablename__ = "callbacks"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "visit_id"),
        sa.Index("ix_callbacks_open", "book", "branch_id", "done_at"),
        sa.Index("ix_callbacks_pair", "book", "elder_id", "provider_id", "done_at"),
        sa.Index("ix_callbacks_due", "book", "due_on", "done_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    visit_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    service_code: Mapped[str] = mapped_column(sa.String(8))
    #: random, flag.
    why: Mapped[str] = mapped_column(sa.String(8))
    draw_id: Mapped[UUID | None]
    made_at: Mapped[datetime]
    due_on: Mapped[date]
    #: Tries: [{at, by, how, heard, speaker}], no free text.
    tries: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Answers to the script, by the question's code.
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON(), default=dict)
    note_sealed: Mapped[str | None]
    result: Mapped[CallbackResult | None] = mapped_column(
        str_enum(CallbackResult, "callback_result")
    )
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None]
    sheet_id: Mapped[UUID | None]


class BranchSuspension(Base):
    """A branch that lost its entry rights, and how it got them back."""

    __tablename__ = "branch_suspensions"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "branch_id", "month"),
        sa.Index("ix_branch_suspensions_open", "book", "branch_id", "ended_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    #: The month whose samples failed, YYYY-MM.
    month: Mapped[str] = mapped_column(sa.String(7))
    asked: Mapped[int]
    failed: Mapped[int]
    limit_percent: Mapped[int]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    #: Why an administrator gave the rights back.
    end_reason: Mapped[str | None]
    sheet_id: Mapped[UUID | None]
