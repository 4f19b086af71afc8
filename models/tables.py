"""Imports every table, so that the metadata is whole for migrations and checks."""

from __future__ import annotations

from models import batches, jobs, ledger, oversight, people, places, requests, rules, seals
from models.base import Base

__all__ = [
    "Base",
    "batches",
    "jobs",
    "ledger",
    "oversight",
    "people",
    "places",
    "requests",
    "rules",
    "seals",
]
