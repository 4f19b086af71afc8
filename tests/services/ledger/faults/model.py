"""The ledger in a few lines that anybody can check by eye: what it must come to, and refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Legs = Mapping[UUID, int]


class Refused(Exception):
    """A code, the account it is about, and by how many minutes."""

    def __init__(self, code: str, account: UUID | None = None, minutes: int | None = None) -> None:
        super().__init__(code, account, minutes)


@dataclass
class Model:
    """Balances, open holds with their ends, and the limits of accounts."""

    posted: dict[UUID, int] = field(default_factory=dict)
    holds: dict[UUID, tuple[Legs, datetime | None]] = field(default_factory=dict)
    floors: dict[UUID, int] = field(default_factory=dict)
    ceilings: dict[UUID, int] = field(default_factory=dict)

    def held(self, account: UUID) -> int:
        return sum(legs.get(account, 0) for legs, _ in self.holds.values())

    def available(self, account: UUID) -> int:
        return self.posted[account] - self.held(account)

    def pass_time(self, now: datetime) -> None:
        """Holds that have run out keep nothing any more."""
        self.holds = {k: v for k, v in self.holds.items() if v[1] is None or now < v[1]}

    def pay(self, legs: Legs, captures: Iterable[UUID] = (), *, gives_back: bool = False) -> None:
        """Move minutes; captured holds end with it, whatever it takes of them."""
        if any(hold not in self.holds for hold in captures):
            raise Refused("hold_ended")
        for account, minutes in legs.items():
            over = self.posted[account] + minutes - self.ceilings.get(account, 10**9)
            if minutes > 0 and over > 0 and not gives_back:
                # What stands above the ceiling already (given back) is not counted again.
                raise Refused("above_ceiling", account, min(over, minutes))
        freed = [self.holds[hold][0] for hold in captures]
        self._check_floors(legs, freed)
        for account, minutes in legs.items():
            self.posted[account] += minutes
        for hold in captures:
            del self.holds[hold]

    def hold(self, key: UUID, legs: Legs, ends: datetime | None) -> None:
        """Set minutes aside."""
        self._check_floors({account: -minutes for account, minutes in legs.items()}, [])
        self.holds[key] = legs, ends

    def _check_floors(self, legs: Legs, freed: list[Legs]) -> None:
        for account, minutes in legs.items():
            if minutes < 0 and account in self.floors:
                back = sum(held.get(account, 0) for held in freed)
                short = self.floors[account] - (self.available(account) + back + minutes)
                if short > 0:
                    raise Refused("not_enough", account, short)
