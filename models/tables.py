"""Imports every table, so that the metadata is whole for migrations and checks."""

from __future__ import annotations

from models import jobs, ledger, oversight, people, places, requests, rules
from models.base import Base

__all__ = ["Base", "jobs", "ledger", "oversight", "people", "places", "requests", "rules"]
