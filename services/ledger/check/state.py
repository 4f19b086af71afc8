"""What a check of an export remembers of an account and its balance rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry as its line has it."""

    version: int
    amount_minutes: int
    after_minutes: int
    posted_at: datetime
    line: int


@dataclass(slots=True)
class Slot:
    """A balance row: what its entries say so far."""

    total_minutes: int = 0
    after_minutes: int = 0
    version: int = 0
    posted_at: datetime | None = None
    held_minutes: int = 0


@dataclass(slots=True)
class AccountState:
    """An account with its rows."""

    id: UUID
    kind: str
    floor_minutes: int | None
    ceiling_minutes: int | None
    opened_at: datetime
    closed_at: datetime | None
    slots: list[Slot]

    def place(self, slot: int) -> str:
        """How a breach names one of its rows."""
        return f"{self.id}/{slot}"
