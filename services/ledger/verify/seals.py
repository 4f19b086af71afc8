"""Seals recomputed: every leaf from its rows, every root from the leaves, every signature.

Two walks over a book, each in steady memory. By id: what was posted, what is sealed and what
waits must fit together, and each leaf must be what its rows say. By position: the leaves without
a gap, the kept nodes, each block's root, chain and signature.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock, AuditLeaf, AuditNode
from models.seals import Block, BlockLeaf, HeadList, TreeNode, Unsealed
from services.ledger.breaches import Breach, Tally
from services.ledger.seals.daylist import WITNESSES, problems, read_published
from services.ledger.seals.facts import (
    NO_NOTE_BYTES,
    Leaf,
    Raw,
    note_leaves,
    plain_stream,
    stream,
    transfer_leaves,
)
from services.ledger.seals.headers import ZEROS, BlockHead, Malformed
from services.ledger.seals.heads import countersignatures
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.keys import key_ring
from services.ledger.seals.merkle import Frontier
from services.ledger.seals.sealer import audit_head_of, head_of
from services.ledger.streams import rows_of


@dataclass(frozen=True, slots=True)
class Trees:
    """The tables of one kind of tree, and how a breach's place begins."""

    blocks: type[Block | AuditBlock]
    leaves: type[BlockLeaf | AuditLeaf]
    nodes: type[TreeNode | AuditNode]
    head: Callable[[Any], BlockHead]
    tally: str
    word: str


TRANSFERS = Trees(Block, BlockLeaf, TreeNode, head_of, "blocks", "")
RECORD_TREE = Trees(AuditBlock, AuditLeaf, AuditNode, audit_head_of, "record blocks", "audit ")

#: (transfer, note), 16 bytes each; NO_NOTE's bytes for the transfer itself.
Key = tuple[bytes, bytes]


def check_seals(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every breach of a book's seals."""
    yield from _check_leaves(session, book, tally)
    yield from check_tree(session, book, tally, TRANSFERS)


def _check_leaves(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Sealed and waiting together are everything posted; nothing sealed has changed."""
    contents, leaves = _contents(session, book), _leaves(session, book)
    waiting = _waiting(session, book)
    content, leaf, waits = next(contents, None), next(leaves, None), next(waiting, None)
    while content is not None or leaf is not None or waits is not None:
        # Nearly every row is there and sealed: this much is done for each of them.
        if content is not None and leaf is not None and content[0] == leaf[0]:
            key = content[0]
            if waits is None or waits[0] > key:
                tally.add("leaves")
                if content[1].hex() != leaf[1]:
                    yield Breach("leaf_differs", book, _place(key))
                content, leaf = next(contents, None), next(leaves, None)
                continue
        key = min(head[0] for head in (content, leaf, waits) if head is not None)
        there = [head is not None and head[0] == key for head in (content, leaf, waits)]
        yield from _check_fate(book, key, there, tally)
        content = next(contents, None) if there[0] else content
        leaf = next(leaves, None) if there[1] else leaf
        waits = next(waiting, None) if there[2] else waits


def _check_fate(book: str, key: Key, there: list[bool], tally: Tally) -> Iterator[Breach]:
    """Something that is not simply there and sealed: (content, leaf, waits) of one key."""
    code = {
        (True, False, False): "not_sealed",
        (False, True, False): "leaf_without_content",
        (False, False, True): "waiting_without_content",
        (True, True, True): "sealed_and_waiting",
        (False, True, True): "leaf_without_content",
    }.get((there[0], there[1], there[2]))
    if code is not None:
        yield Breach(code, book, _place(key))
    elif there[2]:
        tally.add("unsealed")


def _contents(session: Session, book: str) -> Iterator[tuple[Key, bytes]]:
    """Leaves as they follow from the rows, in order of their key."""
    found: Iterator[Leaf] = transfer_leaves(session, book)
    notes = note_leaves(session, book)
    first = next(notes, None)
    if first is not None:  # most books have none, and merging costs
        found = heapq.merge(
            found, chain((first,), notes), key=lambda leaf: (leaf.transfer_id, leaf.note_id)
        )
    return (((leaf.transfer_id, leaf.note_id), leaf.leaf_hash) for leaf in found)


def _leaves(session: Session, book: str) -> Iterator[tuple[Key, str]]:
    raw = Raw(session)
    id_bytes = raw.id_bytes
    statement = (
        sa.select(raw.id(BlockLeaf.transfer_id), raw.id(BlockLeaf.note_id), BlockLeaf.leaf_hash)
        .where(BlockLeaf.book == book)
        .order_by(BlockLeaf.transfer_id, BlockLeaf.note_id)
    )
    return (
        ((id_bytes(transfer), id_bytes(note)), leaf)
        for transfer, note, leaf in plain_stream(session, statement)
    )


def _waiting(session: Session, book: str) -> Iterator[tuple[Key, bool]]:
    raw = Raw(session)
    id_bytes = raw.id_bytes
    statement = (
        sa.select(raw.id(Unsealed.transfer_id), raw.id(Unsealed.note_id))
        .where(Unsealed.book == book)
        .order_by(Unsealed.transfer_id, Unsealed.note_id)
    )
    return (
        ((id_bytes(transfer), id_bytes(note)), True)
        for transfer, note in plain_stream(session, statement)
    )


def _place(key: Key) -> str:
    transfer, note = key
    if note == NO_NOTE_BYTES:
        return f"transfer {UUID(bytes=transfer)}"
    return f"note {UUID(bytes=note)} of transfer {UUID(bytes=transfer)}"


def check_tree(session: Session, book: str, tally: Tally, of: Trees) -> Iterator[Breach]:
    """Blocks over the leaves by position: no gap, every root, chain and signature."""
    ring = key_ring(session)
    frontier, nodes = Frontier(), _Nodes(session, book, of)
    leaves = _by_position(session, book, of)
    before: BlockHead | None = None
    for block in _blocks(session, book, of):
        tally.add(of.tally)
        place = f"{of.word}block {block.height}"
        found: list[Breach] = []
        for node in frontier.extend(_of_block(leaves, block, frontier, found, of.word)):
            found += nodes.check(*node)
        yield from found
        yield from _check_block(block, before, frontier, ring, place)
        if frontier.size != block.size:
            # Without its leaves nothing behind this block can be recomputed.
            gap = {"expected": block.size, "found": frontier.size}
            yield Breach("leaf_missing", book, place, gap)
            return
        before = block
    if next(leaves, None) is not None:
        yield Breach("leaf_without_block", book, f"{of.word}position {frontier.size}")
    yield from nodes.rest()


def _of_block(
    leaves: Iterator[Any], block: BlockHead, frontier: Frontier, found: list[Breach], word: str
) -> Iterator[bytes]:
    """The leaves of a block as long as they follow one another."""
    for row in islice(leaves, max(0, block.size - frontier.size)):
        if row.position != frontier.size:
            return
        if row.height != block.height:
            place = f"{word}position {row.position}"
            found.append(Breach("leaf_in_other_block", block.book, place))
        yield bytes.fromhex(row.leaf_hash)


def _check_block(
    block: BlockHead, before: BlockHead | None, frontier: Frontier, ring: KeyRing, place: str
) -> Iterator[Breach]:
    height, size, prev = (
        (0, 0, ZEROS)
        if before is None
        else (
            before.height,
            before.size,
            before.hash(),
        )
    )
    if block.height != height + 1 or block.prev_hash != prev or block.size <= size:
        yield Breach("block_chain_broken", block.book, place)
    if frontier.size == block.size and frontier.root().hex() != block.root:
        yield Breach("root_differs", block.book, place)
    if not ring.has_signed(block):
        yield Breach("block_signature_wrong", block.book, place)


def _by_position(session: Session, book: str, of: Trees) -> Iterator[Any]:
    leaf = of.leaves
    statement = (
        sa.select(leaf.position, leaf.height, leaf.leaf_hash)
        .where(leaf.book == book)
        .order_by(leaf.position)
    )
    return stream(session, statement)


def _blocks(session: Session, book: str, of: Trees) -> Iterator[BlockHead]:
    block = of.blocks
    statement = sa.select(*block.__table__.columns).where(block.book == book)
    return (of.head(row) for row in stream(session, statement.order_by(block.height)))


class _Nodes:
    """Kept nodes beside the computed ones: each level is a stream of its own."""

    def __init__(self, session: Session, book: str, of: Trees) -> None:
        self._session, self._book, self._of = session, book, of
        self._levels: dict[int, Iterator[Any]] = {}

    def check(self, level: int, position: int, node_hash: bytes) -> Iterator[Breach]:
        row = next(self._level(level), None)
        if row is None or row.position != position or row.node_hash != node_hash.hex():
            yield Breach("node_differs", self._book, f"{self._of.word}node {level} {position}")

    def rest(self) -> Iterator[Breach]:
        """Nodes that stand over leaves which are not there."""
        for level in range(8, 64, 8):
            row = next(self._level(level), None)
            if row is not None:
                place = f"{self._of.word}node {level} {row.position}"
                yield Breach("node_differs", self._book, place)

    def _level(self, level: int) -> Iterator[Any]:
        if level not in self._levels:
            node = self._of.nodes
            statement = (
                sa.select(node.position, node.node_hash)
                .where(node.book == self._book, node.level == level)
                .order_by(node.position)
            )
            self._levels[level] = stream(self._session, statement)
        return self._levels[level]


def check_lists(session: Session, tally: Tally) -> Iterator[Breach]:
    """The history of the keys, and every daily list against the blocks it names.

    Witnesses are not asked for here: a list may be an hour old. :func:`unwitnessed` names the
    lists that lack them.
    """
    for number, code in key_ring(session).problems:
        yield Breach("key_history_broken", "", f"key event {number}", {"what": code})
    prev = ZEROS
    for row in rows_of(session, sa.select(HeadList).order_by(HeadList.day)):
        tally.add("head lists")
        yield from _check_list(session, row[0], prev)
        prev = row[0].content_hash


def _check_list(session: Session, row: HeadList, prev: str) -> Iterator[Breach]:
    place = f"list {row.day}"
    given = {"content": row.content, "signature": row.signature, "witnesses": [], "proofs": {}}
    try:
        published = read_published(given)
    except Malformed:
        yield Breach("list_differs", "", place)
        return
    found = published.day_list
    if found.hash() != row.content_hash or found.prev_hash != prev or any(problems(published)):
        yield Breach("list_differs", "", place)
    for book, head in found.heads.items():
        kept = session.get(Block, (book, head.height))
        if kept is None or head_of(kept) != head:
            yield Breach("list_names_other_block", book, f"{place} block {head.height}")
    for book, records in found.audit_heads.items():
        sealed = session.get(AuditBlock, (book, records.height))
        if sealed is None or audit_head_of(sealed) != records:
            where = f"{place} {RECORD_TREE.word}block {records.height}"
            yield Breach("list_names_other_block", book, where)


def unwitnessed(session: Session, needed: int = WITNESSES) -> list[tuple[str, int]]:
    """Days whose list has fewer good countersignatures than needed, with how many it has."""
    short = []
    for (row,) in rows_of(session, sa.select(HeadList).order_by(HeadList.day)):
        given = {
            "content": row.content,
            "signature": row.signature,
            "witnesses": countersignatures(session, row.day),
            "proofs": {},
        }
        count = len(read_published(given).witnessed_by())
        if count < needed:
            short.append((row.day.isoformat(), count))
    return short
