"""Estates: a death, who inherits a member's coins, and everything that was decided on the way.

Names, telephones and free text are sealed (services.vault); the ledger knows ids alone.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BookKey, IdKey, placed, str_enum


class EstateState(StrEnum):
    """Where an estate stands."""

    REPORTED = "reported"  # two officials have still to verify the death
    FROZEN = "frozen"  # verified; the heirs are being found
    NOTICE = "notice"  # published; objections stop its clock
    DIVIDED = "divided"  # the shares are settled; some may wait for their heir
    SETTLED = "settled"  # nothing is left on the estate's account
    DISMISSED = "dismissed"  # the report was not true, found out before the account froze
    UNDONE = "undone"  # the person lives: everything was given back


#: States in which a member's death stands or is being looked into.
OPEN_ESTATES = (
    EstateState.REPORTED,
    EstateState.FROZEN,
    EstateState.NOTICE,
    EstateState.DIVIDED,
    EstateState.SETTLED,
)
_IS_OPEN = sa.text("state NOT IN ('dismissed', 'undone')")


class Estate(Base):
    """A member's coins after death, in the home book. One at a time, whoever reports it."""

    __tablename__ = "estates"
    __table_args__ = placed(
        "book",
        sa.UniqueConstraint("book", "reference"),
        sa.Index(
            "ix_estates_member",
            "book",
            "member_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        sa.Index("ix_estates_state", "book", "state", "notice_ends_on"),
        sa.Index("ix_estates_branch", "book", "branch_id", "state"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    reference: Mapped[str] = mapped_column(sa.String(24))
    member_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    state: Mapped[EstateState] = mapped_column(str_enum(EstateState, "estate_state"))
    #: The moment of death; the last one of the day where only the day is known.
    died_at: Mapped[datetime]
    reported_at: Mapped[datetime]
    rule_set_version: Mapped[str] = mapped_column(sa.String(32))
    frozen_at: Mapped[datetime | None]
    #: Published on this day, and over at the end of that one; while the clock stands still
    #: ``notice_days_left`` says how many working days remain.
    notice_from: Mapped[date | None]
    notice_ends_on: Mapped[date | None]
    notice_days_left: Mapped[int | None]
    calendar_version: Mapped[str | None] = mapped_column(sa.String(64))
    divided_at: Mapped[datetime | None]
    divided_by_id: Mapped[UUID | None]
    #: What was divided, and what of it went to the pool: shares and remainder are the estate.
    estate_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    remainder_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: The last day on which a share that waits may be claimed.
    claim_until: Mapped[date | None]
    settled_at: Mapped[datetime | None]
    #: A dismissal or an undoing, and why.
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]
    end_reason_sealed: Mapped[str | None]


class EstateReport(Base):
    """Somebody says that a member has died. Several may say it of one death."""

    __tablename__ = "estate_reports"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "estate_id"], ["estates.book", "estates.id"]),
        sa.Index("ix_estate_reports_estate", "book", "estate_id"),
        append_only=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    estate_id: Mapped[UUID]
    how: Mapped[str] = mapped_column(sa.String(12))  # family, branch, registry
    reported_by_id: Mapped[UUID]
    #: The region from which it came: the same death may be reported by two.
    region_code: Mapped[str] = mapped_column(sa.String(12))
    #: The reporter's relation to the dead, where it is a relative.
    relation: Mapped[str | None] = mapped_column(sa.String(24))
    died_at: Mapped[datetime]
    #: death_certificate, cremation, police, court, registry; none where only told.
    evidence: Mapped[str | None] = mapped_column(sa.String(24))
    reference_sealed: Mapped[str | None]
    at: Mapped[datetime]


class EstateCheck(Base):
    """An official has verified the death by papers; two different ones are needed."""

    __tablename__ = "estate_checks"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "estate_id"], ["estates.book", "estates.id"]),
        append_only=True,
    )

    book: Mapped[BookKey]
    estate_id: Mapped[IdKey]
    official_id: Mapped[IdKey]
    evidence: Mapped[str] = mapped_column(sa.String(24))
    reference_sealed: Mapped[str]
    died_at: Mapped[datetime]
    at: Mapped[datetime]


class EstateMove(Base):
    """Which transfers an estate has made, and what for: so that they can be undone."""

    __tablename__ = "estate_moves"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "estate_id"], ["estates.book", "estates.id"]),
        append_only=True,
    )

    book: Mapped[BookKey]
    estate_id: Mapped[IdKey]
    transfer_id: Mapped[IdKey]
    #: freeze, sweep, share, remainder, claim, unclaimed, grants, undo.
    what: Mapped[str] = mapped_column(sa.String(12))
    heir_id: Mapped[UUID | None]
    at: Mapped[datetime]


class HeirBasis(StrEnum):
    """Why somebody inherits."""

    NAMED = "named"  # a registered will or a beneficiary designation
    STATUTORY = "statutory"


class EstateHeir(Base):
    """Somebody who inherits, or whose descendants do in his or her place."""

    __tablename__ = "estate_heirs"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "estate_id"], ["estates.book", "estates.id"]),
        sa.UniqueConstraint("book", "estate_id", "basis", "member_id"),
        sa.Index("ix_estate_heirs_estate", "book", "estate_id"),
        sa.Index("ix_estate_heirs_member", "book", "member_id"),
        deletes=True,
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    estate_id: Mapped[UUID]
    basis: Mapped[HeirBasis] = mapped_column(str_enum(HeirBasis, "heir_basis"))
    #: To the dead; of a representative, to the one represented (always ``child``).
    relation: Mapped[str] = mapped_column(sa.String(24))
    #: The heir in whose place this one stands.
    represents_id: Mapped[UUID | None]
    #: Parts of a named heir, out of the sum of all named parts.
    parts: Mapped[int | None]
    #: None until an account is opened at the counter.
    member_id: Mapped[UUID | None]
    name_sealed: Mapped[str]
    phone_sealed: Mapped[str | None]
    #: Household book, birth certificate and so on: what staff have seen.
    evidence: Mapped[str]
    #: Died before the one whose estate it is.
    died_before: Mapped[bool] = mapped_column(default=False)
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    #: accepted or disclaimed; silence accepts at the division.
    answer: Mapped[str | None] = mapped_column(sa.String(12))
    answered_at: Mapped[datetime | None]
    answered_how: Mapped[str | None] = mapped_column(sa.String(12))  # own, signature, silence
    answered_by_id: Mapped[UUID | None]
    share_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: When the share reached the heir's account; None while it waits.
    paid_at: Mapped[datetime | None]
    #: When it went to the pool, because nobody claimed it.
    lapsed_at: Mapped[datetime | None]


class EstateObjection(Base):
    """Somebody objects during the public notice; decided with a reason, appealed once."""

    __tablename__ = "estate_objections"
    __table_args__ = placed(
        "book",
        sa.ForeignKeyConstraint(["book", "estate_id"], ["estates.book", "estates.id"]),
        sa.Index("ix_estate_objections_estate", "book", "estate_id"),
    )

    book: Mapped[BookKey]
    id: Mapped[IdKey]
    estate_id: Mapped[UUID]
    #: The member who objects; None where staff took it down from somebody without an account.
    member_id: Mapped[UUID | None]
    taken_by_id: Mapped[UUID]
    name_sealed: Mapped[str]
    text_sealed: Mapped[str]
    at: Mapped[datetime]
    #: upheld or dismissed.
    decision: Mapped[str | None] = mapped_column(sa.String(12))
    decision_reason_sealed: Mapped[str | None]
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    appeal_text_sealed: Mapped[str | None]
    appeal_decision: Mapped[str | None] = mapped_column(sa.String(12))
    appeal_reason_sealed: Mapped[str | None]
    appeal_decided_by_id: Mapped[UUID | None]
    appeal_decided_at: Mapped[datetime | None]


class Designation(Base):
    """Whom a member wants the coins to go to: named here, or in a will that staff have seen.

    The newest that has not been revoked is in force.
    """

    __tablename__ = "designations"
    __table_args__ = placed("member")

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    kind: Mapped[str] = mapped_column(sa.String(12))  # designation, will
    how: Mapped[str] = mapped_column(sa.String(12))  # own, signature, document
    #: Where a will is kept and under which number.
    reference_sealed: Mapped[str | None]
    made_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID]
    revoked_at: Mapped[datetime | None]


class DesignationLine(Base):
    """One beneficiary and how many parts of the whole."""

    __tablename__ = "designation_lines"
    __table_args__ = placed(
        "member",
        sa.ForeignKeyConstraint(
            ["member_id", "designation_id"], ["designations.member_id", "designations.id"]
        ),
        sa.CheckConstraint("parts > 0", name="parts_positive"),
        append_only=True,
    )

    member_id: Mapped[IdKey]
    designation_id: Mapped[IdKey]
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: None for a beneficiary without an account.
    beneficiary_id: Mapped[UUID | None]
    name_sealed: Mapped[str]
    relation: Mapped[str] = mapped_column(sa.String(24))
    parts: Mapped[int]
