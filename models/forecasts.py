"""Forecasts as they were computed: what went in, with which seed, and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed


class Forecast(Base):
    """One projection of a region or of the nation, repeatable from its inputs and its seed."""

    __tablename__ = "forecasts"
    __table_args__ = placed(
        "reference", sa.Index("ix_forecasts_region", "region_code", "made_at"), append_only=True
    )

    id: Mapped[IdKey]
    region_code: Mapped[str] = mapped_column(sa.String(12))
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID]
    seed: Mapped[int] = mapped_column(sa.BigInteger())
    runs: Mapped[int]
    #: Cohorts, rates and levers that it was computed from.
    inputs: Mapped[dict[str, Any]]
    #: Bands by year and by case.
    results: Mapped[dict[str, Any]]
    table_version: Mapped[str] = mapped_column(sa.String(32))
