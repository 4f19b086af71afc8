"""Audit records, outbox, disputes, safety sheets and issue authorisations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed


class AuditRecord(Base):
    """Who did what, for whom, with before and after; written in the act's own transaction."""

    __tablename__ = "audit_records"
    __table_args__ = placed(
        "book",
        sa.Index("ix_audit_records_at", "book", "at"),
        sa.Index("ix_audit_records_subject", "book", "subject_id"),
        sa.Index("ix_audit_records_act", "book", "act", "at"),
        sa.Index("ix_audit_records_actor", "book", "actor_id", "at"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    act: Mapped[str] = mapped_column(sa.String(48))
    subject_kind: Mapped[str] = mapped_column(sa.String(24))
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


#: What the job process still has to send, and what a branch still has to tell by hand.
_UNSENT = sa.text("sent_at IS NULL AND given_up_at IS NULL")
_GIVEN_UP = sa.text("given_up_at IS NOT NULL AND handled_at IS NULL")


class OutboxMessage(Base):
    """A notice to a person by one way; by several ways it is as many rows.

    It is written with the act and sent after the commit by the job process. One row of a notice
    is ``listed``: the one in the reader's inbox, which needs no sending.
    """

    __tablename__ = "outbox"
    __table_args__ = placed(
        "book",
        sa.Index(
            "ix_outbox_queue",
            "channel",
            "send_after",
            sqlite_where=_UNSENT,
            postgresql_where=_UNSENT,
        ),
        sa.Index(
            "ix_outbox_given_up",
            "member_id",
            sqlite_where=_GIVEN_UP,
            postgresql_where=_GIVEN_UP,
        ),
        sa.Index("ix_outbox_member", "member_id", "listed", "created_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    member_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(sa.String(8))  # inbox, sms, email, call, letter
    listed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: A Chinese sentence with {params}; the reader's language is chosen when it is shown.
    sentence: Mapped[str]
    #: Sealed JSON: it may hold a one-time code or a name.
    params_sealed: Mapped[str]
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    #: After this moment it helps nobody.
    send_before: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: It cannot wait for the morning (a code to log in, somebody at the door).
    urgent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: When it was given up, after so many attempts; a branch sees it then, until it is handled.
    given_up_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    #: What it is about, where that is a request or a visit.
    request_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]


class Dispute(Base):
    """One side says the visit was not so; what is held for it stays held until decided."""

    __tablename__ = "disputes"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "visit_id"], ["visits.book", "visits.id"]),
        sa.Index("ix_disputes_visit", "book", "visit_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    visit_id: Mapped[UUID]
    opened_by_id: Mapped[UUID]
    acting_for_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    text_sealed: Mapped[str]
    decision: Mapped[str | None] = mapped_column(sa.String(16))  # credit, reject
    decision_reason: Mapped[str | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    #: Whoever lost may ask the county once.
    appealed_at: Mapped[datetime | None]
    appealed_by_id: Mapped[UUID | None]
    appeal_text_sealed: Mapped[str | None]
    #: upheld (the appeal), dismissed.
    appeal_decision: Mapped[str | None] = mapped_column(sa.String(16))
    appeal_reason: Mapped[str | None]
    appeal_decided_by_id: Mapped[UUID | None]
    appeal_decided_at: Mapped[datetime | None]


class SafetySheet(Base):
    """Nobody opened, or help is needed: who was called, in which order, and how it ended."""

    __tablename__ = "safety_sheets"
    __table_args__ = placed("book", sa.Index("ix_safety_sheets_open", "book", "closed_at"))

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    #: None where somebody looked in without a visit.
    visit_id: Mapped[UUID | None]
    elder_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID]
    #: Calls made: [{at, by, whom (contact, grid, emergency), note}].
    log: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None]
    outcome: Mapped[str | None]


class IssueAuthorisation(Base):
    """Leave to issue minutes into the pool: two administrators sign, and name what backs it."""

    __tablename__ = "issue_authorisations"
    __table_args__ = placed(
        "book", sa.CheckConstraint("amount_minutes > 0", name="amount_positive")
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    amount_minutes: Mapped[Minutes]
    backing: Mapped[str]
    proposed_by_id: Mapped[UUID]
    proposed_at: Mapped[datetime]
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    transfer_id: Mapped[UUID | None]
