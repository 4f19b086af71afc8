"""Regions with real 12-digit codes, the books they keep, operators and branches."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed, str_enum


class Tier(StrEnum):
    """The five tiers of a civil region code."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class OperatorKind(StrEnum):
    """Who runs a branch."""

    CIVIL_AFFAIRS = "civil_affairs"
    SOCIAL_ORGANISATION = "social_organisation"
    ENTERPRISE = "enterprise"


class SuccessorRule(StrEnum):
    """Who takes over when a branch closes; the region stays the holder of record."""

    NAMED_BRANCH = "named_branch"
    SAME_OPERATOR = "same_operator"
    REGION = "region"


class Region(Base):
    """A region as it stood from one day to another: districts merge, codes live on."""

    __tablename__ = "regions"
    __table_args__ = placed("reference")

    code: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str]
    name_en: Mapped[str]
    tier: Mapped[Tier] = mapped_column(str_enum(Tier, "tier"))
    parent_code: Mapped[str | None] = mapped_column(sa.String(12))
    #: The code that took over when this one ended: an old address still finds its county.
    successor_code: Mapped[str | None] = mapped_column(sa.String(12))
    #: What the region sets within the bounds of the rule set (say its spending age).
    settings: Mapped[dict[str, Any]] = mapped_column(sa.JSON(), default=dict)


class Book(Base):
    """A county-level region's self-balancing ledger."""

    __tablename__ = "books"
    __table_args__ = placed("reference")

    book: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    region_code: Mapped[str] = mapped_column(sa.String(12), index=True)
    opened_at: Mapped[datetime]


class Operator(Base):
    """A body that runs branches, perhaps in several regions."""

    __tablename__ = "operators"
    __table_args__ = placed("reference")

    id: Mapped[IdKey]
    name: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[OperatorKind] = mapped_column(str_enum(OperatorKind, "operator_kind"))


class Branch(Base):
    """A branch (网点): where people are met, reviewed and helped at a counter."""

    __tablename__ = "branches"
    __table_args__ = placed("reference")

    id: Mapped[IdKey]
    book: Mapped[str] = mapped_column(
        sa.String(16), sa.ForeignKey("books.book"), index=True, nullable=False
    )
    region_code: Mapped[str] = mapped_column(sa.String(12))
    operator_id: Mapped[UUID] = mapped_column(sa.ForeignKey("operators.id"))
    name: Mapped[str]
    name_en: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    #: 活动负责人 of the services that it organises, as the record of a service names one.
    person_in_charge: Mapped[str | None]
    latitude_e6: Mapped[int | None]
    longitude_e6: Mapped[int | None]
    successor_rule: Mapped[SuccessorRule] = mapped_column(str_enum(SuccessorRule, "successor_rule"))
    successor_branch_id: Mapped[UUID | None]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
