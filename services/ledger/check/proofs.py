"""Receipts, published lists and proofs between blocks, judged without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from services.ledger.check.verdicts import DEMO, Pins, Verdicts, judge_pins
from services.ledger.seals.canonical import (
    EntryLine,
    RecordFacts,
    TransferFacts,
    record_bytes,
    transfer_bytes,
)
from services.ledger.seals.daylist import Published, growth, problems, read_published
from services.ledger.seals.headers import (
    AuditHead,
    BlockHead,
    KeyEvent,
    Malformed,
    hex_in,
    items_in,
    mapping_in,
    moment_in,
    number_in,
    path_in,
    text_in,
    uuid_in,
)
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.merkle import leaf_hash, verify_consistency, verify_inclusion


def judge_receipt(given: Mapping[str, Any], pins: Pins, verdicts: Verdicts) -> None:
    """A receipt: the content, its place, the block's signature, and who witnessed it."""
    facts = _facts(mapping_in(given, "transfer"))
    leaf = leaf_hash(transfer_bytes(facts))
    same = leaf.hex() == hex_in(given, "leaf_hash")
    verdicts.test(same, "leaf", "leaf_differs", place=facts.id)
    _judge_place(given, BlockHead, facts.book, leaf, pins, verdicts)


def judge_record(given: Mapping[str, Any], pins: Pins, verdicts: Verdicts) -> None:
    """A receipt of an audit record: the content, its place, the signatures over it."""
    facts = _record(mapping_in(given, "record"))
    leaf = leaf_hash(record_bytes(facts))
    same = leaf.hex() == hex_in(given, "leaf_hash")
    verdicts.test(same, "record", "record_differs", place=facts.id)
    _judge_place(given, AuditHead, facts.book, leaf, pins, verdicts)


def _judge_place(
    given: Mapping[str, Any],
    made: type[BlockHead],
    book: str,
    leaf: bytes,
    pins: Pins,
    verdicts: Verdicts,
) -> None:
    head = made.from_json(mapping_in(given, "block"))
    position, ring = number_in(given, "position"), _ring(given)
    if head.book != book:
        verdicts.wrong("other_book")
    verdicts.test(
        verify_inclusion(
            leaf, position, head.size, path_in(given, "path"), bytes.fromhex(head.root)
        ),
        "included",
        "not_included",
        book=head.book,
        position=position,
        height=head.height,
    )
    _judge_block(ring, head, pins, verdicts)
    if given.get("list") is None:
        verdicts.open("no_list")
        return
    _judge_standing(given, ring, head, position, pins, verdicts)


def _judge_standing(
    given: Mapping[str, Any],
    ring: KeyRing,
    head: BlockHead,
    position: int,
    pins: Pins,
    verdicts: Verdicts,
) -> None:
    """The list that came with a receipt covers the leaf and is of the block's history."""
    listing = mapping_in(given, "list")
    published = read_published({**listing, "proofs": {}})
    day_list = published.day_list
    judge_list(published, pins, verdicts)
    known = [event.hash() for event in day_list.ring.events]
    if known != [event.hash() for event in ring.events[: len(known)]]:
        verdicts.wrong("list_keys")
    listed = day_list.head_like(head)
    covered = listed is not None and position < listed.size
    if not verdicts.test(covered, "in_list", "not_in_list", place=day_list.day):
        return
    assert listed is not None
    if not verify_consistency(
        listed.size,
        head.size,
        bytes.fromhex(listed.root),
        bytes.fromhex(head.root),
        path_in(listing, "path"),
    ):
        verdicts.wrong("list_not_grown")


def judge_list(published: Published, pins: Pins, verdicts: Verdicts) -> None:
    """One list: keys, the operator's signatures, the witnesses' signatures."""
    day_list = published.day_list
    found = list(problems(published))
    for code, place in found:
        verdicts.wrong(code, place=place)
    if not found:
        verdicts.ok("key_history", count=len(day_list.ring.events))
        verdicts.ok("list", place=day_list.day, count=len(day_list.heads))
    judge_pins(day_list.ring, day_list.key_id, pins, verdicts)
    _judge_witnesses(published, pins, verdicts)


def _judge_witnesses(published: Published, pins: Pins, verdicts: Verdicts) -> None:
    signed = published.witnessed_by()
    if pins.witnesses:
        signed = [held for held in signed if held.key_id in pins.witnesses]
    if len(signed) < pins.needed:
        verdicts.wrong("witness_missing", needed=pins.needed, count=len(signed))
    if not signed:
        return
    verdicts.ok("witnessed", names="、".join(held.holder for held in signed))
    if any(DEMO in held.holder for held in signed):
        verdicts.open("witness_demo")
    if not pins.witnesses:
        verdicts.open("witness_not_pinned")


def judge_series(series: Sequence[Published], verdicts: Verdicts) -> None:
    """Lists of several days: each grew from the one before it in the series."""
    ordered = sorted(series, key=lambda published: published.day_list.day)
    for old, new in pairwise(ordered):
        days = {"old": old.day_list.day, "new": new.day_list.day}
        found = list(growth(old.day_list, new))
        for code, place in found:
            verdicts.wrong(code, place=place)
        if not found:
            verdicts.ok("grown", **days)


def judge_consistency(given: Mapping[str, Any], pins: Pins, verdicts: Verdicts) -> None:
    """A proof that one block of a book grew from another."""
    old = BlockHead.from_json(mapping_in(given, "old"))
    new = BlockHead.from_json(mapping_in(given, "new"))
    ring = _ring(given)
    for head in (old, new):
        _judge_block(ring, head, pins, verdicts)
    if old.book != new.book:
        verdicts.wrong("other_book")
    verdicts.test(
        verify_consistency(
            old.size,
            new.size,
            bytes.fromhex(old.root),
            bytes.fromhex(new.root),
            path_in(given, "path"),
        ),
        "consistent",
        "inconsistent",
        book=new.book,
        old=old.height,
        new=new.height,
    )


def _judge_block(ring: KeyRing, head: BlockHead, pins: Pins, verdicts: Verdicts) -> None:
    for number, code in ring.problems:
        verdicts.wrong(f"key_{code}", place=number)
    verdicts.test(
        ring.has_signed(head), "block", "block_signature", place=f"{head.book} {head.height}"
    )
    judge_pins(ring, head.key_id, pins, verdicts)


def _ring(given: Mapping[str, Any]) -> KeyRing:
    return KeyRing(KeyEvent.from_json(event) for event in items_in(given, "keys"))


def _facts(given: Mapping[str, Any]) -> TransferFacts:
    valued = given.get("valuation_hash")
    return TransferFacts(
        book=text_in(given, "book"),
        id=uuid_in(given, "id"),
        kind=text_in(given, "kind"),
        idem_key=text_in(given, "idem_key"),
        request_hash=text_in(given, "request_hash"),
        effective_at=moment_in(given, "effective_at"),
        posted_at=moment_in(given, "posted_at"),
        actor_id=uuid_in(given, "actor_id"),
        acting_for_id=_maybe(given, "acting_for_id"),
        reason=text_in(given, "reason"),
        link_id=_maybe(given, "link_id"),
        reverses_id=_maybe(given, "reverses_id"),
        valuation_id=_maybe(given, "valuation_id"),
        valuation_hash=None if valued is None else hex_in(given, "valuation_hash"),
        entries=tuple(_entry(entry) for entry in items_in(given, "entries")),
    )


def _record(given: Mapping[str, Any]) -> RecordFacts:
    return RecordFacts(
        book=text_in(given, "book"),
        id=uuid_in(given, "id"),
        at=moment_in(given, "at"),
        actor_id=uuid_in(given, "actor_id"),
        acting_for_id=_maybe(given, "acting_for_id"),
        act=text_in(given, "act"),
        subject_kind=text_in(given, "subject_kind"),
        subject_id=uuid_in(given, "subject_id"),
        before=mapping_in(given, "before"),
        after=mapping_in(given, "after"),
    )


def _entry(given: Any) -> EntryLine:
    slot = number_in(given, "slot")
    if not 0 <= slot < 1 << 31:
        raise Malformed("slot")
    return EntryLine(
        uuid_in(given, "account_id"),
        slot,
        number_in(given, "amount_minutes"),
        number_in(given, "version"),
    )


def _maybe(given: Mapping[str, Any], name: str) -> UUID | None:
    return None if given.get(name) is None else uuid_in(given, name)
