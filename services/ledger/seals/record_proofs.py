"""Receipts of audit records: what was recorded, where it is sealed, and who witnessed it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditLeaf
from models.oversight import AuditRecord
from services.errors import Conflict, NotFound
from services.ledger.seals.canonical import RecordFacts, moment_text, record_bytes
from services.ledger.seals.merkle import leaf_hash
from services.ledger.seals.proofs import VERSION, standing_of
from services.ledger.seals.record_sealer import newest_audit_head
from services.ledger.seals.tree import AuditTree

RECORD_RECEIPT = "timebank-record-receipt"


class NoSuchRecord(NotFound):
    """没有找到这条办理记录。"""

    code = "no_such_record"


class RecordNotSealedYet(Conflict):
    """这条办理记录还没有封存，请过一会儿再取凭证。"""

    code = "record_not_sealed_yet"


class RecordSealBroken(Conflict):
    """这条办理记录与封存时的不一样，不能出具凭证，请立即报告监督人员。"""

    code = "record_seal_broken"


def record_facts(session: Session, book: str, record_id: UUID) -> RecordFacts:
    """Everything that a record's leaf commits to; NoSuchRecord."""
    names = tuple(RecordFacts.__dataclass_fields__)
    row = session.execute(
        sa.select(*(getattr(AuditRecord, name) for name in names)).where(
            AuditRecord.book == book, AuditRecord.id == record_id
        )
    ).one_or_none()
    if row is None:
        raise NoSuchRecord
    return RecordFacts(**row._asdict())


def record_receipt(session: Session, book: str, record_id: UUID) -> dict[str, Any]:
    """The receipt of a sealed record, ready to be written as JSON.

    NoSuchRecord, RecordNotSealedYet; RecordSealBroken when its row is not what was sealed.
    """
    facts = record_facts(session, book, record_id)
    place = session.execute(
        sa.select(AuditLeaf.position, AuditLeaf.leaf_hash).where(
            AuditLeaf.book == book, AuditLeaf.record_id == record_id
        )
    ).one_or_none()
    head = newest_audit_head(session, book)
    if place is None or head is None or place.position >= head.size:
        raise RecordNotSealedYet
    leaf = leaf_hash(record_bytes(facts))
    if leaf.hex() != place.leaf_hash:
        raise RecordSealBroken
    tree = AuditTree(session, book)
    return {
        "kind": RECORD_RECEIPT,
        "version": VERSION,
        "record": record_json(facts),
        "leaf_hash": leaf.hex(),
        **standing_of(session, head, place.position, tree),
    }


def record_json(facts: RecordFacts) -> dict[str, Any]:
    """A record's facts for a receipt: every column."""
    return {
        "book": facts.book,
        "id": str(facts.id),
        "at": moment_text(facts.at),
        "actor_id": str(facts.actor_id),
        "acting_for_id": None if facts.acting_for_id is None else str(facts.acting_for_id),
        "act": facts.act,
        "subject_kind": facts.subject_kind,
        "subject_id": str(facts.subject_id),
        "before": dict(facts.before),
        "after": dict(facts.after),
    }
