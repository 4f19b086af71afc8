"""What may be asked of the ledger, and what it answers: plain values without a session."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, field, fields
from datetime import datetime
from json.encoder import encode_basestring_ascii as quoted
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

    #: Also in ``params``: ``account_id`` and its ``floor_minutes``.
    code = "not_enough"


class AboveCeiling(Conflict):
    """账户最多存{ceiling_minutes}，这一笔会超出{excess_minutes}。"""

    #: Also in ``params``: ``account_id``.
    code = "above_ceiling"


class EffectiveLater(Invalid):
    """生效时间不能晚于入账时间。"""

    code = "effective_later"


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
        """The same content gives the same hash: a repeated key is compared by it.

        SHA-256 of the canonical JSON of every field, names in order, ids and moments as text;
        written out by hand, because a batch asks for it thousands of times.
        """
        legs = ", ".join(
            f'["{leg.account_id}", {leg.amount_minutes}, {_text(leg.overflow_id)}]'
            for leg in self.legs
        )
        captures = ", ".join(f'"{hold}"' for hold in self.captures)
        text = (
            f'{{"acting_for_id": {_text(self.acting_for_id)}, "book": {quoted(self.book)}, '
            f'"captures": [{captures}], "effective_at": "{self.effective_at}", '
            f'"key": {quoted(self.key)}, "kind": {quoted(self.kind)}, "legs": [{legs}], '
            f'"link_id": {_text(self.link_id)}, "reason": {quoted(self.reason)}, '
            f'"reverses_id": {_text(self.reverses_id)}, '
            f'"valuation_id": {_text(self.valuation_id)}}}'
        )
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """Minutes to set aside on accounts of one book, in the order given."""

    book: str
    purpose: str
    subject_id: UUID
    key: str
    legs: tuple[Leg, ...]
    #: From this moment on the minutes are available again, whoever has noticed it.
    expires_at: datetime | None = None

    def total_minutes(self) -> int:
        """The sum set aside."""
        return sum(leg.amount_minutes for leg in self.legs)

    def request_hash(self, asked_minutes: int | None = None) -> str:
        """The same content gives the same hash; ``asked_minutes`` stands for legs found later."""
        content: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        content["legs"] = asked_minutes or [
            [leg.account_id, leg.amount_minutes] for leg in self.legs
        ]
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


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


def _text(value: UUID | None) -> str:
    return "null" if value is None else f'"{value}"'


def spread(key: str) -> int:
    """A number from a key, the same whoever asks: which slot of an account its legs go to."""
    return zlib.crc32(key.encode())
