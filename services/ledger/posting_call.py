"""One transfer in one call of PostgreSQL's ``timebank_post``, where the server has it."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.errors import DomainError, KeyReused, LockWider
from services.ledger.decide import check_shape
from services.ledger.drafts import (
    AboveCeiling,
    AccountClosed,
    AccountUnknown,
    AlreadyReversed,
    Draft,
    EffectiveLater,
    HoldEnded,
    Leg,
    NotEnough,
    Posted,
    Stamp,
    spread,
)
from services.ledger.expiry import WIDE

_CALL = (
    "SELECT code, account, limit_minutes, short_minutes, leg_accounts, leg_minutes"
    " FROM timebank_post(%s::text, %s::uuid, %s::text, %s::text, %s::text, %s::bigint,"
    " %s::timestamptz, %s::timestamptz, %s::uuid, %s::uuid, %s::text, %s::uuid, %s::uuid,"
    " %s::uuid, %s::uuid[], %s::bigint[], %s::uuid[], %s::uuid[])"
)
#: A distributed server has no such function: its batches decide for single transfers, too.
_HAS_FUNCTION = sa.text(
    "SELECT count(*) FROM pg_proc WHERE proname = 'timebank_post' AND pg_function_is_visible(oid)"
)
_known: WeakKeyDictionary[sa.Engine, bool] = WeakKeyDictionary()


def is_there(session: Session) -> bool:
    """Whether a single transfer can be posted in one call here and now."""
    connection = session.connection()
    if connection.dialect.name != "postgresql" or session.info.get(WIDE):
        return False
    if connection.engine not in _known:
        _known[connection.engine] = bool(connection.scalar(_HAS_FUNCTION))
    return _known[connection.engine]


def post_one(
    session: Session, draft: Draft, transfer_id: UUID, stamp: Stamp
) -> Posted | DomainError:
    """Post a transfer, or give back its refusal. Raises LockWider when more must be locked."""
    try:
        check_shape(draft)
    except DomainError as refusal:
        return refusal
    overflows = [leg.overflow_id for leg in draft.legs]
    values = (
        draft.book,
        transfer_id,
        draft.kind,
        draft.key,
        draft.request_hash(),
        spread(draft.key),
        draft.effective_at,
        stamp.now,
        stamp.actor_id,
        draft.acting_for_id,
        draft.reason,
        draft.link_id,
        draft.reverses_id,
        draft.valuation_id,
        [leg.account_id for leg in draft.legs],
        [leg.amount_minutes for leg in draft.legs],
        overflows if any(overflows) else None,
        list(draft.captures) or None,
    )
    row = session.connection().exec_driver_sql(_CALL, values).one()
    if row.code == "posted" and row.leg_accounts is None:
        return Posted(transfer_id, tuple(Leg(x.account_id, x.amount_minutes) for x in draft.legs))
    if row.code in ("posted", "repeated"):
        legs = tuple(map(Leg, row.leg_accounts, row.leg_minutes))
        return Posted(transfer_id, legs, repeated=row.code == "repeated")
    if row.code == "wide":
        raise LockWider
    return _refusal(row)


def _refusal(row: Any) -> DomainError:
    """The refusal that a code stands for, naming the account, the limit and what is short."""
    match row.code:
        case "not_enough":
            return NotEnough(
                account_id=row.account,
                floor_minutes=row.limit_minutes,
                shortfall_minutes=row.short_minutes,
            )
        case "above_ceiling":
            return AboveCeiling(
                account_id=row.account,
                ceiling_minutes=row.limit_minutes,
                excess_minutes=row.short_minutes,
            )
        case "account_unknown":
            return AccountUnknown(account_id=row.account)
        case "account_closed":
            return AccountClosed(account_id=row.account)
    plain: dict[str, type[DomainError]] = {
        "key_reused": KeyReused,
        "already_reversed": AlreadyReversed,
        "hold_ended": HoldEnded,
        "effective_later": EffectiveLater,
    }
    return plain[row.code]()
