"""Members: one national account a person, with identity apart from everything that is booked."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed, str_enum


class Sex(StrEnum):
    """As on the identity card."""

    FEMALE = "female"
    MALE = "male"


class MemberStatus(StrEnum):
    """Where a membership stands."""

    PENDING = "pending"  # signed up, identity not yet checked by a branch
    ACTIVE = "active"
    CLOSED = "closed"


class Member(Base):
    """A person with an account. Contact and identity columns are sealed (services.vault)."""

    __tablename__ = "members"
    __table_args__ = placed(
        "member", sa.Index("ix_members_home_book_branch_id", "home_book", "branch_id")
    )

    id: Mapped[IdKey]
    #: National volunteer number: ours, with a check digit, never the ID number.
    number: Mapped[str] = mapped_column(sa.String(16))
    home_book: Mapped[str] = mapped_column(sa.String(16))
    #: Further books that hold rows about this member: served away from home, or moved from there.
    other_books: Mapped[list[Any]] = mapped_column(
        sa.JSON(), default=list, server_default=sa.text("'[]'")
    )
    region_code: Mapped[str] = mapped_column(sa.String(12))
    branch_id: Mapped[UUID]
    name: Mapped[str]
    sex: Mapped[Sex] = mapped_column(str_enum(Sex, "sex"))
    born_on: Mapped[date]
    id_number_sealed: Mapped[str]
    phone_sealed: Mapped[str | None]
    address_sealed: Mapped[str | None]
    contact_sealed: Mapped[str | None]  # an emergency contact: name and telephone
    latitude_e6: Mapped[int | None]
    longitude_e6: Mapped[int | None]
    skills: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Service categories offered, by catalogue code (the record asks for them beside skills).
    service_codes: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    is_provider: Mapped[bool] = mapped_column(default=False)
    is_recipient: Mapped[bool] = mapped_column(default=False)
    status: Mapped[MemberStatus] = mapped_column(str_enum(MemberStatus, "member_status"))
    identity_checked_at: Mapped[datetime | None]
    identity_checked_by_id: Mapped[UUID | None]
    #: The word a visitor says at the door; the elder chooses it.
    door_word: Mapped[str | None]
    #: Facts that entitle: hardship, living alone, severe disability decided by a branch.
    in_hardship: Mapped[bool] = mapped_column(default=False)
    lives_alone: Mapped[bool] = mapped_column(default=False)
    spends_under_age: Mapped[bool] = mapped_column(default=False)
    #: A family that has lost its only child.
    special_family: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: Verified by two officials; a membership that a death has closed, and that a mistake reopens.
    died_at: Mapped[datetime | None]
    paused_until: Mapped[date | None]
    #: Where coins above the storage cap go: ``pool``, or the id of a benefit fund.
    overflow_to: Mapped[str] = mapped_column(default="pool")
    #: Actual minutes served, all regions together: feeds level P2 and the stars.
    served_minutes: Mapped[int] = mapped_column(sa.BigInteger(), default=0)
    joined_at: Mapped[datetime]
    joined_by_id: Mapped[UUID | None]  # family or staff who signed the member up
    joined_how: Mapped[str]  # self, family, counter
    #: What the relative who signed the member up says to be (child, spouse, …); not yet proved.
    joined_relation: Mapped[str | None] = mapped_column(sa.String(24))
    #: When everything that says who it was went out of the record; the ledger keeps the key.
    erased_at: Mapped[datetime | None]


class Handle(Base):
    """Who a name belongs to, nation-wide: claimed first, found by one probe.

    Kinds: ``number`` and ``login`` (plain), ``phone``, ``id_number``, ``card``, ``door`` and
    ``token`` (keyed digests).
    """

    __tablename__ = "handles"
    __table_args__ = placed("directory", by="value", deletes=True)

    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Credential(Base):
    """A password (argon2id); most elders have none."""

    __tablename__ = "credentials"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]


class LoginCode(Base):
    """A one-time code sent through the outbox."""

    __tablename__ = "login_codes"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of the API; its digest is a handle of kind ``token``."""

    __tablename__ = "api_tokens"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    digest: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: What it may do of what its owner may (``services.scopes``).
    scopes: Mapped[list[Any]] = mapped_column(sa.JSON(), server_default=sa.text("'[\"all\"]'"))
    #: When its maker's second factor had been shown; None: never, so it opens no office.
    factor_at: Mapped[datetime | None]


class RoleAssignment(Base):
    """A staff role within a scope: a branch, a region (with all below it) or the nation."""

    __tablename__ = "role_assignments"
    __table_args__ = placed("member")

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    role: Mapped[str] = mapped_column(sa.String(24))
    scope_kind: Mapped[str] = mapped_column(sa.String(8))
    scope: Mapped[str] = mapped_column(sa.String(40))
    granted_by_id: Mapped[UUID | None]
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Certificate(Base):
    """A course, licence, insurance or declaration with its validity (codes are rule data)."""

    __tablename__ = "certificates"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    code: Mapped[str] = mapped_column(sa.String(40))
    issuer: Mapped[str]
    reference: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    #: Days before the end at which the last warning went out; None: none has.
    warned_days: Mapped[int | None]


class Assessment(Base):
    """An elder's care grade 0-4 after GB/T 42195, with the day it was assessed."""

    __tablename__ = "assessments"
    __table_args__ = placed(
        "member",
        sa.CheckConstraint("grade >= 0 AND grade <= 4", name="grade_range"),
        deletes=True,
    )

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    grade: Mapped[int]
    assessed_on: Mapped[date]
    assessor: Mapped[str]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Kinship(Base):
    """``other`` is the member's spouse, child, … Recorded in both directions."""

    __tablename__ = "kinships"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(primary_key=True)
    relation: Mapped[str] = mapped_column(sa.String(24))
    evidence: Mapped[str]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Guardianship(Base):
    """A guardian of record, by a court's or a committee's paper; one at a time."""

    __tablename__ = "guardianships"
    __table_args__ = placed("member", sa.Index("ix_guardianships_guardian", "guardian_id"))

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    guardian_id: Mapped[UUID]
    document: Mapped[str] = mapped_column(sa.String(24))  # court, committee, agreement
    reference_sealed: Mapped[str]
    since: Mapped[date]
    recorded_by_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(sa.String(24))


class ActCode(Base):
    """A one-time code that confirms one act as its second factor."""

    __tablename__ = "act_codes"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    #: What it confirms: the act, and its subject.
    act: Mapped[str] = mapped_column(sa.String(48))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    code_hash: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Delegation(Base):
    """A relative may act for the member, within a scope, with consent, until a day."""

    __tablename__ = "delegations"
    __table_args__ = placed("member")

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    delegate_id: Mapped[UUID] = mapped_column(index=True)
    #: Any of ``see``, ``ask``, ``confirm``.
    scope: Mapped[list[Any]] = mapped_column(sa.JSON())
    #: The most of the elder's coins that may be set aside in a month by what the delegate asks
    #: for; None on delegations that are older than this limit.
    spend_minutes: Mapped[int | None] = mapped_column(sa.BigInteger())
    consent: Mapped[str] = mapped_column(sa.String(16))  # own, signature, voice, document
    granted_at: Mapped[datetime]
    ends_on: Mapped[date]
    revoked_at: Mapped[datetime | None]


class Consent(Base):
    """What a person (or a guardian for a minor) agreed to, how, and who recorded it."""

    __tablename__ = "consents"
    __table_args__ = placed("member")

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    #: A purpose of ``services.privacy.purposes``: terms, guardian, health, place.
    kind: Mapped[str] = mapped_column(sa.String(24))
    how: Mapped[str] = mapped_column(sa.String(16))  # own, signature, voice, document
    given_by: Mapped[str]
    recorded_by_id: Mapped[UUID | None]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    #: Which text was agreed to; None on consents that are older than numbered texts.
    text_version: Mapped[str | None] = mapped_column(sa.String(24))
    #: Of a guardian's consent: the ID number that staff have seen.
    giver_id_number_sealed: Mapped[str | None]
    withdrawn_by_id: Mapped[UUID | None]
