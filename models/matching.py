"""Asking people: who was shown, who was asked, what they said. A match is an offer only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class OfferKind(StrEnum):
    """Why somebody is asked."""

    WAVE = "wave"
    BATCH = "batch"  # the city's batch proposed the pair
    REGULAR = "regular"  # comes to this standing visit as a rule
    SUBSTITUTE = "substitute"
    STANDBY = "standby"  # would step in
    BRANCH = "branch"  # staff asked this person
    WISHED = "wished"  # the elder named this person
    STEP_IN = "step_in"  # a standby is asked to come after all


class OfferState(StrEnum):
    """What came of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN = "taken"  # somebody else was quicker
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # the request has gone


class AskingState(StrEnum):
    """Where the search for somebody stands."""

    ACTIVE = "active"
    FILLED = "filled"
    EXHAUSTED = "exhausted"  # nobody is left to ask: a branch looks
    STOPPED = "stopped"


class Asking(Base):
    """The search for people for one request: which wave, and when the next one is due."""

    __tablename__ = "askings"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "request_id"], ["requests.book", "requests.id"]),
        sa.Index("ix_askings_due", "book", "state", "next_wave_at"),
    )

    book: Mapped[BookKey]
    request_id: Mapped[IdKey]
    state: Mapped[AskingState] = mapped_column(str_enum(AskingState, "asking_state"))
    wave: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    #: Whoever said no since then is not asked again; another time of the visit moves it.
    answers_since: Mapped[datetime]
    next_wave_at: Mapped[datetime | None]
    #: Why it began last: approved, backfill, moved, branch.
    reason: Mapped[str] = mapped_column(sa.String(16))
    ended_at: Mapped[datetime | None]


class Offer(Base):
    """One person asked for one request, with the reasons as they were shown."""

    __tablename__ = "offers"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "request_id"], ["requests.book", "requests.id"]),
        sa.Index("ix_offers_request", "book", "request_id", "state"),
        sa.Index("ix_offers_provider", "book", "provider_id", "offered_at"),
        sa.Index("ix_offers_expires_at", "book", "state", "expires_at"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    request_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    kind: Mapped[OfferKind] = mapped_column(str_enum(OfferKind, "offer_kind"))
    state: Mapped[OfferState] = mapped_column(str_enum(OfferState, "offer_state"))
    wave: Mapped[int]
    rank: Mapped[int]
    #: The scorer's total and its terms, in thousandths of a minute.
    cost_milliminutes: Mapped[int] = mapped_column(sa.BigInteger())
    terms: Mapped[dict[str, Any]] = mapped_column(sa.JSON(), default=dict)
    #: Why this person, as it is said: [{sentence, params}].
    reasons: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Chance of a yes as it was reckoned, in thousandths.
    yes_permille: Mapped[int]
    offered_by_id: Mapped[UUID]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    #: Why not, where the volunteer says so (a code); it lowers no score.
    answer: Mapped[str | None] = mapped_column(sa.String(24))


class ShownRanking(Base):
    """A ranking that somebody looked at: who saw whom, in which order, and why."""

    __tablename__ = "shown_rankings"
    __table_args__ = placed(
        "book", sa.Index("ix_shown_rankings_request", "book", "request_id"), append_only=True
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    request_id: Mapped[UUID]
    shown_to_id: Mapped[UUID]
    at: Mapped[datetime]
    #: [{provider, cost_milliminutes, terms}], best first.
    people: Mapped[list[Any]] = mapped_column(sa.JSON())
    #: Code of a refusal -> how many it turned away.
    refused: Mapped[dict[str, Any]] = mapped_column(sa.JSON())


class MatchingRun(Base):
    """One batch over a book's open requests: what it looked at and what it proposed."""

    __tablename__ = "matching_runs"
    __table_args__ = placed("book", sa.Index("ix_matching_runs_at", "book", "at"), append_only=True)

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    at: Mapped[datetime]
    requests: Mapped[int]
    volunteers: Mapped[int]
    offered: Mapped[int]
    #: Nobody is eligible, and lost to others: the two are told apart.
    without_candidate: Mapped[int]
    lost: Mapped[int]
    cost_milliminutes: Mapped[int] = mapped_column(sa.BigInteger())


class MatchingMark(Base):
    """A volunteer's facts have changed: the snapshot reads that member anew."""

    __tablename__ = "matching_marks"
    __table_args__ = placed("member", sa.Index("ix_matching_marks_at", "at"))

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    at: Mapped[datetime]
