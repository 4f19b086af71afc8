"""The daily list of all books' heads: made, signed, published with proofs, countersigned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock
from models.seals import Block, HeadList, HeadSignature
from services.errors import Invalid, NotFound
from services.ledger.rows import insert_rows
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.daylist import (
    FILE,
    LIST_KIND,
    LIST_VERSION,
    VERSION,
    Published,
    read_list,
    read_published,
)
from services.ledger.seals.headers import (
    OUTSIDER,
    ZEROS,
    AuditHead,
    BlockHead,
    as_json,
    content_hash,
    list_message,
    witness_message,
)
from services.ledger.seals.keys import NotTheKeyInForce, WitnessUnknown, key_ring
from services.ledger.seals.merkle import consistency_path
from services.ledger.seals.sealer import audit_head_of, head_of
from services.ledger.seals.signing import SigningKey, is_signed
from services.ledger.seals.tree import AuditTree, TableTree


class NoSuchList(NotFound):
    """那一天没有发布过封存清单。"""

    code = "no_such_list"


class SignatureWrong(Invalid):
    """见证人的签名与这份清单对不上。"""

    code = "signature_wrong"


def heads(session: Session) -> list[BlockHead]:
    """The newest block of every book that has one, by book."""
    return [head_of(row) for row in _newest(session, Block)]


def audit_heads(session: Session) -> list[AuditHead]:
    """The newest block over the audit records of every book that has one, by book."""
    return [audit_head_of(row) for row in _newest(session, AuditBlock)]


def _newest(session: Session, model: type[Block | AuditBlock]) -> Iterable[Any]:
    newest = sa.select(model.book, sa.func.max(model.height).label("height")).group_by(model.book)
    last = newest.subquery()
    return session.scalars(
        sa.select(model)
        .join(last, sa.and_(model.book == last.c.book, model.height == last.c.height))
        .order_by(model.book)
        .execution_options(cross_book=True)
    )


def publish(session: Session, key: SigningKey, day: date, now: datetime) -> bool:
    """Sign the list of a day, once; False when that day, or a later one, has its list.

    NotTheKeyInForce when ``key`` has been rotated away.
    """
    newest = newest_list(session)
    if newest is not None and newest.day >= day:
        return False
    ring = key_ring(session)
    if ring.in_force is None or ring.in_force.key_id != key.key_id:
        raise NotTheKeyInForce
    content = canonical_json(
        {
            "kind": LIST_KIND,
            "version": LIST_VERSION,
            "day": day,
            "at": now,
            "prev_hash": ZEROS if newest is None else newest.content_hash,
            "key_id": key.key_id,
            "keys": [as_json(event) for event in ring.events],
            "heads": [as_json(head) for head in heads(session)],
            "audit_heads": [as_json(head) for head in audit_heads(session)],
        }
    )
    row = {
        "day": day,
        "content": content,
        "content_hash": content_hash(content),
        "at": now,
        "key_id": key.key_id,
        "signature": key.sign(list_message(content)),
    }
    insert_rows(session, HeadList, [row])
    return True


def newest_list(session: Session, before: date | None = None) -> HeadList | None:
    """The newest list, or the newest before a day."""
    statement = sa.select(HeadList).order_by(HeadList.day.desc()).limit(1)
    if before is not None:
        statement = statement.where(HeadList.day < before)
    return session.scalar(statement)


def published(
    session: Session, day: date | None = None, since: date | None = None
) -> dict[str, Any]:
    """The file of a day (without one, the newest), ready to be written as JSON.

    It proves its growth from the list of ``since``, or else from the list before it.
    NoSuchList when there is none.
    """
    row = newest_list(session) if day is None else session.get(HeadList, day)
    if row is None:
        raise NoSuchList
    old = newest_list(session, row.day) if since is None else session.get(HeadList, since)
    if since is not None and (old is None or old.day >= row.day):
        raise NoSuchList
    before = None if old is None else read_list(old.content)
    grown = read_list(row.content)
    return {
        "kind": FILE,
        "version": VERSION,
        "content": row.content,
        "content_hash": row.content_hash,
        "key_id": row.key_id,
        "signature": row.signature,
        "witnesses": countersignatures(session, row.day),
        "since_day": None if old is None else old.day.isoformat(),
        "since_hash": None if old is None else old.content_hash,
        "proofs": {} if before is None else _proofs(session, before.heads, grown.heads, TableTree),
        "audit_proofs": {}
        if before is None
        else _proofs(session, before.audit_heads, grown.audit_heads, AuditTree),
    }


def countersignatures(session: Session, day: date) -> list[dict[str, str]]:
    """What witnesses have signed of a day's list."""
    found = session.execute(
        sa.select(HeadSignature.key_id, HeadSignature.signature)
        .where(HeadSignature.day == day)
        .order_by(HeadSignature.key_id)
    )
    return [{"key_id": row.key_id, "signature": row.signature} for row in found]


def _proofs(
    session: Session,
    old: Mapping[str, BlockHead],
    new: Mapping[str, BlockHead],
    tree: type[TableTree],
) -> dict[str, list[str]]:
    found = {}
    for book, head in new.items():
        before = old.get(book)
        if before is not None and before.size < head.size:
            path = consistency_path(before.size, head.size, tree(session, book).full)
            found[book] = [step.hex() for step in path]
    return found


def countersign(session: Session, day: date, key_id: str, signature: str, now: datetime) -> bool:
    """Record a witness's signature over a day's list; False when it was recorded before.

    NoSuchList, WitnessUnknown, SignatureWrong.
    """
    row = session.get(HeadList, day)
    if row is None:
        raise NoSuchList
    held = key_ring(session).key(key_id, OUTSIDER)
    if held is None or (held.until is not None and held.until < row.at):
        raise WitnessUnknown
    if not is_signed(held.public_key, witness_message(row.content), signature):
        raise SignatureWrong
    if session.get(HeadSignature, (day, key_id)) is not None:
        return False
    values = {"day": day, "key_id": key_id, "signature": signature, "at": now}
    insert_rows(session, HeadSignature, [values])
    return True


def read_back(session: Session, row: HeadList) -> Published:
    """A list from its table, read as an outsider reads it; Malformed when it is damaged."""
    given = {
        "content": row.content,
        "signature": row.signature,
        "witnesses": countersignatures(session, row.day),
        "proofs": {},
    }
    return read_published(given)
