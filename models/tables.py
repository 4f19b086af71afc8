"""Imports every table, so that the metadata is whole for migrations and checks."""

from __future__ import annotations

from models import (
    availability,
    batches,
    estates,
    giving,
    grants,
    jobs,
    ledger,
    matching,
    notices,
    oversight,
    papers,
    people,
    places,
    requests,
    rules,
    schedule,
    seals,
    service_days,
    training,
)
from models.base import Base

__all__ = [
    "Base",
    "availability",
    "batches",
    "estates",
    "giving",
    "grants",
    "jobs",
    "ledger",
    "matching",
    "notices",
    "oversight",
    "papers",
    "people",
    "places",
    "requests",
    "rules",
    "schedule",
    "seals",
    "service_days",
    "training",
]
