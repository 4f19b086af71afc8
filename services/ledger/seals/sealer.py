"""The sealer: what has been committed and is not sealed yet becomes a block of its book.

It works in two steps, so that nobody waits for it. :func:`prepare` reads one state of the
database, orders the queue, hashes and signs, and writes nothing. :func:`write` then appends what
was prepared in one short unit of work that touches no table of the writers but their queue. Of
two sealers at once one is first; the other one finds the height taken and writes nothing.

The queue (``unsealed``) is written with each transfer and only sealing takes rows out of it, so
that whoever commits late is in the next block, whatever ids and clocks say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock
from models.ledger import Transfer, TransferNote
from models.seals import NO_NOTE, Block, BlockLeaf, TreeNode, Unsealed
from services.errors import Conflict
from services.ledger.rows import insert_columns, insert_rows, is_postgresql
from services.ledger.seals.facts import Leaf, note_leaves, transfer_leaves
from services.ledger.seals.headers import ZEROS, AuditHead, BlockHead
from services.ledger.seals.keys import key_ring
from services.ledger.seals.merkle import frontier_of
from services.ledger.seals.signing import SigningKey
from services.ledger.seals.tree import TableTree
from services.ledger.streams import snapshot

Head = TypeVar("Head", bound=BlockHead)
#: A kept node: level, position, hash.
Node = tuple[int, int, bytes]

#: Leaves of one block at most.
LIMIT = 10_000


class SealedMeanwhile(Conflict):
    """另一个封存程序已经先封存了这一段，请稍后再试。"""

    code = "sealed_meanwhile"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A block with everything that is to be written with it."""

    head: BlockHead
    #: In the order of their positions; the last one's is ``head.size - 1``.
    leaves: tuple[Leaf, ...]
    nodes: tuple[Node, ...]


def books_waiting(session: Session) -> list[str]:
    """Books with something to seal."""
    found = sa.select(Unsealed.book).distinct().order_by(Unsealed.book)
    return list(session.scalars(found.execution_options(cross_book=True)))


def newest_head(session: Session, book: str) -> BlockHead | None:
    """The newest block of a book, as it was signed."""
    row = session.scalar(
        sa.select(Block).where(Block.book == book).order_by(Block.height.desc()).limit(1)
    )
    return None if row is None else head_of(row)


def head_of(row: Block) -> BlockHead:
    """A block as it was signed."""
    return BlockHead(*_signed(row))


def audit_head_of(row: AuditBlock) -> AuditHead:
    """A block over audit records as it was signed."""
    return AuditHead(*_signed(row))


def _signed(row: Block | AuditBlock) -> tuple[Any, ...]:
    return (
        row.book,
        row.height,
        row.prev_hash,
        row.size,
        row.root,
        row.sealed_at,
        row.key_id,
        row.signature,
    )


def prepare(
    session: Session,
    book: str,
    key: SigningKey,
    now: datetime,
    limit: int = LIMIT,
    *,
    past_strays: bool = False,
) -> Prepared | None:
    """The next block of a book, or None when nothing waits. Reads only; first in its session.

    Leaves stand in order of (moment posted, transfer, note). What waits without being there, or
    is sealed already (nobody but an intruder brings that about), is left in the queue, where the
    check names it; looking for it costs, so ``past_strays`` is for when a block could not be
    written.
    """
    snapshot(session)
    _by_index(session)
    leaves = _waiting(session, book, limit, past_strays=past_strays)
    if not leaves and not past_strays:
        leaves = _waiting(session, book, limit, past_strays=True)
    if not leaves:
        return None
    leaves.sort(key=lambda leaf: (leaf.at, leaf.transfer_id, leaf.note_id))
    grown = BlockHead(book, 0, ZEROS, 0, "", now, key.key_id)
    before = newest_head(session, book)
    hashes = (leaf.leaf_hash for leaf in leaves)
    head, nodes = grow(TableTree(session, book), before, grown, hashes, key)
    return Prepared(head, tuple(leaves), nodes)


def grow(
    tree: TableTree, before: Head | None, empty: Head, hashes: Iterable[bytes], key: SigningKey
) -> tuple[Head, tuple[Node, ...]]:
    """The signed head after ``before`` with these leaves, and the nodes to keep.

    ``empty`` says the book, the moment and the key of it.
    """
    frontier = frontier_of(0 if before is None else before.size, tree.full)
    nodes = tuple(frontier.extend(hashes))
    head = replace(
        empty,
        height=1 if before is None else before.height + 1,
        prev_hash=ZEROS if before is None else before.hash(),
        size=frontier.size,
        root=frontier.root().hex(),
    )
    return replace(head, signature=key.sign(head.message())), nodes


def _waiting(session: Session, book: str, limit: int, *, past_strays: bool) -> list[Leaf]:
    """Leaves of up to ``limit`` rows of the queue."""
    queue = (
        sa.select(Unsealed.transfer_id, Unsealed.note_id)
        .where(Unsealed.book == book, *(_can_be_sealed(book) if past_strays else ()))
        .order_by(Unsealed.transfer_id, Unsealed.note_id)
        .limit(limit)
        .subquery("queue")
    )
    transfers = sa.select(queue.c.transfer_id).where(queue.c.note_id == NO_NOTE)
    notes = sa.select(queue.c.note_id).where(queue.c.note_id != NO_NOTE)
    return [
        *transfer_leaves(session, book, transfers.subquery("wanted")),
        *note_leaves(session, book, notes.subquery("wanted")),
    ]


def _can_be_sealed(book: str) -> tuple[sa.ColumnElement[bool], ...]:
    """What waits, is there, and is not sealed already: a stray row must not stop the others."""
    sealed = sa.exists().where(
        BlockLeaf.book == book,
        BlockLeaf.transfer_id == Unsealed.transfer_id,
        BlockLeaf.note_id == Unsealed.note_id,
    )
    transfer = sa.exists().where(Transfer.book == book, Transfer.id == Unsealed.transfer_id)
    note = sa.exists().where(TransferNote.book == book, TransferNote.id == Unsealed.note_id)
    return ~sealed, sa.case((Unsealed.note_id == NO_NOTE, transfer), else_=note)


def write(session: Session, prepared: Prepared) -> None:
    """Append a prepared block and take its leaves out of the queue.

    SealedMeanwhile when another sealer was first or the key has been rotated: nothing is written
    and the next run prepares anew.
    """
    head = prepared.head
    require_next(session, head, newest_head(session, head.book))
    try:
        _append(session, prepared)
    except IntegrityError:
        raise SealedMeanwhile from None
    if _take(session, head.book, prepared.leaves) != len(prepared.leaves):
        raise SealedMeanwhile


def require_next(session: Session, head: BlockHead, before: BlockHead | None) -> None:
    """SealedMeanwhile unless a head follows the newest and is signed with the key in force."""
    if (0 if before is None else before.height) != head.height - 1:
        raise SealedMeanwhile
    in_force = key_ring(session).in_force
    if in_force is None or in_force.key_id != head.key_id:
        raise SealedMeanwhile


def head_row(head: BlockHead) -> dict[str, Any]:
    """A head as its table keeps it."""
    names = ("book", "height", "prev_hash", "size", "root", "sealed_at", "key_id", "signature")
    return {name: getattr(head, name) for name in names}


def node_rows(book: str, nodes: Iterable[Node]) -> list[dict[str, Any]]:
    """Kept nodes as their table keeps them."""
    return [
        {"book": book, "level": level, "position": place, "node_hash": found.hex()}
        for level, place, found in nodes
    ]


def _append(session: Session, prepared: Prepared) -> None:
    head, leaves, nodes = prepared.head, prepared.leaves, prepared.nodes
    insert_rows(session, Block, [head_row(head)])
    first = head.size - len(leaves)
    columns: dict[str, Sequence[Any]] = {
        "book": [head.book] * len(leaves),
        "position": list(range(first, head.size)),
        "transfer_id": [UUID(bytes=leaf.transfer_id) for leaf in leaves],
        "note_id": [UUID(bytes=leaf.note_id) for leaf in leaves],
        "height": [head.height] * len(leaves),
        "leaf_hash": [leaf.leaf_hash.hex() for leaf in leaves],
    }
    insert_columns(session, BlockLeaf, columns)
    insert_rows(session, TreeNode, node_rows(head.book, nodes))


def _take(session: Session, book: str, leaves: Sequence[Leaf]) -> int:
    """Take leaves out of the queue; returns how many were still in it."""
    connection = session.connection()
    if is_postgresql(session):
        _by_index(session)
        done = connection.exec_driver_sql(
            "DELETE FROM unsealed u USING unnest(%s::uuid[], %s::uuid[]) AS l (transfer, note)"
            " WHERE u.book = %s AND u.transfer_id = l.transfer AND u.note_id = l.note",
            (
                [UUID(bytes=leaf.transfer_id) for leaf in leaves],
                [UUID(bytes=leaf.note_id) for leaf in leaves],
                book,
            ),
        )
    else:
        done = connection.exec_driver_sql(
            "DELETE FROM unsealed WHERE book = ? AND transfer_id = ? AND note_id = ?",
            [(book, leaf.transfer_id.hex(), leaf.note_id.hex()) for leaf in leaves],
        )
    return int(done.rowcount)


def _by_index(session: Session) -> None:
    """Keep PostgreSQL off plans that suit the empty tables it may still remember."""
    if is_postgresql(session):
        for plan in ("seqscan", "hashjoin", "mergejoin"):
            session.connection().exec_driver_sql(f"SET LOCAL enable_{plan} = off")
