"""The history of the keys in its table: introduced, retired, each event signed and chained."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.seals import SealKey
from services.errors import Conflict, Invalid
from services.ledger.rows import insert_rows
from services.ledger.seals.headers import INTRODUCED, OPERATOR, OUTSIDER, RETIRED, KeyEvent
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.signing import SigningKey, key_id_of


class NotTheKeyInForce(Conflict):
    """现在有效的封存密钥不是这一把，请重新读取后再试。"""

    code = "not_the_key_in_force"


class KeyKnown(Conflict):
    """这把公钥已经登记过。"""

    code = "key_known"


class KeyUnreadable(Invalid):
    """公钥应是 64 位小写十六进制数字。"""

    code = "key_unreadable"


class WitnessUnknown(Invalid):
    """没有登记过这位见证人的公钥。"""

    code = "witness_unknown"


def key_ring(session: Session) -> KeyRing:
    """The keys as the table has them; believe it only when it has no problems."""
    rows = session.scalars(sa.select(SealKey).order_by(SealKey.number))
    return KeyRing(event_of(row) for row in rows)


def event_of(row: SealKey) -> KeyEvent:
    """An event as it was signed."""
    return KeyEvent(
        row.number,
        str(row.kind),
        str(row.role),
        row.key_id,
        row.public_key,
        row.holder,
        row.at,
        row.prev_hash,
        row.signed_by,
        row.signature,
    )


def introduce_operator(session: Session, key: SigningKey, holder: str, now: datetime) -> None:
    """Begin the history with the operator's first key, which signs itself.

    NotTheKeyInForce when there is a history already.
    """
    ring = key_ring(session)
    if ring.events:
        raise NotTheKeyInForce
    _add(session, ring, key, INTRODUCED, OPERATOR, key.public_key, holder, now)


def rotate(session: Session, old: SigningKey, new: SigningKey, holder: str, now: datetime) -> None:
    """Put a new operator's key in force and retire the old one.

    The old key introduces the new one; the new one, then in force, retires the old one.
    """
    ring = key_ring(session)
    if ring.key(new.key_id, OPERATOR) is not None:
        raise KeyKnown
    retired = ring.in_force
    _add(session, ring, old, INTRODUCED, OPERATOR, new.public_key, holder, now)
    assert retired is not None
    _add(session, ring, new, RETIRED, OPERATOR, old.public_key, retired.holder, now)


def add_witness(
    session: Session, key: SigningKey, public_key: str, holder: str, now: datetime
) -> None:
    """Introduce a witness's public key; KeyUnreadable, KeyKnown."""
    ring = key_ring(session)
    try:
        key_id = key_id_of(public_key)
    except ValueError:
        raise KeyUnreadable from None
    if any(event.key_id == key_id for event in ring.events):
        raise KeyKnown
    _add(session, ring, key, INTRODUCED, OUTSIDER, public_key, holder, now)


def retire_witness(session: Session, key: SigningKey, key_id: str, now: datetime) -> None:
    """End a witness's time; what it signed before stays signed. WitnessUnknown."""
    ring = key_ring(session)
    held = ring.key(key_id, OUTSIDER)
    if held is None or held.until is not None:
        raise WitnessUnknown
    _add(session, ring, key, RETIRED, OUTSIDER, held.public_key, held.holder, now)


def _add(
    session: Session,
    ring: KeyRing,
    signer: SigningKey,
    kind: str,
    role: str,
    public_key: str,
    holder: str,
    now: datetime,
) -> None:
    """Sign one event and append it to the table and to ``ring``."""
    in_force = ring.in_force
    if in_force is not None and in_force.key_id != signer.key_id:
        raise NotTheKeyInForce
    values = {
        "number": len(ring.events),
        "kind": kind,
        "role": role,
        "key_id": key_id_of(public_key),
        "public_key": public_key,
        "holder": holder,
        "at": now,
        "prev_hash": ring.head(),
        "signed_by": signer.key_id,
    }
    signature = signer.sign(KeyEvent(**values).message())  # type: ignore[arg-type]
    insert_rows(session, SealKey, [{**values, "signature": signature}])
    ring.add(KeyEvent(**values, signature=signature))  # type: ignore[arg-type]
