"""The sealer: nobody is missed, two at once do no harm, nothing sealed can be changed unseen."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer, TransferNote
from models.seals import Block, BlockLeaf, SealKey, TreeNode, Unsealed
from services.ledger.drafts import Stamp
from services.ledger.post import post
from services.ledger.rows import insert_rows
from services.ledger.seals import keys, proofs, sealer
from services.ledger.seals.canonical import NoteFacts, note_bytes, transfer_bytes
from services.ledger.seals.merkle import Frontier, leaf_hash, verify_inclusion
from services.ledger.seals.signing import SigningKey
from services.ledger.seals.tree import TableTree
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    STAMP,
    Ledger,
    draft,
    earned,
)
from tests.services.ledger.seal_kit import OPERATOR, SECOND, Sealed
from tests.services.ledger.tampering import change, copy, remove, tamper
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def sealed(ledger: Ledger, tmp_path: Path) -> Sealed:
    return Sealed(ledger, tmp_path)


def positions(ledger: Ledger) -> list[tuple[int, UUID, str]]:
    with ledger.read() as session:
        rows = session.execute(
            sa.select(BlockLeaf.position, BlockLeaf.transfer_id, BlockLeaf.leaf_hash)
            .where(BlockLeaf.book == BOOK)
            .order_by(BlockLeaf.position)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def head(ledger: Ledger) -> Any:
    with ledger.read() as session:
        return sealer.newest_head(session, BOOK)


def test_what_was_posted_is_sealed_once(sealed: Sealed) -> None:
    ids = sealed.give(5)
    assert sealed.seal() == 5
    assert sealed.ledger.count(Unsealed) == 0
    assert sealed.seal() == 0
    found = positions(sealed.ledger)
    assert [place for place, _, _ in found] == list(range(5))
    assert {transfer for _, transfer, _ in found} == set(ids)
    assert head(sealed.ledger).size == 5
    assert sealed.breaches() == []


def test_a_leaf_is_the_documented_bytes(sealed: Sealed) -> None:
    (transfer_id,) = sealed.give(1)
    sealed.seal()
    with sealed.ledger.read() as session:
        facts = proofs.transfer_facts(session, BOOK, transfer_id)
    assert positions(sealed.ledger)[0][2] == leaf_hash(transfer_bytes(facts)).hex()


def test_a_note_follows_its_transfer_under_seal(sealed: Sealed) -> None:
    (transfer_id,) = sealed.give(1)
    sealed.seal()
    note = {
        "book": BOOK,
        "id": UUID(int=99),
        "transfer_id": transfer_id,
        "text_hash": "ab" * 32,
        "actor_id": UUID(int=7),
        "at": NOW,
    }

    def write(session: Session) -> None:
        insert_rows(session, TransferNote, [note])
        queued = {"book": BOOK, "transfer_id": transfer_id, "note_id": note["id"]}
        insert_rows(session, Unsealed, [queued])

    sealed.ledger.run(write)
    assert sealed.seal() == 1
    facts = NoteFacts(BOOK, UUID(int=99), transfer_id, "ab" * 32, UUID(int=7), NOW)
    assert positions(sealed.ledger)[1][2] == leaf_hash(note_bytes(facts)).hex()
    assert sealed.breaches() == []
    tamper(
        sealed.ledger.uow,
        sealed.ledger.url,
        change(TransferNote, TransferNote.id == UUID(int=99), text_hash="cd" * 32),
    )
    assert sealed.breaches() == ["leaf_differs"]


def test_batches_blocks_and_roots(sealed: Sealed) -> None:
    sealed.give(7)
    assert [sealed.seal(limit=3) for _ in range(4)] == [3, 3, 1, 0]
    plain = Frontier()
    for _, _, digits in positions(sealed.ledger):
        plain.append(bytes.fromhex(digits))
    newest = head(sealed.ledger)
    assert (newest.height, newest.size, newest.root) == (3, 7, plain.root().hex())
    assert sealed.breaches() == []


def test_the_tree_is_taken_up_from_its_tables(sealed: Sealed) -> None:
    """Three hundred leaves and more: kept nodes carry the frontier and the proofs."""

    def many(first: int, last: int) -> None:
        drafts = [draft((ISSUE, -1), (POOL, 1), key=f"m{turn}") for turn in range(first, last)]
        sealed.ledger.run(lambda session: post(session, drafts, STAMP))

    for first, last in ((0, 250), (250, 300), (300, 801)):
        many(first, last)
        sealed.seal()
    assert sealed.ledger.count(TreeNode) == 3
    plain = Frontier()
    leaves = [bytes.fromhex(digits) for _, _, digits in positions(sealed.ledger)]
    for leaf in leaves:
        plain.append(leaf)
    newest = head(sealed.ledger)
    assert newest.root == plain.root().hex()
    assert sealed.breaches() == []
    with sealed.ledger.read() as session:
        for place in (0, 255, 256, 700, 800):
            path = proofs.inclusion_path(place, 801, TableTree(session, BOOK).full)
            assert verify_inclusion(leaves[place], place, 801, path, plain.root())


def test_a_late_committer_is_in_the_next_block(sealed: Sealed) -> None:
    """A transaction is open while the sealer reads; nothing of it is sealed, nothing is missed."""
    ledger = sealed.ledger
    ledger.give(earned(ELDER), 10)
    sealed.seal()
    early = ledger.give(POOL, 2)
    with Session(ledger.uow.engine) as late:
        before = NOW - timedelta(hours=1)
        legs = ((earned(ELDER), -1), (earned(OTHER), 1))
        one = draft(*legs, key="late", effective_at=before)
        (posted,) = post(late, [one], Stamp(before, CLERK))
        prepared = sealed.prepare()
        assert prepared is not None
        if ledger.url.startswith("sqlite"):  # one writer at a time: the block is written after
            late.commit()
            sealed.write(prepared)
        else:
            sealed.write(prepared)
            late.commit()
    assert [transfer for _, transfer, _ in positions(ledger)[1:]] == [early]
    assert sealed.breaches() == []
    assert sealed.seal() == 1
    assert positions(ledger)[-1][1] == posted.transfer_id
    assert sealed.breaches() == []


def test_whoever_prepared_second_writes_nothing(sealed: Sealed) -> None:
    sealed.give(3)
    first, second = sealed.prepare(), sealed.prepare()
    assert first is not None
    assert second is not None
    sealed.write(first)
    with pytest.raises(sealer.SealedMeanwhile):
        sealed.write(second)
    assert (sealed.ledger.count(Block), sealed.ledger.count(BlockLeaf)) == (1, 3)
    assert sealed.breaches() == []


def at_once(ledger: Ledger, *works: Callable[[UnitOfWork], None]) -> list[threading.Thread]:
    """Threads at work, each on an engine of its own."""

    def run(work: Callable[[UnitOfWork], None]) -> None:
        engine = make_engine(ledger.url)
        work(UnitOfWork(engine))
        engine.dispose()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads


def test_many_sealers_and_writers_at_once(sealed: Sealed) -> None:
    """Four writers and three sealers: every transfer is sealed exactly once.

    A thread that ends with an error fails the test by itself (pytest warns of it).
    """
    ledger = sealed.ledger
    ledger.give(earned(ELDER), 100)
    over = threading.Event()

    def seal(uow: UnitOfWork) -> None:
        while not over.is_set():
            with uow.read() as session:
                prepared = sealer.prepare(session, BOOK, OPERATOR, NOW, 7)
            if prepared is not None:
                with contextlib.suppress(sealer.SealedMeanwhile):
                    uow.run(partial(sealer.write, prepared=prepared))

    def pay(uow: UnitOfWork, place: int) -> None:
        for turn in range(15):
            one = draft((ISSUE, -1), (POOL, 1), key=f"{place}:{turn}")
            uow.run(partial(post, drafts=[one], stamp=STAMP))

    sealers = at_once(ledger, seal, seal, seal)
    for thread in at_once(ledger, *(partial(pay, place=place) for place in range(4))):
        thread.join(120)
    over.set()
    for thread in sealers:
        thread.join(120)
    while sealed.seal():
        pass
    assert ledger.count(BlockLeaf) == ledger.count(Transfer) == 61
    assert ledger.count(Unsealed) == 0
    assert sealed.breaches() == []


def test_a_block_of_a_key_rotated_meanwhile_is_not_written(sealed: Sealed) -> None:
    sealed.give(2)
    prepared = sealed.prepare()
    assert prepared is not None
    sealed.rotate()
    with pytest.raises(sealer.SealedMeanwhile):
        sealed.write(prepared)
    assert sealed.seal() == 2
    assert head(sealed.ledger).key_id == SECOND.key_id
    assert sealed.breaches() == []


def test_a_queue_of_what_is_not_there_stops_nobody(sealed: Sealed) -> None:
    ghost = {"book": BOOK, "transfer_id": UUID(int=5), "note_id": sealer.NO_NOTE}
    sealed.ledger.run(lambda session: insert_rows(session, Unsealed, [ghost]))
    assert sealed.seal() == 0
    sealed.give(1)
    assert sealed.seal() == 1
    assert sealed.breaches() == ["waiting_without_content"]


def test_only_the_key_in_force_changes_keys(sealed: Sealed) -> None:
    with pytest.raises(keys.NotTheKeyInForce):
        sealed.ledger.run(lambda s: keys.introduce_operator(s, SECOND, "x", NOW))
    with pytest.raises(keys.NotTheKeyInForce):
        sealed.ledger.run(
            lambda s: keys.add_witness(s, SECOND, SigningKey.fresh().public_key, "x", NOW)
        )
    with pytest.raises(keys.KeyKnown):
        sealed.ledger.run(lambda s: keys.add_witness(s, OPERATOR, OPERATOR.public_key, "x", NOW))
    with pytest.raises(keys.KeyUnreadable):
        sealed.ledger.run(lambda s: keys.add_witness(s, OPERATOR, "zz", "x", NOW))
    with pytest.raises(keys.WitnessUnknown):
        sealed.ledger.run(lambda s: keys.retire_witness(s, OPERATOR, OPERATOR.key_id, NOW))


LEAF_2 = (BlockLeaf.book == BOOK, BlockLeaf.position == 2)


def _swap(session: Session) -> None:
    """Two leaves change places."""
    for position, to in ((1, -1), (2, 1), (-1, 2)):
        session.execute(
            sa.update(BlockLeaf)
            .where(BlockLeaf.book == BOOK, BlockLeaf.position == position)
            .values(position=to)
        )


@pytest.mark.parametrize(
    ("forgeries", "codes"),
    [
        ((change(Entry, Entry.leg == 1, amount_minutes=2),), {"leaf_differs"}),
        ((change(Entry, Entry.leg == 1, version=Entry.version + 1),), {"leaf_differs"}),
        ((change(Transfer, Transfer.idem_key == "g:2", reason="other"),), {"leaf_differs"}),
        (
            (change(Transfer, Transfer.idem_key == "g:2", posted_at=NOW + timedelta(0, 0, 1)),),
            {"leaf_differs"},
        ),
        ((remove(Transfer, Transfer.idem_key == "g:2"),), {"leaf_without_content"}),
        ((remove(BlockLeaf, *LEAF_2),), {"not_sealed", "leaf_missing"}),
        ((_swap,), {"root_differs", "node_differs"}),
        (
            (change(BlockLeaf, *LEAF_2, leaf_hash="00" * 32),),
            {"leaf_differs", "root_differs", "node_differs"},
        ),
        ((change(BlockLeaf, *LEAF_2, height=9),), {"leaf_in_other_block"}),
        (
            (copy(BlockLeaf, *LEAF_2, position=300, transfer_id=UUID(int=1)),),
            {"leaf_without_content", "leaf_without_block"},
        ),
        ((copy(Transfer, Transfer.idem_key == "g:2", id=UUID(int=3)),), {"not_sealed"}),
        (
            (change(Block, Block.height == 1, root="00" * 32),),
            {"root_differs", "block_signature_wrong", "block_chain_broken"},
        ),
        (
            (change(Block, Block.height == 2, prev_hash="00" * 32),),
            {"block_signature_wrong", "block_chain_broken"},
        ),
        ((remove(Block, Block.height == 2),), {"leaf_without_block", "node_differs"}),
        ((remove(Block, Block.height == 1),), {"block_chain_broken", "leaf_in_other_block"}),
        ((change(TreeNode, TreeNode.position == 0, node_hash="00" * 32),), {"node_differs"}),
        ((remove(TreeNode, TreeNode.position == 0),), {"node_differs"}),
        ((copy(TreeNode, TreeNode.position == 0, position=1),), {"node_differs"}),
        ((change(SealKey, SealKey.number == 1, holder="other"),), {"key_history_broken"}),
        ((remove(SealKey, SealKey.number == 0),), {"key_history_broken", "block_signature_wrong"}),
    ],
)
def test_what_was_sealed_cannot_be_changed_unseen(
    sealed: Sealed, forgeries: tuple[Any, ...], codes: set[str]
) -> None:
    drafts = [draft((ISSUE, -1), (POOL, 1), key=f"g:{turn}") for turn in range(258)]
    sealed.ledger.run(lambda session: post(session, drafts, STAMP))
    sealed.seal(limit=200)
    sealed.seal()
    assert sealed.breaches() == []
    tamper(sealed.ledger.uow, sealed.ledger.url, *forgeries)
    assert set(sealed.breaches()) == codes
