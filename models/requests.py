"""Requests for help and the visits that answer them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, Minutes, placed, str_enum


class RequestState(StrEnum):
    """Where a request stands; each state has its page."""

    SUBMITTED = "submitted"  # waits for branch review
    REFUSED = "refused"
    WAITING_POOL = "waiting_pool"  # waits for an issue authorisation
    OPEN = "open"  # offered to eligible volunteers
    FILLED = "filled"  # everybody needed has accepted
    CLOSED = "closed"  # every visit has come to its end
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class VisitState(StrEnum):
    """Where a visit stands, from acceptance to the ledger."""

    ACCEPTED = "accepted"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"  # waits for the elder's word
    CONFIRMED = "confirmed"  # one of a pair waits for the other
    IN_REVIEW = "in_review"  # silence, or an odd end: a branch looks
    DISPUTED = "disputed"
    CREDITED = "credited"
    REJECTED = "rejected"  # review or dispute decided: no credit
    CANCELLED = "cancelled"
    MISSED = "missed"  # nobody checked in: a branch looks
    NO_SHOW = "no_show"
    CLOSED_DOOR = "closed_door"


class Request(Base):
    """What an elder asks for, who asked, and what is held for it."""

    __tablename__ = "requests"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index("ix_requests_state", "book", "state", "starts_at"),
        sa.Index("ix_requests_elder", "book", "elder_id", "submitted_at"),
        sa.Index("ix_requests_branch", "book", "branch_id", "state"),
        sa.Index("ix_requests_payer", "book", "payer_id"),
        sa.Index("ix_requests_submitted_at", "book", "submitted_at"),
        sa.Index("ix_requests_starts_at", "book", "starts_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    #: The book in which the elder stays for the time; None: the service takes place at home.
    place_book: Mapped[str | None] = mapped_column(sa.String(16))
    region_code: Mapped[str] = mapped_column(sa.String(12))
    branch_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    asked_by_id: Mapped[UUID]
    #: own, family, voice, signature: how the elder agreed.
    consent: Mapped[str] = mapped_column(sa.String(16))
    service_code: Mapped[str] = mapped_column(sa.String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    booked_minutes: Mapped[Minutes]
    people_needed: Mapped[int]
    remote: Mapped[bool] = mapped_column(default=False)
    address_sealed: Mapped[str | None]
    note_sealed: Mapped[str | None]
    risk_note_sealed: Mapped[str | None]
    #: Must be so: only this sex may come.
    wished_sex: Mapped[str | None] = mapped_column(sa.String(8))
    #: Would be welcome, and costs a few minutes in the ranking when it is not so.
    preferred_sex: Mapped[str | None] = mapped_column(sa.String(8))
    wished_languages: Mapped[list[Any]] = mapped_column(
        sa.JSON(), default=list, server_default=sa.text("'[]'")
    )
    language_must: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: Somebody whom the elder would rather see: asked first, never assigned.
    wished_provider_id: Mapped[UUID | None]
    #: The standing visit that it is a date of.
    series_id: Mapped[UUID | None]
    rule_day: Mapped[date | None]
    care_grade: Mapped[int]
    #: Order in which the pool serves those without coins: higher risk first.
    risk_tier: Mapped[int]
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    #: The elder's share of the booked minutes, and the part of it the pool covers.
    elder_share_minutes: Mapped[Minutes]
    shortfall_minutes: Mapped[Minutes]
    #: Missing in the pool when somebody wanted to accept: opens again once the pool has it.
    pool_needed_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    #: A child or grandchild who pays the elder's share from own earned coins.
    payer_id: Mapped[UUID | None]
    #: The book of a payer who lives elsewhere, and what is held there; None: in the own book.
    payer_book: Mapped[str | None] = mapped_column(sa.String(16))
    payer_hold_id: Mapped[UUID | None]
    hold_id: Mapped[UUID | None]
    pool_hold_id: Mapped[UUID | None]
    state: Mapped[RequestState] = mapped_column(str_enum(RequestState, "request_state"))
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    #: Reason of a refusal or a cancellation, in words the asker reads.
    reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class Visit(Base):
    """One provider's promise to come, its evidence and its price, pinned at acceptance."""

    __tablename__ = "visits"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "request_id"], ["requests.book", "requests.id"]),
        sa.Index("ix_visits_request", "book", "request_id"),
        sa.Index("ix_visits_provider", "book", "provider_id", "ended_at"),
        sa.Index("ix_visits_elder", "book", "elder_id", "ended_at"),
        sa.Index("ix_visits_state", "book", "state", "starts_at"),
        sa.Index("ix_visits_starts_at", "book", "starts_at"),
        sa.Index("ix_visits_transfer", "book", "transfer_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    request_id: Mapped[UUID]
    elder_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    provider_book: Mapped[str] = mapped_column(sa.String(16))
    state: Mapped[VisitState] = mapped_column(str_enum(VisitState, "visit_state"))
    accepted_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    booked_minutes: Mapped[Minutes]
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    calendar_version: Mapped[str] = mapped_column(sa.String(64))
    provider_level: Mapped[str] = mapped_column(sa.String(4))
    certificate_relevant: Mapped[bool]
    care_grade: Mapped[int]
    #: Which premiums a thin reserve had stopped at acceptance: none, pt, ptr.
    premium_stop: Mapped[str] = mapped_column(sa.String(8), default="none", server_default="none")
    extra: Mapped[bool] = mapped_column(default=False)  # a P0 who joins to learn
    #: Minutes of the day's credit this visit reserves, by the booked start's date.
    reserved_minutes: Mapped[Minutes]
    pool_hold_id: Mapped[UUID | None]
    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[str | None] = mapped_column(sa.String(16))  # card, digits, slip, remote
    checked_in_distance_m: Mapped[int | None]
    checked_out_at: Mapped[datetime | None]
    checked_out_by: Mapped[str | None] = mapped_column(sa.String(16))
    checked_out_distance_m: Mapped[int | None]
    breaks: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    actual_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[UUID | None]
    confirmed_how: Mapped[str | None] = mapped_column(sa.String(16))  # own, family, voice
    valuation_id: Mapped[UUID | None]
    transfer_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    #: Who called it off (provider, elder, branch, system), and whether it was late by the rules.
    cancelled_by: Mapped[str | None] = mapped_column(sa.String(8))
    cancelled_late: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: Raised by each change of time or state, for calendar programs.
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime | None]
    #: Entered by hand by two people: it stays marked for ever.
    manual_entry_id: Mapped[UUID | None]
    #: Its posting was taken back: it counts for no hours any more.
    reversed_at: Mapped[datetime | None]
    #: Keyed digests of the devices used for coming, going and the elder's word, where known.
    checked_in_device: Mapped[str | None] = mapped_column(sa.String(64))
    checked_out_device: Mapped[str | None] = mapped_column(sa.String(64))
    confirmed_device: Mapped[str | None] = mapped_column(sa.String(64))


class VisitCode(Base):
    """A code that proves presence once: six digits told at the door, or torn off a slip."""

    __tablename__ = "visit_codes"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "visit_id"], ["visits.book", "visits.id"]),
        deletes=True,
    )

    book: Mapped[BookKey]
    visit_id: Mapped[IdKey]
    purpose: Mapped[str] = mapped_column(sa.String(8), primary_key=True)  # in, out
    channel: Mapped[str] = mapped_column(sa.String(8), primary_key=True)  # digits, slip
    code_sealed: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class ProviderDay(Base):
    """What a provider's day still holds, in the home book: one row, one lock, one truth."""

    __tablename__ = "provider_days"
    __table_args__ = placed("book")

    book: Mapped[BookKey]
    provider_id: Mapped[IdKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    #: Minutes of credit reserved or given on this date, at most the rule set's daily cap.
    credit_minutes: Mapped[Minutes]
    #: Minutes booked, or actual once a visit has ended.
    actual_minutes: Mapped[Minutes]


class ProviderSlot(Base):
    """A quarter of an hour that a provider has promised: the key forbids a second promise."""

    __tablename__ = "provider_slots"
    __table_args__ = placed(
        "book",
        sa.Index("ix_provider_slots_visit", "book", "visit_id"),
        changes=(),
        deletes=True,
    )

    book: Mapped[BookKey]
    provider_id: Mapped[IdKey]
    quarter: Mapped[int] = mapped_column(sa.BigInteger(), primary_key=True, autoincrement=False)
    visit_id: Mapped[UUID]
