"""Audit records against their seals: none changed, gone, slipped in or put elsewhere.

Two walks as :mod:`services.ledger.verify.seals` has them: by id, where records, leaves and the
queue must fit together, and by position, where the tree must be what was signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditLeaf, UnsealedRecord
from models.oversight import AuditRecord
from services.ledger.breaches import Breach, Tally
from services.ledger.seals.facts import Raw, plain_stream
from services.ledger.seals.record_sealer import record_leaves
from services.ledger.streams import side_by_side
from services.ledger.verify.seals import RECORD_TREE, check_tree

#: (a record is there, it is sealed, it waits) -> what is wrong.
_FATES = {
    (True, False, False): "record_not_sealed",
    (False, True, False): "record_missing",
    (False, True, True): "record_missing",
    (False, False, True): "record_waiting_without_content",
    (True, True, True): "record_sealed_and_waiting",
}


def record_books(session: Session) -> list[str]:
    """Every book with audit records, or with seals over some."""
    found = sa.union(
        sa.select(AuditRecord.book), sa.select(AuditLeaf.book), sa.select(UnsealedRecord.book)
    ).subquery()
    every = sa.select(found.c.book).order_by(found.c.book).execution_options(cross_book=True)
    return list(session.scalars(every))


def check_records(session: Session, book: str, tally: Tally) -> Iterator[Breach]:
    """Every breach of a book's audit records and of the seals over them."""
    contents = ((leaf.record_id, leaf.leaf_hash.hex()) for leaf in record_leaves(session, book))
    leaves = _rows(session, AuditLeaf, book, AuditLeaf.leaf_hash)
    waiting = _rows(session, UnsealedRecord, book, sa.true())
    for key, (content, leaf, waits) in side_by_side(contents, leaves, waiting):
        fate = (content is not None, leaf is not None, waits is not None)
        place = f"record {UUID(bytes=key)}"
        if fate in _FATES:
            yield Breach(_FATES[fate], book, place)
        elif leaf is None:
            tally.add("unsealed records")
        else:
            tally.add("records")
            if content != leaf:
                yield Breach("record_differs", book, place)
    yield from check_tree(session, book, tally, RECORD_TREE)


def _rows(
    session: Session, model: type[AuditLeaf | UnsealedRecord], book: str, value: Any
) -> Iterator[tuple[bytes, Any]]:
    raw = Raw(session)
    id_bytes = raw.id_bytes
    statement = (
        sa.select(raw.id(model.record_id), value)
        .where(model.book == book)
        .order_by(model.record_id)
    )
    return ((id_bytes(key), found) for key, found in plain_stream(session, statement))
