"""What may be asked of the ledger, and what it answers: plain values without a session."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from services.errors import Conflict, Invalid


class AmountZero(Invalid):
    """时间币的数目不能是零。"""

    code = "amount_zero"


class NotBalanced(Invalid):
    """这笔往来收付不平，不能入账。"""

    code = "not_balanced"


class AccountUnknown(Invalid):
    """账户不存在，不能入账。"""

    code = "account_unknown"


class AccountClosed(Conflict):
    """账户已经关闭，不能入账。"""

    code = "account_closed"


class NotEnough(Conflict):
    """可用的时间不够：还差{shortfall_minutes}。"""

    code = "not_enough"


class HoldEnded(Conflict):
    """这笔预留已经用过或放回了。"""

    code = "hold_ended"


class AlreadyReversed(Conflict):
    """这笔往来已经冲正过了。"""

    code = "already_reversed"


@dataclass(frozen=True, slots=True)
class Leg:
    """A signed amount on one account; what would pass its ceiling goes to ``overflow_id``."""

    account_id: UUID
    amount_minutes: int
    overflow_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer to post. Its holds end with it: captured as far as its legs take, else freed."""

    book: str
    kind: str
    key: str
    legs: tuple[Leg, ...]
    effective_at: datetime
    captures: tuple[UUID, ...] = ()
    acting_for_id: UUID | None = None
    reason: str = ""
    valuation_id: UUID | None = None
    reverses_id: UUID | None = None
    link_id: UUID | None = None

    def request_hash(self) -> str:
        """The same content gives the same hash: a repeated key is compared by it."""
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        content["legs"] = [
            [leg.account_id, leg.amount_minutes, leg.overflow_id] for leg in self.legs
        ]
        return _hash(content)


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """Minutes to set aside on accounts of one book, in the order given."""

    book: str
    purpose: str
    subject_id: UUID
    key: str
    legs: tuple[Leg, ...]
    expires_at: datetime | None = None

    def total_minutes(self) -> int:
        """The sum set aside."""
        return sum(leg.amount_minutes for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom the ledger writes."""

    now: datetime
    actor_id: UUID


@dataclass(frozen=True, slots=True)
class Posted:
    """A transfer that stands. ``repeated`` says that the key had already been through."""

    transfer_id: UUID
    legs: tuple[Leg, ...] = field(default=())
    repeated: bool = False


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
