"""Audit records under seal: none is missed, and none can be changed, taken or put elsewhere."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock, AuditLeaf, AuditNode, UnsealedRecord
from models.oversight import AuditRecord
from services import audit
from services.context import Context
from services.ledger.breaches import Tally
from services.ledger.rows import insert_rows
from services.ledger.seals import record_proofs, record_sealer
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.daylist import RECORDS, growth, read_list, read_published
from services.ledger.seals.headers import (
    AuditHead,
    BlockHead,
    Malformed,
    content_hash,
    list_message,
    witness_message,
)
from services.ledger.seals.sealer import SealedMeanwhile
from services.ledger.streams import snapshot
from services.ledger.verify.records import check_records, record_books
from services.ledger.verify.seals import check_lists
from services.policy import NATION, SYSTEM
from tests.factories import VAULT
from tests.services.ledger.kit import BOOK, NOW, Ledger
from tests.services.ledger.seal_kit import DAY, OPERATOR, WITNESSES, Sealed, check, loaded
from tests.services.ledger.tampering import Forgery, change, copy, each_alone, remove, together

SUBJECT = UUID(int=77)


@pytest.fixture
def sealed(ledger: Ledger, tmp_path: Path) -> Sealed:
    return Sealed(ledger, tmp_path)


def note(sealed: Sealed, count: int, book: str = BOOK) -> None:
    """Put acts on record, a second apart."""

    def work(session: Session) -> None:
        for number in range(count):
            at = NOW + timedelta(seconds=number)
            ctx = Context(session=session, actor=SYSTEM, now=at, vault=VAULT)
            after = {"state": "closed", "figures": {"number": number, "share": 0.25}}
            audit.record(ctx, "visit.confirm", "visit", SUBJECT, book=book, after=after)

    sealed.ledger.run(work)


def prepare(sealed: Sealed, book: str = BOOK) -> record_sealer.PreparedRecords | None:
    with sealed.ledger.read() as session:
        return record_sealer.prepare_records(session, book, OPERATOR, NOW)


def seal(sealed: Sealed, book: str = BOOK) -> int:
    prepared = prepare(sealed, book)
    if prepared is None:
        return 0
    sealed.ledger.run(partial(record_sealer.write_records, prepared=prepared))
    return len(prepared.leaves)


def codes(session: Session) -> list[str]:
    """What a check of the records and of the lists names, each once."""
    found = [*check_records(session, BOOK, Tally()), *check_lists(session, Tally())]
    return sorted({breach.code for breach in found})


def records(session: Session) -> list[UUID]:
    by_position = (
        sa.select(AuditLeaf.record_id).where(AuditLeaf.book == BOOK).order_by(AuditLeaf.position)
    )
    return list(session.scalars(by_position))


def test_every_record_is_sealed_once(sealed: Sealed) -> None:
    note(sealed, 3)
    note(sealed, 1, NATION)
    assert seal(sealed) == 3
    assert seal(sealed) == 0
    note(sealed, 300)
    assert seal(sealed) == 300
    assert seal(sealed, NATION) == 1
    assert sealed.ledger.count(UnsealedRecord) == 0
    assert sealed.ledger.count(AuditNode) == 1
    with sealed.ledger.read() as session:
        snapshot(session)
        head = record_sealer.newest_audit_head(session, BOOK)
        assert head is not None
        assert (head.height, head.size) == (2, 303)
        assert record_books(session) == [NATION, BOOK]
        assert codes(session) == []


def test_of_two_sealers_one_is_first(sealed: Sealed) -> None:
    note(sealed, 2)
    first, second = prepare(sealed), prepare(sealed)
    assert first is not None
    assert second is not None
    sealed.ledger.run(partial(record_sealer.write_records, prepared=first))
    with pytest.raises(SealedMeanwhile):
        sealed.ledger.run(partial(record_sealer.write_records, prepared=second))
    assert sealed.ledger.count(AuditLeaf) == 2


def swapped(one: UUID, other: UUID) -> Forgery:
    """Two leaves change places, everything else as it was."""
    spare = UUID(int=1)
    moves = [(one, spare), (other, one), (spare, other)]

    def forge(session: Session) -> None:
        hashes = {
            record: session.scalar(
                sa.select(AuditLeaf.leaf_hash).where(
                    AuditLeaf.book == BOOK, AuditLeaf.record_id == record
                )
            )
            for record in (one, other)
        }
        for old, new in moves:
            change(AuditLeaf, AuditLeaf.record_id == old, record_id=new)(session)
        for record, leaf in hashes.items():
            change(AuditLeaf, AuditLeaf.record_id == record, leaf_hash=leaf)(session)

    return forge


def test_every_forgery_is_named(sealed: Sealed) -> None:
    note(sealed, 4)
    seal(sealed)
    sealed.publish()
    with sealed.ledger.read() as session:
        one, other, *_ = records(session)
    queued = {"book": BOOK, "record_id": one}
    ghost = {"book": BOOK, "record_id": UUID(int=9)}
    this = AuditRecord.id == one
    forgeries = {
        "act": change(AuditRecord, this, act="visit.open"),
        "actor": change(AuditRecord, this, actor_id=UUID(int=2)),
        "for": change(AuditRecord, this, acting_for_id=UUID(int=2)),
        "moment": change(AuditRecord, this, at=NOW + timedelta(days=1)),
        "before": change(AuditRecord, this, before={"state": "open"}),
        "after": change(AuditRecord, this, after={}),
        "subject": change(AuditRecord, this, subject_id=UUID(int=2)),
        "kind": change(AuditRecord, this, subject_kind="member"),
        "gone": remove(AuditRecord, this),
        "slipped in": copy(AuditRecord, this, id=UUID(int=3)),
        "gone with its leaf": together(
            [remove(AuditRecord, this), remove(AuditLeaf, AuditLeaf.record_id == one)]
        ),
        "moved": swapped(one, other),
        "queued again": lambda session: insert_rows(session, UnsealedRecord, [queued]),
        "ghost": lambda session: insert_rows(session, UnsealedRecord, [ghost]),
        "root": change(AuditBlock, AuditBlock.height == 1, root="ab" * 32),
    }
    found = each_alone(sealed.ledger.uow, sealed.ledger.url, forgeries, codes)
    differs = "act actor for moment before after subject kind".split()
    assert found == {
        **{name: ["record_differs"] for name in differs},
        "gone": ["record_missing"],
        "slipped in": ["record_not_sealed"],
        "gone with its leaf": ["leaf_missing"],
        "moved": ["root_differs"],
        "queued again": ["record_sealed_and_waiting"],
        "ghost": ["record_waiting_without_content"],
        "root": ["block_signature_wrong", "list_names_other_block", "root_differs"],
    }


def receipt(sealed: Sealed, record: UUID) -> Path:
    with sealed.ledger.read() as session:
        return sealed.file("record.json", record_proofs.record_receipt(session, BOOK, record))


def test_a_receipt_of_a_record_is_checked_by_a_stranger(sealed: Sealed) -> None:
    note(sealed, 3)
    with sealed.ledger.read() as session:
        waiting = session.scalars(
            sa.select(AuditRecord.id).where(AuditRecord.book == BOOK).limit(1)
        ).one()
    with pytest.raises(record_proofs.RecordNotSealedYet):
        receipt(sealed, waiting)
    with pytest.raises(record_proofs.NoSuchRecord):
        receipt(sealed, UUID(int=1))
    seal(sealed)
    sealed.publish()
    path = receipt(sealed, waiting)
    code, said = check(path)
    assert code == 0, said
    assert f"办理记录 {waiting} 的内容与封存的一致" in said
    given = loaded(path)
    given["record"]["after"]["figures"]["number"] = 99
    code, said = check(sealed.file("forged.json", given))
    assert code == 1
    assert "与封存的不一致" in said


def test_a_receipt_of_a_record_that_was_changed_is_refused(sealed: Sealed) -> None:
    note(sealed, 1)
    seal(sealed)
    with sealed.ledger.read() as session:
        (record,) = records(session)

    def ask(session: Session) -> str:
        with pytest.raises(record_proofs.RecordSealBroken):
            record_proofs.record_receipt(session, BOOK, record)
        return "refused"

    forged = {"act": change(AuditRecord, AuditRecord.id == record, act="visit.open")}
    assert each_alone(sealed.ledger.uow, sealed.ledger.url, forged, ask) == {"act": "refused"}


def as_first_version(file: Path) -> dict[str, Any]:
    """A published list as it was before audit records were sealed, signed again."""
    given = loaded(file)
    text = {**json.loads(given["content"]), "version": 1}
    del text["audit_heads"], given["audit_proofs"]
    content = canonical_json(text)
    signed = [
        {"key_id": witness.key_id, "signature": witness.sign(witness_message(content))}
        for witness in WITNESSES
    ]
    own = {"signature": OPERATOR.sign(list_message(content)), "witnesses": signed}
    return {**given, **own, "content": content, "content_hash": content_hash(content)}


def test_older_lists_are_read_and_grown_from(sealed: Sealed) -> None:
    note(sealed, 2)
    seal(sealed)
    old = as_first_version(sealed.publish())
    note(sealed, 2)
    seal(sealed)
    new = loaded(sealed.publish(days=1))
    new["since_hash"] = old["content_hash"]
    code, said = check(sealed.file("old.json", old), sealed.file("new.json", new))
    assert code == 0, said
    with pytest.raises(Malformed):
        read_list(old["content"].replace('"version":1', '"version":3'))


def test_records_rewritten_between_two_lists_show(sealed: Sealed) -> None:
    note(sealed, 2)
    seal(sealed)
    sealed.publish()
    note(sealed, 3)
    seal(sealed)
    new = loaded(sealed.publish(days=1))
    old = read_list(loaded(sealed.file("old.json", sealed.published(DAY)))["content"])
    assert list(growth(old, read_published(new))) == []
    place = f"{BOOK} {RECORDS}"
    unproven = {**new, "audit_proofs": {}}
    assert ("proof_missing", place) in list(growth(old, read_published(unproven)))
    wrong = {**new, "audit_proofs": {BOOK: ["ab" * 32]}}
    assert ("book_rewritten", place) in list(growth(old, read_published(wrong)))
    without = read_published(as_first_version(sealed.file("new.json", new)))
    assert ("book_gone", place) in list(growth(old, without))


def test_a_block_of_one_tree_is_none_of_the_other() -> None:
    fields: Any = (BOOK, 1, "0" * 64, 5, "ab" * 32, NOW, "cd" * 32)
    assert AuditHead(*fields).message() != BlockHead(*fields).message()
