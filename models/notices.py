"""How people are reached: their channels, each delivery, and the branch's call sheet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class CallAnswer(StrEnum):
    """What was said on the telephone, noted with one key."""

    YES = "yes"
    ANOTHER_DAY = "another_day"
    CALL_BACK = "call_back"
    NO_ANSWER = "no_answer"


class ContactPreference(Base):
    """How a member wants to be reached. No row: inbox and text message, Chinese."""

    __tablename__ = "contact_preferences"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    #: A landline, or nobody who reads messages: the branch calls.
    landline_only: Mapped[bool] = mapped_column(default=False)
    by_sms: Mapped[bool] = mapped_column(default=True)
    by_email: Mapped[bool] = mapped_column(default=False)
    email_sealed: Mapped[str | None]
    #: An address that was given and not yet proved by the code that was sent to it.
    pending_email_sealed: Mapped[str | None]
    email_code_digest: Mapped[str | None]
    email_code_until: Mapped[datetime | None]
    email_code_tries: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(sa.String(2), default="zh")
    #: No message between these local minutes of the day, unless it cannot wait.
    quiet_from_minute: Mapped[int]
    quiet_to_minute: Mapped[int]
    updated_at: Mapped[datetime]


class EventSubscription(Base):
    """A relative hears when a visitor has arrived at the member's, and has left."""

    __tablename__ = "event_subscriptions"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    subscriber_id: Mapped[UUID] = mapped_column(primary_key=True)
    events: Mapped[list[Any]] = mapped_column(sa.JSON())  # arrived, left
    since: Mapped[datetime]


class Delivery(Base):
    """One attempt to deliver a notice over a channel, and what the carrier said."""

    __tablename__ = "deliveries"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "message_id"], ["outbox.book", "outbox.id"]),
        append_only=True,
    )

    book: Mapped[BookKey]
    message_id: Mapped[IdKey]
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(sa.String(8))
    outcome: Mapped[str] = mapped_column(sa.String(12))  # sent, failed, refused, late
    #: A code of ours and figures of the carrier's; never its words, which may name a person.
    reason: Mapped[str | None]


class CallItem(Base):
    """A call that a branch makes for somebody without a mobile phone, and the answer."""

    __tablename__ = "call_items"
    __table_args__ = placed(
        "book",
        sa.Index("ix_call_items_branch", "branch_id", "settled_at", "call_after"),
        sa.Index("ix_call_items_member", "book", "member_id"),
    )

    book: Mapped[BookKey]
    #: The outbox message that it delivers.
    id: Mapped[IdKey]
    branch_id: Mapped[UUID]
    member_id: Mapped[UUID]
    visit_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    call_after: Mapped[datetime]
    call_before: Mapped[datetime | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[CallAnswer | None] = mapped_column(str_enum(CallAnswer, "call_answer"))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None]
    note_sealed: Mapped[str | None]
    #: When nothing was left to do about it: at once after a yes, later after other answers.
    settled_at: Mapped[datetime | None]
