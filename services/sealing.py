"""Acts around the seals that people answer for: keys, witnesses, the daily list. Each on record.

Sealing itself leaves its own record, the block. Private keys are handed in by whoever holds them.
"""

from __future__ import annotations

from datetime import date

from services import audit
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.ledger.seals import heads, keys
from services.ledger.seals.signing import SigningKey, key_id_of
from services.policy import NATION, require

ACT = "seals.keep"


def begin_keys(ctx: Context, key: SigningKey, holder: str) -> None:
    """Begin the history of the keys with the operator's first key; NotTheKeyInForce."""
    require(ctx.actor, ACT)
    keys.introduce_operator(ctx.session, key, holder, ctx.now)
    _record_key(ctx, "seals.key_introduced", key.key_id, holder)


def rotate_key(ctx: Context, old: SigningKey, new: SigningKey, holder: str) -> None:
    """Put a new operator's key in force and retire the old one; NotTheKeyInForce."""
    require(ctx.actor, ACT)
    keys.rotate(ctx.session, old, new, holder, ctx.now)
    _record_key(ctx, "seals.key_introduced", new.key_id, holder)
    _record_key(ctx, "seals.key_retired", old.key_id, holder)


def add_witness(ctx: Context, key: SigningKey, public_key: str, holder: str) -> None:
    """Introduce a witness's public key; KeyUnreadable, KeyKnown, NotTheKeyInForce."""
    require(ctx.actor, ACT)
    keys.add_witness(ctx.session, key, public_key, holder, ctx.now)
    _record_key(ctx, "seals.witness_introduced", key_id_of(public_key), holder)


def retire_witness(ctx: Context, key: SigningKey, key_id: str) -> None:
    """End a witness's time; WitnessUnknown, NotTheKeyInForce."""
    require(ctx.actor, ACT)
    keys.retire_witness(ctx.session, key, key_id, ctx.now)
    _record_key(ctx, "seals.witness_retired", key_id, "")


def publish(ctx: Context, key: SigningKey) -> bool:
    """Sign today's list of heads (today in China); False when it is there already."""
    require(ctx.actor, ACT)
    day = local_date(ctx.now)
    if not heads.publish(ctx.session, key, day, ctx.now):
        return False
    _record_list(ctx, "seals.published", day, {"key_id": key.key_id})
    return True


def countersign(ctx: Context, day: date, key_id: str, signature: str) -> bool:
    """Record a witness's signature; False when it was recorded before.

    NoSuchList, WitnessUnknown, SignatureWrong.
    """
    require(ctx.actor, ACT)
    if not heads.countersign(ctx.session, day, key_id, signature, ctx.now):
        return False
    _record_list(ctx, "seals.countersigned", day, {"key_id": key_id})
    return True


def _record_key(ctx: Context, act: str, key_id: str, holder: str) -> None:
    subject = derived("seal_key", key_id)
    after = {"key_id": key_id, "holder": holder}
    audit.record(ctx, act, "seal_key", subject, book=NATION, after=after)


def _record_list(ctx: Context, act: str, day: date, after: dict[str, str]) -> None:
    subject = derived("head_list", day)
    after = {"day": day.isoformat(), **after}
    audit.record(ctx, act, "head_list", subject, book=NATION, after=after)
