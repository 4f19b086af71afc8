"""The sealer of audit records, as :mod:`services.ledger.seals.sealer` has it for what is posted.

A book has a second tree: its leaves are its audit records. What is signed of it begins otherwise
(``AUDIT_BLOCK``), so that no block of one tree can pass for one of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock, AuditLeaf, AuditNode, UnsealedRecord
from models.oversight import AuditRecord
from services.ledger.rows import insert_columns, insert_rows
from services.ledger.seals.canonical import pack_record, text_bytes
from services.ledger.seals.facts import Raw, stream
from services.ledger.seals.headers import ZEROS, AuditHead
from services.ledger.seals.merkle import leaf_hash
from services.ledger.seals.sealer import (
    LIMIT,
    Node,
    SealedMeanwhile,
    audit_head_of,
    grow,
    head_row,
    node_rows,
    require_next,
)
from services.ledger.seals.signing import SigningKey
from services.ledger.seals.tree import AuditTree
from services.ledger.streams import snapshot

#: Rows of the queue that one statement takes out.
AT_ONCE = 500


class RecordLeaf(NamedTuple):
    """The leaf of an audit record; the id is 16 bytes, the moment microseconds since 1970."""

    record_id: bytes
    at: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class PreparedRecords:
    """A block over audit records with everything that is to be written with it."""

    head: AuditHead
    leaves: tuple[RecordLeaf, ...]
    nodes: tuple[Node, ...]


def record_leaves(
    session: Session, book: str, only: sa.Subquery | None = None
) -> Iterator[RecordLeaf]:
    """Leaves of a book's audit records by id; ``only`` has the ``record_id`` of some."""
    raw = Raw(session)
    id_bytes, moment = raw.id_bytes, raw.micros
    named = text_bytes(book)
    statement = (
        sa.select(
            raw.id(AuditRecord.id),
            raw.id(AuditRecord.actor_id),
            raw.id(AuditRecord.subject_id),
            raw.moment(AuditRecord.at),
            raw.id(AuditRecord.acting_for_id),
            AuditRecord.act,
            AuditRecord.subject_kind,
            AuditRecord.before,
            AuditRecord.after,
        )
        .where(AuditRecord.book == book)
        .order_by(AuditRecord.id)
    )
    if only is not None:
        statement = statement.join(only, only.c.record_id == AuditRecord.id)
    for row in stream(session, statement):
        ids = (id_bytes(row[0]), id_bytes(row[1]), id_bytes(row[2]))
        at = moment(row[3])
        acting_for = None if row[4] is None else id_bytes(row[4])
        packed = pack_record(named, ids, at, acting_for, (row[5], row[6]), (row[7], row[8]))
        yield RecordLeaf(ids[0], at, leaf_hash(packed))


def books_waiting(session: Session) -> list[str]:
    """Books with audit records to seal."""
    found = sa.select(UnsealedRecord.book).distinct().order_by(UnsealedRecord.book)
    return list(session.scalars(found.execution_options(cross_book=True)))


def newest_audit_head(session: Session, book: str) -> AuditHead | None:
    """The newest block over a book's audit records, as it was signed."""
    row = session.scalar(
        sa.select(AuditBlock)
        .where(AuditBlock.book == book)
        .order_by(AuditBlock.height.desc())
        .limit(1)
    )
    return None if row is None else audit_head_of(row)


def prepare_records(
    session: Session, book: str, key: SigningKey, now: datetime, limit: int = LIMIT
) -> PreparedRecords | None:
    """The next block of a book's records, or None. Reads only; first in its session.

    Leaves stand in order of (moment, record). What waits without being there, or is sealed
    already, stays in the queue, where the check names it.
    """
    snapshot(session)
    sealed = sa.exists().where(
        AuditLeaf.book == book, AuditLeaf.record_id == UnsealedRecord.record_id
    )
    there = sa.exists().where(AuditRecord.book == book, AuditRecord.id == UnsealedRecord.record_id)
    queue = (
        sa.select(UnsealedRecord.record_id)
        .where(UnsealedRecord.book == book, ~sealed, there)
        .order_by(UnsealedRecord.record_id)
        .limit(limit)
        .subquery("queue")
    )
    leaves = sorted(record_leaves(session, book, queue), key=lambda leaf: (leaf.at, leaf.record_id))
    if not leaves:
        return None
    head, nodes = grow(
        AuditTree(session, book),
        newest_audit_head(session, book),
        AuditHead(book, 0, ZEROS, 0, "", now, key.key_id),
        (leaf.leaf_hash for leaf in leaves),
        key,
    )
    return PreparedRecords(head, tuple(leaves), nodes)


def write_records(session: Session, prepared: PreparedRecords) -> None:
    """Append a prepared block and take its records out of the queue; SealedMeanwhile."""
    head, leaves = prepared.head, prepared.leaves
    require_next(session, head, newest_audit_head(session, head.book))
    ids = [UUID(bytes=leaf.record_id) for leaf in leaves]
    try:
        insert_rows(session, AuditBlock, [head_row(head)])
        insert_columns(
            session,
            AuditLeaf,
            {
                "book": [head.book] * len(leaves),
                "position": list(range(head.size - len(leaves), head.size)),
                "record_id": ids,
                "height": [head.height] * len(leaves),
                "leaf_hash": [leaf.leaf_hash.hex() for leaf in leaves],
            },
        )
        insert_rows(session, AuditNode, node_rows(head.book, prepared.nodes))
    except IntegrityError:
        raise SealedMeanwhile from None
    taken = 0
    for first in range(0, len(ids), AT_ONCE):
        done = session.execute(
            sa.delete(UnsealedRecord).where(
                UnsealedRecord.book == head.book,
                UnsealedRecord.record_id.in_(ids[first : first + AT_ONCE]),
            ),
            execution_options={"synchronize_session": False},
        )
        taken += done.rowcount  # type: ignore[attr-defined]
    if taken != len(ids):
        raise SealedMeanwhile
