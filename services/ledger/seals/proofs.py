"""What the operator hands out: receipts of transfers and proofs between two heads of a book."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer, ValuationRecord
from models.seals import NO_NOTE, Block, BlockLeaf, HeadList
from services.errors import Conflict, Invalid, NotFound
from services.ledger.seals.canonical import (
    VALUATION_FIELDS,
    EntryLine,
    TransferFacts,
    moment_text,
    transfer_bytes,
    valuation_hash,
)
from services.ledger.seals.daylist import WITNESSES, Published
from services.ledger.seals.headers import BlockHead, as_json
from services.ledger.seals.heads import countersignatures, read_back
from services.ledger.seals.keys import key_ring
from services.ledger.seals.merkle import consistency_path, inclusion_path, leaf_hash
from services.ledger.seals.sealer import head_of, newest_head
from services.ledger.seals.tree import TableTree

RECEIPT = "timebank-receipt"
VERSION = 1
#: Lists that are looked through for one that enough witnesses have signed.
LOOKED_THROUGH = 8


class NotSealedYet(Conflict):
    """这笔往来还没有封存，请过一会儿再取凭证。"""

    code = "not_sealed_yet"


class NoSuchTransfer(NotFound):
    """没有找到这笔往来。"""

    code = "no_such_transfer"


class NoSuchBlock(NotFound):
    """这个账本还没有这个区块。"""

    code = "no_such_block"


class BlocksReversed(Invalid):
    """两个区块的先后反了：先写较早的，再写较晚的。"""

    code = "blocks_reversed"


class SealBroken(Conflict):
    """这笔往来与封存时的不一样，不能出具凭证，请立即报告监督人员。"""

    code = "seal_broken"


def transfer_facts(session: Session, book: str, transfer_id: UUID) -> TransferFacts:
    """Everything that a transfer's leaf commits to, from its rows; NoSuchTransfer."""
    row = session.scalar(
        sa.select(Transfer).where(Transfer.book == book, Transfer.id == transfer_id)
    )
    if row is None:
        raise NoSuchTransfer
    entries = session.execute(
        sa.select(
            Entry.account_id,
            Entry.slot,
            Entry.amount_minutes,
            Entry.version,
            Entry.balance_after_minutes,
        )
        .where(Entry.book == book, Entry.transfer_id == transfer_id)
        .order_by(Entry.leg)
    )
    return TransferFacts(
        book=book,
        id=row.id,
        kind=row.kind,
        idem_key=row.idem_key,
        request_hash=row.request_hash,
        effective_at=row.effective_at,
        posted_at=row.posted_at,
        actor_id=row.actor_id,
        acting_for_id=row.acting_for_id,
        reason=row.reason,
        link_id=row.link_id,
        reverses_id=row.reverses_id,
        valuation_id=row.valuation_id,
        valuation_hash=_valued(session, book, row.valuation_id),
        entries=tuple(EntryLine(*entry) for entry in entries),
    )


def _valued(session: Session, book: str, valuation_id: UUID | None) -> str | None:
    if valuation_id is None:
        return None
    columns = [getattr(ValuationRecord, name) for name in VALUATION_FIELDS]
    row = session.execute(
        sa.select(*columns).where(ValuationRecord.book == book, ValuationRecord.id == valuation_id)
    ).one_or_none()
    return None if row is None else valuation_hash(row._asdict())


def receipt(session: Session, book: str, transfer_id: UUID) -> dict[str, Any]:
    """The receipt of a sealed transfer, ready to be written as JSON.

    NoSuchTransfer, NotSealedYet; SealBroken when its rows are not what was sealed.
    """
    facts = transfer_facts(session, book, transfer_id)
    place = session.execute(
        sa.select(BlockLeaf.position, BlockLeaf.leaf_hash).where(
            BlockLeaf.book == book,
            BlockLeaf.transfer_id == transfer_id,
            BlockLeaf.note_id == NO_NOTE,
        )
    ).one_or_none()
    head = newest_head(session, book)
    if place is None or head is None or place.position >= head.size:
        raise NotSealedYet
    leaf = leaf_hash(transfer_bytes(facts))
    if leaf.hex() != place.leaf_hash:
        raise SealBroken
    standing = standing_of(session, head, place.position, TableTree(session, book))
    return {
        "kind": RECEIPT,
        "version": VERSION,
        "transfer": facts_json(facts),
        "leaf_hash": leaf.hex(),
        **standing,
    }


def standing_of(
    session: Session, head: BlockHead, position: int, tree: TableTree
) -> dict[str, Any]:
    """A leaf's place, with the proof of it, the block, the keys and the list it stands in."""
    return {
        "position": position,
        "path": _hex(inclusion_path(position, head.size, tree.full)),
        "block": as_json(head),
        "keys": [as_json(event) for event in key_ring(session).events],
        "list": _standing_in(session, head, position, tree),
    }


def facts_json(facts: TransferFacts) -> dict[str, Any]:
    """A transfer's facts for a receipt; balances, which are not sealed, are left out."""

    def text(value: UUID | None) -> str | None:
        return None if value is None else str(value)

    return {
        "book": facts.book,
        "id": str(facts.id),
        "kind": facts.kind,
        "idem_key": facts.idem_key,
        "request_hash": facts.request_hash,
        "effective_at": moment_text(facts.effective_at),
        "posted_at": moment_text(facts.posted_at),
        "actor_id": str(facts.actor_id),
        "acting_for_id": text(facts.acting_for_id),
        "reason": facts.reason,
        "link_id": text(facts.link_id),
        "reverses_id": text(facts.reverses_id),
        "valuation_id": text(facts.valuation_id),
        "valuation_hash": facts.valuation_hash,
        "entries": [
            {
                "account_id": str(line.account_id),
                "slot": line.slot,
                "amount_minutes": line.amount_minutes,
                "version": line.version,
            }
            for line in facts.entries
        ],
    }


def _standing_in(
    session: Session, head: BlockHead, position: int, tree: TableTree
) -> dict[str, Any] | None:
    """The newest list that covers a leaf and that enough witnesses signed, or the newest."""
    newest: tuple[HeadList, Published] | None = None
    rows = session.scalars(sa.select(HeadList).order_by(HeadList.day.desc()).limit(LOOKED_THROUGH))
    for row in rows:
        published = read_back(session, row)
        listed = published.day_list.head_like(head)
        if listed is None or not position < listed.size <= head.size:
            continue
        if newest is None:
            newest = row, published
        if len(published.witnessed_by()) >= WITNESSES:
            newest = row, published
            break
    if newest is None:
        return None
    row, published = newest
    listed = published.day_list.head_like(head)
    assert listed is not None
    path = consistency_path(listed.size, head.size, tree.full)
    return {
        "content": row.content,
        "signature": row.signature,
        "witnesses": countersignatures(session, row.day),
        "path": _hex(path),
    }


def consistency(session: Session, book: str, old_height: int, new_height: int) -> dict[str, Any]:
    """The proof that one block of a book grew from another, with both heads.

    NoSuchBlock when one of them is not there, BlocksReversed when the older is the higher one.
    """
    if old_height > new_height:
        raise BlocksReversed(field="from")
    found = session.scalars(
        sa.select(Block).where(Block.book == book, Block.height.in_([old_height, new_height]))
    )
    blocks = {row.height: head_of(row) for row in found}
    if old_height not in blocks or new_height not in blocks:
        raise NoSuchBlock
    old, new = blocks[old_height], blocks[new_height]
    path = consistency_path(old.size, new.size, TableTree(session, book).full)
    return {
        "kind": "timebank-consistency",
        "version": VERSION,
        "old": as_json(old),
        "new": as_json(new),
        "path": _hex(path),
        "keys": [as_json(event) for event in key_ring(session).events],
    }


def _hex(path: list[bytes]) -> list[str]:
    return [step.hex() for step in path]
